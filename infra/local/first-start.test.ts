import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TableServiceClient } from "@azure/data-tables";
import { BlobServiceClient } from "@azure/storage-blob";
import { QueueServiceClient } from "@azure/storage-queue";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startAzurite, type Azurite } from "../../shared/testing/azurite.js";
import { setAnalyticsOnFirstStart } from "./first-start.js";

const names = ["firststart1", "firststart2", "firststart3"];
let accounts: readonly { name: string; connection: string }[];
let azurite: Azurite;
let folder: string;
beforeAll(async () => {
  azurite = await startAzurite({ accounts: names.map((name) => ({ name, key: "c2VjcmV0" })) });
  accounts = names.map((name) => ({ name, connection: azurite.connectionString(name) }));
  folder = await mkdtemp(join(tmpdir(), "vigil-first-start-"));
});
afterAll(async () => {
  await azurite.stop();
  await rm(folder, { recursive: true });
});

const blobProperties = (account: string) =>
  BlobServiceClient.fromConnectionString(azurite.connectionString(account)).getProperties();

test("logging and metrics are on for all three services of a new account, 7 days, with APIs", async () => {
  const first = accounts.slice(0, 1);
  expect(await setAnalyticsOnFirstStart(folder, first, true)).toEqual(["firststart1"]);

  const kept = { enabled: true, days: 7 };
  const metrics = { version: "1.0", enabled: true, includeAPIs: true, retentionPolicy: kept };
  const requests = { read: true, write: true, retentionPolicy: kept };
  const connection = azurite.connectionString("firststart1");
  const tables = TableServiceClient.fromConnectionString(connection, { allowInsecureConnection: true });
  expect(await blobProperties("firststart1")).toMatchObject({
    blobAnalyticsLogging: { version: "2.0", deleteProperty: true, ...requests },
    hourMetrics: metrics,
    minuteMetrics: metrics,
  });
  expect(await QueueServiceClient.fromConnectionString(connection).getProperties()).toMatchObject({
    queueAnalyticsLogging: { version: "2.0", deleteProperty: true, ...requests },
    hourMetrics: metrics,
  });
  expect(await tables.getProperties()).toMatchObject({
    logging: { version: "1.0", delete: true, ...requests },
    minuteMetrics: metrics,
  });
});

test("a later start leaves the user's own settings alone and sets new accounts only", async () => {
  const service = BlobServiceClient.fromConnectionString(azurite.connectionString("firststart1"));
  const off = { version: "1.0", enabled: false, retentionPolicy: { enabled: false } };
  await service.setProperties({ hourMetrics: off });
  expect(await setAnalyticsOnFirstStart(folder, accounts.slice(0, 2), true)).toEqual(["firststart2"]);
  expect((await blobProperties("firststart1")).hourMetrics?.enabled).toBe(false);
  expect((await blobProperties("firststart2")).hourMetrics?.enabled).toBe(true);
});

test("--no-analytics switches off what Azurite claims to be on", async () => {
  expect((await blobProperties("firststart3")).blobAnalyticsLogging?.read).toBe(true);
  expect(await setAnalyticsOnFirstStart(folder, accounts, false)).toEqual(["firststart3"]);
  expect(await blobProperties("firststart3")).toMatchObject({
    blobAnalyticsLogging: { read: false, write: false, deleteProperty: false },
    hourMetrics: { enabled: false },
    minuteMetrics: { enabled: false },
  });
});
