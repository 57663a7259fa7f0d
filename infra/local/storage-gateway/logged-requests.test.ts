import { TableClient, TableServiceClient } from "@azure/data-tables";
import {
  BlobClient,
  BlobSASPermissions,
  BlobServiceClient,
  type BlockBlobClient,
  type ContainerClient,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";
import { QueueServiceClient } from "@azure/storage-queue";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LogEntry, type Service } from "../../../shared/storage-analytics/log-entry.js";
import { parseLogLine } from "../../../shared/storage-analytics/log-line-parser.js";
import { operationKinds } from "../../../shared/storage-analytics/operations.js";
import { type Azurite, startAzurite } from "../../../shared/testing/azurite.js";
import { everything, logBlobsOf, openTestLog, setLogging, until } from "./log-harness.js";
import { type RequestLog } from "./request-log.js";
import { startStorageGateway, type StorageGateway } from "./storage-gateway.js";

/** What the official clients send through the gateway, and what then stands in `$logs`. */

let azurite: Azurite;
let gateway: StorageGateway;
let log: RequestLog;
const account = "devstoreaccount1";

beforeAll(async () => {
  azurite = await startAzurite();
  await setLogging(azurite, "blob", { ...everything, version: "2.0" });
  await setLogging(azurite, "queue", { ...everything, version: "2.0" });
  await setLogging(azurite, "table", everything);
  log = openTestLog(azurite, { flushSeconds: 3_600 });
  log.start();
  gateway = await startStorageGateway({
    host: "127.0.0.1",
    storagePort: 0,
    azuritePort: { blob: azurite.blobPort, queue: azurite.queuePort, table: azurite.tablePort },
    accounts: azurite.accounts,
    onExchange: log.record,
  });
});
afterAll(async () => {
  await gateway.stop();
  await log.stop({ deadlineMs: 5_000 });
  await azurite.stop();
});

const connectionString = (): string =>
  azurite
    .connectionString()
    .replace(`:${azurite.blobPort}/`, `:${gateway.ports.blob}/`)
    .replace(`:${azurite.queuePort}/`, `:${gateway.ports.queue}/`)
    .replace(`:${azurite.tablePort}/`, `:${gateway.ports.table}/`);

const once = { retryOptions: { maxTries: 1 } };
const blobs = (): BlobServiceClient => BlobServiceClient.fromConnectionString(connectionString(), once);
const queues = (): QueueServiceClient => QueueServiceClient.fromConnectionString(connectionString(), once);
const tableOptions = { allowInsecureConnection: true, retryOptions: { maxRetries: 0 } };
const table = (name: string): TableClient => TableClient.fromConnectionString(connectionString(), name, tableOptions);

const seen = new Set<string>();

/** The log entries of what `work` sent: as many as expected, or more. */
async function entriesOf(work: () => Promise<unknown>, expected = 1): Promise<readonly LogEntry[]> {
  try {
    await work();
  } catch (error) {
    // a refused request is what some cases are about; anything else is a broken test
    if (!(error instanceof Error && error.name === "RestError")) throw error;
  }
  const entries: LogEntry[] = [];
  // an exchange ends when the response has been handed over, which may be just after the client has it
  await until(
    async () => {
      await log.flush();
      for (const { name, lines } of await logBlobsOf(azurite, account, seen)) {
        entries.push(...lines.map(parse));
        seen.add(name);
      }
      return entries.length;
    },
    (count) => count >= expected,
  );
  return entries;
}

function parse(line: string): LogEntry {
  const outcome = parseLogLine(line);
  if (outcome.kind !== "entry") throw new Error(`${outcome.message}: ${line}`);
  return outcome.entry;
}

interface Case {
  readonly operation: string;
  readonly key: string;
  readonly status?: string;
  readonly code?: string;
  readonly more?: Partial<LogEntry>;
  readonly send: () => Promise<unknown>;
}

const origin = (service: Service): string => `http://127.0.0.1:${gateway.ports[service]}/${account}`;

/** What holds for every entry of a request that the key signs. */
const signed = (service: Service) => ({
  authenticationType: "authenticated",
  requesterAccountName: account,
  ownerAccountName: account,
  serviceType: service,
  operationCount: 0,
  requestIdHeader: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as string,
  clientRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
  requesterIpAddress: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string,
  requestVersionHeader: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/) as string,
  userAgentHeader: expect.stringContaining("azsdk-js-") as string,
});

