import { setTimeout as delay } from "node:timers/promises";
import { TableServiceClient } from "@azure/data-tables";
import { BlobServiceClient } from "@azure/storage-blob";
import { QueueServiceClient } from "@azure/storage-queue";
import { logContainer } from "../../../shared/storage-analytics/log-blob.js";
import { type Service } from "../../../shared/storage-analytics/log-entry.js";
import { type Azurite } from "../../../shared/testing/azurite.js";
import { createRequestLog, type RequestLog, type RequestLogOptions } from "./request-log.js";
import { type StorageEndpoints } from "./storage-clients.js";

/** For tests only: request logs over a real emulator, and what they wrote. */

export const endpointsOf = ({ blobPort, queuePort, tablePort }: Azurite): StorageEndpoints => ({
  blob: `http://127.0.0.1:${blobPort}`,
  queue: `http://127.0.0.1:${queuePort}`,
  table: `http://127.0.0.1:${tablePort}`,
});

/** A log of all of the emulator's accounts; its marks are in the first one. */
export function openTestLog(azurite: Azurite, options: Partial<RequestLogOptions> = {}): RequestLog {
  const [stateAccount] = azurite.accounts;
  if (stateAccount === undefined) throw new Error("the emulator has no account");
  return createRequestLog({ accounts: azurite.accounts, azurite: endpointsOf(azurite), stateAccount, ...options });
}

export interface TestLogging {
  readonly version: string;
  readonly read: boolean;
  readonly write: boolean;
  readonly deleteProperty: boolean;
}

export const everything: TestLogging = { version: "1.0", read: true, write: true, deleteProperty: true };
export const nothing: TestLogging = { version: "1.0", read: false, write: false, deleteProperty: false };

/** Set Service Properties, straight to the emulator. */
export async function setLogging(azurite: Azurite, service: Service, logging: TestLogging, account?: string) {
  const connection = azurite.connectionString(account);
  const settings = { ...logging, retentionPolicy: { enabled: false } };
  switch (service) {
    case "blob":
      await BlobServiceClient.fromConnectionString(connection).setProperties({ blobAnalyticsLogging: settings });
      return;
    case "queue":
      await QueueServiceClient.fromConnectionString(connection).setProperties({ queueAnalyticsLogging: settings });
      return;
    case "table":
      await TableServiceClient.fromConnectionString(connection, { allowInsecureConnection: true }).setProperties({
        logging: { ...settings, delete: logging.deleteProperty },
      });
      return;
    default:
      throw new Error(`no properties of ${JSON.stringify(service satisfies never)}`);
  }
}

export const blobServiceOf = (azurite: Azurite, account?: string): BlobServiceClient =>
  BlobServiceClient.fromConnectionString(azurite.connectionString(account));

export interface WrittenBlob {
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly lines: readonly string[];
  readonly etag: string;
}

/** All blobs in `$logs` but the known ones, in the order of their names. */
export async function logBlobsOf(
  azurite: Azurite,
  account?: string,
  known: ReadonlySet<string> = new Set(),
): Promise<readonly WrittenBlob[]> {
  const container = blobServiceOf(azurite, account).getContainerClient(logContainer);
  const blobs: WrittenBlob[] = [];
  if (!(await container.exists())) return blobs;
  for await (const { name, metadata = {}, properties } of container.listBlobsFlat({ includeMetadata: true })) {
    if (known.has(name)) continue;
    const content = (await container.getBlobClient(name).downloadToBuffer()).toString();
    blobs.push({ name, metadata, lines: content.split("\n").slice(0, -1), etag: properties.etag });
  }
  return blobs;
}

export const logLinesOf = async (azurite: Azurite, account?: string): Promise<readonly string[]> =>
  (await logBlobsOf(azurite, account)).flatMap(({ lines }) => lines);

/** Waits until a condition holds; fails with what was last seen. */
export async function until<T>(
  read: () => Promise<T> | T,
  holds: (value: T) => boolean,
  withinMs = 15_000,
): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    if (performance.now() > end) throw new Error(`still not so after ${withinMs} ms: ${JSON.stringify(value)}`);
    await delay(20);
  }
}
