import { randomUUID } from "node:crypto";
import { BlobServiceClient } from "@azure/storage-blob";
import { connectionString, emulatorAccount } from "../local/storage-accounts.js";
import { startStack } from "../../shared/testing/stack.js";
import type { BenchRow } from "./bench-row.js";

const logsBudgetMs = 10_000;
const rounds = 8;
const deadlineMs = 60_000;
const pollMs = 100;

/** From the end of a request to its line in `$logs`, and to the app's answer over HTTP; the slowest of some rounds. */
export async function benchRequestToLogs(): Promise<readonly BenchRow[]> {
  const stack = await startStack();
  try {
    const logged = BlobServiceClient.fromConnectionString(connectionString(emulatorAccount, stack.storagePort));
    const direct = BlobServiceClient.fromConnectionString(connectionString(emulatorAccount, stack.azuritePort));
    const container = logged.getContainerClient("bench");
    await container.create();
    const toLogs: number[] = [];
    const toHttp: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const clientRequestId = randomUUID();
      const from = new Date();
      await container.getBlobClient(clientRequestId).exists();
      const endedAt = performance.now();
      const marker = `/bench/${clientRequestId}`;
      toLogs.push(await elapsed(endedAt, () => standsInLogs(direct, from, marker)));
      const url = `${stack.app}/storage-analytics/${emulatorAccount.name}/blob/requests?pathPrefix=${encodeURIComponent(`/${emulatorAccount.name}${marker}`)}`;
      toHttp.push(await elapsed(endedAt, async () => (await (await fetch(url)).text()).includes(clientRequestId)));
    }
    const worst = Math.max(...toLogs);
    return [
      {
        name: "request to its line in $logs, worst",
        value: worst,
        unit: "ms",
        budget: `≤ ${logsBudgetMs}`,
        pass: worst <= logsBudgetMs,
      },
      {
        name: "request to its entry over HTTP, worst",
        value: Math.max(...toHttp),
        unit: "ms",
        budget: "",
        pass: undefined,
      },
    ];
  } finally {
    await stack.stop();
    await stack.remove();
  }
}

async function elapsed(since: number, holds: () => Promise<boolean>): Promise<number> {
  while (!(await holds())) {
    if (performance.now() - since > deadlineMs) throw new Error(`not there after ${deadlineMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  return performance.now() - since;
}

async function standsInLogs(service: BlobServiceClient, from: Date, marker: string): Promise<boolean> {
  const container = service.getContainerClient("$logs");
  const hours = [from, new Date()].map((time) => `blob/${time.toISOString().slice(0, 13).replace(/[-T]/g, "/")}00/`);
  for (const prefix of new Set(hours)) {
    for await (const blob of container.listBlobsFlat({ prefix })) {
      if (blob.properties.lastModified < new Date(from.getTime() - 1_000)) continue;
      if ((await container.getBlobClient(blob.name).downloadToBuffer()).includes(marker)) return true;
    }
  }
  return false;
}
