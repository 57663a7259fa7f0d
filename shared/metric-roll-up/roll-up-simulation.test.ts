import fc from "fast-check";
import { expect, test } from "vitest";

import type { LogEntry } from "../storage-analytics/log-entry.js";
import { LogRollUp } from "../storage-analytics/log-roll-up.js";
import { metricsPartitionKey, metricsRows } from "../storage-analytics/metrics-row.js";
import type { RollUpCell } from "../storage-analytics/roll-up-cells.js";
import { aggregate } from "../metrics/metric-cell.js";
import type { MetricStore } from "../stores/metrics/metric-store.js";
import { Killed, seededRandom, withFaults } from "../testing/faults.js";
import { ledgersInMemory } from "../testing/ledgers-in-memory.js";
import { arbitraryEntry } from "../testing/metric-entries.js";
import { metricStoreInMemory } from "../testing/metric-store-in-memory.js";
import { metricsTablesInMemory } from "../testing/metrics-tables-in-memory.js";
import { publicationMarksInMemory } from "../testing/publication-marks-in-memory.js";
import { OpenLedgers } from "./open-ledgers.js";
import { publishHour } from "./publish-hour.js";
import { logBlobSource, rollUpLogBlobs } from "./roll-up-log-blob.js";

const hourMs = 3_600_000;
const hour = Date.UTC(2026, 0, 1, 10) / hourMs;
const hours = [hour, hour + 1];
const on = { enabled: true, includeApis: true };
const target = { resourceId: "/subscriptions/s/blobServices/default", namespace: "n" };

type Message =
  { readonly kind: "roll-up"; readonly blobs: readonly number[] } | { readonly kind: "publish"; readonly hour: number };

interface Scenario {
  /** Entries of each blob; some are in several. */
  readonly blobs: readonly (readonly LogEntry[])[];
  readonly seed: number;
  /** That a call is the last of its process, before it and after it. */
  readonly killChance: number;
}

const scenario: fc.Arbitrary<Scenario> = fc
  .record({
    // four minutes around the end of an hour, so that blobs meet in the same rows
    entries: fc.array(arbitraryEntry({ from: (hour + 1) * hourMs - 120_000, span: 240_000 }), {
      minLength: 1,
      maxLength: 40,
    }),
    // which blobs an entry is in: the second number makes duplicates
    places: fc.array(fc.tuple(fc.nat({ max: 7 }), fc.option(fc.nat({ max: 7 }))), { minLength: 40, maxLength: 40 }),
    seed: fc.nat(),
    killChance: fc.constantFrom(0, 0.05, 0.2),
  })
  .map(({ entries, places, seed, killChance }) => {
    const blobs: LogEntry[][] = Array.from({ length: 8 }, () => []);
    entries.forEach((entry, index) => {
      const [first, second] = places[index] ?? [0, null];
      // without an id it counts wherever it is, but each blob once
      const requestIdHeader = index % 10 === 9 ? "" : entry.requestIdHeader;
      blobs[first]?.push({ ...entry, requestIdHeader, serviceType: "blob" });
      if (second !== null) blobs[second]?.push({ ...entry, requestIdHeader, serviceType: "blob" });
    });
    return { blobs, seed, killChance };
  });

/** What the rows must be: every entry once, added up at one go. */
function fromScratch(entries: readonly LogEntry[]) {
  const rollUp = new LogRollUp("blob");
  for (const entry of entries) rollUp.addEntry(entry);
  const cells = rollUp.parts().flatMap((part) => [...part.cells.cells()]);
  const rows = new Map<string, unknown>();
  const put = (level: string, location: string, key: string, of: readonly RollUpCell[]) => {
    for (const row of metricsRows(key, of, false)) rows.set(`${level} ${location} ${key} ${row.rowKey}`, row.columns);
  };
  for (const location of ["Primary", "Secondary"]) {
    const here = cells.filter(({ series }) => series.geoType === location);
    for (const each of hours) {
      const inHour = here.filter(({ minute }) => Math.floor(minute / 60) === each);
      if (location === "Primary" || inHour.length > 0)
        put("Hour", location, metricsPartitionKey(new Date(each * hourMs)), inHour);
      for (const minute of new Set(inHour.map((cell) => cell.minute))) {
        const key = metricsPartitionKey(new Date(minute * 60_000));
        put(
          "Minute",
          location,
          key,
          inHour.filter((cell) => cell.minute === minute),
        );
      }
    }
  }
  return { rows, cells };
}

