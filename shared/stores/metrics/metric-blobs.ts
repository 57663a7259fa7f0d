import type { ContainerClient } from "@azure/storage-blob";

import { failedWith } from "../azure-error.js";

/** Writers of one blob at the same time; more than that is a fault, and the work comes back. */
const maxAttempts = 10;

export interface StoredBytes {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

/** @returns undefined if there is no such blob */
export async function readBlob(container: ContainerClient, name: string): Promise<StoredBytes | undefined> {
  try {
    const { readableStreamBody, etag = "" } = await container.getBlobClient(name).download();
    if (readableStreamBody === undefined) throw new Error("the answer has no stream");
    const chunks: Buffer[] = [];
    for await (const chunk of readableStreamBody) chunks.push(Buffer.from(chunk));
    return { bytes: Buffer.concat(chunks), etag };
  } catch (error) {
    if (failedWith(error, "BlobNotFound", "ContainerNotFound")) return undefined;
    throw new Error(`reading ${name}`, { cause: error });
  }
}

/** @returns the text from a position on; empty if there is nothing */
export async function readText(container: ContainerClient, name: string, from: number): Promise<string> {
  try {
    return (await container.getBlobClient(name).downloadToBuffer(from)).toString();
  } catch (error) {
    if (failedWith(error, "BlobNotFound", "ContainerNotFound", "InvalidRange")) return "";
    throw new Error(`reading ${name}`, { cause: error });
  }
}

/**
 * Replaces a blob by what `next` makes of it, on condition that nobody else did meanwhile; otherwise it starts again.
 * @param next gets what is there, undefined if nothing is; it answers undefined to leave that as it is
 */
export async function replaceBlob(
  container: ContainerClient,
  name: string,
  next: (before: Uint8Array | undefined) => Promise<Uint8Array | undefined>,
): Promise<void> {
  const blob = container.getBlockBlobClient(name);
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const stored = await readBlob(container, name);
    const bytes = await next(stored?.bytes);
    if (bytes === undefined || (stored !== undefined && Buffer.compare(bytes, stored.bytes) === 0)) return;
    const conditions = stored === undefined ? { ifNoneMatch: "*" } : { ifMatch: stored.etag };
    try {
      await blob.upload(bytes, bytes.length, { conditions });
      return;
    } catch (error) {
      if (failedWith(error, "ContainerNotFound")) await container.createIfNotExists();
      // our own write whose answer was lost is found to be there by the next attempt
      else if (!failedWith(error, "ConditionNotMet", "BlobAlreadyExists", "BlobNotFound")) {
        throw new Error(`writing ${name}`, { cause: error });
      }
    }
  }
  throw new Error(`writing ${name}: somebody else was faster ${maxAttempts} times`);
}
