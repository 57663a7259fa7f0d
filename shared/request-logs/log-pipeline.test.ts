import {
  AccountSASPermissions,
  generateAccountSASQueryParameters,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";
import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { openStorage, type StorageClients } from "../runtime/storage-clients.js";
import { LogCounter } from "../log-counting/log-counter.js";
import { OpenLedgers } from "../metric-roll-up/open-ledgers.js";
import { formatLogBlobName } from "../storage-analytics/log-blob.js";
import type { LogEntry } from "../storage-analytics/log-entry.js";
import { formatLogEntry } from "../storage-analytics/log-line.js";
import type { RequestCell } from "../storage-analytics/request-counts.js";
import { dueHoursIn } from "../stores/due-hours/due-hours.azure.js";
import type { RollUpLedgers } from "../stores/roll-up-ledgers/roll-up-ledgers.js";
import { rollUpLedgersIn } from "../stores/roll-up-ledgers/roll-up-ledgers.azure.js";
import { deadLettersIn } from "../stores/dead-letters/dead-letters.azure.js";
import { gatewayMarksIn } from "../stores/gateway-marks/gateway-marks.azure.js";
import { logBlobsIn } from "../stores/log-blobs/log-blobs.azure.js";
import { logHoursIn } from "../stores/log-hours/log-hours.azure.js";
import { logReadingsIn } from "../stores/log-readings/log-readings.azure.js";
import { logSweepsIn } from "../stores/log-sweeps/log-sweeps.azure.js";
import { workQueueIn } from "../stores/work-queue/work-queue.azure.js";
import { startAzurite, type Azurite } from "../testing/azurite.js";
import { blobRead } from "../testing/log-entries.js";
import { until } from "../testing/until.js";
import { LogPlanner, type PlannerStores } from "./log-planner.js";
import { readLogBlobs, type ReadingStores } from "./log-reading.js";
import { parseLogBlobsMessage } from "./log-work.js";

const logEntry = (about: Partial<LogEntry> = {}): LogEntry => ({
  ...blobRead,
  requestStartTime: "2026-01-01T12:00:00.0000000Z",
  requestIdHeader: randomUUID(),
  ...about,
});
const account = "devstoreaccount1";
const now = new Date("2026-01-01T12:00:30Z");
const minutesLater = (minutes: number): Date => new Date(now.getTime() + minutes * 60_000);
const hoursAgo = (hours: number): Date => new Date(now.getTime() - hours * 3_600_000);

/** `npm test` builds first; a worker thread needs the compiled file. */
const worker = new URL("../../dist/shared/log-counting/count-worker.js", import.meta.url);
const counter = new LogCounter({ threads: 1, worker });

type Stores = PlannerStores & Omit<ReadingStores, "logBlobs">;

let azurite: Azurite;
let clients: StorageClients;
let stores: Stores;
let ledgerStore: RollUpLedgers;
let queueName: string;

beforeAll(async () => {
  azurite = await startAzurite();
  const value = azurite.connectionString();
  clients = await openStorage({ kind: "connection-string", name: "Test", value, accountName: account });
});
afterAll(async () => {
  await counter.close();
  await azurite.stop();
});
beforeEach(async () => {
  const suffix = randomBytes(6).toString("hex");
  queueName = `q-${suffix}`;
  await clients.blobs.getContainerClient("$logs").deleteIfExists();
  await clients.blobs.getContainerClient("vigil-dead-letters").deleteIfExists();
  await clients.blobs.getContainerClient("vigil-gateway").deleteIfExists();
  await clients.blobs.getContainerClient("vigil-rollups").deleteIfExists();
  ledgerStore = rollUpLedgersIn(clients.blobs);
  stores = {
    counter,
    readings: logReadingsIn(clients.table(`r${suffix}`)),
    hours: logHoursIn(clients.table(`h${suffix}`)),
    sweeps: logSweepsIn(clients.table(`s${suffix}`)),
    marks: gatewayMarksIn(clients.blobs),
    queue: workQueueIn(clients.queues, queueName),
    deadLetters: deadLettersIn(clients.blobs),
    ledgers: new OpenLedgers(ledgerStore),
    due: dueHoursIn(clients.table(`d${suffix}`)),
    logBlobs: () => Promise.resolve(logBlobsIn(clients.blobs)),
  };
});

/** Files a log blob with entries of one operation, one per given start time, and bad lines. */
async function file(hour: Date, counter: number, operations: readonly string[], badLines: readonly string[] = []) {
  const name = formatLogBlobName({ service: "blob", hour, counter });
  const lines = operations.map((operationType, index) => {
    const requestStartTime = `${hour.toISOString().slice(0, 13)}:00:0${index}.0000000Z`;
    return formatLogEntry(logEntry({ operationType, requestStartTime }));
  });
  const container = clients.blobs.getContainerClient("$logs");
  await container.createIfNotExists();
  const text = [...lines, ...badLines].map((line) => `${line}\n`).join("");
  await container.getBlockBlobClient(name).upload(text, Buffer.byteLength(text));
  return name;
}

async function markGateway(): Promise<void> {
  const marks = clients.blobs.getContainerClient("vigil-gateway");
  await marks.create();
  const mark = JSON.stringify({ flushedUpTo: now.toISOString(), buffered: 0, lost: 0, ownRequests: 0, ownBytes: 0 });
  await marks.getBlockBlobClient(`${account}/blob.json`).upload(mark, mark.length);
}

const plan = (at = now, on: Stores = stores) => new LogPlanner([account], on).plan(at);

/** What the Functions host does: takes a message, works on it, and deletes it only if that did not throw. */
async function workOff(on: Stores = stores): Promise<string[]> {
  const queue = clients.queues.getQueueClient(queueName);
  const outcomes: string[] = [];
  for (;;) {
    const [message] = (await queue.receiveMessages({ visibilityTimeout: 1 })).receivedMessageItems;
    if (message === undefined) return outcomes;
    const parsed = parseLogBlobsMessage(
      JSON.parse(Buffer.from(message.messageText, "base64").toString()),
      new Set([account]),
    );
    if (parsed.kind === "rejected") throw new Error(parsed.reason);
    const read = await readLogBlobs({ ...on, logBlobs: await on.logBlobs(account) }, parsed.work, now);
    outcomes.push(...[...read.values()].map(({ kind }) => kind));
    await queue.deleteMessage(message.messageId, message.popReceipt);
  }
}

async function counted(): Promise<Record<string, number>> {
  const sums: Record<string, number> = {};
  const cells: RequestCell[] = [];
  for await (const cell of stores.readings.cells(account, "blob", hoursAgo(100), hoursAgo(-100))) cells.push(cell);
  for (const { operation, requests } of cells) sums[operation] = (sums[operation] ?? 0) + requests;
  return sums;
}

/** Requests by hour, `HH`, as the ledgers have them. */
async function rolledUp(): Promise<Record<string, number>> {
  const sums: Record<string, number> = {};
  for await (const name of ledgerStore.list(account)) {
    const ledger = await new OpenLedgers(ledgerStore).read(name);
    for (const { minute, requests } of ledger.cells()) {
      const hour = new Date(minute * 60_000).toISOString().slice(11, 13);
      sums[hour] = (sums[hour] ?? 0) + requests;
    }
  }
  return sums;
}

describe("log blobs are found and read once", () => {
  test("those of this hour, of hours ago, and of before Vigil", async () => {
    await file(now, 0, ["GetBlob", "PutBlob"]);
    await file(hoursAgo(2), 0, ["GetBlob"]);
    await file(hoursAgo(50), 0, ["ListBlobs"]);
    expect(await plan()).toMatchObject({ sent: 3 });
    expect(await workOff()).toEqual(["read", "read", "read"]);
    expect(await counted()).toEqual({ GetBlob: 2, PutBlob: 1, ListBlobs: 1 });
    expect((await stores.sweeps.read(account))?.last?.sums.blob.blobs).toBe(3);
    const kept = await stores.hours.read(account, "blob", hoursAgo(100), now);
    expect([...kept.values()].flat()).toMatchObject([{ parsed: { counter: 0 } }]);
    expect(await plan(minutesLater(1))).toMatchObject({ sent: 0 });
  });

  test("a blob that waits gets no second message, until the first must be lost", async () => {
    await file(now, 0, ["GetBlob"]);
    expect(await plan()).toMatchObject({ sent: 1 });
    expect(await plan(minutesLater(1))).toMatchObject({ sent: 0 });
    await clients.queues.getQueueClient(queueName).clearMessages();
    expect(await plan(minutesLater(3))).toMatchObject({ sent: 1 });
    expect(await workOff()).toEqual(["read"]);
  });

  test("a message that comes twice, and two planners that start together, count once", async () => {
    await file(now, 0, ["GetBlob"]);
    await Promise.all([plan(), plan()]);
    await plan(minutesLater(3));
    const outcomes = await workOff();
    expect(outcomes.filter((each) => each === "read").length).toBe(1);
    expect(await counted()).toEqual({ GetBlob: 1 });
  });

  test("two instances that read the same blob at once leave the rows of one", async () => {
    const name = await file(now, 0, ["GetBlob", "GetBlob"], ["bad"]);
    const logBlobs = await stores.logBlobs(account);
    const blob = { service: "blob", hour: new Date("2026-01-01T12:00:00Z"), counter: 0 } as const;
    const work = { account, blobs: [{ name, blob, etag: "other" }] };
    await Promise.all([1, 2, 3].map(() => readLogBlobs({ ...stores, logBlobs }, work, now)));
    expect(await counted()).toEqual({ GetBlob: 2 });
    expect(await stores.deadLetters.count()).toMatchObject({ letters: 1 });
  });

  test("a late blob in an old hour, and a name that came back with other content, correct the counts", async () => {
    const name = await file(hoursAgo(9), 0, ["GetBlob", "PutBlob"]);
    await plan();
    await workOff();
    await file(hoursAgo(9), 1, ["ListBlobs"]);
    await clients.blobs.getContainerClient("$logs").deleteBlob(name);
    await file(hoursAgo(9), 0, ["DeleteBlob"]);
    expect(await plan(minutesLater(1))).toMatchObject({ sent: 2 });
    await workOff();
    expect(await counted()).toEqual({ ListBlobs: 1, DeleteBlob: 1 });
  });

  test("a blob deleted before it was read is noted, and its message is done", async () => {
    const name = await file(now, 0, ["GetBlob"]);
    await plan();
    await clients.blobs.getContainerClient("$logs").deleteBlob(name);
    expect(await workOff()).toEqual(["gone"]);
    const states = await stores.readings.states(account, "blob", new Date("2026-01-01T12:00:00Z"));
    expect(states.get(0)?.kind).toBe("gone");
  });

  test("between its looks through everything, an account without a gateway costs one row", async () => {
    await file(now, 0, ["GetBlob"]);
    const planner = new LogPlanner([account], stores);
    expect(await planner.plan(now)).toMatchObject({ sent: 1 });
    await file(now, 1, ["GetBlob"]);
    expect(await planner.plan(new Date(now.getTime() + 5_000))).toEqual({ looked: 0, sent: 0 });
    expect(await planner.plan(minutesLater(1))).toMatchObject({ sent: 1 });
  });

  test("with a gateway every tick looks at the current hour", async () => {
    await markGateway();
    const planner = new LogPlanner([account], stores);
    await planner.plan(now);
    await file(now, 0, ["GetBlob"]);
    expect(await planner.plan(new Date(now.getTime() + 5_000))).toMatchObject({ sent: 1 });
    await file(now, 1, ["GetBlob"]);
    expect(await planner.plan(new Date(now.getTime() + 10_000))).toMatchObject({ sent: 1 });
  });

  test("a gateway that starts after the app is found at the next tick", async () => {
    const planner = new LogPlanner([account], stores);
    await planner.plan(now);
    await markGateway();
    await file(now, 0, ["GetBlob"]);
    expect(await planner.plan(new Date(now.getTime() + 5_000))).toMatchObject({ sent: 1 });
  });
});

describe("a request that is told of twice counts once, in counts and roll-up", () => {
  const [first, second, third] = [1, 2, 3].map(() => logEntry());
  const text = (...entries: (LogEntry | undefined)[]): string =>
    entries.map((entry) => (entry === undefined ? "" : `${formatLogEntry(entry)}\n`)).join("");

  async function put(counter: number, content: string): Promise<void> {
    const name = formatLogBlobName({ service: "blob", hour: now, counter });
    const container = clients.blobs.getContainerClient("$logs");
    await container.createIfNotExists();
    await container.getBlockBlobClient(name).upload(content, Buffer.byteLength(content));
  }

  test.each([
    { title: "within a blob", blobs: [text(first, first, second)], requests: 2 },
    { title: "in two blobs", blobs: [text(first, second), text(second, third)], requests: 3 },
    { title: "in a blob that is there twice", blobs: [text(first), text(first), text(first)], requests: 1 },
  ])("$title", async ({ blobs, requests }) => {
    for (const [counter, content] of blobs.entries()) await put(counter, content);
    await plan();
    await workOff();
    expect(await counted()).toEqual({ GetBlob: requests });
    expect(await rolledUp()).toEqual({ 12: requests });
  });

  test("also after a crash between the ledger and the counts", async () => {
    await put(0, text(first, second));
    await put(1, text(second, third));
    await plan();
    const readings = { ...stores.readings, read: () => Promise.reject(new Crash()) };
    await expect(workOff({ ...stores, readings })).rejects.toThrow(Crash);
    await until("the messages to come back", async () => {
      await workOff({ ...stores, ledgers: new OpenLedgers(ledgerStore) });
      return (await counted())["GetBlob"] === 3;
    });
    expect(await rolledUp()).toEqual({ 12: 3 });
  });
});

describe("bad lines go to the dead letters, and the rest counts", () => {
  test.each([
    { title: "a cut line", bad: "1.0;2026-01-01T12:00:00.0000000Z;GetBlob;Succ" },
    { title: "an unknown version", bad: "9.9;2026-01-01T12:00:00.0000000Z;GetBlob;Success" },
    { title: "an unbalanced quote", bad: formatLogEntry(logEntry({ clientRequestId: "x" })).slice(0, -1) },
    { title: "a long line", bad: "x".repeat(1_000_000) },
    { title: "a line that is too long to hold", bad: "y".repeat(9_000_000) },
    { title: "a line of nul bytes", bad: "\u0000\u0000" },
  ])("$title", async ({ bad }) => {
    await file(now, 0, ["GetBlob", "PutBlob"], [bad, formatLogEntry(logEntry({ operationType: "ListBlobs" }))]);
    await plan();
    expect(await workOff()).toEqual(["read"]);
    expect(await counted()).toEqual({ GetBlob: 1, PutBlob: 1, ListBlobs: 1 });
    expect(await stores.deadLetters.count({ account, service: "blob" })).toMatchObject({ letters: 1 });
  });
});

test("after a crash at any step the next run leaves the same rows and letters", async () => {
  // two that share a message, and one that does not
  await file(now, 0, ["GetBlob", "PutBlob"], ["bad line"]);
  await file(now, 1, ["ListBlobs"]);
  await file(hoursAgo(1), 0, ["GetBlob"]);
  let steps = 0;
  for (let at = 1; ; at++) {
    const suffix = randomBytes(6).toString("hex");
    stores = {
      ...stores,
      readings: logReadingsIn(clients.table(`r${suffix}`)),
      sweeps: logSweepsIn(clients.table(`s${suffix}`)),
      due: dueHoursIn(clients.table(`d${suffix}`)),
      ledgers: new OpenLedgers(ledgerStore),
    };
    await clients.blobs.getContainerClient("vigil-rollups").deleteIfExists();
    await clients.queues.getQueueClient(queueName).createIfNotExists();
    await clients.queues.getQueueClient(queueName).clearMessages();
    const { crashing, crashed } = crashAt(stores, at);
    await expectCrash(async () => {
      await plan(now, crashing);
      await workOff(crashing);
    });
    if (!crashed()) break;
    steps = at;
    // what the host and the next ticks do: messages become visible again, lost ones are sent again
    await clients.queues.getQueueClient(queueName).clearMessages();
    await plan(minutesLater(3));
    await workOff();
    expect(await counted(), `crash at step ${at}`).toEqual({ GetBlob: 2, PutBlob: 1, ListBlobs: 1 });
    expect(await rolledUp(), `crash at step ${at}`).toEqual({ 11: 1, 12: 3 });
    expect((await stores.due.list(account)).map(({ hour }) => hour % 24)).toEqual([11, 12]);
    expect(await stores.deadLetters.count()).toMatchObject({ letters: 1 });
  }
  // two messages: planned, sent, rolled up, noted as due, read; a dead line, the sweep
  expect(steps).toBeGreaterThanOrEqual(13);
}, 60_000);

test("a blob that can't be read keeps none of its message from being read, and comes back alone", async () => {
  const name = await file(now, 0, ["GetBlob"]);
  await file(now, 1, ["PutBlob"]);
  await file(now, 2, ["ListBlobs"]);
  await plan();
  expect((await stores.queue.counts()).waiting).toBe(1);
  const logBlobs = await stores.logBlobs(account);
  const open: typeof logBlobs.open = (of, ...more) =>
    of === name ? Promise.reject(new Error("no answer")) : logBlobs.open(of, ...more);
  await expect(workOff({ ...stores, logBlobs: () => Promise.resolve({ ...logBlobs, open }) })).rejects.toThrow(name);
  expect(await counted()).toEqual({ PutBlob: 1, ListBlobs: 1 });
  await clients.queues.getQueueClient(queueName).clearMessages();
  expect(await plan(minutesLater(3))).toMatchObject({ sent: 1 });
  expect(await workOff()).toEqual(["read"]);
  expect(await counted()).toEqual({ GetBlob: 1, PutBlob: 1, ListBlobs: 1 });
});

test("storage that refuses writes fails the work, which is done once it takes them again", async () => {
  await file(now, 0, ["GetBlob"], ["bad line"]);
  await clients.queues.getQueueClient(queueName).create();
  const refused = await storesThatOnlyRead();
  await expect(plan(now, refused)).rejects.toThrow("planning the log blobs of devstoreaccount1");
  // the blob may be noted already: then its message is taken for lost
  await plan(minutesLater(3));
  await expect(workOff(refused)).rejects.toMatchObject({
    errors: [{ cause: { message: expect.stringContaining("keeping dead lines") as string } }],
  });
  expect(await counted()).toEqual({});
  await until("the message to come back", async () => (await workOff()).includes("read"));
  expect(await counted()).toEqual({ GetBlob: 1 });
  expect(await stores.deadLetters.count()).toMatchObject({ letters: 1 });
});

/** The same stores through a connection that may read and list, and nothing else. */
async function storesThatOnlyRead(): Promise<Stores> {
  const { credential } = clients.blobs;
  if (!(credential instanceof StorageSharedKeyCredential)) throw new Error("the emulator's connection has a key");
  const expiresOn = new Date(Date.now() + 3_600_000);
  const permissions = AccountSASPermissions.parse("rl");
  const sas = generateAccountSASQueryParameters(
    { expiresOn, permissions, resourceTypes: "sco", services: "bqt" },
    credential,
  );
  const value = [
    `BlobEndpoint=${clients.blobs.url}`,
    `QueueEndpoint=${clients.queues.url}`,
    `TableEndpoint=${clients.tables.url}`,
    `SharedAccessSignature=${sas.toString()}`,
  ].join(";");
  const reading = await openStorage({ kind: "connection-string", name: "Reading", value, accountName: account });
  return { ...stores, deadLetters: deadLettersIn(reading.blobs), queue: workQueueIn(reading.queues, queueName) };
}

class Crash extends Error {}

async function expectCrash(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    let cause: unknown = error;
    while (cause instanceof Error && !(cause instanceof Crash)) {
      cause = cause instanceof AggregateError ? cause.errors[0] : cause.cause;
    }
    if (!(cause instanceof Crash)) throw error;
  }
}

