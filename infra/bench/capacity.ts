import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { capacityKey, newCount, type CapacityCount } from "../../shared/capacity/capacity-run.js";
import type { CapacityWork } from "../../shared/capacity/capacity-work.js";
import { countCapacity } from "../../shared/capacity/count-capacity.js";
import { dayOf } from "../../shared/daily-work/daily-plan.js";
import { turnMs } from "../../shared/daily-work/turn.js";
import { forEachOf } from "../../shared/request-logs/concurrency.js";
import { openStorage } from "../../shared/runtime/storage-clients.js";
import { blobsPerPage } from "../../shared/storage-analytics/capacity-count.js";
import { accountContentsOf } from "../../shared/stores/account-contents/account-contents.azure.js";
import { dailyRunsIn, dailyRunsTable } from "../../shared/stores/daily-runs/daily-runs.azure.js";
import { metricStoreIn } from "../../shared/stores/metrics/metric-store.azure.js";
import { metricsTablesIn } from "../../shared/stores/metrics-tables/metrics-tables.azure.js";
import { startAzurite } from "../../shared/testing/azurite.js";
import type { BenchRow } from "./bench-row.js";

const blobs = 10_000;
/** The same blobs again, so that what grows with pages would show. */
const rounds = 5;
/** The account that the issue names. */
const largeAccount = 100_000_000;
const dayHours = 24;
/** What a function may take, in seconds. */
const longestTurnSeconds = 120;
/** Growth of the heap over all rounds; a page of 5,000 blobs is some 10 MB while it is read. */
const heapBudgetMb = 20;

/** Counting what an account holds: pages, and what 100 million blobs would take at that speed. */
export async function benchCapacity(): Promise<readonly BenchRow[]> {
  const azurite = await startAzurite();
  try {
    const value = azurite.connectionString();
    const clients = await openStorage({ kind: "connection-string", name: "Bench", value, accountName: undefined });
    const { containerClient } = await clients.blobs.createContainer("many");
    await forEachOf(Array(blobs).keys(), 16, async (index) => {
      await containerClient.getBlockBlobClient(`folder/blob-${index.toString().padStart(9, "0")}.json`).upload("x", 1);
    });
    const sent: CapacityWork[] = [];
    const runs = dailyRunsIn<CapacityCount>(clients.table(dailyRunsTable), "capacity");
    const stores = {
      runs,
      contents: accountContentsOf(clients),
      metrics: metricStoreIn(clients.blobs, () => new Date()),
      metricsTables: metricsTablesIn((name) => clients.table(name)),
      serviceTime: () => Promise.resolve(new Date()),
      queue: {
        name: "bench",
        send: (work: unknown) => Promise.resolve(void sent.push(work as CapacityWork)),
        counts: () => Promise.resolve({ waiting: sent.length, poison: 0 }),
      },
    };
    const measured = { pages: 0, wallMs: 0, cpuMs: 0, longestMs: 0 };
    const heapBefore = usedHeapMb();
    for (let round = 0; round < rounds; round++) {
      const now = new Date();
      const work = newCount("blob", undefined);
      const run = { day: dayOf(now), began: now, at: now, sent: 1, sentAt: now, work };
      const kept = await runs.read(capacityKey("bench", "blob"));
      await runs.save(capacityKey("bench", "blob"), run, kept?.etag);
      sent.push({ kind: "count-capacity", account: "bench", service: "blob", day: run.day, step: 0 });
      for (let message = sent.shift(); message !== undefined; message = sent.shift()) {
        const [began, cpu] = [performance.now(), process.cpuUsage()];
        const outcome = await countCapacity(stores, "/subscriptions/s/bench", message, now, () => performance.now());
        if (!("pages" in outcome)) throw new Error(`counting: ${outcome.kind}`);
        const { user, system } = process.cpuUsage(cpu);
        const tookMs = performance.now() - began;
        measured.pages += outcome.pages;
        measured.wallMs += tookMs;
        measured.cpuMs += (user + system) / 1_000;
        measured.longestMs = Math.max(measured.longestMs, tookMs);
      }
      const counted = (await runs.read(capacityKey("bench", "blob")))?.run.work.progress;
      const found = counted !== undefined && "data" in counted ? counted.data : {};
      const total = Object.values(found).reduce((sum, each) => sum + each.blobs, 0);
      if (total < blobs) throw new Error(`counting found ${total} of ${blobs} blobs`);
    }
    return rowsOf(measured, usedHeapMb() - heapBefore);
  } finally {
    await azurite.stop();
  }
}

function rowsOf(
  { pages, wallMs, cpuMs, longestMs }: { pages: number; wallMs: number; cpuMs: number; longestMs: number },
  heapMb: number,
): readonly BenchRow[] {
  // a round has pages of its containers, too: what is measured is blobs
  const counted = blobs * rounds;
  const hours = (ms: number): number => ((largeAccount / counted) * ms) / 3_600_000;
  const largeHours = hours(wallMs);
  const turnSeconds = (turnMs + longestMs / (counted / blobsPerPage / rounds)) / 1_000;
  return [
    reported(
      `pages of ${blobsPerPage} blobs counted per second over Azurite`,
      counted / blobsPerPage / (wallMs / 1_000),
      "/s",
    ),
    budgeted("100 million blobs at that speed", largeHours, "h", dayHours),
    reported("of that, this process's own time on a core", hours(cpuMs), "h"),
    budgeted("a turn, its last page included", turnSeconds, "s", longestTurnSeconds),
    budgeted(`heap that ${pages} pages left behind`, heapMb, "MB", heapBudgetMb),
  ];
}

const reported = (name: string, value: number, unit: string): BenchRow => ({
  name,
  value,
  unit,
  budget: "",
  pass: undefined,
});
const budgeted = (name: string, value: number, unit: string, budget: number): BenchRow => ({
  ...reported(name, value, unit),
  budget: `≤ ${budget}`,
  pass: value <= budget,
});

/** What is in use after everything else was let go. */
function usedHeapMb(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  return process.memoryUsage().heapUsed / 1024 / 1024;
}
