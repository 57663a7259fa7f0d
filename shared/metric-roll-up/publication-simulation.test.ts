import fc from "fast-check";
import { Readable } from "node:stream";
import { expect, test } from "vitest";

import { LogCounter } from "../log-counting/log-counter.js";
import { aggregate } from "../metrics/metric-cell.js";
import { KnownReadings } from "../request-logs/known-readings.js";
import { readLogBlobs } from "../request-logs/log-reading.js";
import type { LogBlobsWork } from "../request-logs/log-work.js";
import { formatLogBlobName, type LogBlobName } from "../storage-analytics/log-blob.js";
import type { LogEntry, Service } from "../storage-analytics/log-entry.js";
import { formatLogEntry } from "../storage-analytics/log-line.js";
import { OwnUsageMeter } from "../storage-analytics/system-usage.js";
import type { AnalyticsSettingsOfAccount } from "../stores/analytics-settings/analytics-settings.js";
import type { DeadLetters } from "../stores/dead-letters/dead-letters.js";
import type { GatewayMarks } from "../stores/gateway-marks/gateway-marks.js";
import type { ListedLogBlob, LogBlobs } from "../stores/log-blobs/log-blobs.js";
import type { LogBlobState, LogReadings } from "../stores/log-readings/log-readings.js";
import type { WorkQueue } from "../stores/work-queue/work-queue.js";
import { dueHoursInMemory } from "../testing/due-hours-in-memory.js";
import { Killed, seededRandom, withFaults } from "../testing/faults.js";
import { ledgersInMemory } from "../testing/ledgers-in-memory.js";
import { sampleEntry, startTimeAt } from "../testing/metric-entries.js";
import { metricStoreInMemory } from "../testing/metric-store-in-memory.js";
import { metricsTablesInMemory } from "../testing/metrics-tables-in-memory.js";
import { publicationMarksInMemory } from "../testing/publication-marks-in-memory.js";
import { usageSamplesInMemory } from "../testing/usage-samples-in-memory.js";
import { OpenLedgers } from "./open-ledgers.js";
import { AppUsage, GatewayUsage } from "./own-usage.js";
import { publishMetrics } from "./publication.js";
import { PublicationPlanner } from "./publication-planner.js";
import { parsePublicationMessage, type PublicationWork } from "./publication-work.js";

const account = "acc";
const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const hour = Date.UTC(2026, 0, 1, 10) / hourMs;
/** Requests come from three minutes before the end of an hour until three after it. */
const begin = (hour + 1) * hourMs - 3 * minuteMs;
const requestsMs = 6 * minuteMs;
/** So long after the last request everything is settled: late blobs, the last look at the hour. */
const settledMs = 12 * minuteMs;
const flushMs = 4 * secondMs;
const tickMs = 5 * secondMs;

const target = (service: Service) => ({ resourceId: `/subscriptions/s/${service}`, namespace: "n" });

interface Scenario {
  readonly seed: number;
  /** That a call is the last of its process, before it and after it. */
  readonly killChance: number;
  /** What the app's clock is wrong by during the second third of the run. Milliseconds. */
  readonly clockJump: number;
}

const scenario: fc.Arbitrary<Scenario> = fc.record({
  seed: fc.nat(),
  killChance: fc.constantFrom(0, 0.02, 0.08),
  clockJump: fc.constantFrom(0, 0, -hourMs, -20 * secondMs, hourMs, 30 * minuteMs),
});

/** A blob, and when it is in `$logs`: a late one comes after the mark that speaks of it. */
interface FiledBlob extends ListedLogBlob {
  readonly at: number;
  readonly isLate: boolean;
  readonly entries: readonly LogEntry[];
}

