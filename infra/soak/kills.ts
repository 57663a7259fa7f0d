import { setTimeout as sleep } from "node:timers/promises";
import { BlobServiceClient } from "@azure/storage-blob";
import { formatLogBlobMetadata, formatLogBlobName } from "../../shared/storage-analytics/log-blob.js";
import { formatLogEntry } from "../../shared/storage-analytics/log-line.js";
import { startAppHost, type AppHost } from "../../shared/testing/app-host.js";
import { startAzurite } from "../../shared/testing/azurite.js";
import { generateLogEntries } from "../../shared/testing/log-generator.js";
import type { BenchRow } from "../bench/bench-row.js";

const hosts = 2;
const blobs = 240;
const entriesPerBlob = 200;
const writeEveryMs = 250;
const killEveryMs = 4_000;
/** A killed instance's messages come back after its lease (60 s) at the latest. */
const settledMs = 150_000;
const account = "devstoreaccount1";

/** Two apps on one storage read a growing log; every few seconds one is killed. Each entry is counted once in the end. */
export async function soakKills(): Promise<readonly BenchRow[]> {
  const azurite = await startAzurite();
  const settings = { AzureWebJobsStorage: azurite.connectionString(), VIGIL_AUTH: "development" };
  const running: AppHost[] = [];
  try {
    for (let index = 0; index < hosts; index++) running.push(await startAppHost(settings));
    const writing = new AbortController();
    const written = writeLog(azurite.connectionString()).finally(() => {
      writing.abort();
    });
    let kills = 0;
    while (!writing.signal.aborted) {
      await sleep(killEveryMs);
      const victim = Math.floor(Math.random() * hosts);
      await running[victim]?.stop("SIGKILL");
      running[victim] = await startAppHost(settings);
      kills += 1;
    }
    const expected = await written;
    const counted = await countWhenSettled(running[0]?.url ?? "", expected);
    return [
      { name: "apps killed while they read a growing log", value: kills, unit: "", budget: "", pass: undefined },
      { name: "requests in the log", value: expected, unit: "", budget: "", pass: undefined },
      { name: "requests counted", value: counted, unit: "", budget: `= ${expected}`, pass: counted === expected },
    ];
  } finally {
    await Promise.all(running.map((host) => host.stop()));
    await azurite.stop();
  }
}

/** @returns how many requests (operation 0) it has filed */
async function writeLog(connection: string): Promise<number> {
  const container = BlobServiceClient.fromConnectionString(connection).getContainerClient("$logs");
  await container.createIfNotExists();
  let requests = 0;
  for (let counter = 0; counter < blobs; counter++) {
    const to = new Date();
    const from = new Date(to.getTime() - writeEveryMs);
    const entries = [
      ...generateLogEntries({ seed: counter, entries: entriesPerBlob, from, to, version: "1.0", services: ["blob"] }),
    ];
    requests += entries.filter(({ operationCount }) => operationCount === 0).length;
    const text = entries.map((entry) => `${formatLogEntry(entry)}\n`).join("");
    const hour = new Date(Math.floor(to.getTime() / 3_600_000) * 3_600_000);
    const metadata = formatLogBlobMetadata({
      logTypes: ["read", "write", "delete"],
      startTime: from,
      endTime: to,
      version: "1.0",
    });
    const name = formatLogBlobName({ service: "blob", hour, counter });
    await container.getBlockBlobClient(name).upload(text, Buffer.byteLength(text), { metadata });
    await sleep(writeEveryMs);
  }
  return requests;
}

/** The overview's sum, once it has what is expected, or when the deadline has passed. */
async function countWhenSettled(app: string, expected: number): Promise<number> {
  const deadline = performance.now() + settledMs;
  for (;;) {
    const response = await fetch(`${app}/storage-analytics/${account}`);
    const overview = (await response.json()) as { services: { blob: { lastHour: { requests: number } } } };
    const { requests } = overview.services.blob.lastHour;
    if (requests >= expected || performance.now() > deadline) return requests;
    await sleep(1_000);
  }
}
