import { expect, test } from "vitest";

import type { LogEntry } from "../storage-analytics/log-entry.js";
import { LogRollUp } from "../storage-analytics/log-roll-up.js";
import type { MetricsTables } from "../stores/metrics-tables/metrics-tables.js";
import { ledgersInMemory } from "../testing/ledgers-in-memory.js";
import { sampleEntry, startTimeAt } from "../testing/metric-entries.js";
import { metricStoreInMemory } from "../testing/metric-store-in-memory.js";
import { metricsTablesInMemory } from "../testing/metrics-tables-in-memory.js";
import { publicationMarksInMemory } from "../testing/publication-marks-in-memory.js";
import { OpenLedgers } from "./open-ledgers.js";
import { publishHour, type Publication } from "./publish-hour.js";
import { rollUpLogBlob } from "./roll-up-log-blob.js";

const hourMs = 3_600_000;
const hour = Date.UTC(2026, 0, 1, 10) / hourMs;
const target = { resourceId: "/subscriptions/s/blobServices/default", namespace: "n" };
const on = { enabled: true, includeApis: true };
const publication: Publication = {
  account: "acc",
  service: "blob",
  hour,
  target,
  hourMetrics: on,
  minuteMetrics: on,
  withSystem: false,
  whole: false,
  hourRows: true,
};

function newWorld() {
  const ledgers = ledgersInMemory();
  const stored = { marks: publicationMarksInMemory(), tables: metricsTablesInMemory(), metrics: metricStoreInMemory() };
  /** An instance with caches of its own. */
  const instance = () => ({ ...stored, ledgers: new OpenLedgers(ledgers) });
  let blobs = 0;
  return {
    ...stored,
    instance,
    /** Rolls up a new log blob. */
    log: async (at: ReturnType<typeof instance>, entries: readonly LogEntry[]) => {
      const read = (excluded?: ConstructorParameters<typeof LogRollUp>[1]): LogRollUp => {
        const rollUp = new LogRollUp("blob", excluded);
        for (const entry of entries) rollUp.addEntry(entry);
        return rollUp;
      };
      const source = `${blobs++}`;
      const readAgain = (excluded: Parameters<typeof read>[0]) => Promise.resolve(read(excluded));
      return await rollUpLogBlob(at.ledgers, { account: "acc", source, rollUp: read(), oldestHour: 0, readAgain });
    },
  };
}

let ids = 0;
const request = (minute: number, fields: Partial<LogEntry> = {}): LogEntry =>
  sampleEntry({
    requestIdHeader: `id ${ids++}`,
    requestStartTime: startTimeAt(hour * hourMs + minute * 60_000),
    ...fields,
  });

async function requestsIn(
  tables: MetricsTables,
  level: "Hour" | "Minute",
  location: "Primary" | "Secondary" = "Primary",
) {
  const rows = await tables.read({ kind: "transactions", level, location, service: "blob" }, "0", "9");
  return Object.fromEntries(
    rows.map(({ partitionKey, rowKey, columns }) => [`${partitionKey.slice(-4)} ${rowKey}`, columns["TotalRequests"]]),
  );
}

test("an idle hour has a row, an idle minute has none", async () => {
  const world = newWorld();
  await publishHour(world.instance(), publication);
  expect(await requestsIn(world.tables, "Hour")).toEqual({ "1000 user;All": 0 });
  expect(await requestsIn(world.tables, "Minute")).toEqual({});
});

test("the minutes that were touched, and their hour, get their rows, and nothing is written twice", async () => {
  const world = newWorld();
  const instance = world.instance();
  await world.log(instance, [request(3), request(3, { operationType: "PutBlob" }), request(59)]);
  expect(await publishHour(instance, publication)).toEqual({ minutes: 2, rows: 8, edited: [] });
  expect(await requestsIn(world.tables, "Minute")).toEqual({
    "1003 user;All": 2,
    "1003 user;GetBlob": 1,
    "1003 user;PutBlob": 1,
    "1059 user;All": 1,
    "1059 user;GetBlob": 1,
  });
  expect(await requestsIn(world.tables, "Hour")).toEqual({
    "1000 user;All": 3,
    "1000 user;GetBlob": 2,
    "1000 user;PutBlob": 1,
  });
  expect(await publishHour(world.instance(), publication)).toEqual({ minutes: 0, rows: 0, edited: [] });
});

