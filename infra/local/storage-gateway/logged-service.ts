import { randomUUID } from "node:crypto";
import { type GatewayMark } from "../../../shared/storage-analytics/gateway-mark.js";
import { logTypes } from "../../../shared/storage-analytics/log-blob.js";
import { type Service } from "../../../shared/storage-analytics/log-entry.js";
import { formatLogEntry } from "../../../shared/storage-analytics/log-line.js";
import { operationKind } from "../../../shared/storage-analytics/operations.js";
import { type BufferBudget } from "./buffer-budget.js";
import { type Exchange } from "./exchange.js";
import { entriesOf } from "./log-entries.js";
import { decideLogging, type LoggingSettings } from "./logging-policy.js";
import { type ReadLoggingSettings } from "./logging-settings.js";
import { type LogStore } from "./log-store.js";
import { type RequestDescription } from "./request-description.js";
import { categorize } from "./request-status.js";
import { RetryDelays } from "./retry-delays.js";
import { ServiceLog } from "./service-log.js";
import { withTimeout } from "./storage-clients.js";
import { inSlices } from "./time-slices.js";

export interface LoggedServiceOptions {
  readonly account: string;
  readonly service: Service;
  readonly store: LogStore;
  readonly readSettings: ReadLoggingSettings;
  readonly budget: BufferBudget;
  readonly stopped: AbortSignal;
  readonly report: (message: string, cause?: unknown) => void;
}

/** Bytes that an exchange takes in memory, roughly: its objects, its headers as text, and its bodies. */
export const heldBytes = (exchange: Exchange): number =>
  1_024 +
  2 * (exchange.requestHeaderSize + exchange.responseHeaderSize) +
  (exchange.requestBody?.length ?? 0) +
  (exchange.responseBody?.length ?? 0);

/**
 * One service of one account: its settings decide which requests become log entries.
 *
 * Requests wait while the settings are not known: before storage has answered for the first time, and after a Set
 * Service Properties has passed by, since what follows it is logged by what it set. Once known, settings are kept
 * whether storage answers or not.
 */
export class LoggedService {
  readonly #options: LoggedServiceOptions;
  readonly #writer: ServiceLog;
  #settings: LoggingSettings | undefined;
  #settled = false;
  /** How many changes of settings have passed by. */
  #changes = 0;
  #refreshing: Promise<void> | undefined;
  #flushing: Promise<void> | undefined;
  #waiting: RequestDescription[] = [];
  /** Those that waited until the settings were known, while they are being turned into lines. */
  #resuming: readonly RequestDescription[] = [];
  #resumed: Promise<void> = Promise.resolve();
  #lost = 0;
  /** Whether `$logs` may grow; else entries count as lost. */
  #mayWrite = true;
  #unreadable = false;

  constructor(options: LoggedServiceOptions) {
    this.#options = options;
    this.#writer = new ServiceLog(options);
  }

  get account(): string {
    return this.#options.account;
  }

  get service(): Service {
    return this.#options.service;
  }

  get settings(): LoggingSettings | undefined {
    return this.#settings;
  }

  /** Requests that have ended and are not in `$logs` yet. */
  get buffered(): number {
    return this.#waiting.length + this.#resuming.length + this.#writer.buffered;
  }

  /** Entries that found no room. */
  get lost(): number {
    return this.#lost + this.#writer.lost;
  }

  /** Says whether `$logs` may grow from now on: what was taken before is still written. */
  permit(mayWrite: boolean): void {
    this.#mayWrite = mayWrite;
  }

  countLost(): void {
    this.#lost++;
  }

  /** When the earliest request that is not in `$logs` ended, milliseconds since the epoch; Infinity if there is none. */
  get firstUnwritten(): number {
    const earlier = (first: number, { exchange }: RequestDescription): number => Math.min(first, exchange.endedAt);
    return this.#resuming.reduce(earlier, this.#waiting.reduce(earlier, this.#writer.firstUnwritten));
  }

  /** @param flushedUpTo milliseconds since the epoch */
  markOf(flushedUpTo: number): GatewayMark {
    const { requests, bytes } = this.service === "blob" ? this.#options.store.traffic : { requests: 0, bytes: 0 };
    return {
      flushedUpTo: new Date(Math.floor(flushedUpTo)).toISOString(),
      buffered: this.buffered,
      lost: this.lost,
      ownRequests: requests,
      ownBytes: bytes,
    };
  }

