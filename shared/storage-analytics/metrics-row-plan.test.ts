import { expect, test } from "vitest";

import { planMetricsRows, type StoredMetricsRow } from "./metrics-row-plan.js";
import { metricsRows, type MetricsRow } from "./metrics-row.js";
import { RollUpCells } from "./roll-up-cells.js";

function rowsOf(requests: Readonly<Record<string, number>>): readonly MetricsRow[] {
  const cells = new RollUpCells();
  for (const [operation, times] of Object.entries(requests)) {
    const series = {
      access: "user",
      operation,
      responseType: "Success",
      authentication: "SAS",
      geoType: "Primary",
    } as const;
    for (let time = 0; time < times; time++) cells.add(0, cells.seriesNumber(series), 10, 20, 3, 1);
  }
  return metricsRows("20260101T1000", cells.cells(), false);
}

const store = (rows: readonly MetricsRow[], changes: Readonly<Record<string, number>> = {}): StoredMetricsRow[] =>
  rows.map(({ partitionKey, rowKey, columns }) => ({
    partitionKey,
    rowKey,
    etag: `etag of ${rowKey}`,
    columns: { ...columns, ...changes },
  }));

const on = { enabled: true, includeApis: true };
const before = rowsOf({ GetBlob: 1 });
const now = rowsOf({ GetBlob: 2 });

test.each([
  { title: "all rows of a new minute are written", stored: [], settings: on, writes: ["user;All", "user;GetBlob"] },
  {
    title: "without APIs All alone is",
    stored: [],
    settings: { enabled: true, includeApis: false },
    writes: ["user;All"],
  },
  { title: "switched off, nothing new is", stored: [], settings: { enabled: false, includeApis: true }, writes: [] },
  {
    title: "switched off, rows that are there are kept right",
    stored: store(before),
    settings: { enabled: false, includeApis: false },
    writes: ["user;All", "user;GetBlob"],
  },
  { title: "rows that are right are left alone", stored: store(now), settings: on, writes: [] },
  { title: "rows that grew are replaced", stored: store(before), settings: on, writes: ["user;All", "user;GetBlob"] },
  {
    title: "a counter that is too high was edited",
    stored: store(now, { TotalIngress: 1_000_000 }),
    settings: on,
    writes: ["user;All", "user;GetBlob"],
    edited: ["user;All", "user;GetBlob"],
  },
  {
    title: "so was a percentage that does not agree with its counters",
    stored: store(now, { Availability: 99 }),
    settings: on,
    writes: ["user;All", "user;GetBlob"],
    edited: ["user;All", "user;GetBlob"],
  },
  {
    title: "and a total that is not the sum of its counters",
    stored: store(now, { TotalRequests: 0 }),
    settings: on,
    writes: ["user;All", "user;GetBlob"],
    edited: ["user;All", "user;GetBlob"],
  },
  {
    title: "and a row with a column missing",
    stored: store(now).map((row) => ({ ...row, columns: { TotalRequests: 2 } })),
    settings: on,
    writes: ["user;All", "user;GetBlob"],
    edited: ["user;All", "user;GetBlob"],
  },
  {
    title: "a row of an API that was never called was added by somebody",
    stored: store([...now, ...rowsOf({ PutBlob: 1 }).filter(({ rowKey }) => rowKey === "user;PutBlob")]),
    settings: on,
    writes: [],
    removals: ["user;PutBlob"],
    edited: ["user;PutBlob"],
  },
])("$title", ({ stored, settings, writes, removals = [], edited = [] }) => {
  const plan = planMetricsRows(now, stored, settings);
  expect(plan.writes.map(({ row }) => row.rowKey)).toEqual(writes);
  expect(plan.removals.map(({ rowKey }) => rowKey)).toEqual(removals);
  expect(plan.edited).toEqual(edited);
  for (const { row, etag } of plan.writes) expect(etag).toBe(stored.length === 0 ? undefined : `etag of ${row.rowKey}`);
});

test("Azure's own system row stays where there is no gateway", () => {
  const azures = store(now).map((row) => ({ ...row, rowKey: "system;All" }));
  expect(planMetricsRows(now, [...store(now), ...azures], on)).toEqual({ writes: [], removals: [], edited: [] });
});
