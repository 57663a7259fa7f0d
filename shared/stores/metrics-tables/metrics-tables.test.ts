import { TableClient } from "@azure/data-tables";
import { afterAll, beforeAll, expect, test } from "vitest";

import { capacityRows } from "../../storage-analytics/capacity-row.js";
import { planMetricsRows } from "../../storage-analytics/metrics-row-plan.js";
import { doubleColumns, int64Columns } from "../../storage-analytics/metrics-row.js";
import { startAzurite, type Azurite } from "../../testing/azurite.js";
import { metricsTablesInMemory } from "../../testing/metrics-tables-in-memory.js";
import { metricsTablesIn } from "./metrics-tables.azure.js";
import { metricsTablesContract, sampleRows } from "./metrics-tables.contract.js";
import { whilePermitted } from "./permitted-tables.js";

// an account for each test, because Azure's names of the tables are fixed
const accounts = Array.from({ length: 20 }, (_, index) => ({ name: `acc${index}`, key: "a2V5" }));
let next = 0;
let azurite: Azurite;
beforeAll(async () => {
  azurite = await startAzurite({ accounts });
});
afterAll(() => azurite.stop());

function newAccount(): (name: string) => TableClient {
  const account = accounts[next++];
  if (account === undefined) throw new Error("more tests than accounts");
  const connection = azurite.connectionString(account.name);
  return (name) =>
    TableClient.fromConnectionString(connection, name, {
      allowInsecureConnection: true,
      retryOptions: { maxRetries: 0 },
    });
}

metricsTablesContract("Table Storage", () => Promise.resolve(metricsTablesIn(newAccount())));
metricsTablesContract("memory", () => Promise.resolve(metricsTablesInMemory()));

const table = { kind: "transactions", level: "Hour", location: "Primary", service: "blob" } as const;
const key = "20260101T1000";

test("the Table SDK reads rows under Azure's name, every column with Azure's type", async () => {
  const account = newAccount();
  await metricsTablesIn(account).write(
    table,
    key,
    planMetricsRows(sampleRows(key, 1), [], { enabled: true, includeApis: true }),
  );
  const client = account("$MetricsHourPrimaryTransactionsBlob");
  let body = "";
  client.pipeline.addPolicy({
    name: "keepBody",
    sendRequest: async (request, next) => {
      const response = await next(request);
      body = response.bodyAsText ?? "";
      return response;
    },
  });
  const row = await client.getEntity(key, "user;All", { disableTypeConversion: true });
  for (const column of int64Columns) expect(row[column], column).toMatchObject({ type: "Int64" });
  expect(row["TotalIngress"]).toEqual({ type: "Int64", value: (2 ** 40).toString() });
  // the SDK takes 100.0 for an Int32; in the answer only a double has a point
  for (const column of doubleColumns) expect(body, column).toMatch(new RegExp(`"${column}":\\d+\\.\\d+[,}]`));
  const names = Object.keys(row).filter((name) => !/^(?:etag|partitionKey|rowKey|timestamp|odata\..*)$/.test(name));
  expect(names.sort()).toEqual([...int64Columns, ...doubleColumns].sort());
});

test("a day's capacity rows can be written twice", async () => {
  const account = newAccount();
  const counts = { capacity: 2 ** 45, containers: 1, objects: 9 };
  const rows = capacityRows(new Date("2026-01-01T05:00:00Z"), { data: counts, analytics: counts });
  const tables = metricsTablesIn(account);
  await tables.writeCapacity(rows);
  await tables.writeCapacity(rows);
  const row = await account("$MetricsCapacityBlob").getEntity("20260101T0000", "analytics");
  expect([row["Capacity"], row["ContainerCount"], row["ObjectCount"]]).toEqual([BigInt(2 ** 45), 1n, 9n]);
});

test("where the $ is refused, a table with another name takes its place, for a second instance, too", async () => {
  const account = newAccount();
  // stands for an account that reserves the names: Azurite refuses other names with a $
  const refusing = (name: string) => account(name.startsWith("$M") ? `$x${name.slice(1)}` : name);
  // more than one transaction takes
  const settings = { enabled: true, includeApis: true };
  const plan = planMetricsRows(sampleRows(key, 110), [], settings);
  expect(await metricsTablesIn(refusing).write(table, key, plan)).toEqual({ kind: "written" });
  const stored = await metricsTablesIn(refusing).read(table, key, key);
  expect(stored).toHaveLength(111);
  expect(await metricsTablesIn(refusing).write(table, key, plan)).toEqual({ kind: "conflict" });
  const fewer = planMetricsRows(sampleRows(key, 1, 2), stored, settings);
  expect(await metricsTablesIn(refusing).write(table, key, fewer)).toEqual({ kind: "written" });
  expect(await metricsTablesIn(refusing).read(table, key, key)).toHaveLength(2);
  expect((await account("VigilMetricsHourPrimaryTransactionsBlob").getEntity(key, "user;All"))["TotalRequests"]).toBe(
    2n,
  );
});

test("assumption: the emulator fails on a transaction in a table with a $", async () => {
  const table = newAccount()("$MetricsCapacityBlob");
  await table.createTable();
  const transaction = table.submitTransaction([["create", { partitionKey: "a", rowKey: "b" }]]);
  await expect(transaction).rejects.toMatchObject({ statusCode: 500 });
});

test("assumption: the emulator takes a table X for $X, so the bare name can't be used", async () => {
  const account = newAccount();
  await account("$MetricsCapacityBlob").createTable();
  // the SDK takes 409 TableAlreadyExists for success
  await account("MetricsCapacityBlob").createTable();
  await expect(account("MetricsCapacityBlob").getEntity("a", "b")).rejects.toMatchObject({
    details: { odataError: { code: "TableNotFound" } },
  });
});

test("while analytics may not write, nothing is written, and all else goes on", async () => {
  const tables = metricsTablesInMemory();
  let allowed = false;
  const permitted = whilePermitted(tables, () => Promise.resolve(allowed));
  const on = { enabled: true, includeApis: true };
  const plan = planMetricsRows(sampleRows(key, 1), [], on);
  const capacity = [
    { partitionKey: key, rowKey: "data", columns: { Capacity: 1, ContainerCount: 1, ObjectCount: 1 } },
  ] as const;
  expect(await permitted.write(table, key, plan)).toEqual({ kind: "stopped" });
  await permitted.writeCapacity(capacity);
  expect([await permitted.read(table, key, key), tables.rows({ kind: "capacity" })]).toEqual([[], []]);
  allowed = true;
  expect(await permitted.write(table, key, plan)).toEqual({ kind: "written" });
  await permitted.writeCapacity(capacity);
  expect(tables.rows({ kind: "capacity" })).toHaveLength(1);
  allowed = false;
  expect(await permitted.read(table, key, key)).toHaveLength(2);
  expect(await permitted.removeBefore(table, "20260102T0000", 10)).toBe(2);
});
