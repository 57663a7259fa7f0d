import fc from "fast-check";
import { expect, test } from "vitest";

import { turnMs } from "../daily-work/turn.js";
import { formatLogBlobName } from "../storage-analytics/log-blob.js";
import { services, type Service } from "../storage-analytics/log-entry.js";
import { metricsPartitionKey } from "../storage-analytics/metrics-row.js";
import type { MetricsTable } from "../storage-analytics/metrics-table.js";
import type { DeadLetters } from "../stores/dead-letters/dead-letters.js";
import type { ListedLogBlob, RemovableLogBlobs } from "../stores/log-blobs/log-blobs.js";
import type { LogBlobState } from "../stores/log-readings/log-readings.js";
import type { WorkQueue } from "../stores/work-queue/work-queue.js";
import { dailyRunsInMemory } from "../testing/daily-runs-in-memory.js";
import { dueHoursInMemory } from "../testing/due-hours-in-memory.js";
import { Killed, seededRandom, withFaults } from "../testing/faults.js";
import { ledgersInMemory } from "../testing/ledgers-in-memory.js";
import { metricStoreInMemory } from "../testing/metric-store-in-memory.js";
import { metricsTablesInMemory } from "../testing/metrics-tables-in-memory.js";
import { publicationMarksInMemory } from "../testing/publication-marks-in-memory.js";
import { planRetentionRuns } from "./plan-retention.js";
import { deadMessageDays, removeExpired } from "./remove-expired.js";
import { isRetained, type RetentionProgress } from "./retention-run.js";
import { parseRetentionMessage, removeExpiredQueue } from "./retention-work.js";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const start = new Date("2026-06-15T10:30:00Z");
const thisHour = Math.floor(start.getTime() / hourMs);
/** Of the metric store, and those after which ledgers go. */
const [metricsDays, ledgerDays] = [60, 94];

interface Blob {
  readonly service: Service;
  readonly hoursAgo: number;
  readonly counter: number;
  readonly state: "read" | "read-before" | "planned" | "unreadable" | "gone" | "unknown" | "leased";
}
const readable: ReadonlySet<Blob["state"]> = new Set(["read", "unreadable", "gone"]);

