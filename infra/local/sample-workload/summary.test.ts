import { expect, test } from "vitest";
import type { LogEntry } from "../../../shared/storage-analytics/log-entry.js";
import { compareRecorded } from "./comparison.js";
import type { SentRequest } from "./sent.js";
import { agrees, renderSummary } from "./summary.js";

const request = (clientRequestId: string, rest: Partial<SentRequest> = {}): SentRequest => ({
  clientRequestId,
  service: "blob",
  operation: "GetBlob",
  httpStatus: 200,
  logged: true,
  ...rest,
});
const entry = (clientRequestId: string, rest: Partial<LogEntry> = {}): LogEntry =>
  ({
    clientRequestId,
    operationType: "GetBlob",
    httpStatusCode: "200",
    requestStatus: "Success",
    operationCount: 0,
    endToEndLatencyMs: 4,
    ...rest,
  }) as LogEntry;

test("requests that stand in $logs once, under their names, agree", () => {
  const copy = request("b", { operation: "CopyBlob", httpStatus: 202 });
  const sent = [request("a"), copy, request("c", { logged: false, httpStatus: 404 })];
  const copied = { operationType: "CopyBlob", httpStatusCode: "202" };
  const entries = [entry("a"), entry("b", copied), entry("b", { ...copied, operationCount: 1 }), entry("other")];
  const comparison = compareRecorded(sent, entries);
  expect(agrees(comparison)).toBe(true);
  expect(comparison.subOperations).toHaveLength(1);
  expect(renderSummary(sent, comparison)).toContain("All 2 requests stand in $logs");
});

test.each([
  { why: "not recorded", sent: request("a"), entries: [], says: "MISSING blob GetBlob (a)" },
  {
    why: "recorded twice",
    sent: request("a"),
    entries: [entry("a"), entry("a")],
    says: "DIFFERS blob GetBlob 200 (a): recorded more than once",
  },
  {
    why: "recorded under another name",
    sent: request("a"),
    entries: [entry("a", { operationType: "Unknown" })],
    says: "recorded as Unknown",
  },
  {
    why: "recorded with another status",
    sent: request("a", { httpStatus: 404 }),
    entries: [entry("a")],
    says: "recorded with status 200",
  },
  {
    why: "recorded though Azure would not",
    sent: request("a", { logged: false }),
    entries: [entry("a")],
    says: "recorded, and Azure leaves it out",
  },
])("a request $why does not agree, and is named", ({ sent, entries, says }) => {
  const comparison = compareRecorded([sent], entries);
  expect(agrees(comparison)).toBe(false);
  expect(renderSummary([sent], comparison)).toContain(says);
});

test("errors and latency percentiles are per API", () => {
  const sent = Array.from({ length: 20 }, (_, index) => request(`r${index}`));
  const entries = sent.map(({ clientRequestId }, index) =>
    entry(clientRequestId, { endToEndLatencyMs: index + 1, requestStatus: index < 3 ? "BlobNotFound" : "SASSuccess" }),
  );
  const [, row = ""] = renderSummary(sent, compareRecorded(sent, entries)).split("\n");
  expect(row.trim().split(/\s+/).slice(0, 8)).toEqual(["blob", "GetBlob", "20", "20", "3", "10", "19", "20"]);
});
