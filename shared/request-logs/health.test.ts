import { describe, expect, test } from "vitest";

import type { AnalyticsPermit } from "../storage-analytics/analytics-permit.js";
import type { GatewayMark } from "../storage-analytics/gateway-mark.js";
import { checkHealth, gatewayStuckSeconds, type HealthStores } from "./health.js";

const now = new Date("2026-01-31T08:00:00Z");

/** Stores that all answer, with a mark and messages in the poison queue. */
const storesWith = (mark: GatewayMark | undefined, poison: number, permit?: AnalyticsPermit): HealthStores => ({
  permits: { read: () => Promise.resolve(permit), save: () => Promise.resolve() },
  sweeps: { read: () => Promise.resolve(undefined), save: () => Promise.resolve() },
  marks: { read: (_, service) => Promise.resolve(service === "blob" ? mark : undefined) },
  queues: [
    { name: "work", send: () => Promise.resolve(), counts: () => Promise.resolve({ waiting: 0, poison }) },
    { name: "more-work", send: () => Promise.resolve(), counts: () => Promise.resolve({ waiting: 0, poison: 0 }) },
  ],
  deadLetters: {
    count: () => Promise.resolve({ letters: 0, blobs: 0, complete: true }),
    lines: () => ({ add: () => Promise.resolve(), close: () => Promise.resolve() }),
    message: () => Promise.resolve(),
    removeLines: () => Promise.resolve(0),
    removeMessages: () => Promise.resolve(0),
  },
  logBlobs: () =>
    Promise.resolve({
      page: () => Promise.resolve({ blobs: [], next: undefined }),
      open: () => Promise.resolve({ kind: "not-found" }),
    }),
});

const markOf = (secondsAgo: number, buffered: number, lost: number): GatewayMark => ({
  flushedUpTo: new Date(now.getTime() - secondsAgo * 1_000).toISOString(),
  buffered,
  lost,
  ownRequests: 0,
  ownBytes: 0,
});

describe("health is degraded by what goes wrong now", () => {
  test.each([
    { title: "no gateway", mark: undefined, poison: 0, status: "ok" },
    { title: "entries that wait for the next flush", mark: markOf(4, 10, 0), poison: 0, status: "ok" },
    { title: "entries that were lost once", mark: markOf(4, 10, 7), poison: 0, status: "ok" },
    { title: "a gateway that has nothing to write", mark: markOf(3_600, 0, 0), poison: 0, status: "ok" },
    {
      title: "entries that storage does not take",
      mark: markOf(gatewayStuckSeconds + 1, 10, 0),
      poison: 0,
      status: "degraded",
    },
    { title: "a message that failed to the end", mark: undefined, poison: 1, status: "degraded" },
  ])("$title: $status", async ({ mark, poison, status }) => {
    const health = await checkHealth(["one"], storesWith(mark, poison), 0, now);
    expect(health.status).toBe(status);
    expect(health.pipelines[0]).toMatchObject({ account: "one", service: "blob", lost: mark?.lost });
  });
});

test.each([
  { write: false, status: "degraded" },
  { write: true, status: "ok" },
])("an account that analytics may write into ($write): $status", async ({ write, status }) => {
  const since = "2026-01-31T07:00:00.000Z";
  const health = await checkHealth(["one"], storesWith(undefined, 0, { write, since }), 0, now);
  expect(health.status).toBe(status);
  expect(health.analytics).toEqual([{ account: "one", writing: write, since: new Date(since) }]);
});
