import { Readable } from "node:stream";
import { TableClient, TableServiceClient, TableTransaction, odata } from "@azure/data-tables";
import {
  AnonymousCredential,
  BlobSASPermissions,
  BlobServiceClient,
  ContainerClient,
  ContainerSASPermissions,
} from "@azure/storage-blob";
import { QueueServiceClient } from "@azure/storage-queue";
import { afterAll, beforeAll, expect, test } from "vitest";
import { emulatorAccount } from "../storage-accounts.js";
import { type TestGateway, startTestGateway } from "./gateway-harness.js";
import { type RecordingRelay, startRecordingRelay } from "./recording-relay.js";

/** What a program has when it talks to storage: it cannot tell whether the gateway is in between. */
interface Storage {
  readonly connection: string;
  readonly container: ContainerClient;
  readonly blobs: BlobServiceClient;
  readonly queues: QueueServiceClient;
  readonly tables: TableServiceClient;
  readonly table: TableClient;
}

interface Scenario {
  readonly what: string;
  /** Answers what the program saw; asserts what makes the scenario worth its name. */
  readonly run: (storage: Storage) => Promise<unknown>;
}

const mebi = 1024 * 1024;
const data = (size: number): Buffer => Buffer.from(Uint8Array.from({ length: size }, (_, index) => (index * 7) % 251));

/** Status and error code of what is to fail. */
async function failure(attempt: Promise<unknown>): Promise<readonly unknown[]> {
  try {
    await attempt;
  } catch (error) {
    const { statusCode, code } = error as { statusCode?: number; code?: string };
    return [statusCode, code];
  }
  throw new Error("this was to fail");
}

