import { describe, expect, test } from "vitest";
import { blobRead } from "../testing/log-entries.js";
import { type LogEntry } from "./log-entry.js";
import { emptyGroup, maxUsageGroups, otherGroup, Usage, type UsageGrouping } from "./usage.js";

function usageBy(by: UsageGrouping, entries: readonly LogEntry[], depth?: number): Usage {
  const usage = new Usage(by, depth);
  for (const entry of entries) usage.add(entry);
  return usage;
}

describe("usage is grouped", () => {
  const bearer = { userPrincipalName: "ada@example.org", userObjectId: "o", requesterAccountName: "acc" };
  test.each<[UsageGrouping, number | undefined, Partial<LogEntry>, string]>([
    ["operation", undefined, {}, "GetBlob"],
    ["status", undefined, {}, "AnonymousSuccess"],
    ["clientIp", undefined, {}, "192.100.0.102"],
    ["userAgent", undefined, {}, blobRead.userAgentHeader],
    ["userAgent", undefined, { userAgentHeader: "" }, emptyGroup],
    ["path", undefined, {}, "/storagesample/sample-container1/00001.txt"],
    ["path", 2, {}, "/storagesample/sample-container1"],
    ["path", 9, {}, "/storagesample/sample-container1/00001.txt"],
    ["path", 2, { requestedObjectKey: "/" }, "/"],
    ["requester", undefined, {}, emptyGroup],
    ["requester", undefined, { requesterAccountName: "acc" }, "acc"],
    ["requester", undefined, { ...bearer, userPrincipalName: "" }, "o"],
    ["requester", undefined, bearer, "ada@example.org"],
  ])("by %s to depth %s: %j is in %s", (by, depth, more, group) => {
    expect(
      usageBy(by, [{ ...blobRead, ...more }], depth)
        .rows()
        .map((row) => row.group),
    ).toEqual([group]);
  });
});

test("requests, errors, bytes with headers, and percentiles are summed; sub-operations are not", () => {
  const entries = Array.from({ length: 100 }, (_, index) => ({
    ...blobRead,
    endToEndLatencyMs: index + 1,
    httpStatusCode: index < 10 ? "404" : "200",
    requestStatus: index < 10 ? "BlobNotFound" : "AnonymousSuccess",
  }));
  const parts = [1, 2].map((operationCount) => ({ ...blobRead, operationCount }));
  const [row, ...others] = usageBy("operation", [...entries, ...parts]).rows();
  expect(others).toEqual([]);
  expect(row).toMatchObject({ group: "GetBlob", requests: 100, errors: 10, bytesIn: 28_300, bytesOut: 37_700 });
  for (const [latency, exact] of [
    [row?.latencyP50Ms, 50],
    [row?.latencyP95Ms, 95],
    [row?.latencyP99Ms, 99],
  ] as const) {
    expect(Math.abs((latency ?? 0) - exact)).toBeLessThanOrEqual(exact * 0.01);
  }
});

test.each([
  { latency: 0, shown: [0] },
  { latency: 1, shown: [1] },
  { latency: 104, shown: [103, 104, 105] },
  { latency: 12_345, shown: [12_200, 12_300, 12_400, 12_500] },
])("percentiles of $latency ms have no digit more than is known", ({ latency, shown }) => {
  const [row] = usageBy("operation", [{ ...blobRead, endToEndLatencyMs: latency }]).rows();
  for (const percentile of [row?.latencyP50Ms, row?.latencyP95Ms, row?.latencyP99Ms]) {
    expect(shown).toContain(percentile);
  }
});

test("a group whose requests have no latency has no percentiles", () => {
  expect(usageBy("operation", [{ ...blobRead, endToEndLatencyMs: undefined }]).rows()).toMatchObject([
    { requests: 1, latencyP50Ms: undefined, latencyP99Ms: undefined },
  ]);
});

const manyPaths = (count: number, from = 0): readonly LogEntry[] =>
  Array.from({ length: count }, (_, index) => ({ ...blobRead, requestedObjectKey: `/a/c/${from + index}` }));

test("groups beyond the limit are summed as others, at the end, and none is lost", () => {
  const entries = manyPaths(maxUsageGroups + 50);
  const rows = usageBy("path", [...entries, ...entries]).rows();
  expect(rows).toHaveLength(maxUsageGroups + 1);
  expect(rows.at(-1)).toMatchObject({ group: otherGroup, requests: 100 });
  expect(rows.reduce((sum, { requests }) => sum + requests, 0)).toBe(2 * entries.length);
});

test("what was summed apart adds up, with the most requests first", () => {
  const usage = usageBy("path", manyPaths(3));
  usage.merge(usageBy("path", [...manyPaths(1, 2), ...manyPaths(1, 7)]));
  expect(usage.rows().map(({ group, requests }) => [group, requests])).toEqual([
    ["/a/c/2", 2],
    ["/a/c/0", 1],
    ["/a/c/1", 1],
    ["/a/c/7", 1],
  ]);
});

test("full usages that are merged stay within the limit", () => {
  const usage = usageBy("path", manyPaths(maxUsageGroups + 1));
  usage.merge(usageBy("path", manyPaths(maxUsageGroups + 1, 10 * maxUsageGroups)));
  const rows = usage.rows();
  expect(rows).toHaveLength(maxUsageGroups + 1);
  expect(rows.at(-1)).toMatchObject({ group: otherGroup, requests: maxUsageGroups + 2 });
});
