import type { TableClient } from "@azure/data-tables";
import { BlobServiceClient } from "@azure/storage-blob";
import { QueueServiceClient } from "@azure/storage-queue";
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { Connection } from "../runtime/connection.js";
import { openStorage, type StorageClients } from "../runtime/storage-clients.js";
import { analyticsPermitBlob, analyticsPermitContainer } from "../storage-analytics/analytics-permit.js";
import { startAzurite, type Azurite } from "../testing/azurite.js";
import { accountContentsOf } from "./account-contents/account-contents.azure.js";
import { accountContentsContract } from "./account-contents/account-contents.contract.js";
import { ledgersInMemory } from "../testing/ledgers-in-memory.js";
import { publicationMarksInMemory } from "../testing/publication-marks-in-memory.js";
import { dailyRunsInMemory } from "../testing/daily-runs-in-memory.js";
import type { AlertStates } from "./alert-states/alert-states.js";
import { alertStatesIn } from "./alert-states/alert-states.azure.js";
import { alertStatesContract, stateOfRule } from "./alert-states/alert-states.contract.js";
import { alertsIn } from "./alerts/alerts.azure.js";
import { alertsContract } from "./alerts/alerts.contract.js";
import { armResourcesIn } from "./arm-resources/arm-resources.azure.js";
import { armResourcesContract } from "./arm-resources/arm-resources.contract.js";
import { analyticsPermitsIn } from "./analytics-permits/analytics-permits.azure.js";
import { analyticsSettingsOf } from "./analytics-settings/analytics-settings.azure.js";
import { apiKeysIn } from "./api-keys/api-keys.azure.js";
import { apiKeysContract } from "./api-keys/api-keys.contract.js";
import { dailyRunsIn } from "./daily-runs/daily-runs.azure.js";
import { dailyRunsContract } from "./daily-runs/daily-runs.contract.js";
import { deadLettersIn } from "./dead-letters/dead-letters.azure.js";
import { deadLettersContract } from "./dead-letters/dead-letters.contract.js";
import { alertStatesInMemory } from "../testing/alert-states-in-memory.js";
import { deliveriesInMemory } from "../testing/deliveries-in-memory.js";
import { deliveriesIn } from "./deliveries/deliveries.azure.js";
import { deliveriesContract } from "./deliveries/deliveries.contract.js";
import { dueHoursInMemory } from "../testing/due-hours-in-memory.js";
import { usageSamplesInMemory } from "../testing/usage-samples-in-memory.js";
import { dueHoursIn } from "./due-hours/due-hours.azure.js";
import { dueHoursContract } from "./due-hours/due-hours.contract.js";
import { gatewayMarksIn } from "./gateway-marks/gateway-marks.azure.js";
import { logBlobsIn } from "./log-blobs/log-blobs.azure.js";
import { logBlobsContract } from "./log-blobs/log-blobs.contract.js";
import { logHoursIn } from "./log-hours/log-hours.azure.js";
import { logHoursContract } from "./log-hours/log-hours.contract.js";
import { logReadingsIn } from "./log-readings/log-readings.azure.js";
import { logReadingsContract } from "./log-readings/log-readings.contract.js";
import { logSweepsIn } from "./log-sweeps/log-sweeps.azure.js";
import { logSweepsContract } from "./log-sweeps/log-sweeps.contract.js";
import { publicationMarksIn } from "./publication-marks/publication-marks.azure.js";
import { publicationMarksContract } from "./publication-marks/publication-marks.contract.js";
import { rollUpLedgersIn } from "./roll-up-ledgers/roll-up-ledgers.azure.js";
import { rollUpLedgersContract } from "./roll-up-ledgers/roll-up-ledgers.contract.js";
import { serviceTimeOf } from "./service-clock/service-clock.azure.js";
import { textNotesIn } from "./text-notes/text-notes.azure.js";
import { textNotesContract } from "./text-notes/text-notes.contract.js";
import { thresholdModelsIn } from "./threshold-models/threshold-models.azure.js";
import { thresholdModelsContract } from "./threshold-models/threshold-models.contract.js";
import { usageSamplesIn } from "./usage-samples/usage-samples.azure.js";
import { usageSamplesContract } from "./usage-samples/usage-samples.contract.js";
import { workQueueIn } from "./work-queue/work-queue.azure.js";
import { workQueueContract } from "./work-queue/work-queue.contract.js";

let azurite: Azurite;
let clients: StorageClients;
beforeAll(async () => {
  azurite = await startAzurite();
  const value = azurite.connectionString();
  const connection: Connection = { kind: "connection-string", name: "Test", value, accountName: "devstoreaccount1" };
  clients = await openStorage(connection);
});
afterAll(() => azurite.stop());

