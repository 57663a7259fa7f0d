import { once } from "node:events";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BlobServiceClient } from "@azure/storage-blob";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { LogEntry } from "../../shared/storage-analytics/log-entry.js";
import { startAzurite } from "../../shared/testing/azurite.js";
import { findFreePorts } from "../../shared/testing/free-ports.js";
import { runLauncher, startStack, type Stack } from "../../shared/testing/stack.js";
import { until } from "../../shared/testing/until.js";
import { isAlive } from "./data-folder.js";
import { errorThreshold } from "./host-restarts.js";
import { connectionString, emulatorAccount } from "./storage-accounts.js";

const deadlineMs = 30_000;
// each test starts the whole stack, some twice: four processes that compete with those of other tests
vi.setConfig({ testTimeout: 90_000 });
const other = { name: "otheraccount", key: Buffer.from("another key").toString("base64") };

const logged = (stack: Stack, account = emulatorAccount) =>
  BlobServiceClient.fromConnectionString(connectionString(account, stack.storagePort));

async function requests(stack: Stack, account: string, query = ""): Promise<readonly LogEntry[]> {
  const response = await fetch(`${stack.app}/storage-analytics/${account}/blob/requests?${query}`);
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return (JSON.parse(text) as { value: LogEntry[] }).value;
}

/** Names and texts of the log blobs that a stopped stack has left in its data folder. */
async function logsIn(dataFolder: string): Promise<ReadonlyMap<string, string>> {
  const azurite = await startAzurite({ dataFolder: join(dataFolder, "azurite") });
  const container = BlobServiceClient.fromConnectionString(azurite.connectionString()).getContainerClient("$logs");
  const texts = new Map<string, string>();
  // made when logging is first switched on
  const names = (await container.exists()) ? container.listBlobsFlat() : [];
  for await (const { name } of names) {
    texts.set(name, (await container.getBlobClient(name).downloadToBuffer()).toString());
  }
  await azurite.stop();
  return texts;
}

