import { TableClient } from "@azure/data-tables";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { minuteOf } from "../shared/metrics/time-grain.js";
import { capacityRows } from "../shared/storage-analytics/capacity-row.js";
import { planMetricsRows } from "../shared/storage-analytics/metrics-row-plan.js";
import { int64Columns } from "../shared/storage-analytics/metrics-row.js";
import { sampleRows } from "../shared/stores/metrics-tables/metrics-tables.contract.js";
import { metricsTablesIn } from "../shared/stores/metrics-tables/metrics-tables.azure.js";
import { accountId, secondAccount, startAppFixture, type AppFixture } from "../shared/testing/app-fixture.js";
import { callsByMinute, keepMetrics } from "../shared/testing/kept-metrics.js";

const ofBlob = `/storage-analytics/${secondAccount.name}/blob`;
const day = "from=2026-01-31&to=2026-02-01";
const start = minuteOf(Date.parse("2026-01-31T08:00:00Z"));
const on = { enabled: true, includeApis: true };

let fixture: AppFixture;
beforeAll(async () => {
  fixture = await startAppFixture();
  const connection = fixture.azurite.connectionString(secondAccount.name);
  const tables = metricsTablesIn((name) =>
    TableClient.fromConnectionString(connection, name, { allowInsecureConnection: true }),
  );
  for (const [level, key] of [
    ["Hour", "20260131T0700"],
    ["Hour", "20260131T0800"],
    ["Minute", "20260131T0801"],
  ] as const) {
    const table = { kind: "transactions", level, location: "Primary", service: "blob" } as const;
    await tables.write(table, key, planMetricsRows(sampleRows(key, 2, 3), [], on));
  }
  for (const date of ["2026-01-30", "2026-01-31"]) {
    const data = { capacity: 2 ** 40, containers: 3, objects: 4 };
    await tables.writeCapacity(capacityRows(new Date(date), { data, analytics: { ...data, containers: 1 } }));
  }
  await keepMetrics(
    fixture.azurite.connectionString(),
    {
      resourceId: `${accountId(secondAccount.name)}/blobServices/default`,
      namespace: "Microsoft.Storage/storageAccounts/blobServices",
    },
    callsByMinute("GetBlob", new Map([5, 9, 4, 8].map((calls, index) => [start + index * 60, calls]))),
  );
});
afterAll(() => fixture.stop());

interface Page {
  readonly value: readonly Readonly<Record<string, string | number>>[];
  readonly nextLink?: string;
}
const keys = (body: unknown): string[] =>
  (body as Page).value.map((row) => `${row["PartitionKey"] ?? ""} ${row["RowKey"] ?? ""}`);

describe("rows of $Metrics", () => {
  test("come newest first, with every column of Azure's", async () => {
    const { status, body } = await fixture.get(`${ofBlob}/metrics?${day}`);
    expect(status).toBe(200);
    expect(keys(body)).toEqual([
      "20260131T0800 user;All",
      "20260131T0800 user;Api0",
      "20260131T0800 user;Api1",
      "20260131T0700 user;All",
      "20260131T0700 user;Api0",
      "20260131T0700 user;Api1",
    ]);
    const [all] = (body as Page).value;
    expect(all).toMatchObject({ TotalRequests: 6, SASSuccess: 6, Availability: 100, PercentSuccess: 100 });
    for (const column of int64Columns) expect(all).toHaveProperty(column);
  });

  test.each([
    {
      query: `${day}&level=minute`,
      found: ["20260131T0801 user;All", "20260131T0801 user;Api0", "20260131T0801 user;Api1"],
    },
    { query: `${day}&api=all`, found: ["20260131T0800 user;All", "20260131T0700 user;All"] },
    { query: `${day}&access=user&api=Api1`, found: ["20260131T0800 user;Api1", "20260131T0700 user;Api1"] },
    { query: `${day}&access=system`, found: [] },
    { query: `${day}&location=secondary`, found: [] },
    { query: "from=2026-01-31T07:00:00Z&to=2026-01-31T08:00:00Z&api=All", found: ["20260131T0700 user;All"] },
    { query: "from=2026-01-31T07:00:01Z&to=2026-01-31T08:00:01Z&api=All", found: ["20260131T0800 user;All"] },
    { query: "", found: [] },
  ])("$query", async ({ query, found }) => {
    expect(keys((await fixture.get(`${ofBlob}/metrics?${query}`)).body)).toEqual(found);
  });

  test("are paged by links", async () => {
    const pages: string[][] = [];
    let link: string | undefined = `${ofBlob}/metrics?${day}&limit=4`;
    while (link !== undefined) {
      const { body, headers } = await fixture.get(link);
      pages.push(keys(body));
      link = (body as Page).nextLink;
      expect(headers.get("link")).toBe(link === undefined ? null : `<${link}>; rel="next"`);
    }
    expect(pages.map(({ length }) => length)).toEqual([4, 2]);
    expect(new Set(pages.flat()).size).toBe(6);
  });

  test("come as NDJSON and CSV, if asked for", async () => {
    const lines = await fixture.get(`${ofBlob}/metrics?${day}&api=All`, { accept: "application/x-ndjson" });
    expect(
      lines.text
        .trimEnd()
        .split("\n")
        .map((line) => keys({ value: [JSON.parse(line)] })[0]),
    ).toEqual(["20260131T0800 user;All", "20260131T0700 user;All"]);
    const csv = await fixture.get(`${ofBlob}/metrics?${day}&api=All`, { accept: "text/csv" });
    expect(csv.headers.get("content-type")).toMatch("text/csv");
    expect(csv.text).toMatch(/^PartitionKey,RowKey,TotalRequests,.*\r\n20260131T0800,user;All,6,/);
    expect((await fixture.get(`${ofBlob}/metrics`, { accept: "text/html" })).status).toBe(406);
  });
});

