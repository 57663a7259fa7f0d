import { expect, test } from "vitest";

import { OpenLedgers } from "../metric-roll-up/open-ledgers.js";
import { AppUsage } from "../metric-roll-up/own-usage.js";
import { newRetention, type RetentionProgress } from "../retention/retention-run.js";
import { OwnUsageMeter } from "../storage-analytics/system-usage.js";
import { dailyRunsInMemory } from "../testing/daily-runs-in-memory.js";
import { ledgersInMemory } from "../testing/ledgers-in-memory.js";
import { analyticsCost } from "./analytics-cost.js";

const to = new Date("2026-01-08T10:30:00Z");
const from = new Date("2026-01-08T09:30:00Z");

test("what analytics wrote is billed, what retention deleted is not, both of the time asked for", async () => {
  const ledgers = new OpenLedgers(ledgersInMemory());
  const usage = new AppUsage(ledgers, "one");
  for (const [time, requests] of [
    ["09:29", 100],
    ["09:31", 2],
    ["10:29", 3],
    ["10:31", 100],
  ] as const) {
    const meter = new OwnUsageMeter();
    meter.add(requests, 1_000 * requests);
    await usage.record("acc", meter, new Date(`2026-01-08T${time}:00Z`));
  }
  const retentionRuns = dailyRunsInMemory<RetentionProgress>();
  const removed = { ...newRetention.removed, logBlobs: 7, metricsRows: 5, readings: 99 };
  const retained = async (at: Date): Promise<void> => {
    const etag = (await retentionRuns.read("acc"))?.etag;
    const run = { day: "2026-01-08", began: at, at, sent: 1, sentAt: at, work: { ...newRetention, removed } };
    await retentionRuns.save("acc", run, etag);
  };
  const stores = { ledgers, retentionRuns };
  await retained(from);
  expect(await analyticsCost("acc", stores, true, from, to)).toEqual({
    from,
    to,
    billable: { requests: 5, bytes: 5_000 },
    free: { requests: 12 },
  });
  await retained(new Date(from.getTime() - 1));
  expect(await analyticsCost("acc", stores, false, from, to)).toEqual({
    from,
    to,
    billable: undefined,
    free: { requests: 0 },
  });
});