const httpDate = /^[A-Z][a-z]+day, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/;
const modified = {
  etagIdentifier: expect.stringMatching(/^"0x[0-9A-F]+"$/) as string,
  lastModifiedTime: expect.stringMatching(httpDate) as string,
};
const unmodified = { etagIdentifier: "", lastModifiedTime: "" };

function check(service: Service, entries: readonly LogEntry[], expected: Case): void {
  const { operation, key, status = "Success", code, more } = expected;
  expect(entries[0]).toMatchObject({
    ...signed(service),
    version: service === "table" ? "1.0" : "2.0",
    operationType: operation,
    requestedObjectKey: key,
    requestStatus: status,
    ...(code === undefined ? {} : { httpStatusCode: code }),
    ...more,
  });
  const { requestUrl, endToEndLatencyMs = -1, serverLatencyMs = Infinity, requestStartTime } = entries[0] ?? failed();
  expect(requestUrl.startsWith(origin(service))).toBe(true);
  expect(serverLatencyMs).toBeLessThanOrEqual(endToEndLatencyMs);
  expect(Math.abs(Date.now() - Date.parse(requestStartTime))).toBeLessThan(60_000);
  expect(operationKinds[service].has(operation)).toBe(true);
}

const failed = (): never => {
  throw new Error("no entry");
};