const unique = (): string => `t${randomBytes(8).toString("hex")}`;

apiKeysContract("Table Storage", () => Promise.resolve(apiKeysIn(clients.table(unique()))));
logReadingsContract("Table Storage", () => Promise.resolve(logReadingsIn(clients.table(unique()))));
test("a log blob that was read before there was a roll-up is read again", async () => {
  const table = clients.table(unique());
  const readings = logReadingsIn(table);
  const blob = { service: "blob", hour: new Date("2026-01-01T10:00Z"), counter: 0 } as const;
  const read = () =>
    readings.read("acc", [{ blob, reading: { etag: "e", size: 1, entries: 1, badLines: 0, cells: [] } }], new Date());
  await read();
  for await (const { rolledUp, etag, ...row } of table.listEntities<{ rolledUp?: boolean }>()) {
    if (rolledUp === true) await table.updateEntity({ partitionKey: "", rowKey: "", ...row }, "Replace", { etag });
  }
  expect(await readings.state("acc", blob)).toMatchObject({ kind: "planned", etag: "e" });
  await readings.plan("acc", blob, "e", new Date());
  await read();
  expect(await readings.state("acc", blob)).toMatchObject({ kind: "read", etag: "e" });
});
test("counts that an earlier version kept in a row of their own are replaced with the others", async () => {
  const table = clients.table(unique());
  await table.createTable();
  const readings = logReadingsIn(table);
  const hour = new Date("2026-01-01T10:00Z");
  const blob = { service: "blob", hour, counter: 7 } as const;
  const keys = { partitionKey: "acc;blob;20260101T10" };
  const minute = hour.getTime() / 60_000;
  const cell = (requests: number) => [minute, "blob", "GetBlob", "Success", "sas", "Success", 9, requests, 0, 0, 0, 0];
  const cells = { firstMinute: minute, lastMinute: minute, cells0: JSON.stringify([cell(3)]) };
  const state = { state: "read", contentEtag: "e", at: hour, entries: 9, badLines: 0, rolledUp: true, parts: 1 };
  await table.createEntity({ ...keys, rowKey: "cells;000007;000", ...cells });
  await table.createEntity({ ...keys, rowKey: "blob;000007", ...state });
  const requests = async (): Promise<readonly number[]> => {
    const found: number[] = [];
    for await (const each of readings.cells("acc", "blob", hour, new Date(hour.getTime() + 60_000)))
      found.push(each.requests);
    return found;
  };
  expect(await requests()).toEqual([3]);
  await readings.read("acc", [{ blob, reading: { etag: "f", size: 1, entries: 0, badLines: 0, cells: [] } }], hour);
  expect(await requests()).toEqual([]);
});
logHoursContract("Table Storage", () => Promise.resolve(logHoursIn(clients.table(unique()))));
dailyRunsContract("Table Storage", (kind) => Promise.resolve(dailyRunsIn(clients.table(unique()), kind)));
dailyRunsContract("memory", () => Promise.resolve(dailyRunsInMemory()));
logSweepsContract("Table Storage", () => Promise.resolve(logSweepsIn(clients.table(unique()))));

armResourcesContract("Table Storage", () => Promise.resolve(armResourcesIn(clients.table(unique()))));
alertsContract("Table Storage", () => Promise.resolve(alertsIn(clients.table(unique()))));
alertStatesContract("memory", () => Promise.resolve(alertStatesInMemory()));
alertStatesContract("Table Storage", () => Promise.resolve(alertStatesIn(clients.table(unique()), clients.blobs)));

textNotesContract("Table Storage", () => Promise.resolve(textNotesIn(clients.table(unique()))));
thresholdModelsContract("Blob Storage", () => Promise.resolve(thresholdModelsIn(clients.blobs)));

deliveriesContract("Table Storage", () => Promise.resolve(deliveriesIn(clients.table(unique()))));
deliveriesContract("memory", () => Promise.resolve(deliveriesInMemory()));

dueHoursContract("Table Storage", () => Promise.resolve(dueHoursIn(clients.table(unique()))));
dueHoursContract("memory", () => Promise.resolve(dueHoursInMemory()));

usageSamplesContract("Table Storage", () => Promise.resolve(usageSamplesIn(clients.table(unique()))));
usageSamplesContract("memory", () => Promise.resolve(usageSamplesInMemory()));