/** What a gateway files in the course of the run; some requests twice, some blobs late. */
function fileBlobs(random: () => number): readonly FiledBlob[] {
  const blobs: FiledBlob[] = [];
  const counters = new Map<number, number>();
  let again: LogEntry[] = [];
  let number = 0;
  for (let flush = begin + flushMs; flush <= begin + requestsMs; flush += flushMs) {
    const fresh = Array.from({ length: Math.floor(random() * 4) }, () => {
      const endedAt = flush - random() * flushMs;
      return sampleEntry({
        requestStartTime: startTimeAt(Math.floor(endedAt - random() * 300)),
        requestIdHeader: (++number).toString().padStart(8, "0"),
        operationType: random() < 0.5 ? "GetBlob" : "PutBlob",
      });
    });
    const entries = [...fresh, ...again];
    again = fresh.filter(() => random() < 0.2);
    if (entries.length === 0) continue;
    const filedIn = Math.floor((flush - flushMs) / hourMs);
    const counter = counters.get(filedIn) ?? 0;
    counters.set(filedIn, counter + 1);
    const parsed: LogBlobName = { service: "blob", hour: new Date(filedIn * hourMs), counter };
    const isLate = random() < 0.1;
    const starts = entries.map(({ requestStartTime }) => Date.parse(`${requestStartTime.slice(0, 23)}Z`));
    const [startTime, endTime] = [new Date(Math.min(...starts)), new Date(Math.max(...starts))];
    blobs.push({
      name: formatLogBlobName(parsed),
      parsed,
      etag: `e${blobs.length}`,
      size: 1,
      metadata: { logTypes: ["read"], startTime, endTime, version: "1.0" },
      at: isLate ? flush + random() * 5 * minuteMs : flush,
      isLate,
      entries,
    });
  }
  return blobs;
}

/** Log blobs, marks and settings of an account at a time. */
function worldOf(blobs: readonly FiledBlob[], now: () => number) {
  const there = (): readonly FiledBlob[] => blobs.filter(({ at }) => at <= now());
  const flushedUpTo = (): number => Math.floor(Math.min(now(), begin + requestsMs + settledMs) / flushMs) * flushMs;
  const ownRequests = (): number => there().length;
  const logBlobs: LogBlobs = {
    page: (prefix) =>
      Promise.resolve({ blobs: there().filter(({ name }) => name.startsWith(prefix)), next: undefined }),
    open: (name) => {
      const found = there().find((blob) => blob.name === name);
      if (found === undefined) return Promise.resolve({ kind: "not-found" });
      const text = found.entries.map((entry) => `${formatLogEntry(entry)}\n`).join("");
      const { etag } = found;
      return Promise.resolve({ kind: "open", etag, size: text.length, content: Readable.from([Buffer.from(text)]) });
    },
  };
  const marks: GatewayMarks = {
    read: (_, service) =>
      Promise.resolve({
        flushedUpTo: new Date(flushedUpTo()).toISOString(),
        buffered: 0,
        lost: 0,
        ownRequests: service === "blob" ? ownRequests() : 0,
        ownBytes: service === "blob" ? 100 * ownRequests() : 0,
      }),
  };
  const on = { enabled: true, includeApis: true, retentionDays: undefined };
  const logging = { version: "1.0", read: true, write: true, delete: true, retentionDays: undefined };
  const analyticsSettings: AnalyticsSettingsOfAccount = {
    read: () => Promise.resolve({ logging, hourMetrics: on, minuteMetrics: on }),
  };
  return { there, ownRequests, logBlobs, marks, analyticsSettings };
}