describe("blob requests of the official client", () => {
  const container = (): ContainerClient => blobs().getContainerClient("photos");
  const blob = (name = "sub dir/ü.txt"): BlockBlobClient => container().getBlockBlobClient(name);
  const md5 = "XUFAKrxLKna5cZ2REBfFkg==";
  const cases: readonly Case[] = [
    {
      ...{ operation: "CreateContainer", key: "/devstoreaccount1/photos", code: "201", more: modified },
      send: () => container().create(),
    },
    {
      ...{ operation: "CreateContainer", key: "/devstoreaccount1/photos", code: "409", more: unmodified },
      ...{ status: "ContainerAlreadyExists", send: () => container().create() },
    },
    {
      ...{ operation: "PutBlob", key: "/devstoreaccount1/photos/sub dir/ü.txt", code: "201" },
      more: { ...modified, requestPacketSize: 5, requestContentLength: 5, serverMd5: md5, requestMd5: "" },
      send: () => blob().upload("hello", 5),
    },
    {
      ...{ operation: "GetBlob", key: "/devstoreaccount1/photos/sub dir/ü.txt", code: "200" },
      more: { ...modified, responsePacketSize: 5, requestPacketSize: 0, requestContentLength: 0, serverMd5: "" },
      send: () => blob().download(),
    },
    {
      ...{ operation: "GetBlob", key: "/devstoreaccount1/photos/sub dir/ü.txt", code: "206" },
      more: { responsePacketSize: 2 },
      send: () => blob().download(1, 2),
    },
    {
      ...{
        operation: "GetBlob",
        key: "/devstoreaccount1/photos/sub dir/ü.txt",
        code: "304",
        status: "ConditionNotMet",
      },
      more: { conditionsUsed: expect.stringMatching(/^If-Modified-Since=[A-Z].*day, .* GMT$/) as string },
      send: () => blob().download(0, undefined, { conditions: { ifModifiedSince: new Date(Date.now() + 1_000) } }),
    },
    {
      ...{
        operation: "PutBlob",
        key: "/devstoreaccount1/photos/sub dir/ü.txt",
        code: "409",
        status: "BlobAlreadyExists",
      },
      more: { conditionsUsed: "If-None-Match=*", serverMd5: "" },
      send: () => blob().upload("hello", 5, { conditions: { ifNoneMatch: "*" } }),
    },
    {
      ...{ operation: "GetBlobProperties", key: "/devstoreaccount1/photos/none", code: "404", status: "BlobNotFound" },
      send: () => blob("none").getProperties(),
    },
    {
      ...{ operation: "PutBlock", key: "/devstoreaccount1/photos/blocks", code: "201" },
      more: { ...unmodified, serverMd5: md5 },
      send: () => blob("blocks").stageBlock("AAAA", "hello", 5),
    },
    {
      ...{ operation: "PutBlockList", key: "/devstoreaccount1/photos/blocks", code: "201", more: modified },
      send: () => blob("blocks").commitBlockList(["AAAA"]),
    },
    {
      ...{ operation: "SetBlobMetadata", key: "/devstoreaccount1/photos/blocks", code: "200", more: modified },
      send: () => blob("blocks").setMetadata({ a: "b" }),
    },
    {
      ...{ operation: "SnapshotBlob", key: "/devstoreaccount1/photos/blocks", code: "201", more: modified },
      send: () => blob("blocks").createSnapshot(),
    },
    {
      ...{ operation: "AcquireBlobLease", key: "/devstoreaccount1/photos/sub dir/ü.txt", code: "201" },
      send: () => blob().getBlobLeaseClient("7c0d2b9a-0c0e-4b55-9a3c-3f6a0d6f2a11").acquireLease(15),
    },
    {
      ...{ operation: "BreakBlobLease", key: "/devstoreaccount1/photos/sub dir/ü.txt", code: "202" },
      send: () => blob().getBlobLeaseClient("7c0d2b9a-0c0e-4b55-9a3c-3f6a0d6f2a11").breakLease(0),
    },
    {
      ...{ operation: "ListBlobs", key: "/devstoreaccount1/photos", code: "200", more: unmodified },
      send: () => container().listBlobsFlat().next(),
    },
    {
      ...{ operation: "ListContainers", key: "/devstoreaccount1", code: "200", more: unmodified },
      send: () => blobs().listContainers().next(),
    },
    {
      ...{ operation: "GetBlobServiceProperties", key: "/devstoreaccount1", code: "200" },
      send: () => blobs().getProperties(),
    },
    {
      ...{ operation: "SetContainerACL", key: "/devstoreaccount1/photos", code: "200", more: modified },
      send: () => container().setAccessPolicy("blob"),
    },
    {
      ...{ operation: "DeleteBlob", key: "/devstoreaccount1/photos/blocks", code: "202", more: unmodified },
      send: () => blob("blocks").delete({ deleteSnapshots: "include" }),
    },
    {
      ...{ operation: "GetBlob", key: "/devstoreaccount1/$logs/blob/none.log", code: "404", status: "BlobNotFound" },
      send: () => blobs().getContainerClient("$logs").getBlobClient("blob/none.log").download(),
    },
  ];
  test.each(cases)("$operation ($code) of $key", async (expected) => {
    check("blob", await entriesOf(expected.send), expected);
  });

  test("a copy is three entries", async () => {
    const source = blob().url;
    const entries = await entriesOf(async () => {
      const copy = await blob("copy").beginCopyFromURL(source);
      await copy.pollUntilDone();
    }, 3);
    const ofCopy = entries.filter(({ operationType }) => operationType.startsWith("CopyBlob"));
    expect(
      ofCopy.map(({ operationType, operationCount, requestedObjectKey }) => [
        ...[operationType, operationCount, requestedObjectKey],
      ]),
    ).toEqual([
      ["CopyBlob", 0, "/devstoreaccount1/photos/copy"],
      ["CopyBlobSource", 1, source],
      ["CopyBlobDestination", 2, "/devstoreaccount1/photos/copy"],
    ]);
    expect(new Set(ofCopy.map(({ requestIdHeader }) => requestIdHeader)).size).toBe(1);
  });

  test("what Azurite itself reads to check the source of a copy is not logged", async () => {
    const source = blob("two wörds+&%");
    await entriesOf(() => source.upload("hello", 5));
    const permissions = BlobSASPermissions.parse("r");
    const url = await source.generateSasUrl({ permissions, expiresOn: new Date(Date.now() + 3_600_000) });
    const entries = await entriesOf(async () => {
      await blob("sas-copy").beginCopyFromURL(url);
      // the very same request, when no copy runs, is somebody's
      await fetch(`${url}&comp=metadata`, { headers: { "User-Agent": "axios/0.27.2" } });
    }, 4);
    expect(entries.map(({ operationType, requestStatus }) => `${operationType} ${requestStatus}`)).toEqual([
      ...["CopyBlob Success", "CopyBlobSource Success", "CopyBlobDestination Success", "GetBlobMetadata SASSuccess"],
    ]);
  });

  test("a batch is one entry and one for each request in it", async () => {
    await entriesOf(() => blob("one").upload("1", 1));
    const entries = await entriesOf(
      () =>
        blobs()
          .getBlobBatchClient()
          .deleteBlobs([blob("one"), blob("none")]),
      3,
    );
    expect(entries).toMatchObject([
      { operationType: "SubmitBatch", operationCount: 0, httpStatusCode: "202" },
      { operationType: "DeleteBlob", operationCount: 1, requestedObjectKey: "/devstoreaccount1/photos/one" },
      { operationType: "DeleteBlob", operationCount: 2, requestStatus: "BlobNotFound", httpStatusCode: "404" },
    ]);
  });

  test("SAS requests are logged whether the signature validates or not, never with it", async () => {
    const url = await blob().generateSasUrl({
      permissions: BlobSASPermissions.parse("r"),
      expiresOn: new Date(Date.now() + 60_000),
    });
    const good = await entriesOf(() => new BlobClient(url, undefined, once).download());
    expect(good).toMatchObject([
      { operationType: "GetBlob", requestStatus: "SASSuccess", authenticationType: "sas", requesterAccountName: "" },
    ]);
    const bad = await entriesOf(() =>
      new BlobClient(url.replace(/sig=..../, "sig=AAAA"), undefined, once).setMetadata({}),
    );
    expect(bad).toMatchObject([
      { operationType: "SetBlobMetadata", requestStatus: "SASAuthorizationError", httpStatusCode: "403" },
    ]);
    for (const { requestUrl } of [...good, ...bad]) expect(requestUrl).toMatch(/[?&]sig=XXXXX(?:&|$)/);
  });

  test("a wrong key is logged as claimed and answered", async () => {
    const credential = new StorageSharedKeyCredential(account, Buffer.from("wrong").toString("base64"));
    const stranger = new BlobServiceClient(origin("blob"), credential, once);
    expect(await entriesOf(() => stranger.getContainerClient("photos").deleteBlob("x"))).toMatchObject([
      {
        ...{ operationType: "DeleteBlob", requestStatus: "AuthorizationError", httpStatusCode: "403" },
        ...{ authenticationType: "authenticated", requesterAccountName: account },
      },
    ]);
  });

  test("anonymous successes and unmodified GETs are logged, anonymous failures are not", async () => {
    const url = blob().url;
    const anonymous = new BlobClient(url, undefined, once);
    const { etag = "" } = await blob().getProperties();
    const entries = await entriesOf(async () => {
      await fetch(`${origin("blob")}/photos/none`);
      await fetch(`${origin("blob")}/photos?restype=container`, { method: "DELETE" });
      await anonymous.download();
      await fetch(url, { headers: { "If-None-Match": etag, "x-ms-version": "2016-05-31" } });
    }, 3);
    expect(
      entries.map(({ operationType, requestStatus, httpStatusCode }) => [operationType, requestStatus, httpStatusCode]),
    ).toEqual([
      ["GetBlobProperties", "Success", "200"],
      ["GetBlob", "AnonymousSuccess", "200"],
      ["GetBlob", "AnonymousClientOtherError", "304"],
    ]);
  });
});

