import { gatewayMarkIntervalMs } from "../../../shared/storage-analytics/gateway-mark.js";
import { type Service, services } from "../../../shared/storage-analytics/log-entry.js";
import { permitsIn } from "./analytics-permits.js";
import { BufferBudget } from "./buffer-budget.js";
import { type Exchange } from "./exchange.js";
import { GatewayMarks } from "./gateway-marks.js";
import { loggingSettingsOf, settingsPollMs } from "./logging-settings.js";
import { type LoggingSettings } from "./logging-policy.js";
import { openLogStore } from "./log-store.js";
import { heldBytes, LoggedService } from "./logged-service.js";
import { preciseNow } from "./precise-clock.js";
import { findHeader } from "./raw-headers.js";
import { parseRequestAddress } from "./request-address.js";
import { describeRequest, type RequestDescription } from "./request-description.js";
import { openBlobService, type StorageAccount, type StorageEndpoints } from "./storage-clients.js";
import { inSlices } from "./time-slices.js";

/** Seconds after which a request stands in `$logs`, unless `VIGIL_LOG_FLUSH_SECONDS` says otherwise. */
export const defaultFlushSeconds = 5;

/**
 * Milliseconds between two times that exchanges are turned into lines: few enough that V8 still counts them among the
 * young ones, which cost it next to nothing to drop (with 200 ms, a request costs the gateway a fifth more).
 */
const drainMs = 50;
/** Milliseconds between the end of an exchange and its being recorded, at most. */
const recordingMs = 100;
/** Milliseconds of the flush interval that are left for the writing itself. */
const writingMs = 1_000;

export interface RequestLogOptions {
  /** Accounts whose requests are logged; requests to others are not. */
  readonly accounts: readonly StorageAccount[];
  /** The emulator itself, not the gateway. */
  readonly azurite: StorageEndpoints;
  /** Account that keeps the gateway marks. */
  readonly stateAccount: StorageAccount;
  readonly flushSeconds?: number;
  /** Bytes held while storage refuses the log. */
  readonly bufferBytes?: number;
  /** Milliseconds between two looks at the settings; shorter in tests. */
  readonly settingsIntervalMs?: number;
  /** Milliseconds between two rewritings of the marks; shorter in tests. */
  readonly markIntervalMs?: number;
  /** Milliseconds since the epoch, on the clock of the exchanges. */
  readonly now?: () => number;
  /** Hears of storage that refuses the log, of settings that cannot be read, and of their end. */
  readonly report?: (message: string, cause?: unknown) => void;
}

export interface ServiceLogStatus {
  readonly account: string;
  readonly service: Service;
  /** undefined until storage has answered once. */
  readonly settings: LoggingSettings | undefined;
  /** Milliseconds since the epoch: every request that ended before is in `$logs`, or counted as lost. */
  readonly flushedUpTo: number;
  readonly buffered: number;
  /** Entries, since this process started. */
  readonly lost: number;
}

/** Turns exchanges into `$logs` blobs. Best effort: it never fails or slows a request. */
export interface RequestLog {
  /** Takes note of an exchange that has ended; cheap, never throws. */
  readonly record: (exchange: Exchange) => void;
  readonly start: () => void;
  /** Writes all that was recorded before; for tests and for those who cannot wait. */
  readonly flush: () => Promise<void>;
  /** Writes what is left, the marks last; after `deadlineMs` it gives up. */
  readonly stop: (options: { readonly deadlineMs: number }) => Promise<void>;
  readonly status: () => readonly ServiceLogStatus[];
}

/** @returns a log that records from now on and writes from `start` on */
export function createRequestLog(options: RequestLogOptions): RequestLog {
  const log = new GatewayRequestLog(options);
  return {
    record: (exchange) => {
      log.record(exchange);
    },
    start: () => {
      log.start();
    },
    flush: () => log.flush(),
    stop: ({ deadlineMs }) => log.stop(deadlineMs),
    status: () => log.status(),
  };
}