  /** Turns a request into lines, or keeps it until the settings are known. */
  take(request: RequestDescription): void {
    const settings = this.#settings;
    if (settings === undefined || !this.#settled) {
      this.#waiting.push(request);
      return;
    }
    this.#options.budget.release(heldBytes(request.exchange));
    try {
      this.#append(request, settings);
    } catch (error) {
      // a request that we cannot put into words is one entry less, not the end of the gateway
      this.#lost++;
      this.#options.report(`writing a ${this.service} request into the log of ${this.account}`, error);
    }
    if (changesSettings(request)) this.#unsettle();
  }

  #append(request: RequestDescription, settings: LoggingSettings): void {
    const { exchange, operation, authentication, outcome } = request;
    const { method, status, startedAt, endedAt } = exchange;
    const category = categorize(outcome);
    const loggable = { kind: operation.kind, authentication: authentication.type, category, method, status };
    if (!decideLogging(loggable, settings).log) return;
    if (!this.#mayWrite) {
      this.#lost++;
      return;
    }
    const { version } = settings;
    const entries = entriesOf(request, { version, newRequestId: randomUUID });
    const text = entries.map((entry) => `${formatLogEntry(entry)}\n`).join("");
    this.#writer.append(version, {
      text,
      bytes: Buffer.byteLength(text),
      entries: entries.length,
      kinds: entries.map(({ operationType }) => operationKind(this.service, operationType) ?? operation.kind),
      startedAt,
      endedAt,
    });
  }

  #unsettle(): void {
    this.#settled = false;
    this.#changes++;
    void this.refreshSettings();
  }

  /**
   * Reads the settings. When storage does not answer, the last known ones stay; when none are known, or others may
   * hold by now, it tries again until the log is stopped. Never throws.
   */
  refreshSettings(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #refresh(): Promise<void> {
    const { stopped, store } = this.#options;
    const retries = new RetryDelays(stopped);
    for (;;) {
      const changes = this.#changes;
      const read = await this.#readSettings();
      // what was asked before a change passed by says nothing about what holds after it
      if (read && changes === this.#changes) break;
      if (stopped.aborted || (!read && this.#settled)) return;
      if (!read) await retries.wait();
    }
    this.#settled = true;
    if (this.#waiting.length > 0) {
      this.#resumed = this.#resume();
      await this.#resumed;
    }
    const settings = this.#settings;
    if (logTypes.some((kind) => settings?.[kind])) await this.#createContainer(store);
  }

  async #resume(): Promise<void> {
    this.#resuming = this.#waiting;
    this.#waiting = [];
    await inSlices(this.#resuming, (request) => {
      this.take(request);
    });
    this.#resuming = [];
  }

  async #readSettings(): Promise<boolean> {
    const { readSettings, stopped, report } = this.#options;
    try {
      this.#settings = await readSettings(withTimeout(stopped));
      if (this.#unreadable) report(`the ${this.service} service properties of ${this.account} can be read again`);
      this.#unreadable = false;
      return true;
    } catch (error) {
      if (!this.#unreadable && !stopped.aborted) report("settings are kept as they were last known", error);
      this.#unreadable = true;
      return false;
    }
  }

  async #createContainer(store: LogStore): Promise<void> {
    try {
      await store.create();
    } catch (error) {
      // it is made again before the first blob, and with the next look at the settings
      if (!this.#options.stopped.aborted) this.#options.report(`creating $logs of ${this.account}`, error);
    }
  }

  /** Resolves when all that was taken before is in `$logs`, or the log has been stopped. */
  async flush(): Promise<void> {
    if (!this.#settled) await this.refreshSettings();
    await this.#resumed;
    await this.#writer.flush();
  }

  /** Like `flush`; while one waits for storage this is the same one. */
  flushOnce(): Promise<void> {
    this.#flushing ??= this.#writer.flush().finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }
}

const changesSettings = ({ operation, exchange }: RequestDescription): boolean =>
  /^Set(?:Blob|Queue|Table)ServiceProperties$/.test(operation.name) &&
  exchange.status !== undefined &&
  exchange.status < 300;