/**
 * The same stores, which fail for good before their n-th call that could leave something behind: ending before one that
 * only reads is ending before the next that writes.
 */
function crashAt(real: Stores, at: number): { crashing: Stores; crashed: () => boolean } {
  let calls = 0;
  const wrap = <T extends object>(store: T, ...writes: readonly string[]): T =>
    new Proxy(store, {
      get: (target, property) => {
        const member: unknown = Reflect.get(target, property);
        if (typeof member !== "function") return member;
        return (...args: unknown[]): unknown => {
          if (writes.includes(String(property)) && ++calls >= at) throw new Crash();
          const result: unknown = Reflect.apply(member, target, args);
          // the writer of dead lines
          return result instanceof Promise || typeof result !== "object" || result === null
            ? result
            : wrap(result, "add", "close");
        };
      },
    });
  const { readings, hours, sweeps, queue, deadLetters, due } = real;
  const crashing = {
    ...real,
    readings: wrap(readings, "plan", "read", "gone"),
    hours: wrap(hours, "replace"),
    sweeps: wrap(sweeps, "save"),
    queue: wrap(queue, "send"),
    deadLetters: wrap(deadLetters, "message"),
    ledgers: new OpenLedgers(wrap(ledgerStore, "append")),
    due: wrap(due, "add"),
  };
  return { crashing, crashed: () => calls >= at };
}