class GatewayRequestLog {
  readonly #options: RequestLogOptions;
  readonly #now: () => number;
  readonly #report: (message: string, cause?: unknown) => void;
  readonly #budget: BufferBudget;
  readonly #stopping = new AbortController();
  readonly #services = new Map<string, LoggedService>();
  readonly #marks: GatewayMarks;
  readonly #mayWrite: (account: string) => Promise<boolean>;
  readonly #permitted = new Map<string, boolean>();
  readonly #timers = new Set<Timer>();
  #incoming: Exchange[] = [];
  #drainedUpTo: number;
  #draining: Promise<void> = Promise.resolve();
  #marksRefused = false;

  constructor(options: RequestLogOptions) {
    const { accounts, azurite, stateAccount, report = () => undefined } = options;
    const budget = new BufferBudget(options.bufferBytes);
    const stopped = this.#stopping.signal;
    this.#options = options;
    this.#now = options.now ?? preciseNow;
    this.#report = report;
    this.#budget = budget;
    this.#marks = new GatewayMarks(openBlobService(azurite, stateAccount), stopped);
    this.#mayWrite = permitsIn(openBlobService(azurite, stateAccount), stopped);
    this.#drainedUpTo = this.#now() - recordingMs;
    for (const account of accounts) {
      const store = openLogStore(openBlobService(azurite, account), stopped);
      for (const service of services) {
        const readSettings = loggingSettingsOf(azurite, account, service);
        const common = { account: account.name, service, store, readSettings, budget, stopped, report };
        this.#services.set(keyOf(account.name, service), new LoggedService(common));
      }
    }
  }

  record(exchange: Exchange): void {
    if (this.#budget.take(heldBytes(exchange))) this.#incoming.push(exchange);
    else this.#countLost(exchange);
  }

