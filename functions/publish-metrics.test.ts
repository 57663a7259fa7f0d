import { TableClient, TableServiceClient, type TableEntityResult } from "@azure/data-tables";
import { BlobServiceClient } from "@azure/storage-blob";
import { QueueServiceClient } from "@azure/storage-queue";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { connectionString, emulatorAccount } from "../infra/local/storage-accounts.js";
import { services, type Service } from "../shared/storage-analytics/log-entry.js";
import { doubleColumns, int64Columns } from "../shared/storage-analytics/metrics-row.js";
import { startStack, type Stack } from "../shared/testing/stack.js";
import { until } from "../shared/testing/until.js";

type Row = TableEntityResult<Record<string, unknown>>;

const insecure = { allowInsecureConnection: true };
const metrics = (enabled: boolean, includeAPIs: boolean) => ({
  version: "1.0",
  enabled,
  ...(enabled && { includeAPIs }),
  retentionPolicy: { enabled: false },
});

let stack: Stack;
let direct: string;
/** Calls that succeeded or failed as they should, by service and API. */
const sent = {
  blob: { CreateContainer: 1, PutBlob: 5, GetBlob: 4 },
  queue: { CreateQueue: 1, PutMessage: 3 },
  table: { CreateTable: 1, InsertOrReplaceEntity: 2 },
};
const total = (service: Service): number => Object.values(sent[service]).reduce((sum, count) => sum + count, 0);

const tableOf = (name: string): TableClient => TableClient.fromConnectionString(direct, name, insecure);
const rowsOf = async (level: "Hour" | "Minute", service: "Blob" | "Queue" | "Table"): Promise<Row[]> => {
  const rows: Row[] = [];
  for await (const row of tableOf(`$Metrics${level}PrimaryTransactions${service}`).listEntities()) rows.push(row);
  return rows;
};
const sum = (rows: readonly Row[], rowKey: string, column = "TotalRequests"): number =>
  rows.filter((row) => row.rowKey === rowKey).reduce((all, row) => all + Number(row[column]), 0);

const hourNow = (): number => Math.floor(Date.now() / 3_600_000);
const startedIn = hourNow();

/** Has what was sent published now, instead of at the end of the minute. */
async function publish(service: Service, whole: boolean): Promise<void> {
  for (const hour of new Set([startedIn, hourNow()])) await publishHour(service, hour, whole);
}

async function publishHour(service: Service, hour: number, whole: boolean): Promise<void> {
  const queue = QueueServiceClient.fromConnectionString(direct).getQueueClient("vigil-publish-metrics");
  await queue.createIfNotExists();
  const work = { kind: "publish-hour", account: emulatorAccount.name, service, hour, whole };
  await queue.sendMessage(Buffer.from(JSON.stringify({ work })).toString("base64"));
}

beforeAll(async () => {
  stack = await startStack();
  direct = connectionString(emulatorAccount, stack.azuritePort);
  // APIs for blobs, sums alone for queues by the minute, no rows of hours for tables, whose reads are not logged
  const retentionPolicy = { enabled: false };
  await QueueServiceClient.fromConnectionString(direct).setProperties({ minuteMetrics: metrics(true, false) });
  await TableServiceClient.fromConnectionString(direct, insecure).setProperties({
    logging: { version: "1.0", delete: true, read: false, write: true, retentionPolicy },
    hourMetrics: metrics(false, false),
  });

  const logged = connectionString(emulatorAccount, stack.storagePort);
  const container = BlobServiceClient.fromConnectionString(logged).getContainerClient("rolled-up");
  await container.create();
  for (let index = 0; index < 5; index++) await container.getBlockBlobClient(`${index}`).upload("12345", 5);
  for (let index = 0; index < 3; index++) await container.getBlobClient(`${index}`).downloadToBuffer(0, 5);
  await expect(container.getBlobClient("none").download()).rejects.toThrow();
  const queue = QueueServiceClient.fromConnectionString(logged).getQueueClient("rolled-up");
  await queue.create();
  for (let index = 0; index < 3; index++) await queue.sendMessage("work");
  const table = TableClient.fromConnectionString(logged, "rolledup", insecure);
  await table.createTable();
  for (const rowKey of ["1", "2"]) await table.upsertEntity({ partitionKey: "p", rowKey }, "Replace");

  await until("all requests to be counted", async () => {
    const response = await fetch(`${stack.app}/storage-analytics/${emulatorAccount.name}`);
    const { services: of } = (await response.json()) as {
      services: Record<Service, { lastHour: { requests: number } }>;
    };
    return services.every((service) => of[service].lastHour.requests >= total(service));
  });
  for (const service of services) await publish(service, false);
});
afterAll(async () => {
  await stack.stop();
  await stack.remove();
});