/** A table to which every write goes twice, as the SDK does it when a connection breaks after the first one. */
const sentTwice = (table: TableClient): TableClient =>
  new Proxy(table, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      const call = (...values: unknown[]): unknown => Reflect.apply(member, target, values);
      if (name !== "createEntity" && name !== "updateEntity" && name !== "submitTransaction") return call;
      return async (...values: unknown[]): Promise<unknown> => {
        await call(...values);
        return await call(...values);
      };
    },
  });

describe("a write of a daily run whose answer was lost, and which the client sent again,", () => {
  test("is found to be there, and a later one of somebody else is not taken for it", async () => {
    const table = clients.table(unique());
    await table.createTable();
    const [twice, once] = [sentTwice(table), table].map((each) => dailyRunsIn<number>(each, "kind"));
    const now = new Date();
    const run = (work: number) => ({ day: "2026-01-08", began: now, at: now, sent: 1, sentAt: now, work });
    const first = await twice?.save("key", run(1), undefined);
    const second = await twice?.save("key", run(2), first?.etag);
    expect(second?.run.work).toBe(2);
    expect((await once?.save("key", run(3), second?.etag))?.run.work).toBe(3);
    expect(await twice?.save("key", run(4), second?.etag)).toBeUndefined();
    expect((await once?.read("key"))?.run.work).toBe(3);
  });
});

publicationMarksContract("Table Storage", () => publicationMarksIn(clients.table(unique())));
publicationMarksContract("memory", publicationMarksInMemory);
rollUpLedgersContract("Blob Storage", () => Promise.resolve(rollUpLedgersIn(clients.blobs)));
rollUpLedgersContract("memory", () => Promise.resolve(ledgersInMemory()));

logBlobsContract("Blob Storage", async () => {
  const container = clients.blobs.getContainerClient("$logs");
  await container.deleteIfExists();
  return {
    logBlobs: logBlobsIn(clients.blobs),
    put: async (name, content, metadata) => {
      await container.createIfNotExists();
      const blob = container.getBlockBlobClient(name);
      await blob.upload(content, Buffer.byteLength(content), metadata && { metadata });
    },
    remove: async (name) => {
      await container.deleteBlob(name);
    },
    lease: async (name) => {
      const lease = container.getBlobClient(name).getBlobLeaseClient();
      await lease.acquireLease(60);
      return async () => {
        await lease.releaseLease();
      };
    },
  };
});

deadLettersContract("Blob Storage", async () => {
  const container = clients.blobs.getContainerClient("vigil-dead-letters");
  await container.deleteIfExists();
  return {
    deadLetters: deadLettersIn(clients.blobs),
    kept: async () => {
      const kept = new Map<string, Buffer>();
      if (!(await container.exists())) return kept;
      for await (const { name } of container.listBlobsFlat()) {
        kept.set(name, await container.getBlobClient(name).downloadToBuffer());
      }
      return kept;
    },
  };
});

workQueueContract("Queue Storage", () => {
  const name = unique();
  return Promise.resolve({
    queue: workQueueIn(clients.queues, name),
    receive: async () => {
      const { receivedMessageItems } = await clients.queues.getQueueClient(name).receiveMessages();
      return JSON.parse(Buffer.from(receivedMessageItems[0]?.messageText ?? "", "base64").toString()) as unknown;
    },
    poison: async () => {
      const queue = clients.queues.getQueueClient(`${name}-poison`);
      await queue.create();
      await queue.sendMessage("x");
    },
  });
});

accountContentsContract("the Blob, Queue and Table service", () =>
  Promise.resolve({ contents: accountContentsOf(clients), clients }),
);

test("the clock of the service is told to the second", async () => {
  const before = Math.floor(Date.now() / 1_000) * 1_000;
  const told = (await serviceTimeOf(clients.blobs)).getTime();
  expect(told).toBeGreaterThanOrEqual(before);
  expect(told).toBeLessThanOrEqual(Date.now());
});

describe("gateway marks", () => {
  const mark = { flushedUpTo: "2026-01-01T10:00:00.000Z", buffered: 1, lost: 2, ownRequests: 3, ownBytes: 4 };
  test.each([
    { title: "one that is there", account: "there", content: JSON.stringify(mark), expected: mark },
    { title: "one that is none", account: "none", content: '{"flushedUpTo":"now"}', expected: undefined },
    { title: "one that is missing", account: "missing", content: undefined, expected: undefined },
  ])("$title", async ({ account, content, expected }) => {
    const marks = gatewayMarksIn(clients.blobs);
    expect(await marks.read(account, "blob")).toBeUndefined();
    const container = clients.blobs.getContainerClient("vigil-gateway");
    await container.createIfNotExists();
    if (content !== undefined)
      await container.getBlockBlobClient(`${account}/blob.json`).upload(content, content.length);
    expect(await marks.read(account, "blob")).toEqual(expected);
  });
});

