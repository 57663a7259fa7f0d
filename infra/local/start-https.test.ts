import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

import { BlobServiceClient } from "@azure/storage-blob";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { LogEntry } from "../../shared/storage-analytics/log-entry.js";
import { findFreePorts } from "../../shared/testing/free-ports.js";
import { startStack, type Stack } from "../../shared/testing/stack.js";
import { until } from "../../shared/testing/until.js";
import { openLocalReader } from "./identity/local-reader.js";
import { applications, localTenantId, vigilClientId } from "./identity/tenant.js";
import { connectionString, emulatorAccount } from "./storage-accounts.js";

const repository = resolve(import.meta.dirname, "../..");
const run = promisify(execFile);
const account = emulatorAccount.name;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ args: ["--https"] });
});
afterAll(async () => {
  expect(await stack.stop()).toBe(0);
  await stack.remove();
});

/** Runs a user's program: official packages, and one variable that names the local authority. */
async function runProgram<T>(program: string, visit: object, trusts = true): Promise<T> {
  const authority = join(stack.dataFolder, "certificates", "authority.crt");
  const env = {
    PATH: process.env["PATH"] ?? "",
    VISIT: JSON.stringify(visit),
    ...(trusts && { NODE_EXTRA_CA_CERTS: authority }),
  };
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", program], { cwd: repository, env });
  return JSON.parse(stdout) as T;
}

async function identityOf(name: string): Promise<object> {
  const text = await readFile(join(stack.dataFolder, "identity", "client-secrets.json"), "utf8");
  const secret = (JSON.parse(text) as Record<string, string>)[name];
  const clientId = applications.find((each) => each.name === name)?.clientId;
  return { tenant: localTenantId, clientId, secret, authorityHost: stack.identityUrl };
}

const credential = `
import { ClientSecretCredential } from "@azure/identity";
const visit = JSON.parse(process.env.VISIT);
const { tenant, clientId, secret, authorityHost } = visit;
const credential = new ClientSecretCredential(tenant, clientId, secret, { authorityHost, disableInstanceDiscovery: true });
`;

const callApp = `${credential}
const { token } = await credential.getToken(visit.scope);
const response = await fetch(visit.url, { headers: { authorization: "Bearer " + token } });
const { error } = await response.json();
console.log(JSON.stringify({ status: response.status, code: error?.code }));
`;

describe("ClientSecretCredential opens the app over TLS, by role", () => {
  test.each([
    { name: "reader", status: 200, code: undefined },
    { name: "owner", status: 200, code: undefined },
    { name: "ingest", status: 403, code: "AuthorizationFailed" },
    { name: "no-role", status: 403, code: "AuthorizationFailed" },
  ])("$name: $status", async ({ name, status, code }) => {
    const url = `${stack.secureApp}/storage-analytics/${account}`;
    const visit = { ...(await identityOf(name)), url, scope: `api://${vigilClientId}/.default` };
    expect(await runProgram(callApp, visit)).toEqual({ status, code });
  });

  test("and with a token for what the clients of Azure Monitor ask for", async () => {
    const url = `${stack.secureApp}/storage-analytics/${account}`;
    const visit = { ...(await identityOf("reader")), url, scope: "https://management.azure.com/.default" };
    expect(await runProgram(callApp, visit)).toMatchObject({ status: 200 });
    const storage = { ...visit, scope: "https://storage.azure.com/.default" };
    expect(await runProgram(callApp, storage)).toMatchObject({ status: 401, code: "InvalidAuthenticationToken" });
  });

  test("but not for a program that does not trust the local authority", async () => {
    const visit = { ...(await identityOf("reader")), url: stack.secureApp, scope: `api://${vigilClientId}/.default` };
    await expect(runProgram(callApp, visit, false)).rejects.toThrow(/endpoints_resolution_error/);
  });
});

const askForMetrics = `${credential}
import { MonitorClient } from "@azure/arm-monitor";
import { MetricsClient } from "@azure/monitor-query-metrics";
const monitor = new MonitorClient(credential, visit.subscription, { endpoint: visit.url });
const definitions = [];
for await (const { name } of monitor.metricDefinitions.list(visit.resource)) definitions.push(name.value);
const { value: [metric], interval } = await monitor.metrics.list(visit.resource, { metricnames: "Transactions" });
const batch = new MetricsClient(visit.url, credential);
const [answer] = await batch.queryResources([visit.resource], ["Ingress"], "Microsoft.Storage/storageAccounts");
console.log(JSON.stringify({ definitions, metric: metric.name.value, interval, batch: answer.metrics[0].name }));
`;

test("the official clients of metrics need no more than their credential, for both of their audiences", async () => {
  const subscription = "00000000-0000-0000-0000-000000000000";
  const resource = `/subscriptions/${subscription}/resourceGroups/local/providers/Microsoft.Storage/storageAccounts/${account}`;
  const visit = { url: stack.secureApp, subscription, resource };
  const answer = await runProgram<{ readonly definitions: readonly string[] }>(askForMetrics, {
    ...visit,
    ...(await identityOf("reader")),
  });
  expect(answer).toMatchObject({ metric: "Transactions", interval: "PT1M", batch: "Ingress" });
  expect(answer.definitions).toContain("UsedCapacity");
  const ingest = { ...visit, ...(await identityOf("ingest")) };
  await expect(runProgram(askForMetrics, ingest)).rejects.toThrow(/needs the role Vigil\.Reader/);
});

