import { expect, test } from "vitest";
import { blobRead } from "../testing/log-entries.js";
import { generateLogEntries } from "../testing/log-generator.js";
import { type LogEntry } from "./log-entry.js";
import { maxCells, maxDistinctNames, RequestCounts, totalRequests } from "./request-counts.js";

function count(entries: Iterable<LogEntry>): RequestCounts {
  const counts = new RequestCounts();
  for (const entry of entries) counts.addEntry(entry);
  return counts;
}

const totalsOf = (counts: RequestCounts) => totalRequests(counts.counted().cells);

test("nothing counted has no times", () => {
  expect(new RequestCounts().counted()).toEqual({ cells: [], firstStart: undefined, lastStart: undefined });
});

test("sub-operations are entries and no requests: they repeat the sizes of the whole", () => {
  const parts = [0, 1, 2].map((operationCount) => ({
    ...blobRead,
    operationType: `CopyBlob${operationCount}`,
    operationCount,
  }));
  expect(totalsOf(count(parts))).toEqual({
    entries: 3,
    requests: 1,
    errors: 0,
    ingressBytes: 283,
    egressBytes: 377,
    endToEndLatencyMs: 17,
    serverLatencyMs: 16,
  });
});

test("an entry without an operation count is a request", () => {
  expect(totalsOf(count([{ ...blobRead, operationCount: undefined }])).requests).toBe(1);
});

test.each([
  ["AnonymousSuccess", "200", 0],
  ["BlobNotFound", "404", 1],
  ["AnonymousNetworkError", "Unknown", 1],
])("status %s with code %s counts %d errors", (requestStatus, httpStatusCode, errors) => {
  expect(totalsOf(count([{ ...blobRead, requestStatus, httpStatusCode }])).errors).toBe(errors);
});

test("counts that were made apart add up to those made together", () => {
  const entries = [
    ...generateLogEntries({
      seed: 5,
      entries: 2_000,
      from: new Date("2024-03-07T10:00Z"),
      to: new Date("2024-03-07T10:03Z"),
    }),
  ];
  const merged = new RequestCounts();
  for (const part of [entries.slice(0, 3), entries.slice(3, 900), [], entries.slice(900)])
    merged.merge(count(part).counted());
  const byKey = (counts: RequestCounts) => {
    const { cells, ...times } = counts.counted();
    return { cells: new Set(cells.map((cell) => JSON.stringify(cell))), ...times };
  };
  expect(byKey(merged)).toEqual(byKey(count(entries)));
});

test("a name that is none is Unknown", () => {
  const names = ["", "Get Blob", "../x", "x".repeat(65), "naïve"];
  const { cells } = count(names.map((operationType) => ({ ...blobRead, operationType }))).counted();
  expect(cells.map(({ operation, entries }) => [operation, entries])).toEqual([["Unknown", names.length]]);
});

test("services and authentications that do not exist are Unknown", () => {
  const { cells } = count([{ ...blobRead, serviceType: "file", authenticationType: "magic" }]).counted();
  expect(cells).toMatchObject([{ service: "Unknown", authentication: "Unknown" }]);
});

test("names beyond the limit are folded to Unknown, and no sum is lost", () => {
  const names = maxDistinctNames + 100;
  const counts = count(
    Array.from({ length: 2 * names }, (_, index) => ({
      ...blobRead,
      operationType: `Op${index % names}`,
      requestStatus: `Error${index % names}`,
    })),
  );
  const { cells } = counts.counted();
  expect(new Set(cells.map(({ operation }) => operation)).size).toBe(maxDistinctNames + 1);
  expect(cells.filter(({ operation }) => operation === "Unknown")).toMatchObject([
    { requestStatus: "Unknown", requests: 200 },
  ]);
  expect(totalsOf(counts)).toMatchObject({ entries: 2 * names, requests: 2 * names, ingressBytes: 2 * names * 283 });
});

test("cells beyond the limit are folded to one without names per minute, and no sum is lost", () => {
  const counts = new RequestCounts();
  const keys = Array.from({ length: 500 }, (_, index) => counts.nameKey(`Op${index}`, "Success"));
  const minutes = maxCells / keys.length + 2;
  for (let minute = 0; minute < minutes; minute++) {
    for (const key of keys) counts.add(minute * 60_000, key, 0, 0, 0, true, 1, 2, 3, 4);
  }
  const { cells } = counts.counted();
  expect(cells).toHaveLength(maxCells + 2);
  expect(cells.slice(-2)).toMatchObject([
    { minute: minutes - 2, operation: "Unknown", requestStatus: "Unknown", requests: 500 },
    { minute: minutes - 1, operation: "Unknown", requestStatus: "Unknown", requests: 500 },
  ]);
  expect(totalRequests(cells)).toMatchObject({ requests: minutes * 500, egressBytes: minutes * 1000 });
});