/** The world: storage that lives on, two instances that do not, and a queue that delivers at least once, in any order. */
async function run({ blobs, seed, killChance }: Scenario) {
  const random = seededRandom(seed);
  const stored = {
    ledgers: ledgersInMemory(),
    marks: publicationMarksInMemory(),
    tables: metricsTablesInMemory(),
    metrics: metricStoreInMemory(),
  };
  // a message is for one blob or for several, and a blob may be in more than one
  const queue: Message[] = [];
  for (let next = 0; next < blobs.length;) {
    const end = Math.min(blobs.length, next + 1 + Math.floor(random() * 4));
    queue.push({ kind: "roll-up", blobs: [...blobs.keys()].slice(next, end) });
    next = end;
  }
  for (const blob of blobs.keys()) if (random() < 0.3) queue.push({ kind: "roll-up", blobs: [blob] });
  if (random() < 0.5) queue.push({ kind: "roll-up", blobs: [...blobs.keys()].filter(() => random() < 0.5) });
  let chance = killChance;
  // looking at every minute repairs what a fault left behind, so most runs do without
  const wholeChance = random() < 0.2 ? 0.2 : 0;

  const start = () => {
    const dying = <T extends object>(store: T): T => withFaults(store, chance, random);
    return {
      ledgers: new OpenLedgers(dying(stored.ledgers), random() < 0.3 ? 0 : 1_000),
      marks: dying(stored.marks),
      tables: dying(stored.tables),
      metrics: dying(stored.metrics),
    };
  };

  async function work(instance: ReturnType<typeof start>, message: Message): Promise<void> {
    if (message.kind === "publish") {
      const settings = {
        hourMetrics: on,
        minuteMetrics: on,
        withSystem: false,
        whole: random() < wholeChance,
        hourRows: true,
      };
      await publishHour(instance, { account: "acc", service: "blob", hour: message.hour, target, ...settings });
      return;
    }
    const read = (blob: number, excluded?: ConstructorParameters<typeof LogRollUp>[1]): LogRollUp => {
      const rollUp = new LogRollUp("blob", excluded);
      for (const entry of blobs[blob] ?? []) rollUp.addEntry(entry);
      return rollUp;
    };
    const outcomes = await rollUpLogBlobs(
      instance.ledgers,
      message.blobs.map((blob) => ({
        account: "acc",
        source: logBlobSource(`${blob}`, "1"),
        rollUp: read(blob),
        oldestHour: 0,
        readAgain: (excluded) => Promise.resolve(read(blob, excluded)),
      })),
    );
    for (const touched of outcomes.flatMap((each) => each.hours)) queue.push({ kind: "publish", hour: touched.hour });
  }

  async function live(): Promise<void> {
    let instance = start();
    while (queue.length > 0) {
      const [message] = queue.splice(Math.floor(random() * queue.length), 1);
      if (message === undefined) return;
      try {
        await work(instance, message);
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
        queue.push(message); // its lease ends, and another instance gets it
        chance = Math.max(0, chance - 0.002); // so that the run ends
        instance = start();
      }
    }
  }
  await Promise.all([live(), live()]);
  chance = 0;
  for (const each of hours) await work(start(), { kind: "publish", hour: each }); // the timer
  return stored;
}

async function rowsIn({ tables }: Awaited<ReturnType<typeof run>>): Promise<Map<string, unknown>> {
  const rows = new Map<string, unknown>();
  for (const level of ["Hour", "Minute"] as const) {
    for (const location of ["Primary", "Secondary"] as const) {
      const table = { kind: "transactions", level, location, service: "blob" } as const;
      for (const { partitionKey, rowKey, columns } of await tables.read(table, "0", "9")) {
        rows.set(`${level} ${location} ${partitionKey} ${rowKey}`, columns);
      }
    }
  }
  return rows;
}

const totalOf = async (metrics: MetricStore, metric: string): Promise<number> => {
  const range = { filter: [], splitBy: [], from: hour * 60, to: (hour + 2) * 60, grain: 120 };
  const [series] = await metrics.query({ ...target, ...range, metrics: [metric] });
  const cell = series?.points.get(hour * 60);
  return cell === undefined ? 0 : aggregate(cell, "Total");
};

test("after duplicates, lateness, reordering and kills at any step, on two instances, rows and metrics are those of counting once", async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (given) => {
      const stored = await run(given);
      const truth = fromScratch(given.blobs.flat());
      const sorted = (rows: Map<string, unknown>) => Object.fromEntries([...rows].sort(([a], [b]) => (a < b ? -1 : 1)));
      expect(sorted(await rowsIn(stored))).toEqual(sorted(truth.rows));
      const sum = (of: (cell: RollUpCell) => number) => truth.cells.reduce((total, cell) => total + of(cell), 0);
      expect(await totalOf(stored.metrics, "Transactions")).toBe(sum(({ requests }) => requests));
      expect(await totalOf(stored.metrics, "Ingress")).toBe(sum(({ ingress }) => ingress.sum));
      expect(await totalOf(stored.metrics, "SuccessE2ELatency")).toBe(sum(({ latency }) => latency?.endToEnd.sum ?? 0));
    }),
    { numRuns: 150, endOnFailure: true },
  );
});
