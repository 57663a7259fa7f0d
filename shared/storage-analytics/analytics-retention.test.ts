import { expect, test } from "vitest";

import { decideAnalyticsWriting } from "./analytics-limit.js";
import { isLogBlobDue, planRetention, type RetentionSettings } from "./analytics-retention.js";
import { azureMetricsTableName } from "./metrics-table.js";

const now = new Date("2026-01-08T12:30:00Z");
const off: RetentionSettings = { logging: undefined, hourMetrics: undefined, minuteMetrics: undefined };

test("a policy that is off keeps everything", () => {
  const plan = planRetention({ blob: off, queue: off, table: off }, now);
  expect(plan).toEqual({ logs: [], rows: [] });
  expect(isLogBlobDue({ service: "blob", hour: new Date(0), counter: 0 }, plan)).toEqual({
    due: false,
    reason: "no-policy",
  });
});

test.each([
  { hour: "2026-01-01T11:00:00Z", due: true, reason: "too-old" },
  { hour: "2026-01-01T12:00:00Z", due: false, reason: "young-enough" },
  { hour: "2026-01-08T12:00:00Z", due: false, reason: "young-enough" },
])("with 7 days, a log blob of $hour is $reason", ({ hour, due, reason }) => {
  const plan = planRetention({ blob: off, queue: { ...off, logging: 7 }, table: off }, now);
  expect(isLogBlobDue({ service: "queue", hour: new Date(hour), counter: 0 }, plan)).toEqual({ due, reason });
  expect(isLogBlobDue({ service: "blob", hour: new Date(hour), counter: 0 }, plan).due).toBe(false);
});

test("rows go by their own policy, those of capacity with the hours of the Blob service", () => {
  const { rows } = planRetention(
    { blob: { ...off, hourMetrics: 7 }, queue: { ...off, minuteMetrics: 1 }, table: off },
    now,
  );
  expect(rows.map(({ table, below }) => `${azureMetricsTableName(table)} ${below}`)).toEqual([
    "$MetricsHourPrimaryTransactionsBlob 20260101T1230",
    "$MetricsHourSecondaryTransactionsBlob 20260101T1230",
    "$MetricsCapacityBlob 20260101T0000",
    "$MetricsMinutePrimaryTransactionsQueue 20260107T1230",
    "$MetricsMinuteSecondaryTransactionsQueue 20260107T1230",
  ]);
});

test.each([
  { bytes: 999, stopped: false, write: true, reason: "below-limit" },
  { bytes: 1_000, stopped: false, write: false, reason: "limit-reached" },
  { bytes: 1_001, stopped: true, write: false, reason: "waiting-for-space" },
  { bytes: 995, stopped: true, write: false, reason: "waiting-for-space" },
  { bytes: 990, stopped: true, write: true, reason: "space-is-free-again" },
])("$bytes bytes of 1,000, stopped before: $stopped: $reason", ({ bytes, stopped, write, reason }) => {
  expect(decideAnalyticsWriting(bytes, 1_000, stopped)).toEqual({ write, reason });
});
