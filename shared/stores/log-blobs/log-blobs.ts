import type { Readable } from "node:stream";

import type { LogBlobMetadata, LogBlobName } from "../../storage-analytics/log-blob.js";

/** A log blob as a listing shows it. */
export interface ListedLogBlob {
  /** As in storage: `blob/2026/11/24/0800/000001.log`. */
  readonly name: string;
  readonly parsed: LogBlobName;
  /** Without quotes, whatever the service's API version puts around it. */
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
  /** undefined if the blob has none, or not as documented: then only the content tells which times it covers. */
  readonly metadata: LogBlobMetadata | undefined;
}

export interface LogBlobPage {
  readonly blobs: readonly ListedLogBlob[];
  /** Where the next page begins; undefined after the last one. */
  readonly next: string | undefined;
}

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

export type OpenedLogBlob =
  | { readonly kind: "open"; readonly etag: string; readonly size: number; readonly content: Readable }
  | { readonly kind: "not-found" };

export type RemovedLogBlob =
  | { readonly kind: "removed" }
  /** It is not there any more, or has other content than was listed. */
  | { readonly kind: "gone" }
  /** A lease or an immutability policy holds it. */
  | { readonly kind: "held"; readonly reason: string }
  /** Vigil has no right to delete this one, or any other. */
  | { readonly kind: "forbidden"; readonly reason: string };

/**
 * The committed blobs in `$logs` of one monitored account. They never change once there, but retention deletes them,
 * and a name can come back with other content.
 *
 * Blobs whose name is not one of a log blob are left out: Azure writes none, and what they hold is not known.
 */
export interface LogBlobs {
  /**
   * One page of the blobs whose names begin with the prefix, sorted by name. An account without `$logs` has none.
   * @param from `next` of the page before; undefined: the first page
   * @param signal ends the call early
   */
  page(prefix: string, from?: string, signal?: AbortSignal): Promise<LogBlobPage>;

  /**
   * Opens a blob for reading, whole or a range of bytes. Whoever gets `content` reads it to its end or destroys it.
   * `size` is that of the content.
   * @param signal ends the call, or the content, early
   */
  open(name: string, range?: ByteRange, signal?: AbortSignal): Promise<OpenedLogBlob>;
}

/** The same for retention, the only one that deletes any. */
export interface RemovableLogBlobs extends LogBlobs {
  /**
   * Deletes a blob with its snapshots, if its content is still the one that was listed.
   * @param etag as listed
   */
  remove(name: string, etag: string): Promise<RemovedLogBlob>;
}

/** All blobs whose names begin with a prefix: for one that keeps the list short, such as that of an hour. */
export async function listLogBlobs(blobs: LogBlobs, prefix: string): Promise<readonly ListedLogBlob[]> {
  const all: ListedLogBlob[] = [];
  let from: string | undefined;
  do {
    const page: LogBlobPage = await blobs.page(prefix, from);
    all.push(...page.blobs);
    from = page.next;
  } while (from !== undefined);
  return all;
}
