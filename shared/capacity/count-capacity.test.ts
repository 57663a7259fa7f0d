import { beforeEach, describe, expect, test } from "vitest";

import { turnMs } from "../daily-work/turn.js";
import { blobsPerPage } from "../storage-analytics/capacity-count.js";
import { services } from "../storage-analytics/log-entry.js";
import type { WorkQueue } from "../stores/work-queue/work-queue.js";
import { contentsInMemory, type AccountInMemory } from "../testing/account-in-memory.js";
import { dailyRunsInMemory } from "../testing/daily-runs-in-memory.js";
import { metricStoreInMemory } from "../testing/metric-store-in-memory.js";
import { metricsTablesInMemory } from "../testing/metrics-tables-in-memory.js";
import { capacityKey, planCapacity, type CapacityCount } from "./capacity-run.js";
import { parseCapacityMessage, type CapacityWork } from "./capacity-work.js";
import { countCapacity, type CapacityOutcome } from "./count-capacity.js";
import { planCapacityCounts } from "./plan-capacity-counts.js";

const now = new Date("2026-01-08T10:00:20Z");
const yearMs = 365 * 86_400_000;
const container = (name: string, blobs: number) => ({
  name,
  accessLevel: "Private",
  blobs: Array.from({ length: blobs }, () => ({ type: "BlockBlob", tier: "Hot", bytes: 1 })),
});

/** The clock of the service. */
let clock: Date;
let account: AccountInMemory;
let sent: CapacityWork[];
let stores: ReturnType<typeof open>;
function open() {
  const queue: WorkQueue = {
    name: "q",
    send: (work) => {
      sent.push(work as CapacityWork);
      return Promise.resolve();
    },
    counts: () => Promise.resolve({ waiting: sent.length, poison: 0 }),
  };
  return {
    runs: dailyRunsInMemory<CapacityCount>(),
    metrics: metricStoreInMemory(),
    metricsTables: metricsTablesInMemory(),
    queue,
    contents: contentsInMemory(account, 2),
    serviceTime: () => Promise.resolve(clock),
  };
}
beforeEach(() => {
  account = { containers: [container("one", 3), container("two", 3)], queues: {}, tables: {} };
  sent = [];
  clock = now;
  stores = open();
});

/** The next message about blobs; a turn is one page. */
async function turn(at = now): Promise<CapacityOutcome> {
  let calls = 0;
  const elapsed = (): number => Math.floor(calls++ / 2) * turnMs;
  const [work] = sent.splice(
    sent.findIndex(({ service }) => service === "blob"),
    1,
  );
  if (work === undefined) throw new Error("nothing was sent");
  return await countCapacity(stores, "/subscriptions/s/x", work, at, elapsed);
}

async function finish(): Promise<CapacityOutcome> {
  for (;;) {
    const outcome = await turn();
    if (outcome.kind !== "goes-on") return outcome;
  }
}

const rows = () => stores.metricsTables.rows({ kind: "capacity" });

test("a turn ends in time, and the next one goes on where it ended", async () => {
  expect(await planCapacityCounts(["acc"], stores, now)).toBe(services.length);
  expect(await turn()).toEqual({ kind: "goes-on", pages: 1 });
  expect(await turn()).toEqual({ kind: "goes-on", pages: 1 });
  expect(await finish()).toMatchObject({ kind: "published" });
  expect(rows().find(({ rowKey }) => rowKey === "data")?.columns).toMatchObject({ Capacity: 6, ObjectCount: 6 });
});

test("planning again while a count is on its way sends nothing", async () => {
  await planCapacityCounts(["acc"], stores, now);
  expect(await planCapacityCounts(["acc"], stores, now)).toBe(0);
});

test("containers that vanish while they are counted, or before, end their part", async () => {
  await planCapacityCounts(["acc"], stores, now);
  await turn(); // the containers
  await turn(); // two blobs of the first one
  account.containers = [];
  expect(await finish()).toMatchObject({ kind: "published" });
  expect(rows().find(({ rowKey }) => rowKey === "data")?.columns).toEqual({
    Capacity: 2,
    ContainerCount: 2,
    ObjectCount: 2,
  });
});

