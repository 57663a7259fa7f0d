import { type Framing } from "./http-head.js";

/** Longest chunk-size line and longest trailer section, bytes; Node's own limits are the same order. */
export const chunkLineLimit = 16 * 1024;

/**
 * Finds the end of one HTTP/1.x message body in a stream of chunks, without changing or keeping a byte.
 *
 * What it reads stays as it was sent: chunk sizes, extensions and trailers pass with the bytes.
 */
export class BodyReader {
  /** Bytes of the body after transfer decoding. */
  size = 0;
  done: boolean;
  /** Body bytes still missing of a length, or of the chunk being read. */
  #left: number;
  #state: State;
  #chunkSize = 0;
  #digits = 0;
  #lineLength = 0;
  readonly #onData: ((data: Buffer) => void) | undefined;

  /** @param onData gets every piece of the decoded body */
  constructor(framing: Framing, onData?: (data: Buffer) => void) {
    this.done = framing.kind === "none";
    this.#left = framing.kind === "length" ? framing.length : framing.kind === "until-close" ? Infinity : 0;
    this.#state = framing.kind === "chunked" ? "size" : "plain";
    this.#onData = onData;
  }

  /**
   * Reads on in `bytes` from `offset`.
   * @returns where the body ends in `bytes` (its length when it goes on beyond), or -1 when it is malformed
   */
  take(bytes: Buffer, offset: number): number {
    if (this.done) return offset;
    if (this.#state !== "plain") return this.#takeChunked(bytes, offset);
    const end = this.#takeData(bytes, offset);
    this.done = this.#left === 0;
    return end;
  }

  #takeData(bytes: Buffer, offset: number): number {
    const end = Math.min(bytes.length, offset + this.#left);
    this.size += end - offset;
    this.#left -= end - offset;
    if (end > offset) this.#onData?.(bytes.subarray(offset, end));
    return end;
  }

  #takeChunked(bytes: Buffer, offset: number): number {
    let at = offset;
    while (at < bytes.length && !this.done) {
      if (this.#state === "data") {
        at = this.#takeData(bytes, at);
        if (this.#left === 0) this.#state = "data-cr";
        continue;
      }
      const next = this.#step(bytes[at] ?? 0);
      if (next === undefined) return -1;
      this.#state = next;
      at += 1;
    }
    return at;
  }

  /** One byte of chunked framing; `undefined`: it has no place here. */
  #step(byte: number): State | undefined {
    switch (this.#state) {
      case "size":
        return this.#readSize(byte);
      case "extension":
        // a bare LF must not end the line for one parser and not for the other
        if (byte === cr) return "size-lf";
        this.#lineLength += 1;
        return byte === lf || this.#lineLength > chunkLineLimit ? undefined : "extension";
      case "size-lf":
        if (byte !== lf) return undefined;
        this.#left = this.#chunkSize;
        this.#lineLength = 0;
        return this.#chunkSize === 0 ? "trailer-start" : "data";
      case "data-cr":
        return byte === cr ? "data-lf" : undefined;
      case "data-lf":
        this.#chunkSize = 0;
        this.#digits = 0;
        return byte === lf ? "size" : undefined;
      case "trailer-start":
        if (byte === cr) return "last-lf";
        return this.#readTrailer(byte);
      case "trailer":
        return this.#readTrailer(byte);
      case "trailer-lf":
        return byte === lf ? "trailer-start" : undefined;
      case "last-lf":
        if (byte !== lf) return undefined;
        this.done = true;
        return "last-lf";
      default:
        throw new Error(`no chunked framing in state ${this.#state}`);
    }
  }

  #readSize(byte: number): State | undefined {
    const digit = hexDigit(byte);
    if (digit !== undefined) {
      this.#chunkSize = this.#chunkSize * 16 + digit;
      this.#digits += 1;
      return this.#digits > longestSize ? undefined : "size";
    }
    if (this.#digits === 0) return undefined;
    if (byte === cr) return "size-lf";
    return byte === semicolon ? "extension" : undefined;
  }

  #readTrailer(byte: number): State | undefined {
    this.#lineLength += 1;
    if (byte === lf || this.#lineLength > chunkLineLimit) return undefined;
    return byte === cr ? "trailer-lf" : "trailer";
  }
}

type State =
  | "plain"
  | "size"
  | "extension"
  | "size-lf"
  | "data"
  | "data-cr"
  | "data-lf"
  | "trailer-start"
  | "trailer"
  | "trailer-lf"
  | "last-lf";

const cr = 0x0d;
const lf = 0x0a;
const semicolon = 0x3b;
const longestSize = 12; // hex digits: below Number.MAX_SAFE_INTEGER

function hexDigit(byte: number): number | undefined {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : undefined;
}

/** The decoded body of raw bytes that a `BodyReader` has accepted. */
export function decodeBody(framing: Framing, raw: Buffer): Buffer {
  if (framing.kind !== "chunked") return raw;
  const pieces: Buffer[] = [];
  new BodyReader(framing, (data) => pieces.push(data)).take(raw, 0);
  return Buffer.concat(pieces);
}