const scenarios: readonly Scenario[] = [
  {
    what: "a blob uploaded in one piece, read whole, in ranges and by its properties",
    run: async ({ container }) => {
      const blob = container.getBlockBlobClient("a folder/ä b+c%25.bin");
      await blob.upload(data(5_000), 5_000, { metadata: { Key: "value" } });
      const range = await blob.downloadToBuffer(100, 50);
      const whole = await blob.downloadToBuffer();
      expect(whole).toEqual(data(5_000));
      expect(range).toEqual(data(5_000).subarray(100, 150));
      const { contentLength, metadata, blobType } = await blob.getProperties();
      return { contentLength, metadata, blobType, whole: whole.toString("base64") };
    },
  },
  {
    what: "a blob uploaded in parallel blocks",
    run: async ({ container }) => {
      const blob = container.getBlockBlobClient("blocks");
      await blob.uploadData(data(3 * mebi), { blockSize: mebi, maxSingleShotSize: mebi, concurrency: 3 });
      const { committedBlocks } = await blob.getBlockList("all");
      const whole = await blob.downloadToBuffer(0, undefined, { blockSize: mebi, concurrency: 3 });
      expect(whole.equals(data(3 * mebi))).toBe(true);
      return committedBlocks?.map(({ size }) => size);
    },
  },
  {
    what: "a blob uploaded from a stream and read as one",
    run: async ({ container }) => {
      const blob = container.getBlockBlobClient("stream");
      await blob.uploadStream(Readable.from([data(100_000), data(200_000)]), 128 * 1024, 2);
      const { readableStreamBody } = await blob.download();
      const chunks: Buffer[] = [];
      for await (const chunk of readableStreamBody ?? []) chunks.push(chunk as Buffer);
      expect(Buffer.concat(chunks).equals(Buffer.concat([data(100_000), data(200_000)]))).toBe(true);
    },
  },
  {
    what: "an empty blob",
    run: async ({ container }) => {
      const blob = container.getBlockBlobClient("empty");
      await blob.upload("", 0);
      return (await blob.downloadToBuffer()).length;
    },
  },
  {
    what: "conditions: 304, 409 and 412",
    run: async ({ container }) => {
      const blob = container.getBlockBlobClient("conditions");
      const { etag = "" } = await blob.upload("x", 1);
      return [
        await failure(blob.download(0, undefined, { conditions: { ifNoneMatch: etag } })),
        await failure(blob.getProperties({ conditions: { ifNoneMatch: etag } })),
        await failure(blob.upload("y", 1, { conditions: { ifNoneMatch: "*" } })),
        await failure(blob.upload("y", 1, { conditions: { ifMatch: '"0x1"' } })),
        await failure(blob.download(0, undefined, { conditions: { ifModifiedSince: new Date(Date.now() + 60_000) } })),
      ];
    },
  },
  {
    what: "what is not there: 404, and a range beyond the end: 416",
    run: async ({ container, blobs }) => {
      const blob = container.getBlockBlobClient("short");
      await blob.upload("abc", 3);
      return [
        await failure(container.getBlobClient("none").download()),
        await failure(container.getBlobClient("none").getProperties()),
        await failure(container.getBlobClient("none").delete()),
        await failure(blobs.getContainerClient("none").getProperties()),
        await failure(blob.download(100, 5)),
      ];
    },
  },
  {
    what: "SAS: what it allows and what it does not, and a wrong one",
    run: async ({ container }) => {
      await container.getBlockBlobClient("sas").upload("shared", 6);
      const url = await container.generateSasUrl({
        permissions: ContainerSASPermissions.parse("rl"),
        expiresOn: new Date(Date.now() + 3_600_000),
      });
      const shared = new ContainerClient(url);
      const wrong = new ContainerClient(url.replace(/sig=.{6}/, "sig=AAAAAA"));
      return [
        (await shared.getBlobClient("sas").downloadToBuffer()).toString(),
        await failure(shared.getBlockBlobClient("sas").upload("no", 2)),
        await failure(wrong.getBlobClient("sas").downloadToBuffer()),
      ];
    },
  },
  {
    what: "anonymous reads of a public container",
    run: async ({ container }) => {
      await container.getBlockBlobClient("public").upload("for all", 7);
      const anonymous = new ContainerClient(container.url, new AnonymousCredential());
      const refused = await failure(anonymous.getBlobClient("public").download());
      await container.setAccessPolicy("container");
      const text = (await anonymous.getBlobClient("public").downloadToBuffer()).toString();
      const write = await failure(anonymous.getBlockBlobClient("public").upload("no", 2));
      await container.setAccessPolicy();
      return [refused, text, write];
    },
  },
  {
    what: "a wrong key",
    run: async ({ connection }) => {
      const wrong = BlobServiceClient.fromConnectionString(connection.replace(/AccountKey=..../, "AccountKey=AAAA"));
      return await failure(wrong.getProperties());
    },
  },
  {
    what: "a copy inside the account, and one from a URL, synchronously",
    run: async ({ container }) => {
      const source = container.getBlockBlobClient("source");
      await source.upload("original", 8);
      const poller = await container.getBlobClient("copy").beginCopyFromURL(source.url);
      const { copyStatus } = await poller.pollUntilDone();
      const sourceUrl = await source.generateSasUrl({
        permissions: BlobSASPermissions.parse("r"),
        expiresOn: new Date(Date.now() + 3_600_000),
      });
      const sync = await container.getBlobClient("copy-2").syncCopyFromURL(sourceUrl);
      return [copyStatus, sync.copyStatus, (await container.getBlobClient("copy").downloadToBuffer()).toString()];
    },
  },
  {
    what: "blob batches of deletions and of tiers",
    run: async ({ container, blobs }) => {
      const names = ["batch-1", "batch-2", "batch-3"];
      for (const name of names) await container.getBlockBlobClient(name).upload(name, name.length);
      const clients = names.map((name) => container.getBlobClient(name));
      const batch = blobs.getBlobBatchClient();
      const tiers = await batch.setBlobsAccessTier(clients, "Cool");
      const deleted = await batch.deleteBlobs([...clients, container.getBlobClient("none")]);
      expect(deleted.subResponsesSucceededCount).toBe(3);
      return [tiers, deleted].map(({ subResponses }) =>
        subResponses.map(({ status, errorCode }) => [status, errorCode]),
      );
    },
  },
  {
    what: "tags, snapshots and metadata",
    run: async ({ container }) => {
      const blob = container.getBlockBlobClient("tagged");
      await blob.upload("x", 1, { tags: { a: "1" } });
      await blob.setTags({ b: "2", c: "3 4" });
      const snapshot = await blob.createSnapshot({ metadata: { of: "x" } });
      await blob.setMetadata({ two: "2" });
      await blob.setHTTPHeaders({ blobContentType: "text/plain", blobCacheControl: "no-cache" });
      const old = await blob.withSnapshot(snapshot.snapshot ?? "").getProperties();
      const { metadata, contentType } = await blob.getProperties();
      await blob.delete({ deleteSnapshots: "include" });
      return [(await failure(blob.getTags()))[0], old.metadata, metadata, contentType];
    },
  },
  {
    what: "leases of blobs and containers",
    run: async ({ container }) => {
      const blob = container.getBlockBlobClient("leased");
      await blob.upload("x", 1);
      const lease = blob.getBlobLeaseClient();
      await lease.acquireLease(15);
      const refused = await failure(blob.delete());
      await lease.renewLease();
      await lease.releaseLease();
      const other = container.getBlobLeaseClient();
      await other.acquireLease(-1);
      await other.breakLease(0);
      return refused;
    },
  },
  {
    what: "append and page blobs",
    run: async ({ container }) => {
      const append = container.getAppendBlobClient("append");
      await append.create();
      await append.appendBlock("one,", 4);
      await append.appendBlock("two", 3);
      const page = container.getPageBlobClient("page");
      await page.create(2_048);
      await page.uploadPages(data(512), 512, 512);
      await page.clearPages(0, 512);
      const ranges = await page.getPageRanges(0, 2_048);
      await page.resize(4_096);
      return [
        (await append.downloadToBuffer()).toString(),
        ranges.pageRange,
        (await page.downloadToBuffer(512, 512))[1],
      ];
    },
  },
  {
    what: "lists in pages, flat and by hierarchy",
    run: async ({ container }) => {
      for (const name of ["list/1", "list/2", "list/a/3", "list/b/4", "list/&<>"]) {
        await container.getBlockBlobClient(name).upload("x", 1);
      }
      const names: string[][] = [];
      for await (const page of container.listBlobsFlat({ prefix: "list/" }).byPage({ maxPageSize: 2 })) {
        names.push(page.segment.blobItems.map(({ name }) => name));
      }
      const levels: string[] = [];
      for await (const item of container.listBlobsByHierarchy("/", { prefix: "list/", includeMetadata: true })) {
        levels.push(`${item.kind} ${item.name}`);
      }
      expect(names.flat()).toHaveLength(5);
      return { names, levels };
    },
  },
  {
    what: "queues and their messages",
    run: async ({ queues, container }) => {
      const queue = queues.getQueueClient(container.containerName);
      await queue.create({ metadata: { of: "x" } });
      for (const text of ["one", "<two> & ä", "x".repeat(40_000)]) await queue.sendMessage(text);
      const peeked = await queue.peekMessages({ numberOfMessages: 3 });
      const received = await queue.receiveMessages({ numberOfMessages: 2, visibilityTimeout: 30 });
      const [first, second] = received.receivedMessageItems;
      if (first === undefined || second === undefined) throw new Error("two messages were to come");
      const updated = await queue.updateMessage(first.messageId, first.popReceipt, "changed", 0);
      await queue.deleteMessage(first.messageId, updated.popReceipt ?? "");
      const wrong = await failure(queue.deleteMessage(second.messageId, "AAAA"));
      const { approximateMessagesCount } = await queue.getProperties();
      await queue.clearMessages();
      await queue.delete();
      return [peeked.peekedMessageItems.map(({ messageText }) => messageText), approximateMessagesCount, wrong];
    },
  },
  {
    what: "entities of a table, with queries, conditions and paging",
    run: async ({ table }) => {
      await table.createTable();
      for (const rowKey of ["1", "2", "3", "it's"]) {
        await table.createEntity({
          partitionKey: "p",
          rowKey,
          text: "ä",
          number: 1.5,
          big: { type: "Int64", value: "9007199254740993" },
        });
      }
      const again = await failure(table.createEntity({ partitionKey: "p", rowKey: "1" }));
      const stale = await failure(
        table.updateEntity({ partitionKey: "p", rowKey: "1", text: "y" }, "Merge", {
          etag: `W/"datetime'2020-01-01T00%3A00%3A00.0000000Z'"`,
        }),
      );
      await table.upsertEntity({ partitionKey: "p", rowKey: "1", more: true }, "Merge");
      await table.upsertEntity({ partitionKey: "p", rowKey: "2", only: 1 }, "Replace");
      const pages: string[][] = [];
      for await (const page of table
        .listEntities({ queryOptions: { filter: odata`PartitionKey eq ${"p"}` } })
        .byPage({ maxPageSize: 3 })) {
        pages.push(page.map(({ rowKey }) => rowKey ?? ""));
      }
      const { more, text } = await table.getEntity<{ more: boolean; text: string }>("p", "1");
      await table.deleteEntity("p", "it's");
      const none = await failure(table.getEntity("p", "it's"));
      return [again, stale, pages, more, text, none];
    },
  },
  {
    what: "entity group transactions that succeed and that fail",
    run: async ({ table }) => {
      const good = new TableTransaction();
      for (const rowKey of ["a", "b", "c"]) good.createEntity({ partitionKey: "t", rowKey });
      const done = await table.submitTransaction(good.actions);
      const bad = new TableTransaction();
      bad.createEntity({ partitionKey: "t", rowKey: "d" });
      bad.createEntity({ partitionKey: "t", rowKey: "a" });
      const refused = await failure(table.submitTransaction(bad.actions));
      return [done.subResponses.map(({ status }) => status), refused];
    },
  },
  {
    what: "service properties and the lists of containers, queues and tables",
    run: async ({ blobs, queues, tables }) => {
      const cors = [
        { allowedOrigins: "*", allowedMethods: "GET", allowedHeaders: "*", exposedHeaders: "*", maxAgeInSeconds: 5 },
      ];
      await blobs.setProperties({ cors });
      const { cors: set } = await blobs.getProperties();
      const { blobAnalyticsLogging } = await blobs.getProperties();
      await queues.getProperties();
      await tables.getProperties();
      const names: string[] = [];
      for await (const { name } of blobs.listContainers({ prefix: "parity" })) names.push(name);
      for await (const { name } of queues.listQueues({ prefix: "parity" })) names.push(name);
      return [set, blobAnalyticsLogging, names.length > 0];
    },
  },
];

