import fc from "fast-check";
import { expect, test } from "vitest";

import { turnMs } from "../daily-work/turn.js";
import { capacityPartitionKey } from "../storage-analytics/capacity-row.js";
import { services } from "../storage-analytics/log-entry.js";
import type { WorkQueue } from "../stores/work-queue/work-queue.js";
import { contentsInMemory, type AccountInMemory } from "../testing/account-in-memory.js";
import { dailyRunsInMemory } from "../testing/daily-runs-in-memory.js";
import { Killed, seededRandom, withFaults } from "../testing/faults.js";
import { metricStoreInMemory } from "../testing/metric-store-in-memory.js";
import { metricsTablesInMemory } from "../testing/metrics-tables-in-memory.js";
import { capacityKey, type CapacityCount, type CapacityRuns } from "./capacity-run.js";
import { countCapacityQueue, parseCapacityMessage } from "./capacity-work.js";
import { countCapacity } from "./count-capacity.js";
import { planCapacityCounts } from "./plan-capacity-counts.js";

const minuteMs = 60_000;
const start = Date.parse("2026-01-08T10:00:00Z");
const resourceId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/acc";

const blob = fc.record({
  type: fc.constantFrom("BlockBlob", "PageBlob"),
  tier: fc.constantFrom("Hot", "Cool"),
  bytes: fc.nat({ max: 1_000 }),
});
const account: fc.Arbitrary<AccountInMemory> = fc.record({
  containers: fc
    .array(fc.record({ accessLevel: fc.constantFrom("Private", "Blob"), blobs: fc.array(blob, { maxLength: 9 }) }), {
      maxLength: 5,
    })
    .map((containers) =>
      containers.map((each, index) => ({ ...each, name: index === 0 ? "$logs" : `container${index}` })),
    ),
  queues: fc.dictionary(fc.constantFrom("q1", "q2", "q3"), fc.nat({ max: 9 })),
  tables: fc.dictionary(fc.constantFrom("t1", "t2", "$MetricsHourX"), fc.nat({ max: 9 })),
});
const scenario = fc.record({
  account,
  pageSize: fc.integer({ min: 1, max: 4 }),
  seed: fc.integer(),
  killChance: fc.constantFrom(0, 0.02, 0.1),
});

/** Storage that lives on, two instances that do not, a queue that delivers at least once, in any order, and a timer. */
async function run({
  account: held,
  pageSize,
  seed,
  killChance,
}: typeof scenario extends fc.Arbitrary<infer T> ? T : never) {
  const random = seededRandom(seed);
  const stored = {
    runs: dailyRunsInMemory<CapacityCount>(),
    metrics: metricStoreInMemory(),
    metricsTables: metricsTablesInMemory(),
  };
  const messages: unknown[] = [];
  const queue: WorkQueue = {
    name: countCapacityQueue,
    send: (work) => {
      messages.push({ work });
      if (random() < 0.2) messages.push({ work });
      return Promise.resolve();
    },
    counts: () => Promise.resolve({ waiting: messages.length, poison: 0 }),
  };
  let chance: number = killChance;
  let now = start;
  const dying = <T extends object>(store: T): T => withFaults(store, chance, random);
  const begin = () => ({
    runs: dying(stored.runs),
    metrics: dying(stored.metrics),
    metricsTables: dying(stored.metricsTables),
    queue: dying(queue),
    contents: dying(contentsInMemory(held, pageSize)),
    serviceTime: () => Promise.resolve(new Date(now)),
  });
  let calls = 0;
  // two or three pages in a turn
  const elapsed = (): number => (calls++ * turnMs) / 3;

  async function live(): Promise<void> {
    for (let turn = 0; !(await isPublished(stored.runs)); turn++) {
      if (turn > 3_000) throw new Error("the count does not end");
      now += random() * 3 * minuteMs;
      const [message] = messages.splice(Math.floor(random() * messages.length), 1);
      try {
        if (message === undefined || random() < 0.1) await planCapacityCounts(["acc"], begin(), new Date(now));
        if (message === undefined) continue;
        const parsed = parseCapacityMessage(message, new Set(["acc"]));
        if (parsed.kind === "rejected") throw new Error(parsed.reason);
        await countCapacity(begin(), resourceId, parsed.work, new Date(now), elapsed);
      } catch (error) {
        if (!isKilled(error)) throw error;
        if (message !== undefined) messages.push(message); // its lease ends, and another instance gets it
        chance = Math.max(0, chance - 0.002); // so that the run ends
      }
    }
  }
  await Promise.all([live(), live()]);
  return stored;
}

/** The planner reports the faults of all accounts together, each with its cause. */
function isKilled(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isKilled);
  return error instanceof Killed || (error instanceof Error && isKilled(error.cause));
}

async function isPublished(runs: CapacityRuns): Promise<boolean> {
  const all = await Promise.all(services.map((service) => runs.read(capacityKey("acc", service))));
  return all.every((kept) => kept?.run.work.publishedHour !== undefined);
}

test("after duplicates, reordering and kills at any step, on two instances, rows and metrics are what the account holds", async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (given) => {
      const { metrics, metricsTables } = await run(given);
      const { containers, queues, tables } = given.account;
      const users = containers.filter(({ name }) => name !== "$logs");
      const logs = containers.filter(({ name }) => name === "$logs");
      const columns = (of: typeof containers) => ({
        Capacity: sum(of.flatMap(({ blobs }) => blobs.map(({ bytes }) => bytes))),
        ContainerCount: of.length,
        ObjectCount: sum(of.map(({ blobs }) => blobs.length)),
      });
      const day = capacityPartitionKey(new Date(start));
      expect(
        metricsTables
          .rows({ kind: "capacity" })
          .map(({ partitionKey, rowKey, columns: found }) => [partitionKey, rowKey, found]),
      ).toEqual([
        [day, "analytics", columns(logs)],
        [day, "data", columns(users)],
      ]);
      const valueOf = async (service: string, metric: string): Promise<number> => {
        const target =
          service === ""
            ? { resourceId, namespace: "Microsoft.Storage/storageAccounts" }
            : {
                resourceId: `${resourceId}/${service}/default`,
                namespace: `Microsoft.Storage/storageAccounts/${service}`,
              };
        const from = Math.floor(start / minuteMs);
        const range = { filter: [], splitBy: [], from, to: from + 6_000, grain: 60, metrics: [metric] };
        const [series] = await metrics.query({ ...target, ...range });
        return [...(series?.points.values() ?? [])].at(-1)?.sum ?? 0;
      };
      const all = columns(users);
      expect(await valueOf("", "UsedCapacity")).toBe(all.Capacity + columns(logs).Capacity);
      expect(await valueOf("blobServices", "BlobCapacity")).toBe(all.Capacity);
      expect(await valueOf("blobServices", "BlobCount")).toBe(all.ObjectCount);
      expect(await valueOf("blobServices", "ContainerCount")).toBe(all.ContainerCount);
      expect(await valueOf("queueServices", "QueueCount")).toBe(Object.keys(queues).length);
      expect(await valueOf("queueServices", "QueueMessageCount")).toBe(sum(Object.values(queues)));
      const named = Object.entries(tables).filter(([name]) => !name.startsWith("$"));
      expect(await valueOf("tableServices", "TableCount")).toBe(named.length);
      expect(await valueOf("tableServices", "TableEntityCount")).toBe(sum(named.map(([, entities]) => entities)));
    }),
    { numRuns: 60, endOnFailure: true },
  );
});

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
