import fc from "fast-check";

import { type LogEntry } from "../storage-analytics/log-entry.js";
import { formatStartTime } from "../storage-analytics/start-time.js";
import { emptyEntry } from "./log-entries.js";

/** A read of a blob with an account key, for tests that care for a few fields only. */
export const sampleEntry = (fields: Partial<LogEntry> = {}): LogEntry => ({
  ...emptyEntry,
  requestStartTime: "2026-01-01T10:00:00.0000000Z",
  operationType: "GetBlob",
  requestStatus: "Success",
  httpStatusCode: "200",
  endToEndLatencyMs: 12,
  serverLatencyMs: 5,
  authenticationType: "authenticated",
  serviceType: "blob",
  requestUrl: "http://127.0.0.1:10000/acc/c/b",
  requestIdHeader: "11111111-2222-3333-4444-555555000000",
  operationCount: 0,
  requestHeaderSize: 300,
  requestPacketSize: 0,
  responseHeaderSize: 200,
  responsePacketSize: 1_000,
  ...fields,
});

/** @param time as milliseconds since the epoch */
export const startTimeAt = (time: number): string => formatStartTime(new Date(time));

export interface EntryTimes {
  /** Milliseconds since the epoch; starts are from it on. */
  readonly from: number;
  /** Milliseconds; starts are before `from` and this. */
  readonly span: number;
}

/** Entries that differ in what metrics look at. Ids are unique unless a test repeats an entry. */
export function arbitraryEntry({ from, span }: EntryTimes): fc.Arbitrary<LogEntry> {
  const outcome = fc.constantFrom<(readonly [string, string])[]>(
    ["Success", "200"],
    ["SASSuccess", "206"],
    ["AnonymousSuccess", "200"],
    ["BlobNotFound", "404"],
    ["ConditionNotMet", "304"],
    ["ServerBusy", "503"],
    ["ThrottlingError", "503"],
    ["SASAuthorizationError", "403"],
    ["AnonymousAuthorizationError", "403"],
    ["OperationTimedOut", "500"],
    ["InternalError", "500"],
    ["NetworkError", "Unknown"],
  );
  return fc
    .record({
      startedAt: fc.nat({ max: span - 1 }),
      outcome,
      operationType: fc.constantFrom("GetBlob", "PutBlob", "ListBlobs", "QueryEntities", "Unknown"),
      authenticationType: fc.constantFrom("authenticated", "sas", "anonymous", "bearer"),
      requestUrl: fc.constantFrom("http://127.0.0.1:10000/acc/c/b", "http://127.0.0.1:10000/acc-secondary/c/b"),
      id: fc.uuid(),
      operationCount: fc.constantFrom(0, 0, 0, 1),
      serverLatencyMs: fc.nat({ max: 400 }),
      waitingMs: fc.nat({ max: 400 }),
      requestPacketSize: fc.nat({ max: 1e9 }),
      responsePacketSize: fc.option(fc.nat({ max: 1e9 }), { nil: undefined }),
    })
    .map(({ startedAt, outcome: [requestStatus, httpStatusCode], id, waitingMs, ...fields }) =>
      sampleEntry({
        ...fields,
        requestStartTime: startTimeAt(from + startedAt),
        requestStatus,
        httpStatusCode,
        requestIdHeader: id,
        endToEndLatencyMs: fields.serverLatencyMs + waitingMs,
      }),
    );
}
