import { formatLogBlobMetadata, formatLogBlobName } from "../../../shared/storage-analytics/log-blob.js";
import { type LogVersion, type Service } from "../../../shared/storage-analytics/log-entry.js";
import { type BufferBudget } from "./buffer-budget.js";
import { type LogLines, LogSegment } from "./log-segment.js";
import { type LogStore } from "./log-store.js";
import { RetryDelays } from "./retry-delays.js";

/** Bytes after which a log blob is written before its time. */
export const maxLogBlobBytes = 4 * 1024 * 1024;

const hourMs = 3_600_000;
/** Hours whose counters are remembered: requests are filed by their end, so older ones hardly ever come. */
const rememberedHours = 3;

export interface ServiceLogOptions {
  readonly service: Service;
  readonly store: LogStore;
  readonly budget: BufferBudget;
  readonly stopped: AbortSignal;
  /** Told once when storage begins to refuse the log, and once when it takes it again. */
  readonly report: (message: string, cause?: unknown) => void;
}

/**
 * Writes the log of one account and service: lines gather per hour and version, each flush makes a new blob of them,
 * and a blob once written is never touched again. When storage refuses, the blob waits and is tried again without
 * end, while later lines gather behind it.
 */
export class ServiceLog {
  /** Entries that found no room; the newest are dropped, so that what was accepted is never given up again. */
  lost = 0;
  readonly #options: ServiceLogOptions;
  readonly #open = new Map<string, LogSegment>();
  readonly #closed: LogSegment[] = [];
  readonly #nextCounters = new Map<number, number>();
  #writing: LogSegment | undefined;
  #run: Promise<void> | undefined;
  #refused = false;

  constructor(options: ServiceLogOptions) {
    this.#options = options;
  }

  /** Requests that wait to be written. */
  get buffered(): number {
    return this.#segments().reduce((sum, { requests }) => sum + requests, 0);
  }

  /** When the earliest of the waiting requests ended, milliseconds since the epoch; Infinity if none waits. */
  get firstUnwritten(): number {
    return this.#segments().reduce((first, { firstEnd }) => Math.min(first, firstEnd), Infinity);
  }

  #segments(): readonly LogSegment[] {
    return [...(this.#writing === undefined ? [] : [this.#writing]), ...this.#closed, ...this.#open.values()];
  }

  append(version: LogVersion, lines: LogLines): void {
    const hour = Math.floor(lines.endedAt / hourMs) * hourMs;
    const key = `${hour} ${version}`;
    const segment = this.#open.get(key) ?? new LogSegment(hour, version);
    if (!this.#options.budget.take(lines.bytes)) {
      this.lost += lines.entries;
      return;
    }
    this.#open.set(key, segment);
    segment.append(lines);
    if (segment.bytes >= maxLogBlobBytes) {
      this.#open.delete(key);
      this.#closed.push(segment);
      void this.#write();
    }
  }

  /** Resolves when all that was appended before is in `$logs`, or the log has been stopped. */
  async flush(): Promise<void> {
    // while a blob waits for storage, what comes behind it gathers, instead of becoming many small blobs
    await this.#run;
    this.#closed.push(...this.#open.values());
    this.#open.clear();
    await this.#write();
  }

  #write(): Promise<void> {
    this.#run ??= this.#writeAll().finally(() => {
      this.#run = undefined;
    });
    return this.#run;
  }

  async #writeAll(): Promise<void> {
    for (;;) {
      const segment = this.#closed.shift();
      if (segment === undefined) return;
      this.#writing = segment;
      const written = await this.#commit(segment);
      this.#writing = undefined;
      if (!written) {
        this.#closed.unshift(segment);
        return;
      }
      this.#options.budget.release(segment.bytes);
    }
  }

  /** @returns false if the log was stopped before storage took the blob */
  async #commit(segment: LogSegment): Promise<boolean> {
    const { stopped, report, service } = this.#options;
    const blob = { ...segment.seal(), metadata: formatLogBlobMetadata(metadataOf(segment)) };
    const retries = new RetryDelays(stopped);
    while (!this.#stopped()) {
      try {
        await this.#put(new Date(segment.hour), blob);
        if (this.#refused) report(`storage takes the ${service} log again`);
        this.#refused = false;
        return true;
      } catch (error) {
        // whatever the reason (stopped, overloaded, key not valid for now), the log is kept and tried again
        if (!this.#refused && !this.#stopped()) report(`storage refuses the ${service} log, it is kept`, error);
        this.#refused = true;
        await retries.wait();
      }
    }
    return false;
  }

  #stopped(): boolean {
    return this.#options.stopped.aborted;
  }

  async #put(hour: Date, blob: Parameters<LogStore["put"]>[1]): Promise<void> {
    const { store, service } = this.#options;
    const at = hour.getTime();
    let counter = this.#nextCounters.get(at);
    if (counter === undefined) {
      const last = await store.lastCounter(service, hour);
      counter = last === undefined ? 0 : last + 1;
      this.#remember(at, counter);
    }
    while ((await store.put(formatLogBlobName({ service, hour, counter }), blob)) === "taken") {
      this.#remember(at, ++counter);
    }
    this.#remember(at, counter + 1);
  }

  #remember(hour: number, next: number): void {
    this.#nextCounters.set(hour, next);
    const oldest = [...this.#nextCounters.keys()].sort((a, b) => a - b)[0];
    if (this.#nextCounters.size > rememberedHours && oldest !== undefined) this.#nextCounters.delete(oldest);
  }
}

const metadataOf = ({ kinds, firstStart, lastStart, version }: LogSegment) => ({
  logTypes: [...kinds],
  startTime: new Date(firstStart),
  endTime: new Date(lastStart),
  version,
});
