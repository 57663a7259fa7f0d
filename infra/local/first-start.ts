import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileMode, readIfThere, writeWhole } from "./whole-file.js";

/** Days that logs and metrics are kept unless the user sets something else. */
export const defaultRetentionDays = 7;

/**
 * Sets Storage Analytics once for each account that is new in the data folder: on, or explicitly off.
 *
 * Explicitly, because Azurite claims by default that all requests are logged (3.35: Logging with Read, Write and
 * Delete true), which nobody has asked for. Afterwards the settings are the user's: a later start does not touch them.
 *
 * @param accounts with connection strings that go past the gateway: Vigil's own requests are not logged
 * @returns the names of the accounts that were new
 */
export async function setAnalyticsOnFirstStart(
  dataFolder: string,
  accounts: readonly { readonly name: string; readonly connection: string }[],
  enabled: boolean,
): Promise<readonly string[]> {
  const file = join(dataFolder, "analytics-set.json");
  const known = JSON.parse((await readIfThere(file)) ?? "[]") as string[];
  const fresh = accounts.filter(({ name }) => !known.includes(name));
  for (const { connection } of fresh) await setAnalytics(connection, enabled);
  if (fresh.length > 0) {
    await mkdir(dataFolder, { recursive: true });
    await writeWhole(file, JSON.stringify([...known, ...fresh.map(({ name }) => name)]), fileMode.public);
  }
  return fresh.map(({ name }) => name);
}

async function setAnalytics(connection: string, enabled: boolean): Promise<void> {
  // only the first start needs the SDKs here
  const [{ BlobServiceClient }, { QueueServiceClient }, { TableServiceClient }] = await Promise.all([
    import("@azure/storage-blob"),
    import("@azure/storage-queue"),
    import("@azure/data-tables"),
  ]);
  const retentionPolicy = enabled ? { enabled, days: defaultRetentionDays } : { enabled };
  const metrics = { version: "1.0", enabled, ...(enabled ? { includeAPIs: true } : {}), retentionPolicy };
  const both = { hourMetrics: metrics, minuteMetrics: metrics };
  const requests = { read: enabled, write: enabled, retentionPolicy };
  // 2.0 is what Azure sets itself today; Table accepts 1.0 only
  const logging = { version: "2.0", deleteProperty: enabled, ...requests };
  const tables = TableServiceClient.fromConnectionString(connection, { allowInsecureConnection: true });
  await Promise.all([
    BlobServiceClient.fromConnectionString(connection).setProperties({ blobAnalyticsLogging: logging, ...both }),
    QueueServiceClient.fromConnectionString(connection).setProperties({ queueAnalyticsLogging: logging, ...both }),
    tables.setProperties({ logging: { version: "1.0", delete: enabled, ...requests }, ...both }),
  ]);
}
