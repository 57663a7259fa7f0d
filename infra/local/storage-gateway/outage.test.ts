import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BlobServiceClient } from "@azure/storage-blob";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestGateway, startTestGateway } from "./gateway-harness.js";
import { RawPeer, connectRaw, until } from "./scripted-upstream.js";
import { startStorageGateway } from "./storage-gateway.js";

let folder: string;
let stack: TestGateway;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vigil-outage-"));
  stack = await startTestGateway({ dataFolder: folder });
});
afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true, force: true });
});

const workers = 8;

/** Uploads without end, each attempt exactly one request; answers what became of them. */
function startLoad(connection: string) {
  const container = BlobServiceClient.fromConnectionString(connection, {
    retryOptions: { maxTries: 1 },
  }).getContainerClient("load");
  /** Codes of broken connections, and statuses of refusals. */
  const failures: (string | number | undefined)[] = [];
  let successes = 0;
  let running = true;
  const work = async (worker: number): Promise<void> => {
    for (let count = 0; running; count += 1) {
      try {
        await container.getBlockBlobClient(`${worker}-${count}`).upload("x".repeat(2_000), 2_000);
        successes += 1;
      } catch (error) {
        const { code, statusCode } = error as { code?: string; statusCode?: number };
        failures.push(statusCode ?? code);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  };
  const done = Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)));
  return {
    failures,
    successes: () => successes,
    stop: async () => {
      running = false;
      await done;
    },
  };
}

test("an outage under load fails requests as a stopped account does, and nothing else", async () => {
  const { azurite, exchanges, gateway } = stack;
  const connection = stack.connectionString();
  const patient = BlobServiceClient.fromConnectionString(connection, {
    retryOptions: { maxTries: 100, retryDelayInMs: 50, maxRetryDelayInMs: 100 },
  }).getContainerClient("load");
  await patient.create();
  exchanges.length = 0;
  const load = startLoad(connection);
  await until(
    () => load.successes() > 50,
    () => "waiting for successes before the outage",
  );

  await azurite.stop();
  const retried = patient.getBlockBlobClient("patient").upload("y", 1);
  const before = load.failures.length;
  await until(
    () => load.failures.length > before + 100,
    () => "waiting for failures in the outage",
  );
  const inOutage = load.successes();
  await azurite.start();
  await until(
    () => load.successes() > inOutage + 50,
    () => "waiting for successes after the outage",
  );
  await load.stop();
  await retried;

  // what the official client also says when nobody listens is ECONNREFUSED: it retries both alike
  const broken = load.failures.filter((failure) => typeof failure === "string");
  expect(new Set(broken)).toEqual(new Set(["ECONNRESET"]));
  const endings = (ending: string) => exchanges.filter((each) => each.ending === ending).length;
  expect(endings("completed")).toBe(load.successes() + 1 + load.failures.length - broken.length);
  expect(endings("upstream-failed")).toBeGreaterThanOrEqual(broken.length);
  expect(endings("client-aborted")).toBe(0);
  expect(gateway.sinkErrors).toBe(0);
  expect((await patient.getBlobClient("patient").downloadToBuffer()).toString()).toBe("y");
});

test("a log that throws is counted and fails nobody", async () => {
  const { azurite } = stack;
  const gateway = await startStorageGateway({
    host: "127.0.0.1",
    storagePort: 0,
    azuritePort: { blob: azurite.blobPort, queue: azurite.queuePort, table: azurite.tablePort },
    accounts: azurite.accounts,
    onExchange: () => {
      throw new Error("no");
    },
  });
  const connection = azurite.connectionString().replace(`:${azurite.blobPort}/`, `:${gateway.ports.blob}/`);
  const client = BlobServiceClient.fromConnectionString(connection);
  await client.getProperties();
  await client.getProperties();
  expect(gateway.sinkErrors).toBe(2);
  await gateway.stop();
});

test("a stopped gateway has let its running requests end, and then told so", async () => {
  const { azurite } = stack;
  const seen: string[] = [];
  const gateway = await startStorageGateway({
    host: "127.0.0.1",
    storagePort: 0,
    azuritePort: { blob: azurite.blobPort, queue: azurite.queuePort, table: azurite.tablePort },
    accounts: azurite.accounts,
    onExchange: ({ ending }) => seen.push(ending),
    onStopped: () => {
      seen.push("stopped");
      return Promise.resolve();
    },
  });
  const client = new RawPeer(await connectRaw(gateway.ports.blob));
  client.send(
    "PUT /devstoreaccount1/load/z HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n",
  );
  await client.receives("HTTP/1.1 100 Continue\r\n\r\n");
  const stopped = gateway.stop();
  client.send("x");
  await stopped;
  expect(client.received).toMatch(/\r\n\r\nHTTP\/1\.1 4\d\d /);
  expect(seen).toEqual(["completed", "stopped"]);
});

test("a port that is taken is named together with the option that moves it", async () => {
  const { ports } = stack.gateway;
  await expect(
    startStorageGateway({
      host: "127.0.0.1",
      storagePort: ports.blob,
      azuritePort: 1,
      accounts: [],
      onExchange: () => undefined,
    }),
  ).rejects.toThrow(new RegExp(`port ${ports.blob} is already in use.*--storage-port`));
});