test("a message of an earlier day, or of a count that was removed, changes nothing", async () => {
  await planCapacityCounts(["acc"], stores, now);
  const [work] = sent;
  if (work === undefined) throw new Error("nothing was sent");
  const count = (day: string, step: number) =>
    countCapacity(stores, "/x", { ...work, service: "blob", day, step }, now, () => 0);
  expect(await count("2026-01-07", 0)).toEqual({ kind: "superseded" });
  expect(await count("2026-01-09", 0)).toEqual({ kind: "lost" });
  expect(await count("2026-01-08", 5)).toEqual({ kind: "lost" });
  expect(rows()).toEqual([]);
});

test("the next hour repeats the newest count as metrics, without counting again", async () => {
  await planCapacityCounts(["acc"], stores, now);
  await finish();
  const later = new Date(now.getTime() + 3_600_000);
  account.containers = [];
  clock = later;
  await planCapacityCounts(["acc"], stores, later);
  expect(await turn(later)).toEqual({ kind: "published", pages: 0 });
  expect(await planCapacityCounts(["acc"], stores, later)).toBe(0);
  const namespace = "Microsoft.Storage/storageAccounts/blobServices";
  const from = Math.floor(now.getTime() / 3_600_000) * 60;
  const range = { filter: [], splitBy: [], from, to: from + 120, grain: 60, metrics: ["BlobCount"] };
  const [series] = await stores.metrics.query({
    resourceId: "/subscriptions/s/x/blobServices/default",
    namespace,
    ...range,
  });
  expect([...(series?.points ?? [])].map(([minute, { sum }]) => [minute - from, sum])).toEqual([
    [0, 6],
    [60, 6],
  ]);
});

describe("a clock of this machine that jumps", () => {
  test.each([{ by: yearMs }, { by: -yearMs }])(
    "by $by ms counts no other day: the service's clock decides",
    async ({ by }) => {
      await planCapacityCounts(["acc"], stores, now);
      await finish();
      sent = [];
      const before = rows();
      await planCapacityCounts(["acc"], stores, new Date(now.getTime() + by));
      expect(sent.filter(({ service, step }) => service === "blob" && step === 0)).toEqual([]);
      expect(rows()).toEqual(before);
    },
  );
});

test("one account that can't be counted keeps nobody else from it", async () => {
  const failing = {
    ...stores,
    serviceTime: (name: string) => (name === "bad" ? Promise.reject(new Error("no")) : stores.serviceTime()),
  };
  await expect(planCapacityCounts(["bad", "acc"], failing, now)).rejects.toThrow(/blob service of bad/);
  expect(sent.map((each) => each.account)).toEqual(["acc", "acc", "acc"]);
});

test("what is kept between two turns stays small: 100 million blobs are 20,000 pages and no more to remember", async () => {
  account = {
    containers: Array.from({ length: 3 }, (_, index) => container(`c${index}`, 2 * blobsPerPage)),
    queues: {},
    tables: {},
  };
  stores = { ...open(), contents: contentsInMemory(account, blobsPerPage) };
  await planCapacityCounts(["acc"], stores, now);
  for (let turns = 0; turns < 5; turns++) {
    await turn();
    expect(JSON.stringify(await stores.runs.read(capacityKey("acc", "blob"))).length).toBeLessThan(1_000);
  }
});

describe("messages of other programs are rejected with the reason", () => {
  const work = { kind: "count-capacity", account: "acc", service: "blob", day: "2026-01-08", step: 0 };
  test.each([
    { message: "x", reason: "message must be object" },
    { message: { work: { ...work, service: "file" } }, reason: "message/work/service" },
    { message: { work: { ...work, step: -1 } }, reason: "message/work/step" },
    { message: { work: { ...work, day: "today" } }, reason: "message/work/day" },
    { message: { work: { ...work, account: "other" } }, reason: "account other is not in VIGIL_ACCOUNTS" },
  ])("$message", ({ message, reason }) => {
    const parsed = parseCapacityMessage(message, new Set(["acc"]));
    expect(parsed.kind === "rejected" && parsed.reason).toContain(reason);
  });
});

test.each([
  { title: "in the same hour", at: "2026-01-08T10:59:00Z", kind: "wait", reason: "done" },
  { title: "in the next hour", at: "2026-01-08T11:00:20Z", kind: "send", reason: "next-hour" },
  { title: "the next day", at: "2026-01-09T00:00:20Z", kind: "begin", reason: "new-day" },
])("a count that was published, $title: $kind, $reason", async ({ at, kind, reason }) => {
  await planCapacityCounts(["acc"], stores, now);
  await finish();
  const kept = await stores.runs.read(capacityKey("acc", "blob"));
  expect(planCapacity(kept?.run, new Date(at))).toEqual({ kind, reason });
});
