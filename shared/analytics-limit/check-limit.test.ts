import { beforeEach, describe, expect, test } from "vitest";

import type { CapacityCount } from "../capacity/capacity-run.js";
import { metricsRowBytes } from "../storage-analytics/metrics-row.js";
import type { AnalyticsPermit } from "../storage-analytics/analytics-permit.js";
import type { AnalyticsPermits } from "../stores/analytics-permits/analytics-permits.js";
import type { KeptLogsByService, LogSweep } from "../stores/log-sweeps/log-sweeps.js";
import { dailyRunsInMemory } from "../testing/daily-runs-in-memory.js";
import { dueHoursInMemory } from "../testing/due-hours-in-memory.js";
import { Killed, seededRandom, withFaults } from "../testing/faults.js";
import { ledgersInMemory } from "../testing/ledgers-in-memory.js";
import { publicationMarksInMemory } from "../testing/publication-marks-in-memory.js";
import { checkAnalyticsLimit, type AnalyticsLimitStores } from "./check-limit.js";
import { permitMs, permitReader } from "./permit-reader.js";

const hourMs = 3_600_000;
const limit = 1_000_000;
const at = (hour: number): Date => new Date(Date.UTC(2026, 0, 8) + hour * hourMs);
const hours = [8, 9, 10, 11, 12, 13, 14].map((hour) => at(hour).getTime() / hourMs);

const kept = (bytes: number): KeptLogsByService => ({
  blob: { blobs: 1, bytes },
  queue: { blobs: 0, bytes: 0 },
  table: { blobs: 0, bytes: 0 },
});
const sweepOf = (last: number, soFar = 0): LogSweep => ({
  at: at(0),
  began: at(0),
  from: undefined,
  reached: undefined,
  soFar: kept(soFar),
  last: { began: at(0), ended: at(0), sums: kept(last) },
});

let sweep: LogSweep | undefined;
let permit: AnalyticsPermit | undefined;
let stores: AnalyticsLimitStores;
beforeEach(async () => {
  sweep = permit = undefined;
  const permits: AnalyticsPermits = {
    read: () => Promise.resolve(permit),
    save: (_, saved) => {
      permit = saved;
      return Promise.resolve();
    },
  };
  stores = {
    permits,
    sweeps: { read: () => Promise.resolve(sweep), save: () => Promise.resolve() },
    capacityRuns: dailyRunsInMemory<CapacityCount>(),
    ledgerStore: ledgersInMemory(),
    due: dueHoursInMemory(),
    published: publicationMarksInMemory(),
  };
  for (const hour of hours) {
    const ledger = { account: "acc", service: "blob", hour } as const;
    await stores.ledgerStore.append(ledger, Uint8Array.of(1), undefined);
    await stores.published.save(ledger, 1);
  }
});

const check = (hour: number, given = stores) => checkAnalyticsLimit("acc", given, limit, at(hour));
const dueHours = async (): Promise<number[]> => (await stores.due.list("acc")).map(({ hour }) => hour).sort();

test("an account below its limit gets no permit, and may be written to", async () => {
  expect(await check(8)).toMatchObject({ write: true, reason: "below-limit", bytes: 0, changed: false });
  sweep = sweepOf(limit - 1);
  expect(await check(8)).toMatchObject({ write: true, bytes: limit - 1, changed: false });
  expect(permit).toBeUndefined();
});

test("writing stops at the limit, goes on when there is space, and rows of the time between are made then", async () => {
  sweep = sweepOf(limit);
  expect(await check(11)).toMatchObject({ write: false, reason: "limit-reached", changed: true });
  expect(await check(12)).toMatchObject({ write: false, reason: "waiting-for-space", changed: false });
  expect(permit).toEqual({ write: false, since: at(11).toISOString() });
  sweep = sweepOf(limit / 2);
  expect(await check(13)).toMatchObject({ write: true, reason: "space-is-free-again", changed: true });
  // other instances may not have seen it yet
  expect(await dueHours()).toEqual([]);
  expect(await check(13)).toMatchObject({ write: true, changed: false });
  expect(await dueHours()).toEqual(hours.filter((hour) => hour >= at(9).getTime() / hourMs));
  for (const hour of hours) {
    const mark = await stores.published.read({ account: "acc", service: "blob", hour });
    expect(mark).toBe(hour < at(9).getTime() / hourMs ? 1 : 0);
  }
  expect(permit).toEqual({ write: true, since: at(13).toISOString() });
});

test("a second stop before the rows were made does not forget the first one", async () => {
  for (const [hour, bytes] of [
    [10, limit],
    [11, 0],
    [12, limit],
    [13, 0],
  ] as const) {
    sweep = sweepOf(bytes);
    await check(hour);
  }
  await check(14);
  expect(await dueHours()).toEqual(hours);
});

test("a round over the logs that has found more than the last one counts already, and so do rows of metrics", async () => {
  sweep = sweepOf(10, limit - 2 * metricsRowBytes);
  const count = { service: "table", progress: { step: 0 } as never, analyticsRows: 2 } as const;
  const run = { day: "2026-01-08", began: at(0), at: at(0), sent: 1, sentAt: at(0), work: count };
  expect((await check(8)).write).toBe(true);
  await stores.capacityRuns.save("acc;table", run, undefined);
  expect(await check(8)).toMatchObject({ write: false, bytes: limit });
});

test("after kills at any step, on two instances, the same holds", async () => {
  const random = seededRandom(7);
  for (let round = 0; round < 40; round++) {
    for (const { hour } of await stores.due.list("acc")) {
      for (const note of await stores.due.list("acc")) if (note.hour === hour) await stores.due.remove(note);
    }
    const dying = (): AnalyticsLimitStores => ({
      ...stores,
      permits: withFaults(stores.permits, 0.1, random),
      due: withFaults(stores.due, 0.1, random),
      published: withFaults(stores.published, 0.1, random),
    });
    const untilChecked = async (hour: number): Promise<void> => {
      for (;;) {
        try {
          await check(hour, dying());
          return;
        } catch (error) {
          if (!(error instanceof Killed)) throw error;
        }
      }
    };
    sweep = sweepOf(limit);
    await Promise.all([untilChecked(11), untilChecked(11)]);
    expect(permit?.write).toBe(false);
    sweep = sweepOf(0);
    await Promise.all([untilChecked(13), untilChecked(13)]);
    await Promise.all([untilChecked(13), untilChecked(13)]);
    expect(permit).toEqual({ write: true, since: at(13).toISOString() });
    expect(await dueHours()).toEqual(hours.filter((hour) => hour >= at(9).getTime() / hourMs));
  }
});

describe("an instance asks whether it may write", () => {
  test("now and then, and again after a fault", async () => {
    let now = 0;
    const answers: (boolean | Error)[] = [true, new Error("no"), false];
    const permits: AnalyticsPermits = {
      read: () => {
        const answer = answers.shift();
        return answer instanceof Error
          ? Promise.reject(answer)
          : Promise.resolve({ write: answer === true, since: at(0).toISOString() });
      },
      save: () => Promise.resolve(),
    };
    const mayWrite = permitReader(permits, "acc", () => now);
    expect(await mayWrite()).toBe(true);
    now = permitMs - 1;
    expect(await mayWrite()).toBe(true);
    now = permitMs;
    await expect(mayWrite()).rejects.toThrow("no");
    expect(await mayWrite()).toBe(false);
    expect(answers).toEqual([]);
  });
});
