import { AzureNamedKeyCredential, TableServiceClient } from "@azure/data-tables";
import { BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import { QueueServiceClient, StorageSharedKeyCredential as QueueKeyCredential } from "@azure/storage-queue";
import { type Service } from "../../../shared/storage-analytics/log-entry.js";

/** A storage account that the gateway stands in front of. */
export interface StorageAccount {
  readonly name: string;
  /** Base64. */
  readonly key: string;
}

/** Where the emulator listens, without the account: `http://127.0.0.1:20000`. */
export type StorageEndpoints = Readonly<Record<Service, string>>;

/** Milliseconds after which a request to the emulator counts as failed. */
export const storageTimeoutMs = 10_000;

/** A new signal per request: a hung emulator must not hold up the log for longer than this. */
export const withTimeout = (stopped: AbortSignal): AbortSignal =>
  AbortSignal.any([stopped, AbortSignal.timeout(storageTimeoutMs)]);

// the log retries for itself, without end: the clients' own retries would only hide how storage is doing
const options = { retryOptions: { maxTries: 1 } };

/** Clients that go straight to the emulator, past the gateway: their requests are never logged. */
export const openBlobService = (endpoints: StorageEndpoints, { name, key }: StorageAccount): BlobServiceClient =>
  new BlobServiceClient(`${endpoints.blob}/${name}`, new StorageSharedKeyCredential(name, key), options);

export const openQueueService = (endpoints: StorageEndpoints, { name, key }: StorageAccount): QueueServiceClient =>
  new QueueServiceClient(`${endpoints.queue}/${name}`, new QueueKeyCredential(name, key), options);

export const openTableService = (endpoints: StorageEndpoints, { name, key }: StorageAccount): TableServiceClient =>
  new TableServiceClient(`${endpoints.table}/${name}`, new AzureNamedKeyCredential(name, key), {
    allowInsecureConnection: true,
    retryOptions: { maxRetries: 0 },
  });

/** The storage service's own code of a failed request, `""` if it gave none or never answered. */
export function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "";
  const { code, details } = error as { code?: unknown; details?: { errorCode?: unknown } | undefined };
  // answers to HEAD have no body to read the code from, but the header
  const named = typeof details?.errorCode === "string" ? details.errorCode : code;
  return typeof named === "string" ? named : "";
}
