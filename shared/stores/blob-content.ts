import type { BlobClient, BlobDownloadOptions } from "@azure/storage-blob";
import { buffer } from "node:stream/consumers";

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
