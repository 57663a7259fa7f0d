import { BlobServiceClient } from "@azure/storage-blob";
import { TableClient } from "@azure/data-tables";
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

import { startRuntime, targetOf } from "../shared/runtime/runtime.js";
import { formatLogBlobName } from "../shared/storage-analytics/log-blob.js";
import { formatLogEntry } from "../shared/storage-analytics/log-line.js";
import { startAzurite, type Azurite } from "../shared/testing/azurite.js";
import { sampleEntry, startTimeAt } from "../shared/testing/metric-entries.js";

/**
 * `kill -9` of a real process between some steps of roll-up, capacity and retention, one after the other. Every step is
 * tried by the simulations of these rooms, whose processes are none.
 */

const script = fileURLToPath(new URL("../dist/shared/testing/killable-app.js", import.meta.url));
const state = { name: "vigilstate", key: Buffer.from("a key that only this test has").toString("base64") };
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const now = Date.now();
const hour = Math.floor(now / hourMs) - 2;
/** Its logs are older than their policy. */
const oldHour = hour - 72;
const days = 2;
/** Between two processes: until then messages of the one before are taken for lost. */
const restartMs = 11 * minuteMs;

const steps = [
  { when: "after", request: "PUT .*VigilDueHours", step: "the hour of two log blobs, read together, is noted as due" },
  { when: "after", request: "PUT .*\\.ledger.*comp=appendblock", step: "a ledger has a log blob" },
  { when: "after", request: "POST .*/\\$MetricsMinute", step: "a minute has its first row" },
  { when: "after", request: "PUT .*/\\$MetricsCapacityBlob", step: "capacity has its first row" },
  { when: "after", request: "DELETE .*/\\$logs/", step: "a log blob is deleted" },
] as const;

let azurite: Azurite;
let environment: Record<string, string>;
beforeAll(async () => {
  azurite = await startAzurite({ accounts: [state] });
  const local = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers";
  const resourceId = `${local}/Microsoft.Storage/storageAccounts/devstoreaccount1`;
  environment = {
    AzureWebJobsStorage: azurite.connectionString(state.name),
    Monitored: azurite.connectionString(),
    VIGIL_ACCOUNTS: JSON.stringify([{ resourceId, connection: "Monitored", workspace: "default" }]),
  };
  const blobs = BlobServiceClient.fromConnectionString(azurite.connectionString());
  const off = { enabled: false };
  const metrics = { version: "1.0", enabled: true, includeAPIs: true, retentionPolicy: off };
  const logging = { version: "1.0", read: true, write: true, deleteProperty: true };
  await blobs.setProperties({
    blobAnalyticsLogging: { ...logging, retentionPolicy: { enabled: true, days } },
    hourMetrics: metrics,
    minuteMetrics: metrics,
  });
  const docs = blobs.getContainerClient("docs");
  await docs.create();
  for (const name of ["one", "two"]) await docs.getBlockBlobClient(name).upload("hello", 5);
  const logs = blobs.getContainerClient("$logs");
  await logs.create();
  const file = async (of: number, counter: number, ids: readonly string[]): Promise<void> => {
    const lines = ids.map((requestIdHeader, minute) =>
      formatLogEntry(sampleEntry({ requestIdHeader, requestStartTime: startTimeAt(of * hourMs + minute * minuteMs) })),
    );
    const text = [...lines, "a bad line"].map((line) => `${line}\n`).join("");
    const name = formatLogBlobName({ service: "blob", hour: new Date(of * hourMs), counter });
    await logs.getBlockBlobClient(name).upload(text, Buffer.byteLength(text));
  };
  await file(hour, 0, ["a", "b", "c"]);
  // a request twice
  await file(hour, 1, ["a", "d"]);
  await file(oldHour, 0, ["e"]);
});
afterAll(() => azurite.stop());