test("a late blob corrects its own minute and the hour", async () => {
  const world = newWorld();
  const instance = world.instance();
  await world.log(instance, [request(3), request(4)]);
  await publishHour(instance, publication);
  await world.log(instance, [request(4)]);
  // All and GetBlob, of the minute and of the hour
  expect(await publishHour(instance, publication)).toEqual({ minutes: 1, rows: 4, edited: [] });
  expect(await requestsIn(world.tables, "Minute")).toMatchObject({ "1003 user;All": 1, "1004 user;All": 2 });
});

test("what is switched off gets no rows, and metrics are there all the same", async () => {
  const world = newWorld();
  const instance = world.instance();
  await world.log(instance, [request(3)]);
  const off = { enabled: false, includeApis: false };
  await publishHour(instance, {
    ...publication,
    minuteMetrics: off,
    hourMetrics: { enabled: true, includeApis: false },
  });
  expect(await requestsIn(world.tables, "Minute")).toEqual({});
  expect(await requestsIn(world.tables, "Hour")).toEqual({ "1000 user;All": 1 });
  const range = {
    metrics: ["Transactions"],
    filter: [],
    splitBy: ["ApiName"],
    from: hour * 60,
    to: hour * 60 + 60,
    grain: 1,
  };
  const [series] = await world.metrics.query({ ...target, ...range });
  expect([series?.dimensions, series?.points.get(hour * 60 + 3)?.sum]).toEqual([{ ApiName: "GetBlob" }, 1]);
});

test("requests to the secondary location have tables of their own", async () => {
  const world = newWorld();
  const instance = world.instance();
  await world.log(instance, [
    request(3),
    request(3, { requestUrl: "https://acc-secondary.blob.core.windows.net/c/b" }),
  ]);
  await publishHour(instance, publication);
  expect(await requestsIn(world.tables, "Hour")).toEqual({ "1000 user;All": 1, "1000 user;GetBlob": 1 });
  expect(await requestsIn(world.tables, "Hour", "Secondary")).toEqual({ "1000 user;All": 1, "1000 user;GetBlob": 1 });
});

test("a row that a user edited is put right at the next look at its minute, and said", async () => {
  const world = newWorld();
  const instance = world.instance();
  await world.log(instance, [request(3)]);
  await publishHour(instance, publication);
  const table = { kind: "transactions", level: "Minute", location: "Primary", service: "blob" } as const;
  const [row] = (await world.tables.read(table, "0", "9")).filter(({ rowKey }) => rowKey === "user;GetBlob");
  if (row === undefined) throw new Error("there is no row to edit");
  world.tables.edit(table, { ...row, columns: { ...row.columns, TotalRequests: 99 } });
  world.tables.edit(table, { ...row, rowKey: "user;Forged" });
  expect((await publishHour(instance, publication)).edited).toEqual([]);
  expect((await publishHour(instance, { ...publication, whole: true })).edited).toEqual([
    "20260101T1003 user;GetBlob",
    "20260101T1003 user;Forged",
  ]);
  expect(await requestsIn(world.tables, "Minute")).toEqual({ "1003 user;All": 1, "1003 user;GetBlob": 1 });
});

test("an instance that was held up between reading and writing never puts old sums over newer ones", async () => {
  const world = newWorld();
  const fast = world.instance();
  const slow = world.instance();
  await world.log(fast, [request(3)]);
  let heldUp = false;
  const held: MetricsTables = {
    ...world.tables,
    write: async (table, key, plan) => {
      if (!heldUp) {
        heldUp = true;
        await world.log(fast, [request(3)]);
        await publishHour(fast, publication);
      }
      return await world.tables.write(table, key, plan);
    },
  };
  await publishHour({ ...slow, tables: held }, publication);
  expect(heldUp).toBe(true);
  expect(await requestsIn(world.tables, "Minute")).toEqual({ "1003 user;All": 2, "1003 user;GetBlob": 2 });
  expect(await requestsIn(world.tables, "Hour")).toEqual({ "1000 user;All": 2, "1000 user;GetBlob": 2 });
});

test("writes are bounded by rows, however many blobs an hour has", async () => {
  const world = newWorld();
  const instance = world.instance();
  for (let blob = 0; blob < 120; blob++) await world.log(instance, [request(3), request(4)]);
  expect((await publishHour(instance, publication)).rows).toBe(6);
});

test("a row that somebody else keeps writing ends the try, so that the work comes back", async () => {
  const world = newWorld();
  const instance = world.instance();
  await world.log(instance, [request(3)]);
  const busy: MetricsTables = { ...world.tables, write: () => Promise.resolve({ kind: "conflict" }) };
  await expect(publishHour({ ...instance, tables: busy }, publication)).rejects.toThrow("others wrote the same rows");
});