  start(): void {
    const {
      flushSeconds = defaultFlushSeconds,
      settingsIntervalMs = settingsPollMs,
      markIntervalMs = gatewayMarkIntervalMs,
    } = this.#options;
    const flushMs = 1_000 * flushSeconds;
    this.#every(drainMs, () => this.#drain());
    this.#every(Math.max(0.8 * flushMs, flushMs - writingMs), async () => {
      await this.#drain();
      // storage that refuses one service's log must not keep the others waiting
      for (const service of this.#services.values()) void this.#flushAndMark(service);
    });
    this.#every(settingsIntervalMs, async () => {
      this.#refreshAll();
      await this.#readPermits();
    });
    this.#every(markIntervalMs, () => this.#each((service) => this.#writeMark(service)));
    this.#refreshAll();
    void this.#readPermits();
  }

  /** While storage does not answer, the last known permits hold. Never throws. */
  async #readPermits(): Promise<void> {
    await Promise.all(this.#options.accounts.map(({ name }) => this.#readPermit(name)));
  }

  async #readPermit(account: string): Promise<void> {
    let mayWrite: boolean;
    try {
      mayWrite = await this.#mayWrite(account);
    } catch (error) {
      // an outage is reported by the marks, every time that it begins
      if (!this.#marksRefused && !this.#stopping.signal.aborted) this.#report("permits are kept as last known", error);
      return;
    }
    const was = this.#permitted.get(account) ?? true;
    this.#permitted.set(account, mayWrite);
    if (was === mayWrite) return;
    this.#report(
      mayWrite
        ? `the log of ${account} goes on: there is space again`
        : `analytics of ${account} has reached its limit: entries are counted as lost until there is space`,
    );
    for (const service of services) this.#serviceOf(account, service)?.permit(mayWrite);
  }

  #refreshAll(): void {
    for (const service of this.#services.values()) void service.refreshSettings();
  }

  #every(intervalMs: number, work: () => Promise<void>): void {
    this.#timers.add(startTimer(intervalMs, work));
  }

  async #each(work: (service: LoggedService) => Promise<void>): Promise<void> {
    await Promise.all([...this.#services.values()].map(work));
  }

  #serviceOf(account: string, service: Service): LoggedService | undefined {
    return this.#services.get(keyOf(account, service));
  }

  #countLost({ service, target, requestHeaders }: Exchange): void {
    const host = findHeader(requestHeaders, "host") ?? "";
    this.#serviceOf(parseRequestAddress(service, target, host).account, service)?.countLost();
  }

  #drain(): Promise<void> {
    this.#draining = this.#draining.then(async () => {
      const upTo = this.#now() - recordingMs;
      const incoming = this.#incoming;
      this.#incoming = [];
      await inSlices(incoming, (exchange) => {
        this.#take(exchange);
      });
      this.#drainedUpTo = upTo;
    });
    return this.#draining;
  }

  #take(exchange: Exchange): void {
    let request: RequestDescription;
    try {
      request = describeRequest(exchange);
    } catch (error) {
      // one that we fail to read is one entry less, not the end of the log
      this.#budget.release(heldBytes(exchange));
      this.#countLost(exchange);
      this.#report(`reading a ${exchange.service} request for the log`, error);
      return;
    }
    const service = this.#serviceOf(request.address.account, exchange.service);
    // an account that storage does not know owns no log
    if (service === undefined) this.#budget.release(heldBytes(exchange));
    else service.take(request);
  }

  async #flushAndMark(service: LoggedService): Promise<void> {
    const waited = service.buffered > 0;
    await service.flushOnce();
    if (waited) await this.#writeMark(service);
  }

  async #writeMark(service: LoggedService): Promise<void> {
    try {
      await this.#marks.write(service.account, service.service, () => service.markOf(this.#flushedUpTo(service)));
      if (this.#marksRefused) this.#report("storage takes the gateway marks again");
      this.#marksRefused = false;
    } catch (error) {
      // the next one says more, and a missing one says that storage is down
      if (!this.#marksRefused && !this.#stopping.signal.aborted) this.#report("storage refuses gateway marks", error);
      this.#marksRefused = true;
    }
  }

  #flushedUpTo(service: LoggedService): number {
    return Math.min(this.#drainedUpTo, service.firstUnwritten);
  }

  async flush(): Promise<void> {
    await this.#drain();
    await this.#each((service) => service.flush());
  }

  async stop(deadlineMs: number): Promise<void> {
    const deadline = setTimeout(() => {
      this.#stopping.abort(new Error(`the log was not written within ${deadlineMs} ms`));
    }, deadlineMs);
    for (const timer of this.#timers) timer.stop();
    await this.#drain();
    await this.#each(async (service) => {
      while (service.buffered > 0 && !this.#stopping.signal.aborted) {
        await service.flush();
      }
    });
    // each mark of a blob service counts what the logs of all services of its account have cost
    await this.#each((service) => this.#writeMark(service));
    clearTimeout(deadline);
    this.#stopping.abort();
  }

  status(): readonly ServiceLogStatus[] {
    return [...this.#services.values()].map((service) => ({
      account: service.account,
      service: service.service,
      settings: service.settings,
      flushedUpTo: this.#flushedUpTo(service),
      buffered: service.buffered,
      lost: service.lost,
    }));
  }
}

const keyOf = (account: string, service: Service): string => `${account}/${service}`;

interface Timer {
  stop(): void;
}

/** Calls `work` every so often, never two at a time; what takes longer than the interval makes it longer. */
function startTimer(intervalMs: number, work: () => Promise<void>): Timer {
  let stopped = false;
  let timeout: NodeJS.Timeout | undefined;
  const schedule = (afterMs: number): void => {
    timeout = setTimeout(() => {
      const begun = performance.now();
      void work().finally(() => {
        if (!stopped) schedule(Math.max(0, intervalMs - (performance.now() - begun)));
      });
    }, afterMs);
  };
  schedule(intervalMs);
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timeout);
    },
  };
}
