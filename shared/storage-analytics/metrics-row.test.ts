import { readFileSync } from "node:fs";

import fc from "fast-check";
import { expect, test } from "vitest";

import { arbitraryEntry } from "../testing/metric-entries.js";
import { LogRollUp } from "./log-roll-up.js";
import {
  availabilityOf,
  counterColumns,
  doubleColumns,
  int64Columns,
  metricsPartitionKey,
  metricsRows,
  parseMetricsPartitionKey,
  type MetricsColumns,
} from "./metrics-row.js";
import { type ResponseType } from "./request-status.js";
import { RollUpCells, type Access, type Authentication, type RollUpSeries } from "./roll-up-cells.js";

const series = (fields: Partial<RollUpSeries> = {}): RollUpSeries => ({
  access: "user",
  operation: "GetBlob",
  responseType: "Success",
  authentication: "AccountKey",
  geoType: "Primary",
  ...fields,
});

/** Requests as (series, ingress, egress, end-to-end ms, server ms), and how many of them. */
function rowsOf(
  requests: readonly {
    of?: Partial<RollUpSeries>;
    bytes?: readonly [number, number];
    ms?: readonly [number, number];
    times?: number;
  }[],
  withSystem = false,
): ReadonlyMap<string, MetricsColumns> {
  const cells = new RollUpCells();
  for (const { of = {}, bytes = [0, 0], ms = [0, 0], times = 1 } of requests) {
    for (let time = 0; time < times; time++)
      cells.add(0, cells.seriesNumber(series(of)), bytes[0], bytes[1], ms[0], ms[1]);
  }
  return new Map(metricsRows("20260101T1000", cells.cells(), withSystem).map((row) => [row.rowKey, row.columns]));
}

const published = JSON.parse(
  readFileSync(new URL("testdata/published-metrics-rows.json", import.meta.url), "utf8"),
) as { rows: Record<string, number | string>[] };

test("the rows that Azure published follow from their requests, to the last digit", () => {
  const operation = (name: string) => ({ operation: name });
  const rows = rowsOf([
    // 2,694 and 45,951 bytes, 719 and 39 ms over five requests
    { of: operation("QueryEntities"), bytes: [538, 9_190], ms: [143, 7], times: 4 },
    { of: operation("QueryEntities"), bytes: [542, 9_191], ms: [147, 11] },
    { of: operation("QueryEntity"), bytes: [538, 633], ms: [3, 3] },
    { of: operation("UpdateEntity"), bytes: [771, 217], ms: [9, 6] },
  ]);
  expect([...rows.keys()].sort()).toEqual(published.rows.map((row) => row["RowKey"]).sort());
  for (const row of published.rows) {
    const columns = Object.entries(row).filter(([name]) => !["PartitionKey", "RowKey", "Timestamp"].includes(name));
    expect(columns.length).toBeGreaterThan(0);
    expect(rows.get(String(row["RowKey"])), String(row["RowKey"])).toMatchObject(Object.fromEntries(columns));
  }
});

test("a row has the 38 columns of Azure, 28 integers and 10 doubles, each once", () => {
  const names = [...int64Columns, ...doubleColumns];
  expect([int64Columns.length, doubleColumns.length, counterColumns.length]).toEqual([28, 10, 24]);
  expect(new Set(names).size).toBe(38);
  expect(Object.keys(rowsOf([]).get("user;All") ?? {}).sort()).toEqual(names.sort());
});

test("without requests there is a row of zeros, fully available", () => {
  const { Availability, ...others } = rowsOf([]).get("user;All") ?? {};
  expect(Availability).toBe(100);
  expect(new Set(Object.values(others))).toEqual(new Set([0]));
});

const categories: readonly (readonly [ResponseType, string, plain: string, anonymous: string])[] = [
  ["Success", "Success", "billable", "billable"],
  ["ServerBusyError", "ThrottlingError", "neither", "neither"],
  ["ClientThrottlingError", "ThrottlingError", "neither", "neither"],
  ["ClientTimeoutError", "ClientTimeoutError", "billable", "billable"],
  ["ServerTimeoutError", "ServerTimeoutError", "unavailable", "unavailable"],
  ["ClientOtherError", "ClientOtherError", "billable", "billable"],
  ["ServerOtherError", "ServerOtherError", "unavailable", "unavailable"],
  ["AuthorizationError", "AuthorizationError", "billable", "neither"],
  ["NetworkError", "NetworkError", "billable", "billable"],
];
const authentications: readonly (readonly [Authentication, prefix: string])[] = [
  ["AccountKey", ""],
  ["OAuth", ""],
  ["SAS", "SAS"],
  ["Anonymous", "Anonymous"],
  ["AnonymousPreflight", "Anonymous"],
];