describe("queue requests of the official client", () => {
  const queue = () => queues().getQueueClient("work");
  let receipt = { messageId: "", popReceipt: "" };
  const key = "/devstoreaccount1/work";
  const cases: readonly Case[] = [
    { operation: "CreateQueue", key, code: "201", send: () => queue().create() },
    { operation: "PutMessage", key, code: "201", send: () => queue().sendMessage("hello") },
    { operation: "PeekMessages", key, code: "200", send: () => queue().peekMessages({ numberOfMessages: 2 }) },
    { operation: "PeekMessage", key, code: "200", send: () => queue().peekMessages() },
    {
      ...{ operation: "GetMessages", key, code: "200" },
      send: async () => {
        const [message] = (await queue().receiveMessages({ numberOfMessages: 2 })).receivedMessageItems;
        if (message !== undefined) receipt = message;
      },
    },
    {
      ...{ operation: "UpdateMessage", key, code: "204" },
      send: async () => {
        const { popReceipt = "" } = await queue().updateMessage(receipt.messageId, receipt.popReceipt, "again", 60);
        receipt = { ...receipt, popReceipt };
      },
    },
    {
      ...{ operation: "DeleteMessage", key, code: "204" },
      send: () => queue().deleteMessage(receipt.messageId, receipt.popReceipt),
    },
    { operation: "GetMessage", key, code: "200", send: () => queue().receiveMessages() },
    { operation: "ClearMessages", key, code: "204", send: () => queue().clearMessages() },
    { operation: "GetQueueMetadata", key, code: "200", send: () => queue().getProperties() },
    { operation: "ListQueues", key: "/devstoreaccount1", code: "200", send: () => queues().listQueues().next() },
    {
      ...{ operation: "PutMessage", key: "/devstoreaccount1/none", code: "404", status: "QueueNotFound" },
      send: () => queues().getQueueClient("none").sendMessage("hello"),
    },
    { operation: "DeleteQueue", key, code: "204", send: () => queue().delete() },
  ];
  test.each(cases)("$operation ($code) of $key", async (expected) => {
    check("queue", await entriesOf(expected.send), expected);
  });
});