describe("one command", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({
      env: { AZURITE_ACCOUNTS: `${emulatorAccount.name}:${emulatorAccount.key};${other.name}:${other.key}` },
    });
  });
  afterAll(async () => {
    await stack.stop();
    await stack.remove();
  });

  test("says that analytics was switched on, and every URL that it prints answers", async () => {
    expect(stack.output()).toContain(
      "Storage Analytics switched on for devstoreaccount1, otheraccount: logging, hour and minute metrics with APIs, kept 7 days",
    );
    // route templates of the host's own listing are no URLs to open
    const urls = [...stack.output().matchAll(/http:\/\/127\.0\.0\.1:\d+\/\S+/g)]
      .map(([url]) => url)
      .filter((url) => !url.includes("{"));
    expect(urls.length).toBeGreaterThanOrEqual(12);
    for (const url of urls) {
      const isStorage = !url.startsWith(`${stack.app}/`);
      // storage answers, and wants a credential
      expect(`${url} ${(await fetch(url)).status >= 400 ? "refused" : "ok"}`).toBe(
        `${url} ${isStorage ? "refused" : "ok"}`,
      );
    }
  });

  test.each([emulatorAccount, other])(
    "a request to $name stands in the log and over HTTP, field by field",
    async (account) => {
      const container = logged(stack, account).getContainerClient("photos");
      await container.create();
      const { clientRequestId, requestId, etag } = await container.getBlockBlobClient("lake ü.jpg").upload("hello", 5);
      const entry = await until(
        "the entry",
        async () =>
          (await requests(stack, account.name, "operation=PutBlob")).find(
            (entry) => entry.clientRequestId === clientRequestId,
          ),
        deadlineMs,
      );
      expect(entry).toMatchObject({
        version: "2.0",
        operationType: "PutBlob",
        requestStatus: "Success",
        httpStatusCode: "201",
        authenticationType: "authenticated",
        requesterAccountName: account.name,
        ownerAccountName: account.name,
        serviceType: "blob",
        requestUrl: `http://127.0.0.1:${stack.storagePort}/${account.name}/photos/lake%20%C3%BC.jpg`,
        requestedObjectKey: `/${account.name}/photos/lake ü.jpg`,
        requestIdHeader: requestId,
        operationCount: 0,
        requestPacketSize: 5,
        requestContentLength: 5,
        etagIdentifier: etag,
      });
    },
  );

  test("says of each service what is logged", () => {
    expect(stack.output().match(/\(logged: read, write, delete\)/g)).toHaveLength(6);
  });

  test("a second start on the same data folder is refused: two Azurites would overwrite each other's data", async () => {
    const port = await findFreePorts(7);
    const ports = ["--port", port, "--storage-port", port + 1, "--azurite-port", port + 4].map(String);
    const { exitCode, output } = await runLauncher([...ports, "--data", stack.dataFolder]);
    expect(output).toContain(`the data folder ${stack.dataFolder} is in use by process`);
    expect(output).toContain("--data FOLDER");
    expect(exitCode).toBe(1);
  });

  test("every call that the README shows is answered", async () => {
    const readme = await readFile("README.md", "utf8");
    const calls = [...readme.matchAll(/^ {4}curl (?:-H 'Accept: ([^']+)' )?'http:\/\/127\.0\.0\.1:7071([^']+)'$/gm)];
    expect(calls.length).toBeGreaterThanOrEqual(3);
    for (const [, accept = "application/json", path = ""] of calls) {
      const response = await fetch(`${stack.app}${path}`, { headers: { accept } });
      expect(`${path} ${response.status} ${response.headers.get("content-type") ?? ""}`).toContain(
        `${path} 200 ${accept}`,
      );
    }
  });

  test("an account that is not configured is not found", async () => {
    const response = await fetch(`${stack.app}/storage-analytics/nosuchaccount`);
    expect(response.status).toBe(404);
  });

  test("the demo's requests are all recorded as they were sent", async () => {
    const demo = spawn(
      process.execPath,
      [
        "dist/infra/local/sample-workload/main.js",
        "--port",
        String(stack.port),
        "--storage-port",
        String(stack.storagePort),
        "--steps",
        "150",
        "--no-metrics",
      ],
      { env: { ...process.env, AZURITE_ACCOUNTS: `${emulatorAccount.name}:${emulatorAccount.key}` } },
    );
    let output = "";
    for (const stream of [demo.stdout, demo.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
    const [exitCode] = (await once(demo, "exit")) as [number | null];
    expect(output).toContain("requests stand in $logs under the names and statuses with which they were sent.");
    expect(exitCode).toBe(0);
  });
});

test("Ctrl-C stores what was logged, ends every process, and a second start goes on from there", async () => {
  const stack = await startStack();
  const processes = await stack.processes();
  expect(processes.length).toBeGreaterThanOrEqual(4);
  const { clientRequestId } = await logged(stack).getContainerClient("last").create();
  expect(await stack.stop("SIGINT")).toBe(0);
  expect(processes.filter(({ pid }) => isAlive(pid))).toEqual([]);

  const texts = [...(await logsIn(stack.dataFolder)).values()];
  expect(texts.filter((text) => text.includes(clientRequestId ?? "?"))).toHaveLength(1);

  const again = await startStack({ dataFolder: stack.dataFolder });
  expect(again.output()).not.toContain("switched on");
  const entry = await until(
    "the entry after the second start",
    async () =>
      (await requests(again, emulatorAccount.name)).find((entry) => entry.clientRequestId === clientRequestId),
    deadlineMs,
  );
  expect(entry.operationType).toBe("CreateContainer");
  await again.stop();
  await again.remove();
});

test("nothing outlives a launcher that was killed", async () => {
  const stack = await startStack();
  const processes = await stack.processes();
  await stack.stop("SIGKILL");
  await until("the end of all processes", () => !processes.some(({ pid }) => isAlive(pid)), deadlineMs);
  await stack.remove();
});

test("--no-analytics logs nothing", async () => {
  const stack = await startStack({ args: ["--no-analytics"] });
  expect(stack.output()).toContain("Storage Analytics left off for devstoreaccount1");
  expect(stack.output().match(/\(not logged\)/g)).toHaveLength(3);
  await logged(stack).getContainerClient("unseen").create();
  await stack.stop();
  expect([...(await logsIn(stack.dataFolder)).keys()]).toEqual([]);
  await stack.remove();
});

test("a functions host that dies is started again, and the third time the stack ends with the reason", async () => {
  const stack = await startStack();
  const killHost = async (): Promise<void> => {
    const isHost = ({ command }: { readonly command: string }) => command.includes("functions-host/main.js");
    const host = await until("the host", async () => (await stack.processes()).find(isHost), deadlineMs);
    process.kill(host.pid, "SIGKILL");
    await until("its end", () => !isAlive(host.pid), deadlineMs);
  };
  for (let time = 1; time < errorThreshold; time += 1) {
    await killHost();
    // the fetch fails while nothing listens
    const health = async () => (await fetch(`${stack.app}/health`).catch(() => undefined))?.status === 200;
    await until("its successor", health, deadlineMs);
  }
  await killHost();
  expect(await stack.ended).toBe(1);
  expect(stack.output()).toContain("functions host was ended by SIGKILL, for the third time within 30 minutes");
  await stack.remove();
});

describe("a start that cannot work ends with the reason", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "vigil-start-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each(["--port", "--storage-port", "--azurite-port"])("a busy port of %s", async (option) => {
    const port = await findFreePorts(10);
    const busy = createServer().listen(port, "127.0.0.1");
    await once(busy, "listening");
    const ports: Record<string, number> = {
      "--port": port + 3,
      "--storage-port": port + 4,
      "--azurite-port": port + 7,
    };
    ports[option] = port;
    const { exitCode, output } = await runLauncher(Object.entries(ports).flat().map(String));
    busy.close();
    expect(output).toContain(`port ${port} is in use; choose another with: npm start -- ${option} N`);
    expect(exitCode).toBe(1);
  });

  test.each([
    { setting: "AZURITE_ACCOUNTS", value: "one", says: "AZURITE_ACCOUNTS must be name:key1[:key2]" },
    { setting: "VIGIL_LOG_FLUSH_SECONDS", value: "soon", says: "VIGIL_LOG_FLUSH_SECONDS" },
    { setting: "VIGIL_ACCOUNTS", value: "{", says: "VIGIL_ACCOUNTS" },
    { setting: "VIGIL_AUTH", value: "none", says: "VIGIL_AUTH" },
  ])("$setting=$value", async ({ setting, value, says }) => {
    const port = await findFreePorts(7);
    const args = ["--port", port, "--storage-port", port + 1, "--azurite-port", port + 4, "--data", folder];
    const { exitCode, output } = await runLauncher(args.map(String), { [setting]: value });
    expect(output).toContain(says);
    expect(exitCode).toBe(1);
  });

  test("a port that is none", async () => {
    const { exitCode, output } = await runLauncher(["--port", "many"]);
    expect(output).toContain("--port must be a port from 1 to 65535, instead got many");
    expect(exitCode).toBe(2);
  });
});
