import type { ContainerClient } from "@azure/storage-blob";

import { failedWith } from "../azure-error.js";
import { findContent, readContent, type BlobContent } from "../blob-content.js";

/** Writers of one blob at the same time; more than that is a fault, and the work comes back. */
const maxAttempts = 10;

/** @returns undefined if there is no such blob */
export async function readBlob(container: ContainerClient, name: string): Promise<BlobContent | undefined> {
  try {
    return await findContent(container.getBlobClient(name));
  } catch (error) {
    throw new Error(`reading ${name}`, { cause: error });
  }
}

/**
 * Reads the beginning of a blob: a first piece, and the rest of what that turns out to need.
 * @param neededOf how many bytes are needed, by the first piece
 * @returns at least as much as is needed; undefined if there is no such blob
 */
export async function readBlobHead(
  container: ContainerClient,
  name: string,
  firstBytes: number,
  neededOf: (first: Uint8Array) => number,
): Promise<Uint8Array | undefined> {
  const first = await readPart(container, name, 0, firstBytes);
  if (first === undefined) return undefined;
  const more = neededOf(first.bytes) - first.bytes.length;
  if (more <= 0) return first.bytes;
  const rest = await readPart(container, name, first.bytes.length, more, first.etag);
  // replaced meanwhile, or deleted
  return rest === undefined ? (await readBlob(container, name))?.bytes : Buffer.concat([first.bytes, rest.bytes]);
}

/** @param etag undefined: whatever is there; otherwise the answer is undefined for another version */
async function readPart(
  container: ContainerClient,
  name: string,
  from: number,
  count: number,
  etag?: string,
): Promise<BlobContent | undefined> {
  try {
    const blob = container.getBlobClient(name);
    return await readContent(
      blob,
      { offset: from, count },
      etag === undefined ? {} : { conditions: { ifMatch: etag } },
    );
  } catch (error) {
    if (failedWith(error, "BlobNotFound", "ContainerNotFound", "ConditionNotMet")) return undefined;
    throw new Error(`reading ${name}`, { cause: error });
  }
}

/** @returns the text from a position on; empty if there is nothing */
export async function readText(container: ContainerClient, name: string, from: number): Promise<string> {
  try {
    return (await readContent(container.getBlobClient(name), { offset: from })).bytes.toString();
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
