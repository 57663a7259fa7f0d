import { type LogEntry } from "./log-entry.js";
import { type LogRollUp, maxNameKeys } from "./log-roll-up.js";
import { type RequestCounts, type RequestSink } from "./request-counts.js";

/**
 * Counts and roll-up of one log blob from one read. A request that the roll-up drops, because its id was there before,
 * counts as an entry and as no request: so both speak of the same requests.
 */
export class CountedRollUp implements RequestSink {
  readonly #counts: RequestCounts;
  readonly #rollUp: LogRollUp;

  constructor(counts: RequestCounts, rollUp: LogRollUp) {
    this.#counts = counts;
    this.#rollUp = rollUp;
  }

  /** Both keys in one number: each has a limit. */
  nameKey(operation: string, requestStatus: string, httpStatusCode: string): number {
    const ofCounts = this.#counts.nameKey(operation, requestStatus);
    return ofCounts * maxNameKeys + this.#rollUp.nameKey(operation, requestStatus, httpStatusCode);
  }

  locate(bytes: Buffer, urlStart: number, idStart: number, idEnd: number): void {
    this.#rollUp.locate(bytes, urlStart, idStart, idEnd);
  }

  add(
    startTime: number,
    nameKey: number,
    service: number,
    authentication: number,
    category: number,
    isRequest: boolean,
    ingressBytes: number,
    egressBytes: number,
    endToEndLatencyMs: number,
    serverLatencyMs: number,
  ): void {
    const ofRollUp = nameKey % maxNameKeys;
    const ofCounts = (nameKey - ofRollUp) / maxNameKeys;
    const isCounted =
      isRequest &&
      this.#rollUp.add(
        startTime,
        ofRollUp,
        service,
        authentication,
        category,
        true,
        ingressBytes,
        egressBytes,
        endToEndLatencyMs,
        serverLatencyMs,
      );
    this.#counts.add(
      startTime,
      ofCounts,
      service,
      authentication,
      category,
      isCounted,
      ingressBytes,
      egressBytes,
      endToEndLatencyMs,
      serverLatencyMs,
    );
  }

  addEntry(entry: LogEntry): void {
    const isRequest = (entry.operationCount ?? 0) === 0;
    const isCounted = isRequest && this.#rollUp.addEntry(entry);
    this.#counts.addEntry(isRequest && !isCounted ? { ...entry, operationCount: 1 } : entry);
  }
}
