import { BlobServiceClient, type ContainerClient } from "@azure/storage-blob";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { hourRowsEvery, publishMetrics } from "../../shared/metric-roll-up/publication.js";
import { forEachOf } from "../../shared/request-logs/concurrency.js";
import { readLogBlobs } from "../../shared/request-logs/log-reading.js";
import { groupForMessages } from "../../shared/request-logs/log-work.js";
import { startRuntime, type Runtime } from "../../shared/runtime/runtime.js";
import { formatLogBlobName, logHourPrefix, type LogBlobName } from "../../shared/storage-analytics/log-blob.js";
import { LogParser } from "../../shared/storage-analytics/log-parser.js";
import { metricsPartitionKey } from "../../shared/storage-analytics/metrics-row.js";
import { startAzurite } from "../../shared/testing/azurite.js";
import { listLogBlobs } from "../../shared/stores/log-blobs/log-blobs.js";
import { generateLogBytes } from "../../shared/testing/log-generator.js";
import type { BenchRow } from "./bench-row.js";

const entries = 1_000_000;
const blobsOfHour = 720;
const blobsOfMinute = blobsOfHour / 60;
const ratioBudget = 1.5;
const hourMs = 3_600_000;
const concurrentUploads = 8;
/** The Functions host takes so many messages at a time. */
const concurrentMessages = 4;
const concurrentFetches = 4;
const warmUpBlobs = 60;

/**
 * A million entries of one hour in 720 log blobs, read, rolled up and published once a minute by the app's own parts
 * against Azurite. A minute's blobs are planned together, as those of a real account are, which is listed once a minute.
 * Held against fetching the same blobs through the same client and parsing them once with the request-log parser, because
 * nobody can parse what is not fetched; and, without a budget, against parsing bytes that are in memory.
 * All as time of this process on a core: requests to storage are in, the storage itself is not.
 */
export async function benchRollUp(): Promise<readonly BenchRow[]> {
  const dataFolder = await mkdtemp(join(tmpdir(), "vigil-bench-"));
  const azurite = await startAzurite({ dataFolder });
  try {
    const hour = Math.floor(Date.now() / hourMs) - 1;
    const blobs = logOf(hour);
    const service = BlobServiceClient.fromConnectionString(azurite.connectionString());
    const metrics = { version: "1.0", enabled: true, includeAPIs: true, retentionPolicy: { enabled: false } };
    await service.setProperties({ hourMetrics: metrics, minuteMetrics: metrics });
    await fileBlobs(service.getContainerClient("$logs"), hour, blobs);
    await fileBlobs(service.getContainerClient("$logs"), hour - 24, logOf(hour - 24).slice(0, warmUpBlobs));
    const runtime = startRuntime({ AzureWebJobsStorage: azurite.connectionString() });
    const warmUp = { hour: hour - 24, blobs: logOf(hour - 24).slice(0, warmUpBlobs) };
    const plans = [await planBlobs(runtime, warmUp.hour), await planBlobs(runtime, hour)] as const;

    await rollUp(runtime, warmUp.hour, warmUp.blobs, plans[0]);
    const result = await rollUp(runtime, hour, blobs, plans[1]);
    const work = result.reading + result.publishing;
    const ratio = work / result.fetching;
    // what was called in a minute has a row of it, and the rows of the hour are written every few minutes: not per blob
    const bound = result.minuteRows + (60 / hourRowsEvery) * result.hourRows;
    return [
      {
        name: "1 M entries in 720 blobs rolled up, CPU against fetching and parsing once",
        value: ratio,
        unit: "×",
        budget: `≤ ${ratioBudget}`,
        pass: ratio <= ratioBudget,
      },
      { name: "… CPU time of reading and rolling up", value: result.reading, unit: "s", budget: "", pass: undefined },
      { name: "… CPU time of publishing", value: result.publishing, unit: "s", budget: "", pass: undefined },
      {
        name: "… CPU time of fetching and parsing once",
        value: result.fetching,
        unit: "s",
        budget: "",
        pass: undefined,
      },
      { name: "… CPU time of parsing once, in memory", value: result.parsing, unit: "s", budget: "", pass: undefined },
      {
        name: "… CPU against parsing once, in memory",
        value: work / result.parsing,
        unit: "×",
        budget: "",
        pass: undefined,
      },
      {
        name: "… writes to $Metrics tables, of the hour",
        value: result.writes,
        unit: "",
        budget: `≤ ${bound}`,
        pass: result.writes <= bound,
      },
    ];
  } finally {
    await azurite.stop();
    await rm(dataFolder, { recursive: true, force: true });
  }
}

/** The same hour in as many blobs, each with the requests of five seconds. */
function logOf(hour: number): readonly Buffer[] {
  const sliceMs = hourMs / blobsOfHour;
  return Array.from({ length: blobsOfHour }, (_, index) => {
    const from = new Date(hour * hourMs + index * sliceMs);
    const count = Math.floor(((index + 1) * entries) / blobsOfHour) - Math.floor((index * entries) / blobsOfHour);
    const to = new Date(from.getTime() + sliceMs);
    return Buffer.concat([
      ...generateLogBytes({ seed: hour * blobsOfHour + index, entries: count, from, to, services: ["blob"] }),
    ]);
  });
}

