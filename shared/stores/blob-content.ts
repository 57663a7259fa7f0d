import type { BlobClient, BlobDownloadOptions, ContainerClient } from "@azure/storage-blob";
import { buffer } from "node:stream/consumers";

import { failedWith } from "./azure-error.js";

/** Bytes of one version of a blob. */
export interface BlobContent {
  readonly bytes: Buffer;
  /** Empty if the answer named none. */
  readonly etag: string;
}

export interface BlobRange {
  readonly offset?: number;
  /** Bytes; to the end without it. */
  readonly count?: number;
}

/**
 * Reads a blob in one request, so that the bytes are of one version. The client's `downloadToBuffer` asks for the size
 * first: a blob that is replaced between its two requests comes cut off, or fails.
 * @throws what the client throws
 */
export async function readContent(
  blob: BlobClient,
  { offset = 0, count }: BlobRange = {},
  options: BlobDownloadOptions = {},
): Promise<BlobContent> {
  const { readableStreamBody, etag = "" } = await blob.download(offset, count, options);
  if (readableStreamBody === undefined) throw new Error("the answer has no stream");
  return { bytes: await buffer(readableStreamBody), etag };
}

/** The whole of a blob, as `readContent`; undefined if it or its container is not there. */
export async function findContent(blob: BlobClient, options?: BlobDownloadOptions): Promise<BlobContent | undefined> {
  try {
    return await readContent(blob, {}, options);
  } catch (error) {
    if (failedWith(error, "BlobNotFound", "ContainerNotFound")) return undefined;
    throw error;
  }
}

/** Does something to a container that may not be there yet: makes it and tries again. */
export async function withContainer<T>(container: ContainerClient, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!failedWith(error, "ContainerNotFound")) throw error;
    await container.createIfNotExists();
    return await write();
  }
}