describe("table requests of the official client", () => {
  const orders = (): TableClient => table("orders");
  const key = "/devstoreaccount1/orders";
  const entity = { partitionKey: "it's", rowKey: "a;b ü" };
  const entityKey = `${key}/it's/a;b ü`;
  const etag = expect.stringMatching(/^W\/"datetime'/) as string;
  const stamped = { etagIdentifier: etag, lastModifiedTime: expect.stringMatching(httpDate) as string };
  const cases: readonly Case[] = [
    {
      ...{ operation: "CreateTable", key, code: "201" },
      send: () => TableServiceClient.fromConnectionString(connectionString(), tableOptions).createTable("orders"),
    },
    {
      operation: "InsertEntity",
      key: entityKey,
      code: "204",
      more: stamped,
      send: () => orders().createEntity(entity),
    },
    {
      ...{ operation: "InsertEntity", key: entityKey, code: "409", status: "EntityAlreadyExists" },
      send: () => orders().createEntity(entity),
    },
    {
      ...{ operation: "QueryEntity", key: entityKey, code: "200", more: stamped },
      send: () => orders().getEntity(entity.partitionKey, entity.rowKey),
    },
    {
      ...{ operation: "InsertOrMergeEntity", key: entityKey, code: "204", more: stamped },
      send: () => orders().upsertEntity(entity, "Merge"),
    },
    {
      ...{ operation: "InsertOrReplaceEntity", key: entityKey, code: "204", more: stamped },
      send: () => orders().upsertEntity(entity, "Replace"),
    },
    {
      ...{ operation: "UpdateEntity", key: entityKey, code: "204", more: { ...stamped, conditionsUsed: "If-Match=*" } },
      send: () => orders().updateEntity(entity, "Replace", { etag: "*" }),
    },
    {
      ...{ operation: "MergeEntity", key: entityKey, code: "204", more: stamped },
      send: () => orders().updateEntity(entity, "Merge", { etag: "*" }),
    },
    { operation: "QueryEntities", key, code: "200", more: unmodified, send: () => orders().listEntities().next() },
    {
      ...{ operation: "QueryTables", key: "/devstoreaccount1", code: "200" },
      send: () => TableServiceClient.fromConnectionString(connectionString(), tableOptions).listTables().next(),
    },
    {
      ...{ operation: "DeleteEntity", key: entityKey, code: "204", more: { conditionsUsed: "If-Match=*" } },
      send: () => orders().deleteEntity(entity.partitionKey, entity.rowKey),
    },
  ];
  test.each(cases)("$operation ($code) of $key", async (expected) => {
    check("table", await entriesOf(expected.send), expected);
  });

  test("a transaction is one entry and one for each command in it", async () => {
    const entries = await entriesOf(
      () =>
        orders().submitTransaction([
          ["create", { partitionKey: "p", rowKey: "1" }],
          ["upsert", { partitionKey: "p", rowKey: "2" }, "Replace"],
        ]),
      3,
    );
    expect(entries).toMatchObject([
      { operationType: "EntityGroupTransaction", operationCount: 0, requestedObjectKey: "/devstoreaccount1" },
      { ...stamped, operationType: "InsertEntity", operationCount: 1, requestedObjectKey: `${key}/p/1` },
      { ...stamped, operationType: "InsertOrReplaceEntity", operationCount: 2, requestedObjectKey: `${key}/p/2` },
    ]);
    expect(new Set(entries.map(({ requestUrl }) => requestUrl))).toEqual(new Set([`${origin("table")}/$batch`]));
  });

  test("DeleteTable", async () => {
    const expected = { operation: "DeleteTable", key, code: "204", send: () => orders().deleteTable() };
    check("table", await entriesOf(expected.send), expected);
  });
});

test("a request that storage does not answer is a network error with a request id of its own", async () => {
  await azurite.stop();
  await expect(blobs().getProperties()).rejects.toThrow();
  await azurite.start();
  expect(await entriesOf(() => Promise.resolve())).toMatchObject([
    {
      ...{ operationType: "GetBlobServiceProperties", requestStatus: "NetworkError", httpStatusCode: "Unknown" },
      requestIdHeader: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    },
  ]);
});
