import { TableClient } from "@azure/data-tables";
import { BlobServiceClient } from "@azure/storage-blob";
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

import { parseMetricsPartitionKey } from "../../shared/storage-analytics/metrics-row.js";
import { startStack } from "../../shared/testing/stack.js";
import { connectionString, emulatorAccount } from "../local/storage-accounts.js";

const minuteMs = 60_000;
const pollMs = 500;
const burstMs = 20;
/** After the load: until rows that do not change any more are taken for the final ones. */
const settledMs = 75_000;
const table = "$MetricsMinutePrimaryTransactionsBlob";
const rowKey = "user;GetBlob";

export interface RowLag {
  /** Seconds from the end of each whole minute of the load until its row had its final number; in order. */
  readonly lags: readonly number[];
  readonly sent: number;
  /** Sum over the final rows. */
  readonly counted: number;
}

/** Sends small reads through the gateway of a whole stack, at a steady rate, and watches the rows of each minute. */
export async function measureRowLag(requestsPerSecond: number, minutes: number): Promise<RowLag> {
  const stack = await startStack();
  try {
    const logged = BlobServiceClient.fromConnectionString(connectionString(emulatorAccount, stack.storagePort));
    const container = logged.getContainerClient("lag");
    await container.create({ access: "blob" });
    const blob = container.getBlockBlobClient("small");
    await blob.upload("hello", 5);
    const rows = TableClient.fromConnectionString(connectionString(emulatorAccount, stack.azuritePort), table, {
      allowInsecureConnection: true,
    });
    await sleep(minuteMs - (Date.now() % minuteMs));
    const until = Date.now() + minutes * minuteMs;
    const watching = watch(rows, until + settledMs);
    const sent = await sendReads(blob.url, requestsPerSecond, until);
    const seen = await watching;
    const whole = [...seen].filter(([minute]) => minute + minuteMs <= until).sort(([a], [b]) => a - b);
    return {
      lags: whole.map(([minute, { since }]) => (since - minute - minuteMs) / 1_000),
      sent,
      counted: [...seen.values()].reduce((sum, { requests }) => sum + requests, 0),
    };
  } finally {
    await stack.stop();
    await stack.remove();
  }
}

/** Reads a blob at a steady rate. @returns how often */
export async function sendReads(url: string, requestsPerSecond: number, until: number): Promise<number> {
  // in turns, so that no connection is idle for as long as the server keeps one
  const agent = new Agent({ keepAlive: true, maxSockets: 32, scheduling: "fifo" });
  const begun = Date.now();
  const answers: Promise<void>[] = [];
  let sent = 0;
  while (Date.now() < until) {
    for (const due = ((Date.now() - begun) / 1_000) * requestsPerSecond; sent < due; sent++)
      answers.push(get(url, agent));
    await sleep(burstMs);
  }
  await Promise.all(answers);
  agent.destroy();
  return sent;
}

const get = (url: string, agent: Agent): Promise<void> =>
  new Promise((resolve, reject) => {
    const sent = request(url, { agent }, (response) => {
      response.resume().on("end", resolve);
      if (response.statusCode !== 200) reject(new Error(`a read was answered with ${response.statusCode ?? 0}`));
    });
    sent.on("error", (error: NodeJS.ErrnoException) => {
      // the server closed an idle connection just then, and never had the request
      if (error.code === "ECONNRESET" && sent.reusedSocket) get(url, agent).then(resolve, reject);
      else reject(error);
    });
    sent.end();
  });

/** The number of each minute, and since when it is there: times in milliseconds since the epoch. */
async function watch(rows: TableClient, until: number): Promise<Map<number, { requests: number; since: number }>> {
  const seen = new Map<number, { requests: number; since: number }>();
  while (Date.now() < until) {
    try {
      const filter = `RowKey eq '${rowKey}'`;
      for await (const row of rows.listEntities<{ TotalRequests: bigint }>({ queryOptions: { filter } })) {
        const minute = parseMetricsPartitionKey(row.partitionKey ?? "")?.getTime() ?? Number.NaN;
        const requests = Number(row.TotalRequests);
        if (seen.get(minute)?.requests !== requests) seen.set(minute, { requests, since: Date.now() });
      }
    } catch (error) {
      // it is made with the first row
      if (!String(error).includes("TableNotFound")) throw error;
    }
    await sleep(pollMs);
  }
  return seen;
}