function readingsInMemory(): LogReadings {
  const states = new Map<string, LogBlobState>();
  const put = (blob: LogBlobName, state: LogBlobState): Promise<void> => {
    states.set(formatLogBlobName(blob), state);
    return Promise.resolve();
  };
  return {
    states: (_, service, of) => {
      const found = [...Array(200).keys()].map(
        (counter) => [counter, states.get(formatLogBlobName({ service, hour: of, counter }))] as const,
      );
      return Promise.resolve(
        new Map(found.flatMap(([counter, state]) => (state === undefined ? [] : [[counter, state]]))),
      );
    },
    state: (_, blob) => Promise.resolve(states.get(formatLogBlobName(blob))),
    plan: async (_, blob, etag, at) => {
      await put(blob, { kind: "planned", etag, at, times: 1 });
      return undefined;
    },
    read: async (_, readings, at) => {
      for (const { blob, reading } of readings) await put(blob, { kind: "read", ...reading, at });
    },
    gone: (_, blob, etag, at) => put(blob, { kind: "gone", etag, at }),
    removeBefore: () => Promise.resolve(0),
    cells: async function* () {
      yield* await Promise.resolve([]);
    },
  };
}

const deadLetters: DeadLetters = {
  lines: () => ({ add: () => Promise.resolve(), close: () => Promise.resolve() }),
  message: () => Promise.resolve(),
  removeLines: () => Promise.resolve(0),
  removeMessages: () => Promise.resolve(0),
  count: () => Promise.resolve({ letters: 0, blobs: 0, complete: true }),
};

type Message = LogBlobsWork | PublicationWork;

/** Storage that lives on, an app whose processes do not, and queues that deliver at least once, in any order. */
async function run({ seed, killChance, clockJump }: Scenario) {
  const random = seededRandom(seed);
  let clock = begin;
  const blobs = fileBlobs(random);
  const world = worldOf(blobs, () => clock);
  const stored = {
    ledgers: ledgersInMemory(),
    published: publicationMarksInMemory(),
    due: dueHoursInMemory(),
    samples: usageSamplesInMemory(),
    tables: metricsTablesInMemory(),
    metrics: metricStoreInMemory(),
    readings: readingsInMemory(),
  };
  const queue: Message[] = [];
  const publications: WorkQueue = {
    name: "publications",
    send: (work) => {
      const message = parsePublicationMessage({ work }, new Set([account]));
      if (message.kind === "rejected") throw new Error(message.reason);
      queue.push(message.work);
      if (random() < 0.1) queue.push(message.work);
      return Promise.resolve();
    },
    counts: () => Promise.resolve({ waiting: queue.length, poison: 0 }),
  };
  let chance = killChance;
  const counter = new LogCounter();
  const watermarks: { readonly minute: number; readonly counted: number; readonly owed: number }[] = [];

  const start = () => {
    const dying = <T extends object>(store: T): T => withFaults(store, chance, random);
    const ledgers = new OpenLedgers(dying(stored.ledgers));
    const shared = {
      ...world,
      ledgers,
      due: dying(stored.due),
      published: dying(stored.published),
      metrics: dying(stored.metrics),
      readings: dying(stored.readings),
      publications: dying(publications),
      gatewayUsage: new GatewayUsage(dying(stored.samples), ledgers),
      logBlobs: () => Promise.resolve(world.logBlobs),
    };
    const known = new KnownReadings();
    return { shared, planner: new PublicationPlanner([{ name: account, target }], shared, 0, known) };
  };
  let app = start();

  /** The app's own clock. */
  const now = (): Date => {
    const third = (requestsMs + settledMs) / 3;
    const isWrong = clock >= begin + third && clock < begin + 2 * third;
    return new Date(clock + (isWrong ? clockJump : 0));
  };

  async function survive(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      const faults = error instanceof AggregateError ? error.errors.map((each: Error) => each.cause) : [error];
      if (!faults.every((fault) => fault instanceof Killed)) throw error;
      app = start();
      return false;
    }
  }

  async function deliver(message: Message): Promise<void> {
    const { shared } = app;
    const done = await survive(async () => {
      if (!("kind" in message)) {
        await readLogBlobs({ ...shared, logBlobs: world.logBlobs, deadLetters, counter }, message, now());
        return;
      }
      const stores = {
        ...shared,
        tables: withFaults(stored.tables, chance, random),
        ownUsage: new OwnUsageMeter(),
        appUsage: new AppUsage(shared.ledgers, "1"),
        target,
      };
      await publishMetrics(stores, message, now());
    });
    if (!done) queue.push(message);
  }

  let last: number | undefined;
  for (; clock <= begin + requestsMs + settledMs; clock += secondMs) {
    // the gateway's blobs are found some time after they are there, now and then twice
    const due = world.there().filter(({ at }) => clock - at < 2 * secondMs || random() < 0.002);
    const found = due.map(({ name, parsed: blob, etag }) => ({ name, blob, etag }));
    for (const group of random() < 0.5 ? [found] : found.map((each) => [each]))
      if (group.length > 0) queue.push({ account, blobs: group });
    if (clock % tickMs === 0) await survive(() => app.planner.plan(now()));
    for (let turns = queue.length; turns > 0 && random() < 0.9; turns--) {
      const [message] = queue.splice(Math.floor(random() * queue.length), 1);
      if (message !== undefined) await deliver(message);
    }
    if (clock > begin + requestsMs + settledMs / 2) chance = 0;
    const minute = await stored.metrics.watermark(target("blob").resourceId);
    if (minute !== undefined && minute !== last) {
      watermarks.push({ minute, counted: await countedBefore(minute), owed: owedBefore(minute) });
      last = minute;
    }
  }
  while (queue.length > 0) await deliver(queue.pop() as Message);

  async function countedBefore(minute: number): Promise<number> {
    const range = { filter: [], splitBy: [], from: hour * 60, to: Math.max(minute, hour * 60 + 1), grain: 1 };
    const [series] = await stored.metrics.query({ ...target("blob"), ...range, metrics: ["Transactions"] });
    return [...(series?.points.values() ?? [])].reduce((sum, cell) => sum + aggregate(cell, "Total"), 0);
  }

  /** Requests that started before a minute, as far as blobs that came in time tell of them. */
  function owedBefore(minute: number): number {
    const started = ({ requestStartTime }: LogEntry): number => Date.parse(`${requestStartTime.slice(0, 23)}Z`);
    const entries = blobs.filter(({ isLate, at }) => !isLate && at <= clock).flatMap((blob) => blob.entries);
    const before = entries.filter((entry) => started(entry) < minute * minuteMs);
    return new Set(before.map(({ requestIdHeader }) => requestIdHeader)).size;
  }
  return { stored, blobs, watermarks, ownRequests: world.ownRequests() };
}