const nameOf = (hour: number, counter: number): LogBlobName => ({
  service: "blob",
  hour: new Date(hour * hourMs),
  counter,
});

async function fileBlobs(container: ContainerClient, hour: number, blobs: readonly Buffer[]): Promise<void> {
  await container.createIfNotExists();
  await forEachOf(blobs.entries(), concurrentUploads, async ([counter, bytes]) => {
    await container.getBlockBlobClient(formatLogBlobName(nameOf(hour, counter))).upload(bytes, bytes.length);
  });
}

/** Notes the blobs as the sender of their messages does. @returns versions of the notes, by counter */
async function planBlobs(runtime: Runtime, hour: number): Promise<ReadonlyMap<number, string>> {
  const [account] = runtime.settings.accounts;
  if (account === undefined) throw new Error("the emulator's account is monitored");
  const { readings } = await runtime.state();
  const { logBlobs } = await runtime.storesOf(account);
  const listed = await listLogBlobs(logBlobs, logHourPrefix("blob", new Date(hour * hourMs)));
  const versions = new Map<number, string>();
  await forEachOf(listed, concurrentUploads, async ({ parsed, etag }) => {
    const planned = await readings.plan(account.name, parsed, etag, new Date());
    if (planned !== undefined) versions.set(parsed.counter, planned);
  });
  return versions;
}

/** @returns entries */
async function parse(chunks: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<number> {
  let parsed = 0;
  const parser = new LogParser((line) => {
    if (line.kind === "entry") parsed += 1;
  });
  for await (const chunk of chunks) parser.push(chunk);
  parser.end();
  return parsed;
}

/**
 * What queue functions do in the course of an hour. Each minute's blobs are fetched and parsed just before: on a machine that
 * others work on, both have the same share of it.
 */
async function rollUp(runtime: Runtime, hour: number, blobs: readonly Buffer[], plans: ReadonlyMap<number, string>) {
  const [account] = runtime.settings.accounts;
  if (account === undefined) throw new Error("the emulator's account is monitored");
  const [state, ofAccount] = await Promise.all([runtime.state(), runtime.storesOf(account)]);
  const stores = { ...state, ...ofAccount, counter: runtime.logCounter };
  const publishing = await runtime.publishing(account);
  const sums = { parsing: 0, fetching: 0, parsed: 0, reading: 0, publishing: 0, writes: 0, minuteRows: 0, hourRows: 0 };
  ofAccount.ownUsage.take();
  for (let first = 0; first < blobs.length; first += blobsOfMinute) {
    const minute = hour * 60 + first / blobsOfMinute;
    const parsed = await cpuSeconds(async () => {
      let all = 0;
      for (const bytes of blobs.slice(first, first + blobsOfMinute)) all += await parse([bytes]);
      return all;
    });
    const counters = Array.from({ length: blobsOfMinute }, (_, index) => first + index);
    const fetched = await cpuSeconds(() =>
      forEachOf(counters, concurrentFetches, async (counter) => {
        const opened = await ofAccount.logBlobs.open(formatLogBlobName(nameOf(hour, counter)));
        if (opened.kind === "not-found") throw new Error("fetching the log: a blob is gone");
        await parse(opened.content as AsyncIterable<Buffer>);
      }),
    );
    const messages = groupForMessages(
      counters.map((counter) => {
        const blob = nameOf(hour, counter);
        const size = blobs[counter]?.length ?? 0;
        return { blob, name: formatLogBlobName(blob), size, etag: "", planned: plans.get(counter) ?? "" };
      }),
    );
    const read = await cpuSeconds(() =>
      forEachOf(messages, concurrentMessages, async (message) => {
        await readLogBlobs(stores, { account: account.name, blobs: message }, new Date((minute + 1) * 60_000));
      }),
    );
    const work = { kind: "complete-minutes", account: account.name, service: "blob", upTo: minute + 1 } as const;
    const published = await cpuSeconds(() => publishMetrics(publishing, work, new Date((minute + 1) * 60_000)));
    sums.parsing += parsed.seconds;
    sums.fetching += fetched.seconds;
    sums.parsed += parsed.result;
    sums.reading += read.seconds;
    sums.publishing += published.seconds;
  }
  sums.writes = ofAccount.ownUsage.take().requests;
  const rowsOf = async (level: "Hour" | "Minute"): Promise<number> => {
    const keys = [new Date(hour * hourMs), new Date((hour + 1) * hourMs - 1)].map(metricsPartitionKey);
    const table = { kind: "transactions", level, location: "Primary", service: "blob" } as const;
    return (await ofAccount.metricsTables.read(table, keys[0] ?? "", keys[1] ?? "")).length;
  };
  [sums.minuteRows, sums.hourRows] = [await rowsOf("Minute"), await rowsOf("Hour")];
  if (sums.parsed !== Math.floor((blobs.length * entries) / blobsOfHour))
    throw new Error(`parsing the log: ${sums.parsed} entries`);
  return sums;
}

async function cpuSeconds<T>(work: () => Promise<T>): Promise<{ readonly seconds: number; readonly result: T }> {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (user + system) / 1_000_000, result };
}
