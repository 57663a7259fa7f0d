import { TableClient } from "@azure/data-tables";
import { BlobServiceClient } from "@azure/storage-blob";
import { setTimeout as sleep } from "node:timers/promises";

import { capacityKey, isCounted, type CapacityCount } from "../../shared/capacity/capacity-run.js";
import { turnMs } from "../../shared/daily-work/turn.js";
import { forEachOf } from "../../shared/request-logs/concurrency.js";
import { failedWith } from "../../shared/stores/azure-error.js";
import { dailyRunsIn, dailyRunsTable } from "../../shared/stores/daily-runs/daily-runs.azure.js";
import { startAppHost } from "../../shared/testing/app-host.js";
import { startAzurite } from "../../shared/testing/azurite.js";
import { until } from "../../shared/testing/until.js";
import type { BenchRow } from "../bench/bench-row.js";
import { localScope } from "../local/app-environment.js";

/** With a page each: so many that counting takes several turns. */
const containers = 6_000;
const concurrentUploads = 16;
const content = "hello";
const maxKills = 3;
/** A turn is interrupted so long after it began. */
const killAfterMs = { least: 3_000, most: 15_000 };
/** A killed instance's message is there again after this time; more than a turn takes. */
const receiveLeaseSeconds = 30;
/** For a turn to come to its end: the lease of a killed one, the turn, and the start of an app beside other work. */
const turnDeadlineMs = receiveLeaseSeconds * 1_000 + 3 * turnMs;
const account = "devstoreaccount1";
const state = { name: "vigilstate", key: Buffer.from("a key that only this soak has").toString("base64") };
const allowInsecureConnection = true;

/** The app is killed in the middle of one turn of a capacity count after the other. In the end all is counted, once. */
export async function soakCapacityKills(): Promise<readonly BenchRow[]> {
  const azurite = await startAzurite({ accounts: [state] });
  const own = azurite.connectionString(state.name);
  const monitored = azurite.connectionString();
  const resourceId = `${localScope}/Microsoft.Storage/storageAccounts/${account}`;
  const settings = {
    AzureWebJobsStorage: own,
    Monitored: monitored,
    VIGIL_AUTH: "development",
    VIGIL_ACCOUNTS: JSON.stringify([{ resourceId, connection: "Monitored", workspace: "default" }]),
  };
  await fill(monitored);
  const table = TableClient.fromConnectionString(own, dailyRunsTable, { allowInsecureConnection });
  const runs = dailyRunsIn<CapacityCount>(table, "capacity");
  const countNow = async (): Promise<CapacityCount | undefined> =>
    (await runs.read(capacityKey(account, "blob")))?.run.work;
  let app = await startAppHost(settings, { receiveLeaseSeconds });
  try {
    let [kills, kept] = [0, -1];
    for (;;) {
      const before = kept;
      await until(
        "a turn of the count to be kept",
        async () => ((await countNow())?.progress.step ?? -1) > before,
        turnDeadlineMs,
      );
      const count = await countNow();
      if (count === undefined || isCounted(count)) break;
      kept = count.progress.step;
      if (kills === maxKills) continue;
      await sleep(killAfterMs.least + Math.random() * (killAfterMs.most - killAfterMs.least));
      await app.stop("SIGKILL");
      kills += 1;
      app = await startAppHost(settings, { receiveLeaseSeconds });
    }
    let found = "";
    await until(
      "the row of what the account holds",
      async () => (found = await rowOf(monitored)) !== "",
      turnDeadlineMs,
    );
    const expected = `${containers * content.length} bytes, ${containers} containers, ${containers} blobs`;
    return [
      { name: "turns of a capacity count that were killed", value: kills, unit: "", budget: "≥ 1", pass: kills >= 1 },
      {
        name: `blobs in its row (${found})`,
        value: containers,
        unit: "",
        budget: `= ${containers}`,
        pass: found === expected,
      },
    ];
  } finally {
    await app.stop();
    await azurite.stop();
  }
}

/** A blob in each container. */
async function fill(connection: string): Promise<void> {
  const service = BlobServiceClient.fromConnectionString(connection);
  await forEachOf(Array(containers).keys(), concurrentUploads, async (index) => {
    const container = service.getContainerClient(`container-${index.toString().padStart(6, "0")}`);
    await container.create();
    await container.getBlockBlobClient("blob").upload(content, content.length);
  });
}

/** @returns what the newest row of data says; nothing while there is none */
async function rowOf(connection: string): Promise<string> {
  const rows = TableClient.fromConnectionString(connection, "$MetricsCapacityBlob", { allowInsecureConnection });
  let found = "";
  try {
    for await (const { rowKey, Capacity, ContainerCount, ObjectCount } of rows.listEntities()) {
      if (rowKey === "data")
        found = `${String(Capacity)} bytes, ${String(ContainerCount)} containers, ${String(ObjectCount)} blobs`;
    }
  } catch (error) {
    if (!failedWith(error, "TableNotFound")) throw error;
  }
  return found;
}