describe("$Metrics tables are as Azure's were", () => {
  test("with a row for each API and the sum of all, by minute and by hour", async () => {
    for (const level of ["Minute", "Hour"] as const) {
      const rows = await until(`${level} rows`, async () => {
        const found = await rowsOf(level, "Blob").catch(() => []);
        return sum(found, "user;All") >= total("blob") && found;
      });
      expect(sum(rows, "user;All")).toBe(total("blob"));
      for (const [api, count] of Object.entries(sent.blob)) expect(sum(rows, `user;${api}`), api).toBe(count);
      for (const column of ["TotalRequests", "TotalIngress", "TotalEgress", "Success", "ClientOtherError"]) {
        const apis = Object.keys(sent.blob).reduce((all, api) => all + sum(rows, `user;${api}`, column), 0);
        expect(sum(rows, "user;All", column), column).toBe(apis);
      }
      expect(sum(rows, "user;GetBlob", "ClientOtherError")).toBe(1);
      expect(sum(rows, "user;PutBlob", "TotalIngress")).toBeGreaterThan(5 * 5);
    }
  });

  test("with all columns in their types, under Azure's keys", async () => {
    const [row] = await rowsOf("Hour", "Blob");
    expect(row?.partitionKey).toMatch(/^\d{8}T\d\d00$/);
    for (const column of int64Columns) expect(typeof row?.[column], column).toBe("bigint");
    for (const column of doubleColumns) expect(typeof row?.[column], column).toBe("number");
  });

  test("as the settings of each service say", async () => {
    const minutes = await until("the queue's rows", async () => {
      const found = await rowsOf("Minute", "Queue").catch(() => []);
      return sum(found, "user;All") >= total("queue") && found;
    });
    expect(new Set(minutes.map(({ rowKey }) => rowKey))).toEqual(new Set(["system;All", "user;All"]));
    const hours = await until("the queue's hour", async () => {
      const found = await rowsOf("Hour", "Queue").catch(() => []);
      return found.length > 0 && found;
    });
    expect(sum(hours, "user;PutMessage")).toBe(3);
    const tables = await until("the table's rows", async () => {
      const found = await rowsOf("Minute", "Table").catch(() => []);
      return sum(found, "user;All") >= total("table") && found;
    });
    expect(sum(tables, "user;InsertOrReplaceEntity")).toBe(2);
    await expect(rowsOf("Hour", "Table")).rejects.toThrow("TableNotFound");
  });

  test("and kinds of requests that are not logged are said to have no metrics", async () => {
    const response = await fetch(`${stack.app}/storage-analytics/${emulatorAccount.name}`);
    const { services: of } = (await response.json()) as { services: Record<Service, { withoutMetrics: string[] }> };
    expect(services.map((service) => of[service].withoutMetrics)).toEqual([[], [], ["read"]]);
  });
});

test("what analytics itself writes is in system;All, and in no row of users", async () => {
  // the next look at the hour finds what the gateway and the last publication did
  const rows = await until("requests of the app", async () => {
    await publish("table", true);
    const found = await rowsOf("Minute", "Table");
    return sum(found, "system;All") > 0 && found;
  });
  expect(sum(rows, "user;All")).toBe(total("table"));
  expect(sum(rows, "system;All", "TotalIngress")).toBeGreaterThan(1_000);
});

test("a row that somebody edited is put right at the next look at its hour, and that is said", async () => {
  const table = tableOf("$MetricsHourPrimaryTransactionsBlob");
  const [row] = (await rowsOf("Hour", "Blob")).filter(({ rowKey }) => rowKey === "user;PutBlob");
  const { partitionKey = "", rowKey = "" } = row ?? {};
  await table.updateEntity({ partitionKey, rowKey, TotalRequests: { type: "Int64", value: "99" } }, "Merge");
  const strange = { partitionKey, rowKey: "user;Strange", TotalRequests: { type: "Int64", value: "1" } };
  await table.createEntity(strange);
  await publish("blob", true);
  await until("the row to be right", async () => sum(await rowsOf("Hour", "Blob"), "user;PutBlob") === 5);
  expect((await rowsOf("Hour", "Blob")).filter((each) => each.rowKey === strange.rowKey)).toEqual([]);
  await until("the log to say so", () => stack.output().includes(`somebody had edited ${partitionKey} user;PutBlob`));
});
