import type { TableClient, TableServiceClient } from "@azure/data-tables";
import type { TokenCredential } from "@azure/identity";
import type { BlobServiceClient } from "@azure/storage-blob";
import type { QueueServiceClient } from "@azure/storage-queue";

import type { Connection, IdentityCredential } from "./connection.js";
import { defaultStorageLimits, InjectorPolicyFactory, limitPolicy, type StorageLimits } from "./storage-limits.js";

/** The official clients of one storage account. */
export interface StorageClients {
  readonly blobs: BlobServiceClient;
  readonly queues: QueueServiceClient;
  readonly tables: TableServiceClient;
  table(name: string): TableClient;
}

/**
 * Retries of one storage call. Short on purpose: a caller over HTTP waits for them, and a queue message comes back.
 * Times in milliseconds. How long one try may take: `storage-limits.ts`.
 */
const retry = { tries: 3, delayMs: 200, maxDelayMs: 2_000 };

const storageRetry = {
  retryOptions: { maxTries: retry.tries, retryDelayInMs: retry.delayMs, maxRetryDelayInMs: retry.maxDelayMs },
};
const tableOptions = (limits: StorageLimits) => ({
  // the emulator speaks http; over identities only https URLs are accepted (connection.ts)
  allowInsecureConnection: true,
  retryOptions: { maxRetries: retry.tries - 1, retryDelayInMs: retry.delayMs, maxRetryDelayInMs: retry.maxDelayMs },
  additionalPolicies: [{ policy: limitPolicy(limits), position: "perRetry" as const }],
});

/**
 * Opens the clients of a connection. The SDKs are loaded here, at the first use, because they cost more start time
 * than everything else in the app together.
 */
export async function openStorage(
  connection: Connection,
  limits: StorageLimits = defaultStorageLimits,
): Promise<StorageClients> {
  const [blob, queue, table] = await Promise.all([
    import("@azure/storage-blob"),
    import("@azure/storage-queue"),
    import("@azure/data-tables"),
  ]);
  const ofTables = tableOptions(limits);
  const blobsAt = (url: string, credential: Parameters<typeof blob.newPipeline>[0]): BlobServiceClient => {
    const pipeline = blob.newPipeline(credential, storageRetry);
    pipeline.factories.push(new InjectorPolicyFactory(limits));
    return new blob.BlobServiceClient(url, pipeline);
  };
  const queuesAt = (url: string, credential: Parameters<typeof queue.newPipeline>[0]): QueueServiceClient => {
    const pipeline = queue.newPipeline(credential, storageRetry);
    pipeline.factories.push(new InjectorPolicyFactory(limits));
    return new queue.QueueServiceClient(url, pipeline);
  };
  if (connection.kind === "connection-string") {
    const { value } = connection;
    // only these parse a connection string
    const blobs = blob.BlobServiceClient.fromConnectionString(value);
    const queues = queue.QueueServiceClient.fromConnectionString(value);
    return {
      blobs: blobsAt(blobs.url, blobs.credential),
      queues: queuesAt(queues.url, blobs.credential),
      tables: table.TableServiceClient.fromConnectionString(value, ofTables),
      table: (name) => table.TableClient.fromConnectionString(value, name, ofTables),
    };
  }
  const credential = await openCredential(connection.credential);
  const url = (service: "blob" | "queue" | "table"): string => {
    const found = connection[`${service}Url`];
    if (found === undefined) throw new Error(`connection ${connection.name} has no ${service}ServiceUri`);
    return found;
  };
  return {
    blobs: blobsAt(url("blob"), credential),
    queues: queuesAt(url("queue"), credential),
    tables: new table.TableServiceClient(url("table"), credential, ofTables),
    table: (name) => new table.TableClient(url("table"), name, credential, ofTables),
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