test("an account may be written to until a permit says otherwise; what is saved last holds", async () => {
  const permits = analyticsPermitsIn(clients.blobs);
  const account = unique();
  expect(await permits.read(account)).toBeUndefined();
  const stop = { write: false, since: "2026-01-08T10:00:00.000Z", missingFrom: 490_000 };
  for (const permit of [stop, { write: true, since: "2026-01-08T11:00:00.000Z" }]) {
    await permits.save(account, permit);
    expect(await permits.read(account)).toEqual(permit);
  }
  const container = clients.blobs.getContainerClient(analyticsPermitContainer);
  await container.getBlockBlobClient(analyticsPermitBlob(account)).upload("x", 1);
  expect(await permits.read(account)).toBeUndefined();
});

test("what is read while it is replaced by something shorter or longer is one of the two, whole", async () => {
  const permits = analyticsPermitsIn(clients.blobs);
  const account = unique();
  const written = [
    { write: true, since: "2026-01-08T11:00:00.000Z" },
    { write: false, since: "2026-01-08T10:00:00.000Z", missingFrom: 490_000 },
  ];
  await permits.save(account, { write: true, since: "2026-01-08T11:00:00.000Z" });
  const readMany = async (): Promise<void> => {
    for (let round = 0; round < 100; round++) expect(written).toContainEqual(await permits.read(account));
  };
  const replaceMany = async (): Promise<void> => {
    for (let round = 0; round < 50; round++) for (const permit of written) await permits.save(account, permit);
  };
  await Promise.all([replaceMany(), readMany()]);
});

describe("analytics settings are read from all three services", () => {
  const policy = { enabled: true, days: 5 };
  const hourMetrics = { version: "1.0", enabled: true, includeAPIs: true, retentionPolicy: policy };
  const minuteMetrics = { version: "1.0", enabled: false, retentionPolicy: { enabled: false } };
  const logging = { version: "1.0", read: true, write: false, retentionPolicy: policy };
  const expected = {
    logging: { version: "1.0", read: true, write: false, delete: true, retentionDays: 5 },
    hourMetrics: { enabled: true, includeApis: true, retentionDays: 5 },
    minuteMetrics: { enabled: false, includeApis: false, retentionDays: undefined },
  };
  test("blob", async () => {
    const service = BlobServiceClient.fromConnectionString(azurite.connectionString());
    const blobAnalyticsLogging = { ...logging, deleteProperty: true };
    await service.setProperties({ blobAnalyticsLogging, hourMetrics, minuteMetrics });
    expect(await analyticsSettingsOf(clients).read("blob")).toEqual(expected);
  });
  test("queue", async () => {
    const service = QueueServiceClient.fromConnectionString(azurite.connectionString());
    const queueAnalyticsLogging = { ...logging, deleteProperty: true };
    await service.setProperties({ queueAnalyticsLogging, hourMetrics, minuteMetrics });
    expect(await analyticsSettingsOf(clients).read("queue")).toEqual(expected);
  });
  test("table", async () => {
    await clients.tables.setProperties({ logging: { ...logging, delete: true }, hourMetrics, minuteMetrics });
    expect(await analyticsSettingsOf(clients).read("table")).toEqual(expected);
  });
});

test("states of rules whose answers were lost, alone and in a transaction, are found to be there", async () => {
  const table = clients.table(unique());
  await table.createTable();
  const twice = alertStatesIn(sentTwice(table), clients.blobs);
  const once = alertStatesIn(table, clients.blobs);
  const ids = Array.from({ length: 5 }, (_, index) => `${stateOfRule.rule.id}${index}`);
  const save = (states: AlertStates, leftOut: number, versions: readonly (string | undefined)[]) =>
    Promise.all(ids.map((id, index) => states.save(id, { ...stateOfRule, leftOut }, versions[index])));
  const first = await save(twice, 1, []);
  const second = await save(
    twice,
    2,
    first.map((each) => each?.etag),
  );
  expect(second.map((each) => each?.state.leftOut)).toEqual([2, 2, 2, 2, 2]);
  // somebody else's, in the middle of a transaction
  await once.save(ids[3] ?? "", { ...stateOfRule, leftOut: 9 }, second[3]?.etag);
  const third = await save(
    twice,
    3,
    second.map((each) => each?.etag),
  );
  expect(third.map((each) => each?.state.leftOut)).toEqual([3, 3, 3, undefined, 3]);
  expect((await once.read(ids[3] ?? ""))?.state.leftOut).toBe(9);
});
