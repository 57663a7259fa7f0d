import { AzureNamedKeyCredential, TableClient, type TableServiceClientOptions } from "@azure/data-tables";
import {
  AnonymousCredential,
  BlobClient,
  BlobServiceClient,
  newPipeline,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";
import { newPipeline as newQueuePipeline, QueueServiceClient } from "@azure/storage-queue";
import type { StorageAccount } from "../storage-accounts.js";
import type { SentRequests } from "./sent.js";

export interface Target {
  readonly account: StorageAccount;
  /** Of blob, queue and table. */
  readonly ports: readonly [number, number, number];
}

/** Well-formed, and nobody's. */
const wrongKey = Buffer.from("not the key of this storage account").toString("base64");
/** An SDK's own retry would send a request that no step has announced. */
const storageOptions = {
  retryOptions: { maxTries: 1 },
  userAgentOptions: { userAgentPrefix: "vigil-demo/1" },
};

/** The official clients of the three services, each with the credential that the workload wants to show. */
export function connectClients({ account, ports }: Target, sent: SentRequests) {
  const [blobUrl, queueUrl, tableUrl] = ports.map((port) => `http://127.0.0.1:${port}/${account.name}`) as [
    string,
    string,
    string,
  ];
  const key = new StorageSharedKeyCredential(account.name, account.key);
  const blobPipeline = (credential: StorageSharedKeyCredential | AnonymousCredential) => {
    const pipeline = newPipeline(credential, storageOptions);
    pipeline.factories.push(sent.storagePolicy);
    return pipeline;
  };
  const anonymousPipeline = blobPipeline(new AnonymousCredential());
  const queuePipeline = newQueuePipeline(key, storageOptions);
  queuePipeline.factories.push(sent.storagePolicy);
  const tableOptions: TableServiceClientOptions = {
    allowInsecureConnection: true,
    retryOptions: { maxRetries: 0 },
    userAgentOptions: { userAgentPrefix: "vigil-demo/1" },
    additionalPolicies: [sent.tablePolicy],
  };
  return {
    blobs: new BlobServiceClient(blobUrl, blobPipeline(key)),
    blobsWithWrongKey: new BlobServiceClient(
      blobUrl,
      blobPipeline(new StorageSharedKeyCredential(account.name, wrongKey)),
    ),
    anonymousBlobs: new BlobServiceClient(blobUrl, anonymousPipeline),
    /** A blob whose URL carries its credential, or none. */
    blobAt: (url: string) => new BlobClient(url, anonymousPipeline),
    queues: new QueueServiceClient(queueUrl, queuePipeline),
    table: (name: string) =>
      new TableClient(tableUrl, name, new AzureNamedKeyCredential(account.name, account.key), tableOptions),
  };
}

export type Clients = ReturnType<typeof connectClients>;