const blob: fc.Arbitrary<Blob> = fc.record({
  service: fc.constantFrom(...services),
  hoursAgo: fc.oneof(fc.integer({ min: 0, max: 400 * 24 }), fc.integer({ min: 23, max: 26 })),
  counter: fc.nat({ max: 2 }),
  state: fc.constantFrom("read", "read", "read", "read-before", "planned", "unreadable", "gone", "unknown", "leased"),
});
const days = fc.option(fc.constantFrom(1, 7, 365), { nil: undefined });
const policies = fc.record({ logging: days, hourMetrics: days, minuteMetrics: days });
const scenario = fc.record({
  blobs: fc.uniqueArray(blob, { maxLength: 30, selector: (each) => nameOf(each) }),
  policies: fc.record({ blob: policies, queue: policies, table: policies }),
  ages: fc.uniqueArray(fc.integer({ min: 0, max: 400 * 24 }), { maxLength: 8 }),
  pageSize: fc.integer({ min: 1, max: 5 }),
  seed: fc.integer(),
  killChance: fc.constantFrom(0, 0.02, 0.1),
  clockJumps: fc.boolean(),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

const hourOf = (hoursAgo: number): Date => new Date((thisHour - hoursAgo) * hourMs);
const nameOf = ({ service, hoursAgo, counter }: Blob): string =>
  formatLogBlobName({ service, hour: hourOf(hoursAgo), counter });
const tables: readonly MetricsTable[] = [
  { kind: "transactions", level: "Hour", location: "Primary", service: "queue" },
  { kind: "transactions", level: "Minute", location: "Secondary", service: "blob" },
  { kind: "capacity" },
];

function logsIn(blobs: Map<string, Blob>, pageSize: number): RemovableLogBlobs {
  const listed = ({ service, hoursAgo, counter }: Blob, name: string): ListedLogBlob => {
    const parsed = { service, hour: hourOf(hoursAgo), counter };
    return { name, parsed, etag: "now", size: 10, metadata: undefined };
  };
  return {
    page: (prefix, from = "") => {
      const names = [...blobs.keys()].filter((name) => name.startsWith(prefix) && name > from).sort();
      const page = names.slice(0, pageSize);
      const found = page.flatMap((name) => {
        const each = blobs.get(name);
        return each === undefined ? [] : [listed(each, name)];
      });
      return Promise.resolve({ blobs: found, next: names.length > pageSize ? page.at(-1) : undefined });
    },
    open: () => Promise.reject(new Error("retention opens nothing")),
    remove: (name, etag) => {
      if (blobs.get(name)?.state === "leased") return Promise.resolve({ kind: "held", reason: "LeaseIdMissing" });
      return Promise.resolve({ kind: etag === "now" && blobs.delete(name) ? "removed" : "gone" });
    },
  };
}

function stateOf({ state }: Blob): LogBlobState | undefined {
  const at = start;
  switch (state) {
    case "unknown":
      return undefined;
    case "read":
    case "leased":
      return { kind: "read", etag: "now", at, entries: 1, badLines: 0 };
    case "read-before":
      return { kind: "read", etag: "before", at, entries: 1, badLines: 0 };
    case "gone":
      return { kind: "gone", etag: "now", at };
    case "planned":
      return { kind: "planned", etag: "now", at, times: 1 };
    case "unreadable":
      return { kind: "planned", etag: "now", at, times: 4 };
    default:
      throw new Error(`unknown state ${JSON.stringify(state satisfies never)}`);
  }
}

/** Hours that have rows about log blobs, by service. */
type Readings = Map<Service, Map<number, Map<number, LogBlobState>>>;

const hoursOf = (blobs: readonly Blob[], service: Service): Set<number> =>
  new Set(blobs.filter((each) => each.service === service).map(({ hoursAgo }) => thisHour - hoursAgo));

async function prepare({ blobs, ages }: Scenario) {
  const readings: Readings = new Map(
    services.map((service) => [service, new Map<number, Map<number, LogBlobState>>()]),
  );
  for (const each of blobs) {
    const state = stateOf(each);
    const hours = readings.get(each.service);
    const hour = thisHour - each.hoursAgo;
    if (state === undefined || hours === undefined) continue;
    hours.set(hour, new Map([...(hours.get(hour) ?? []), [each.counter, state]]));
  }
  const stored = {
    blobs: new Map(blobs.map((each) => [nameOf(each), each])),
    readings,
    runs: dailyRunsInMemory<RetentionProgress>(),
    metrics: metricStoreInMemory(),
    metricsTables: metricsTablesInMemory(),
    ledgers: ledgersInMemory(),
    due: dueHoursInMemory(),
    published: publicationMarksInMemory(),
    /** A bad line of each log blob, by service and hour. */
    lines: new Map(services.map((service) => [service, hoursOf(blobs, service)])),
    /** Hours in which a message was kept. */
    messages: new Set(ages.map((age) => thisHour - age)),
  };
  const target = { resourceId: "/x", namespace: "n" };
  for (const age of ages) {
    const hour = thisHour - age;
    const partitionKey = metricsPartitionKey(hourOf(age));
    for (const table of tables) stored.metricsTables.edit(table, { partitionKey, rowKey: "user;All", columns: {} });
    const ledger = { account: "acc", service: "table", hour } as const;
    await stored.ledgers.append(ledger, Uint8Array.of(1), undefined);
    await stored.published.save(ledger, 1);
    await stored.due.add(ledger);
    const cells = new Map([[hour * 60, { sum: 1, count: 1, min: 1, max: 1 }]]);
    const series = [{ metric: "m", dimensions: {}, gauge: false, cells }];
    await stored.metrics.update(target, hour, () => Promise.resolve({ minutes: [hour * 60], series }));
  }
  return stored;
}

/** Storage that lives on, two instances that do not, a queue that delivers at least once, in any order, and a timer. */
async function run(given: Scenario) {
  const { policies: settings, pageSize, seed, killChance, clockJumps } = given;
  const random = seededRandom(seed);
  const stored = await prepare(given);
  const messages: unknown[] = [];
  const queue: WorkQueue = {
    name: removeExpiredQueue,
    send: (work) => {
      messages.push({ work });
      if (random() < 0.2) messages.push({ work });
      return Promise.resolve();
    },
    counts: () => Promise.resolve({ waiting: messages.length, poison: 0 }),
  };
  const removeFrom = (hours: Set<number> | undefined, before: Date, limit: number): Promise<number> => {
    const old = [...(hours ?? [])].filter((each) => each * hourMs < before.getTime()).slice(0, limit);
    for (const each of old) hours?.delete(each);
    return Promise.resolve(old.length);
  };
  const deadLetters: Pick<DeadLetters, "removeLines" | "removeMessages"> = {
    removeLines: ({ service }, hour, limit) => removeFrom(stored.lines.get(service), hour, limit),
    removeMessages: (before, limit) => removeFrom(stored.messages, before, limit),
  };
  const removeBefore = (_: string, service: Service, hour: Date, limit: number): Promise<number> => {
    const hours = stored.readings.get(service);
    const old = [...(hours?.keys() ?? [])].filter((each) => each * hourMs < hour.getTime()).slice(0, limit);
    for (const each of old) hours?.delete(each);
    return Promise.resolve(old.length);
  };
  let chance: number = killChance;
  let passed = 0;
  const dying = <T extends object>(store: T): T => withFaults(store, chance, random);
  const metrics = (retentionDays: number | undefined) => ({ enabled: false, includeApis: false, retentionDays });
  const begin = () => ({
    runs: dying(stored.runs),
    queue: dying(queue),
    logBlobs: dying(logsIn(stored.blobs, pageSize)),
    readings: {
      states: (_: string, service: Service, hour: Date) =>
        Promise.resolve(stored.readings.get(service)?.get(hour.getTime() / hourMs) ?? new Map<number, LogBlobState>()),
      ...dying({ removeBefore }),
    },
    analyticsSettings: dying({
      read: (service: Service) =>
        Promise.resolve({
          logging: {
            version: "1.0",
            read: false,
            write: false,
            delete: false,
            retentionDays: settings[service].logging,
          },
          hourMetrics: metrics(settings[service].hourMetrics),
          minuteMetrics: metrics(settings[service].minuteMetrics),
        }),
    }),
    metrics: dying(stored.metrics),
    metricsTables: dying(stored.metricsTables),
    // a generator is no call that ends
    ledgers: { ...dying(stored.ledgers), list: (account: string) => stored.ledgers.list(account) },
    due: dying(stored.due),
    published: dying(stored.published),
    deadLetters: dying(deadLetters),
    serviceTime: () => Promise.resolve(new Date(start.getTime() + passed)),
  });
  const clock = (): Date => {
    const jump = clockJumps && random() < 0.3 ? (random() - 0.5) * 4_000 * dayMs : 0;
    return new Date(start.getTime() + passed + jump);
  };
  let calls = 0;
  // a few pieces in a turn
  const elapsed = (): number => (calls++ * turnMs) / 3;

  async function live(): Promise<void> {
    for (let turn = 0; !(await isDone()); turn++) {
      if (turn > 3_000) throw new Error("retention does not end");
      // waiting takes no time here: what is due must not change while it is looked at
      passed += random() < 0.02 ? 0 : 1;
      const [message] = messages.splice(Math.floor(random() * messages.length), 1);
      try {
        if (message === undefined || random() < 0.1) {
          await planRetentionRuns(["acc"], begin(), new Date(clock().getTime() + turn * 7 * minuteMs));
        }
        if (message === undefined) continue;
        const parsed = parseRetentionMessage(message, new Set(["acc"]));
        if (parsed.kind === "rejected") throw new Error(parsed.reason);
        await removeExpired(begin(), parsed.work, metricsDays, clock(), elapsed);
      } catch (error) {
        if (!isKilled(error)) throw error;
        if (message !== undefined) messages.push(message);
        chance = Math.max(0, chance - 0.002); // so that the run ends
      }
    }
  }
  const isDone = async (): Promise<boolean> => {
    const kept = await stored.runs.read("acc");
    return kept !== undefined && isRetained(kept.run.work);
  };
  await Promise.all([live(), live()]);
  return stored;
}

function isKilled(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isKilled);
  return error instanceof Killed || (error instanceof Error && isKilled(error.cause));
}

/** What must be there afterwards, and what may go, at most. */
function expected({ blobs, policies: settings, ages }: Scenario) {
  const isOld = (hoursAgo: number, policy: number | undefined): boolean =>
    policy !== undefined && hoursAgo > policy * 24;
  const isDue = ({ service, hoursAgo }: Blob): boolean => isOld(hoursAgo, settings[service].logging);
  const stays = (each: Blob): boolean => !isDue(each) || !readable.has(each.state);
  const rowDays = [settings.queue.hourMetrics, settings.blob.minuteMetrics, settings.blob.hourMetrics];
  // rows of an hour are as old as its start, to the minute; those of capacity by the day
  const rowGone = (age: number, table: number): boolean => {
    const policy = rowDays[table];
    if (policy === undefined) return false;
    const limit = start.getTime() - policy * dayMs;
    const before = table === 2 ? Math.floor(limit / dayMs) * dayMs : limit;
    return hourOf(age).getTime() < before && metricsPartitionKey(hourOf(age)) < metricsPartitionKey(new Date(before));
  };
  return {
    logs: blobs.filter(stays).map(nameOf).sort(),
    readings: services.map((service) => {
      const all = blobs.filter((each) => each.service === service);
      const waits = all.some((each) => isDue(each) && stays(each));
      const left = all.filter((each) => each.state !== "unknown" && (waits || !isDue(each)));
      return [...new Set(left.map(({ hoursAgo }) => thisHour - hoursAgo))].sort();
    }),
    rows: tables.map((_, table) => ages.filter((age) => !rowGone(age, table)).length),
    ledgers: ages.filter((age) => age <= ledgerDays * 24).sort((a, b) => a - b),
    metrics: ages.filter((age) => age <= metricsDays * 24).length,
    lines: services.map((service) =>
      [
        ...hoursOf(
          blobs.filter((each) => !isDue(each)),
          service,
        ),
      ].sort(),
    ),
    // kept with the start of an hour, and looked at in the middle of one
    messages: ages.filter((age) => age < deadMessageDays * 24).sort((a, b) => a - b),
  };
}

async function found(stored: Awaited<ReturnType<typeof run>>) {
  const ledgers: number[] = [];
  for await (const { hour } of stored.ledgers.list("acc")) ledgers.push(thisHour - hour);
  const range = { from: 0, to: (thisHour + 1) * 60, grain: 60, filter: [], splitBy: [], metrics: ["m"] };
  const [series] = await stored.metrics.query({ resourceId: "/x", namespace: "n", ...range });
  return {
    logs: [...stored.blobs.keys()].sort(),
    readings: services.map((service) => [...(stored.readings.get(service)?.keys() ?? [])].sort()),
    rows: tables.map((table) => stored.metricsTables.rows(table).length),
    ledgers: ledgers.sort((a, b) => a - b),
    metrics: series?.points.size ?? 0,
    lines: services.map((service) => [...(stored.lines.get(service) ?? [])].sort()),
    messages: [...stored.messages].map((hour) => thisHour - hour).sort((a, b) => a - b),
  };
}

test("after duplicates, reordering and kills at any step, on two instances, what is due is gone and nothing else", async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (given) => {
      const stored = await run({ ...given, clockJumps: false });
      expect(await found(stored)).toEqual(expected(given));
      const { ledgers } = expected(given);
      for (const age of given.ages) {
        const mark = await stored.published.read({ account: "acc", service: "table", hour: thisHour - age });
        expect(mark).toBe(ledgers.includes(age) ? 1 : 0);
      }
      expect(await stored.due.list("acc")).toHaveLength(ledgers.length);
    }),
    { numRuns: 60, endOnFailure: true },
  );
});

test("whatever this machine's clock does, nothing that is younger by the service's goes", async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (given) => {
      const { logs, rows, ledgers, metrics, lines, messages } = await found(await run({ ...given, clockJumps: true }));
      const most = expected(given);
      expect(logs).toEqual(expect.arrayContaining(most.logs));
      expect(ledgers).toEqual(expect.arrayContaining(most.ledgers));
      expect(rows.every((count, index) => count >= (most.rows[index] ?? 0))).toBe(true);
      expect(metrics).toBeGreaterThanOrEqual(most.metrics);
      expect(lines.flat()).toEqual(expect.arrayContaining(most.lines.flat()));
      expect(messages).toEqual(expect.arrayContaining(most.messages));
    }),
    { numRuns: 40, endOnFailure: true },
  );
});