let processes = 0;
async function runApp(kill: { readonly KILL_AT?: string; readonly KILL_WHEN?: string }): Promise<readonly unknown[]> {
  const clock = new Date(now + processes++ * restartMs).toISOString();
  const child = fork(script, { env: { ...environment, ...kill, NOW: clock } });
  const ended: readonly unknown[] = await once(child, "exit");
  return ended;
}

test("a process killed at one step after the other leaves what one that lives leaves", async () => {
  for (const { when, request, step } of steps) {
    const ended = await runApp({ KILL_AT: request, KILL_WHEN: when });
    expect(ended, `killed ${when} ${step}`).toEqual([null, "SIGKILL"]);
  }
  expect(await runApp({})).toEqual([0, null]);

  const connection = azurite.connectionString();
  const options = { allowInsecureConnection: true };
  const rowsOf = async (name: string): Promise<Record<string, unknown>> => {
    const rows: Record<string, unknown> = {};
    const table = TableClient.fromConnectionString(connection, name, options);
    for await (const row of table.listEntities()) {
      const { partitionKey = "", rowKey = "", TotalRequests, Capacity, ContainerCount, ObjectCount } = row;
      // the clock goes on from process to process, and an idle hour has a row, too
      if (TotalRequests === 0n) continue;
      rows[`${partitionKey} ${rowKey}`] =
        TotalRequests === undefined ? [Capacity, ContainerCount, ObjectCount] : TotalRequests;
    }
    return rows;
  };
  const keyOf = (time: number): string => new Date(time).toISOString().slice(0, 16).replaceAll(/[-:]/g, "");
  const pair = (time: number, requests: bigint): Record<string, unknown> => ({
    [`${keyOf(time)} user;All`]: requests,
    [`${keyOf(time)} user;GetBlob`]: requests,
  });
  expect(await rowsOf("$MetricsMinutePrimaryTransactionsBlob")).toEqual({
    ...pair(oldHour * hourMs, 1n),
    ...pair(hour * hourMs, 1n),
    ...pair(hour * hourMs + minuteMs, 2n),
    ...pair(hour * hourMs + 2 * minuteMs, 1n),
  });
  expect(await rowsOf("$MetricsHourPrimaryTransactionsBlob")).toEqual({
    ...pair(oldHour * hourMs, 1n),
    ...pair(hour * hourMs, 4n),
  });
  const capacity = await rowsOf("$MetricsCapacityBlob");
  expect(Object.values(capacity)).toContainEqual([10n, 1n, 2n]);
  expect(Object.keys(capacity).map((key) => key.split(" ")[1])).toEqual(["analytics", "data"]);

  const runtime = startRuntime(environment);
  const [account] = runtime.settings.accounts;
  if (account === undefined) throw new Error("an account is monitored");
  const { metrics } = await runtime.state();
  const range = { filter: [], splitBy: [], from: oldHour * 60, to: (hour + 1) * 60, grain: 60 * 73 };
  const [series] = await metrics.query({ ...targetOf(account, "blob"), ...range, metrics: ["Transactions"] });
  expect([...(series?.points.values() ?? [])].map(({ sum }) => sum)).toEqual([5]);

  const namesIn = async (connected: string, container: string): Promise<readonly string[]> => {
    const names: string[] = [];
    const client = BlobServiceClient.fromConnectionString(connected).getContainerClient(container);
    for await (const { name } of client.listBlobsFlat()) names.push(name);
    return names;
  };
  const nameOf = (counter: number): string =>
    formatLogBlobName({ service: "blob", hour: new Date(hour * hourMs), counter });
  expect(await namesIn(connection, "$logs")).toEqual([nameOf(0), nameOf(1)]);
  const letters = await namesIn(azurite.connectionString(state.name), "vigil-dead-letters");
  expect(letters.map((name) => name.replace(/\.0x[0-9A-F]+\.ndjson$/, ""))).toEqual(
    [nameOf(0), nameOf(1)].map((name) => `storage-analytics/devstoreaccount1/${name}`),
  );
}, 120_000);