let stack: TestGateway;
const relays: RecordingRelay[] = [];

beforeAll(async () => {
  stack = await startTestGateway();
});
afterAll(async () => {
  for (const relay of relays) relay.close();
  await stack.stop();
});

interface Run {
  readonly seen: unknown;
  /** Every response byte for byte, apart from ids, times and the run's own name. */
  readonly responses: readonly string[];
}

async function run(
  scenario: Scenario,
  name: string,
  ports: Readonly<Record<"blob" | "queue" | "table", number>>,
): Promise<Run> {
  const [blob, queue, table] = await Promise.all([ports.blob, ports.queue, ports.table].map(startRecordingRelay));
  if (blob === undefined || queue === undefined || table === undefined) throw new Error("three relays were to start");
  relays.push(blob, queue, table);
  const endpoint = (service: string, port: number) =>
    `${service}Endpoint=http://127.0.0.1:${port}/${emulatorAccount.name}`;
  const connection = `DefaultEndpointsProtocol=http;AccountName=${emulatorAccount.name};AccountKey=${emulatorAccount.key};${endpoint("Blob", blob.port)};${endpoint("Queue", queue.port)};${endpoint("Table", table.port)}`;
  const blobs = BlobServiceClient.fromConnectionString(connection);
  const container = blobs.getContainerClient(name);
  await container.create();
  const insecure = { allowInsecureConnection: true };
  const storage: Storage = {
    connection,
    blobs,
    container,
    queues: QueueServiceClient.fromConnectionString(connection),
    tables: TableServiceClient.fromConnectionString(connection, insecure),
    table: TableClient.fromConnectionString(connection, name.replaceAll("-", ""), insecure),
  };
  await storage.table.createTable();
  const seen = await scenario.run(storage);
  await container.delete();
  await storage.table.deleteTable();
  const responses = [blob, queue, table].flatMap((relay) => relay.responses());
  return { seen, responses: responses.map((text) => normalize(text, name)).sort() };
}