test.each(
  categories.flatMap(([responseType, category, plain, anonymous]) =>
    authentications.map(([authentication, prefix]) => ({
      responseType,
      authentication,
      column: `${prefix}${category}` as keyof MetricsColumns,
      availability: prefix === "Anonymous" ? anonymous : plain,
    })),
  ),
)(
  "$responseType of $authentication is in $column and $availability",
  ({ responseType, authentication, column, availability }) => {
    const row = rowsOf([{ of: { responseType, authentication } }]).get("user;All");
    expect(row?.[column]).toBe(1);
    expect(counterColumns.reduce((sum, each) => sum + (row?.[each] ?? 0), 0)).toBe(1);
    expect(row?.TotalBillableRequests).toBe(availability === "billable" ? 1 : 0);
    expect(row?.Availability).toBe(availability === "unavailable" ? 0 : 100);
  },
);

test("fourteen counters are billable, twenty are in the denominator of availability", () => {
  const all = categories
    .filter(([type]) => type !== "ClientThrottlingError")
    .flatMap(([, category]) =>
      (["", "SAS", "Anonymous"] as const).map((prefix) => availabilityOf(category as "Success", prefix)),
    );
  expect(all.filter((each) => each === "billable")).toHaveLength(14);
  expect(all.filter((each) => each !== "neither")).toHaveLength(20);
});

test("availability leaves throttling out, latencies are those of successes, and percentages are of all requests", () => {
  const row = rowsOf([
    { times: 2, ms: [10, 4] },
    { of: { responseType: "ServerOtherError" }, ms: [9_999, 9_999] },
    { of: { responseType: "ServerBusyError" }, times: 3 },
  ]).get("user;All");
  expect(row).toMatchObject({
    TotalRequests: 6,
    TotalBillableRequests: 2,
    Availability: 66.66667,
    AverageE2ELatency: 10,
    AverageServerLatency: 4,
    PercentSuccess: 33.33333,
    PercentThrottlingError: 50,
    PercentServerOtherError: 16.66667,
  });
});

test("what analytics did itself is in system;All, per no API, and not in user;All", () => {
  const access: Access = "system";
  const rows = rowsOf([{}, { of: { access, operation: "PutBlob" }, bytes: [7, 8] }]);
  expect([...rows.keys()].sort()).toEqual(["system;All", "user;All", "user;GetBlob"]);
  expect(rows.get("system;All")).toMatchObject({ TotalRequests: 1, TotalIngress: 7, TotalEgress: 8 });
  expect(rows.get("user;All")).toMatchObject({ TotalRequests: 1, TotalIngress: 0 });
  expect([...rowsOf([], true).keys()]).toEqual(["user;All", "system;All"]);
});

test("an operation that calls itself All cannot pass for the sum", () => {
  const rows = rowsOf([{ of: { operation: "All" } }, {}]);
  expect(rows.get("user;All")?.TotalRequests).toBe(2);
  expect(rows.get("user;Unknown")?.TotalRequests).toBe(1);
});

test("the sum of all API rows is the row All, whatever was requested", () => {
  const from = Date.UTC(2026, 0, 1, 10);
  fc.assert(
    fc.property(fc.array(arbitraryEntry({ from, span: 3_600_000 }), { maxLength: 50 }), (entries) => {
      const rollUp = new LogRollUp("blob");
      for (const entry of entries) rollUp.addEntry({ ...entry, serviceType: "blob" });
      const cells = rollUp.parts().flatMap((part) => [...part.cells.cells()]);
      const [all, ...apis] = metricsRows("20260101T1000", cells, false);
      for (const column of int64Columns) {
        expect(
          apis.reduce((sum, { columns }) => sum + columns[column], 0),
          column,
        ).toBe(all?.columns[column]);
      }
      const percents = doubleColumns.filter((column) => column.startsWith("Percent"));
      const sum = percents.reduce((total, column) => total + (all?.columns[column] ?? 0), 0);
      expect(sum).toBeCloseTo(entries.some(({ operationCount }) => operationCount === 0) ? 100 : 0, 3);
    }),
    { numRuns: 50 },
  );
});

test("a partition key names its minute and is read back", () => {
  const minute = fc.date({ min: new Date("0000-01-01"), max: new Date("9999-12-31"), noInvalidDate: true });
  fc.assert(
    fc.property(minute, (time) => {
      const start = new Date(Math.floor(time.getTime() / 60_000) * 60_000);
      expect(parseMetricsPartitionKey(metricsPartitionKey(time))).toEqual(start);
    }),
  );
  expect(metricsPartitionKey(new Date("2014-05-22T11:00:59.999Z"))).toBe("20140522T1100");
});

test.each(["20140522T11", "20140230T1100", "20140522T2460", "2014-05-22T11:00", "20140522T1100 ", ""])(
  "'%s' is no partition key of metrics",
  (key) => {
    expect(parseMetricsPartitionKey(key)).toBeUndefined();
  },
);
