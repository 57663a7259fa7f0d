import type { ListedLogBlob } from "../stores/log-blobs/log-blobs.js";

/** Blobs remembered as read; about 100 bytes each. */
const maxKnown = 50_000;

/**
 * Remembers which log blobs were read, so that a listing that shows nothing new costs no look at the readings. Only a
 * cache: what it has forgotten is looked up again.
 */
export class KnownReadings {
  readonly #etags = new Map<string, string>();

  has(account: string, blob: ListedLogBlob): boolean {
    return this.#etags.get(`${account}/${blob.name}`) === blob.etag;
  }

  add(account: string, blob: ListedLogBlob): void {
    const key = `${account}/${blob.name}`;
    // a Map keeps the order of insertion: the oldest goes first
    this.#etags.delete(key);
    this.#etags.set(key, blob.etag);
    if (this.#etags.size <= maxKnown) return;
    const [oldest] = this.#etags.keys();
    if (oldest !== undefined) this.#etags.delete(oldest);
  }
}
