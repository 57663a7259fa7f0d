import type { TableClient, TableServiceClient } from "@azure/data-tables";
import type { TokenCredential } from "@azure/identity";
import type { BlobServiceClient } from "@azure/storage-blob";
import type { QueueServiceClient } from "@azure/storage-queue";

import type { Connection, IdentityCredential } from "./connection.js";

/** The official clients of one storage account. */
export interface StorageClients {
  readonly blobs: BlobServiceClient;
  readonly queues: QueueServiceClient;
  readonly tables: TableServiceClient;
  table(name: string): TableClient;
}

/**
 * Retries of one storage call. Short on purpose: a caller over HTTP waits for them, and a queue message comes back.
 * Times in milliseconds.
 */
const retry = { tries: 3, delayMs: 200, maxDelayMs: 2_000, tryTimeoutMs: 15_000 };

const storageRetry = {
  retryOptions: {
    maxTries: retry.tries,
    retryDelayInMs: retry.delayMs,
    maxRetryDelayInMs: retry.maxDelayMs,
    tryTimeoutInMs: retry.tryTimeoutMs,
  },
};
const tableOptions = {
  // the emulator speaks http; over identities only https URLs are accepted (connection.ts)
  allowInsecureConnection: true,
  retryOptions: { maxRetries: retry.tries - 1, retryDelayInMs: retry.delayMs, maxRetryDelayInMs: retry.maxDelayMs },
};

/**
 * Opens the clients of a connection. The SDKs are loaded here, at the first use, because they cost more start time
 * than everything else in the app together.
 */
export async function openStorage(connection: Connection): Promise<StorageClients> {
  const [blob, queue, table] = await Promise.all([
    import("@azure/storage-blob"),
    import("@azure/storage-queue"),
    import("@azure/data-tables"),
  ]);
  if (connection.kind === "connection-string") {
    const { value } = connection;
    return {
      blobs: blob.BlobServiceClient.fromConnectionString(value, storageRetry),
      queues: queue.QueueServiceClient.fromConnectionString(value, storageRetry),
      tables: table.TableServiceClient.fromConnectionString(value, tableOptions),
      table: (name) => table.TableClient.fromConnectionString(value, name, tableOptions),
    };
  }
  const credential = await openCredential(connection.credential);
  const url = (service: "blob" | "queue" | "table"): string => {
    const found = connection[`${service}Url`];
    if (found === undefined) throw new Error(`connection ${connection.name} has no ${service}ServiceUri`);
    return found;
  };
  return {
    blobs: new blob.BlobServiceClient(url("blob"), credential, storageRetry),
    queues: new queue.QueueServiceClient(url("queue"), credential, storageRetry),
    tables: new table.TableServiceClient(url("table"), credential, tableOptions),
    table: (name) => new table.TableClient(url("table"), name, credential, tableOptions),
  };
}

async function openCredential(options: IdentityCredential): Promise<TokenCredential> {
  const identity = await import("@azure/identity");
  const { clientId, tenantId, clientSecret, managedIdentityResourceId } = options;
  if (options.managedIdentity) {
    if (managedIdentityResourceId !== undefined) {
      return new identity.ManagedIdentityCredential({ resourceId: managedIdentityResourceId });
    }
    return clientId === undefined
      ? new identity.ManagedIdentityCredential()
      : new identity.ManagedIdentityCredential({ clientId });
  }
  if (tenantId !== undefined && clientId !== undefined && clientSecret !== undefined) {
    return new identity.ClientSecretCredential(tenantId, clientId, clientSecret);
  }
  return new identity.DefaultAzureCredential({
    ...(tenantId !== undefined && { tenantId }),
    ...(clientId !== undefined && { managedIdentityClientId: clientId }),
  });
}
