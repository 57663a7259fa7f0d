import fc from "fast-check";

import { type LogEntry } from "../storage-analytics/log-entry.js";

/** An ordinary entry, for tests that care for a few fields only. */
export const sampleEntry = (fields: Partial<LogEntry> = {}): LogEntry => ({
  version: "1.0",
  requestStartTime: "2026-01-01T10:00:00.0000000Z",
  operationType: "GetBlob",
  requestStatus: "Success",
  httpStatusCode: "200",
  endToEndLatencyMs: 12,
  serverLatencyMs: 5,
  authenticationType: "authenticated",
  requesterAccountName: "acc",
  ownerAccountName: "acc",
  serviceType: "blob",
  requestUrl: "http://127.0.0.1:10000/acc/c/b",
  requestedObjectKey: "/acc/c/b",
  requestIdHeader: "11111111-2222-3333-4444-555555000000",
  operationCount: 0,
  requesterIpAddress: "127.0.0.1:50000",
  requestVersionHeader: "2024-11-04",
  requestHeaderSize: 300,
  requestPacketSize: 0,
  responseHeaderSize: 200,
  responsePacketSize: 1_000,
  requestContentLength: 0,
  requestMd5: "",
  serverMd5: "",
  etagIdentifier: "",
  lastModifiedTime: "",
  conditionsUsed: "",
  userAgentHeader: "",
  referrerHeader: "",
  clientRequestId: "",
  userObjectId: "",
  tenantId: "",
  applicationId: "",
  audience: "",
  issuer: "",
  userPrincipalName: "",
  authorizationDetail: "",
  ...fields,
});

/** Formats a time as the log does. */
export const startTimeAt = (time: Date | number): string => `${new Date(time).toISOString().slice(0, 23)}0000Z`;

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
