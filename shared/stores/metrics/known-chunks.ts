import type { ContainerClient } from "@azure/storage-blob";

import { decodeChunk, encodeChunk, type MetricChunk } from "../../metrics/metric-chunk.js";
import { failedWith } from "../azure-error.js";
import { readBlob } from "./metric-blobs.js";

/** Writers of one chunk at the same time; more than that is a fault, and the work comes back. */
const maxAttempts = 10;
/** Chunks that are remembered, of up to some hundred KB each. */
const maxKnown = 32;

export interface KnownChunk {
  readonly chunk: MetricChunk;
  readonly etag: string;
  readonly bytes: Uint8Array;
}

/**
 * Chunks as this process wrote them last. An hour is written once a minute, mostly by the same process, which need not
 * read and decode its own words; that they still stand there is the condition of writing.
 */
export class KnownChunks {
  readonly #container: ContainerClient;
  /** The one written last is the last. */
  readonly #known = new Map<string, KnownChunk>();

  constructor(container: ContainerClient) {
    this.#container = container;
  }

  /** The chunk as it is in storage; undefined if there is none. */
  async read(name: string): Promise<KnownChunk | undefined> {
    const stored = await readBlob(this.#container, name);
    return stored && { ...stored, chunk: decodeChunk(stored.bytes) };
  }

  /**
   * Replaces a chunk by what `next` makes of it, on condition that nobody else did meanwhile; otherwise it starts again.
   * @param next gets what is there, undefined if nothing is, and whether it was read just now or is remembered; it
   *   answers undefined to leave that as it is. What it answers must not change afterwards
   * @returns what stands there now
   */
  async replace(
    name: string,
    next: (before: MetricChunk | undefined, isFresh: boolean) => Promise<MetricChunk | undefined>,
  ): Promise<KnownChunk | undefined> {
    const blob = this.#container.getBlockBlobClient(name);
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const known = this.#known.get(name);
      const before = known ?? (await this.read(name));
      const chunk = await next(before?.chunk, known === undefined);
      if (chunk === undefined) return before;
      const bytes = encodeChunk(chunk);
      if (before !== undefined && Buffer.compare(bytes, before.bytes) === 0) return before;
      const conditions = before === undefined ? { ifNoneMatch: "*" } : { ifMatch: before.etag };
      try {
        const { etag } = await blob.upload(bytes, bytes.length, { conditions });
        const written = { chunk, bytes, etag: etag ?? "" };
        this.#remember(name, written);
        return written;
      } catch (error) {
        this.#known.delete(name);
        if (failedWith(error, "ContainerNotFound")) await this.#container.createIfNotExists();
        // our own write whose answer was lost is found to be there by the next attempt
        else if (!failedWith(error, "ConditionNotMet", "BlobAlreadyExists", "BlobNotFound")) {
          throw new Error(`writing ${name}`, { cause: error });
        }
      }
    }
    throw new Error(`writing ${name}: somebody else was faster ${maxAttempts} times`);
  }

  #remember(name: string, chunk: KnownChunk): void {
    this.#known.delete(name);
    this.#known.set(name, chunk);
    const [oldest] = this.#known.keys();
    if (this.#known.size > maxKnown && oldest !== undefined) this.#known.delete(oldest);
  }
}