function normalize(text: string, name: string): string {
  return (
    text
      .replaceAll(name, "NAME")
      .replaceAll(name.replaceAll("-", ""), "NAME")
      .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, "GUID")
      .replace(/\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT/g, "DATE")
      .replace(/\d{4}-\d\d-\d\dT\d\d(?::|%3A)\d\d(?::|%3A)\d\d\.\d+Z/g, "TIME")
      .replace(/"?0x[0-9A-F]{10,}"?/g, "ETAG")
      .replace(/<Block><Name>[^<]+/g, "<Block><Name>BLOCK")
      // of a list of blocks whose names are random
      .replace(/(comp=blocklist\n.*content-md5: )\S+/s, "$1MD5")
      .replace(/127\.0\.0\.1:\d+/g, "HOST")
      .replace(/(PopReceipt>|popreceipt: )[^<\r]+/gi, "$1RECEIPT")
  );
}

test.each(scenarios.map((scenario, index) => ({ ...scenario, index })))(
  "$what: the same with and without the gateway",
  async (scenario) => {
    const { azurite, gateway } = stack;
    const name = (letter: string) => `parity-${letter}-${String(scenario.index).padStart(2, "0")}`;
    const direct = await run(scenario, name("a"), {
      blob: azurite.blobPort,
      queue: azurite.queuePort,
      table: azurite.tablePort,
    });
    const through = await run(scenario, name("b"), gateway.ports);
    expect(through.seen).toEqual(direct.seen);
    expect(direct.responses.length).toBeGreaterThan(3);
    expect(through.responses).toEqual(direct.responses);
  },
);
