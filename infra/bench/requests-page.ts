import { BlobServiceClient, type ContainerClient } from "@azure/storage-blob";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { forEachOf } from "../../shared/request-logs/concurrency.js";
import { newSweep, sweepPage } from "../../shared/request-logs/log-sweep.js";
import { startRuntime, type Runtime } from "../../shared/runtime/runtime.js";
import type { LogSweep } from "../../shared/stores/log-sweeps/log-sweeps.js";
import { formatLogBlobMetadata, formatLogBlobName } from "../../shared/storage-analytics/log-blob.js";
import type { LogEntry } from "../../shared/storage-analytics/log-entry.js";
import { formatLogEntry } from "../../shared/storage-analytics/log-line.js";
import { startAppHost, type AppHost } from "../../shared/testing/app-host.js";
import { startAzurite } from "../../shared/testing/azurite.js";
import { generateLogEntries } from "../../shared/testing/log-generator.js";
import type { BenchRow } from "./bench-row.js";

const entriesOfDay = 1_000_000;
/** The gateway flushes this often, so a busy day has 17,280 blobs. */
const flushMs = 5_000;
const pageBudgetMs = 300;
const hours = [3, 9, 12, 17, 23];
const hourMs = 3_600_000;
const concurrentUploads = 8;

/** Pages of `…/requests` over a day with a million entries, and usage of an hour of it; medians over some hours. */
export async function benchRequestsPage(): Promise<readonly BenchRow[]> {
  const dataFolder = await mkdtemp(join(tmpdir(), "vigil-bench-"));
  const azurite = await startAzurite({ dataFolder });
  const day = new Date(Math.floor(Date.now() / (24 * hourMs)) * 24 * hourMs - 24 * hourMs);
  let app: AppHost | undefined;
  try {
    const service = BlobServiceClient.fromConnectionString(azurite.connectionString());
    await fileDay(service.getContainerClient("$logs"), day);
    const settings = { AzureWebJobsStorage: azurite.connectionString() };
    await sweep(startRuntime(settings));
    app = await startAppHost({
      ...settings,
      VIGIL_AUTH: "development",
      // the log blobs of the day are not to be read while pages are measured
      "AzureWebJobs.PlanLogBlobs.Disabled": "true",
    });
    const url = `${app.url}/storage-analytics/devstoreaccount1/blob`;
    // the first answer loads the SDKs
    await answerMs(`${url}/requests?limit=1`);
    const median = async (path: string): Promise<number> => {
      const times: number[] = [];
      for (const hour of hours) {
        const from = new Date(day.getTime() + hour * hourMs);
        const range = `from=${from.toISOString()}&to=${new Date(from.getTime() + hourMs).toISOString()}`;
        times.push(await answerMs(`${url}/${path}&${range}`));
      }
      return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
    };
    const page = await median("requests?");
    const name = "first page of …/requests, 1 M entries, an hour named";
    return [
      { name, value: page, unit: "ms", budget: `≤ ${pageBudgetMs}`, pass: page <= pageBudgetMs },
      report("the same, 1,000 entries", await median("requests?limit=1000")),
      report(
        "the same of errors of one kind (reads the hour)",
        await median("requests?status=BlobNotFound&limit=5000"),
      ),
      report("…/usage?by=operation of that hour", await median("usage?by=operation")),
    ];
  } finally {
    await app?.stop();
    await azurite.stop();
    await rm(dataFolder, { recursive: true, force: true });
  }
}

/** What the timer does once a minute, without its messages: one round over all log blobs. */
async function sweep(runtime: Runtime): Promise<void> {
  const [account] = runtime.settings.accounts;
  if (account === undefined) throw new Error("the emulator's account is monitored");
  const [{ hours, sweeps }, { logBlobs }] = await Promise.all([runtime.state(), runtime.storesOf(account)]);
  let round: LogSweep = newSweep(new Date());
  do round = (await sweepPage(account.name, logBlobs, hours, round, new Date())).sweep;
  while (round.from !== undefined);
  await sweeps.save(account.name, round);
}

const report = (name: string, value: number): BenchRow => ({ name, value, unit: "ms", budget: "", pass: undefined });

async function answerMs(url: string): Promise<number> {
  const startedAt = performance.now();
  const response = await fetch(url);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
  return performance.now() - startedAt;
}

async function fileDay(container: ContainerClient, day: Date): Promise<void> {
  await container.create();
  await forEachOf(blobsOfDay(day), concurrentUploads, async ({ name, entries }) => {
    const text = entries.map((entry) => `${formatLogEntry(entry)}\n`).join("");
    const times = entries.map(({ requestStartTime }) => requestStartTime).sort();
    const metadata = formatLogBlobMetadata({
      logTypes: ["read", "write", "delete"],
      startTime: new Date(times[0] ?? 0),
      endTime: new Date(times.at(-1) ?? 0),
      version: "1.0",
    });
    await container.getBlockBlobClient(name).upload(text, Buffer.byteLength(text), { metadata });
  });
}

function* blobsOfDay(day: Date): Generator<{ readonly name: string; readonly entries: readonly LogEntry[] }> {
  const to = new Date(day.getTime() + 24 * hourMs);
  let entries: LogEntry[] = [];
  let flush = day.getTime();
  const finish = () => {
    const hour = new Date(Math.floor(flush / hourMs) * hourMs);
    const counter = (flush - hour.getTime()) / flushMs;
    return { name: formatLogBlobName({ service: "blob", hour, counter }), entries };
  };
  const log = { seed: 1, entries: entriesOfDay, from: day, to, version: "1.0", services: ["blob"] } as const;
  for (const entry of generateLogEntries(log)) {
    const slot = Math.floor(Date.parse(`${entry.requestStartTime.slice(0, 23)}Z`) / flushMs) * flushMs;
    if (slot !== flush) {
      if (entries.length > 0) yield finish();
      [entries, flush] = [[], slot];
    }
    entries.push(entry);
  }
  if (entries.length > 0) yield finish();
}