test("whatever ends, comes twice, late or at a wrong time: what the watermark covers is there, and at the end everything is, once", async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (given) => {
      const { stored, blobs, watermarks, ownRequests } = await run(given);
      for (const { minute, counted, owed } of watermarks) {
        expect(counted, `before minute ${minute}`).toBeGreaterThanOrEqual(owed);
      }
      expect(watermarks.at(-1)?.minute).toBeGreaterThanOrEqual((begin + requestsMs + settledMs) / minuteMs - 2);
      const requests = new Set(blobs.flatMap(({ entries }) => entries.map(({ requestIdHeader }) => requestIdHeader)));
      for (const level of ["Minute", "Hour"] as const) {
        const table = { kind: "transactions", level, location: "Primary", service: "blob" } as const;
        const rows = await stored.tables.read(table, "0", "9");
        const sum = (keys: (rowKey: string) => boolean): number =>
          rows
            .filter(({ rowKey }) => keys(rowKey))
            .reduce((all, { columns }) => all + (columns["TotalRequests"] ?? Number.NaN), 0);
        expect(
          sum((rowKey) => rowKey === "user;All"),
          level,
        ).toBe(requests.size);
        expect(
          sum((rowKey) => rowKey.startsWith("user;") && rowKey !== "user;All"),
          level,
        ).toBe(requests.size);
        expect(
          sum((rowKey) => rowKey === "system;All"),
          level,
        ).toBeLessThanOrEqual(ownRequests);
      }
    }),
    { numRuns: 12, endOnFailure: true },
  );
});