const useBlobs = `${credential}
import { BlobServiceClient } from "@azure/storage-blob";
const container = new BlobServiceClient(visit.url, credential).getContainerClient("by-token");
await container.create();
const { clientRequestId } = await container.getBlockBlobClient("a.txt").upload("hello", 5);
const text = (await container.getBlockBlobClient("a.txt").downloadToBuffer()).toString();
console.log(JSON.stringify({ clientRequestId, text }));
`;

async function entryOf(clientRequestId: string | undefined): Promise<LogEntry> {
  const read = openLocalReader(stack.dataFolder);
  const url = `${stack.app}/storage-analytics/${account}/blob/requests?clientRequestId=${clientRequestId ?? ""}`;
  return await until("the entry", async () => {
    const response = await read(url);
    return ((await response.json()) as { value: LogEntry[] }).value[0];
  });
}

describe("storage", () => {
  test("takes the official SDK with a token, and its holder stands in $logs", async () => {
    const url = `https://127.0.0.1:${stack.storagePort}/${account}`;
    const visit = { ...(await identityOf("contributor")), url };
    const { clientRequestId, text } = await runProgram<{ clientRequestId: string; text: string }>(useBlobs, visit);
    expect(text).toBe("hello");
    const contributor = applications.find(({ name }) => name === "contributor");
    expect(await entryOf(clientRequestId)).toMatchObject({
      version: "2.0",
      operationType: "PutBlob",
      requestStatus: "OAuthSuccess",
      authenticationType: "bearer",
      requesterAccountName: account,
      requestUrl: `${url}/by-token/a.txt`,
      userObjectId: contributor?.objectId,
      tenantId: localTenantId,
      applicationId: contributor?.clientId,
      audience: "https://storage.azure.com",
      issuer: `https://sts.windows.net/${localTenantId}/`,
      userPrincipalName: "",
    });
  });

  test("goes on taking account keys over plain http on the same port", async () => {
    const blobs = BlobServiceClient.fromConnectionString(connectionString(emulatorAccount, stack.storagePort));
    const { clientRequestId } = await blobs.getContainerClient("by-key").create();
    expect(await entryOf(clientRequestId)).toMatchObject({
      requestStatus: "Success",
      authenticationType: "authenticated",
      requestUrl: `http://127.0.0.1:${stack.storagePort}/${account}/by-key?restype=container`,
      userObjectId: "",
    });
  });
});

test("a key made by npm run keys opens the app until it is revoked", async () => {
  const keys = async (...args: readonly string[]): Promise<string> => {
    const local = ["--data", stack.dataFolder, "--azurite-port", String(stack.azuritePort)];
    const { stdout } = await run(process.execPath, [join(repository, "dist/infra/keys/main.js"), ...args, ...local]);
    return stdout.trim();
  };
  const status = async (key: string): Promise<number> =>
    (await fetch(`${stack.app}/storage-analytics/${account}`, { headers: { "x-api-key": key } })).status;
  const key = await keys("create", "--label", "test", "--role", "Vigil.Reader");
  expect(await status(key)).toBe(200);
  await keys("revoke", key.split("_")[1] ?? "");
  expect(await status(key)).toBe(401);
});

test("callers on this machine are nobody in particular", async () => {
  expect((await fetch(`${stack.app}/storage-analytics/${account}`)).status).toBe(401);
  expect(await (await fetch(`${stack.app}/health`)).json()).toEqual({ status: "ok" });
});

test("the demo's requests are all recorded as they were sent, and read with a token", async () => {
  const script = join(repository, "dist/infra/local/sample-workload/main.js");
  const ports = ["--port", String(stack.port), "--storage-port", String(stack.storagePort)];
  const demo = spawn(process.execPath, [
    script,
    ...ports,
    "--data",
    stack.dataFolder,
    "--steps",
    "150",
    "--no-metrics",
  ]);
  let output = "";
  for (const stream of [demo.stdout, demo.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
  const [exitCode] = (await once(demo, "exit")) as [number | null];
  expect(output).toContain("requests stand in $logs under the names and statuses with which they were sent.");
  expect(exitCode).toBe(0);
});

test("without --https the identity provider runs, too, on a free port when its own is busy", async () => {
  const port = await findFreePorts(1);
  const busy = createServer().listen(port, "127.0.0.1");
  await once(busy, "listening");
  const plain = await startStack({ args: ["--identity-port", String(port)] });
  const [, identity = "", tenant] =
    /Identity provider (https:\/\/127\.0\.0\.1:\d+)\/(\S+) \(\d+ is in use\)/.exec(plain.output()) ?? [];
  expect(tenant).toBe(localTenantId);
  expect(new URL(identity).port).not.toBe(String(port));
  // in development mode nobody has to ask it
  expect((await fetch(`${plain.app}/storage-analytics/${account}`)).status).toBe(200);
  await plain.stop();
  await plain.remove();
  busy.close();
});