test("rows of capacity are those of each day, data and analytics apart", async () => {
  const { body } = await fixture.get(`${ofBlob}/capacity?from=2026-01-30&to=2026-02-01`);
  expect((body as Page).value).toEqual(
    ["20260131T0000", "20260130T0000"].flatMap((PartitionKey) => [
      { PartitionKey, RowKey: "analytics", Capacity: 2 ** 40, ContainerCount: 1, ObjectCount: 4 },
      { PartitionKey, RowKey: "data", Capacity: 2 ** 40, ContainerCount: 3, ObjectCount: 4 },
    ]),
  );
  const first = await fixture.get(`${ofBlob}/capacity?from=2026-01-30&to=2026-02-01&limit=1`);
  expect(keys((await fixture.get((first.body as Page).nextLink ?? "")).body)).toEqual(["20260131T0000 data"]);
});

describe("a chart", () => {
  test("shows a metric's series, and can do nothing", async () => {
    const { status, headers, text } = await fixture.get(`${ofBlob}/metrics.svg?metric=Transactions&by=ApiName&${day}`);
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("image/svg+xml");
    expect(headers.get("content-security-policy")).toBe("default-src 'none'");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(text).toContain("Transactions of second, blob by ApiName, total (count)");
    expect(text).toContain("GetBlob: at most 9");
    expect(text.match(/<circle/g)?.length).toBe(4);
  });

  test("of a range without data says so", async () => {
    expect((await fixture.get(`${ofBlob}/metrics.svg?metric=Egress`)).text).toContain("No data");
  });
});

describe("what can't be answered is named", () => {
  test.each([
    { path: "metrics?level=day", code: "InvalidQueryParameterValue", target: "level", says: "one of hour, minute" },
    { path: "metrics?access=all", code: "InvalidQueryParameterValue", target: "access", says: "user, system" },
    { path: "metrics?api=Get'Blob", code: "InvalidQueryParameterValue", target: "api", says: "operation" },
    { path: "metrics?limit=0", code: "InvalidQueryParameterValue", target: "limit", says: "from 1 to 5000" },
    { path: "metrics?continuation=x", code: "InvalidQueryParameterValue", target: "continuation", says: "unchanged" },
    { path: "metrics?from=now", code: "InvalidQueryParameterValue", target: "from", says: "a time such as" },
    {
      path: "metrics?from=2025-01-01&level=minute",
      code: "InvalidQueryParameterValue",
      target: "from",
      says: "744 hours",
    },
    {
      path: "metrics?from=2026-02-01&to=2026-01-31",
      code: "InvalidQueryParameterValue",
      target: "from",
      says: "before to",
    },
    {
      path: "metrics?operation=GetBlob",
      code: "UnsupportedQueryParameter",
      target: "operation",
      says: "level, access, api",
    },
    { path: "capacity?level=hour", code: "UnsupportedQueryParameter", target: "level", says: "from, to, limit" },
    { path: "metrics.svg", code: "MissingRequiredQueryParameter", target: "metric", says: "name of a metric" },
    {
      path: "metrics.svg?metric=<svg>",
      code: "InvalidQueryParameterValue",
      target: "metric",
      says: "name of a metric",
    },
    {
      path: "metrics.svg?metric=None",
      code: "InvalidQueryParameterValue",
      target: "metric",
      says: "Valid metrics: Trans",
    },
    { path: "metrics.svg?metric=Ingress&by=Colour", code: "InvalidQueryParameterValue", target: "by", says: "GeoType" },
    {
      path: "metrics.svg?metric=BlobCount&interval=PT1M",
      code: "InvalidQueryParameterValue",
      target: "interval",
      says: "PT1H, PT6H",
    },
    {
      path: "metrics.svg?metric=Transactions&aggregation=Average",
      code: "InvalidQueryParameterValue",
      target: "aggregation",
      says: "supported ones are: Total",
    },
  ])("$path: $code", async ({ path, code, target, says }) => {
    const { status, body } = await fixture.get(`${ofBlob}/${path}`);
    const { error } = body as { error: { code: string; message: string; target?: string } };
    expect({ status, code: error.code, target: error.target }).toEqual({ status: 400, code, target });
    expect(error.message).toContain(says);
  });

  test("capacity has rows for blob alone", async () => {
    const { status, body } = await fixture.get("/storage-analytics/second/queue/capacity");
    expect({ status, body }).toMatchObject({ status: 404, body: { error: { code: "RouteNotFound" } } });
  });
});
