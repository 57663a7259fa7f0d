import { createHash } from "node:crypto";
import { type LogType } from "../../../shared/storage-analytics/log-blob.js";
import { type LogVersion } from "../../../shared/storage-analytics/log-entry.js";

/** Bytes of text gathered before they are encoded: small enough that encoding never holds up a request. */
const chunkBytes = 64 * 1024;

/** The entries of one request, as they go into a log blob. */
export interface LogLines {
  /** Every line ends in `\n`. */
  readonly text: string;
  /** Of `text` in UTF-8. */
  readonly bytes: number;
  readonly entries: number;
  readonly kinds: readonly LogType[];
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** What a log blob will hold: requests of one version that ended in one hour. Grows until `seal`. */
export class LogSegment {
  /** Start of the hour, milliseconds since the epoch. */
  readonly hour: number;
  readonly version: LogVersion;
  readonly kinds = new Set<LogType>();
  requests = 0;
  bytes = 0;
  firstStart = Infinity;
  lastStart = -Infinity;
  /** Earliest end of a request, milliseconds since the epoch. */
  firstEnd = Infinity;
  #text: string[] = [];
  #textBytes = 0;
  readonly #chunks: Buffer[] = [];
  readonly #md5 = createHash("md5");
  #sealed: SealedSegment | undefined;

  constructor(hour: number, version: LogVersion) {
    this.hour = hour;
    this.version = version;
  }

  append({ text, bytes, kinds, startedAt, endedAt }: LogLines): void {
    this.#text.push(text);
    this.#textBytes += bytes;
    this.bytes += bytes;
    this.requests++;
    for (const kind of kinds) this.kinds.add(kind);
    this.firstStart = Math.min(this.firstStart, startedAt);
    this.lastStart = Math.max(this.lastStart, startedAt);
    this.firstEnd = Math.min(this.firstEnd, endedAt);
    if (this.#textBytes >= chunkBytes) this.#encode();
  }

  #encode(): void {
    const chunk = Buffer.from(this.#text.join(""));
    this.#md5.update(chunk);
    this.#chunks.push(chunk);
    this.#text = [];
    this.#textBytes = 0;
  }

  /** The blob's content; after that the segment takes nothing more. */
  seal(): SealedSegment {
    if (this.#sealed === undefined) {
      this.#encode();
      this.#sealed = { content: Buffer.concat(this.#chunks), md5: this.#md5.digest() };
      this.#chunks.length = 0;
    }
    return this.#sealed;
  }
}

export interface SealedSegment {
  readonly content: Buffer;
  readonly md5: Buffer;
}
