import { LineBlocks } from "../storage-analytics/line-blocks.js";

/** Size of a piece: large beside a line, small beside a thread's memory. More than `maxLineBytes`. */
export const pieceBytes = 4_194_304;

/** Part of a log: whole lines of up to `pieceBytes`, or a line that is longer than any entry may be. */
export type LogPiece =
  | { readonly kind: "lines"; readonly buffer: ArrayBuffer; readonly length: number; readonly offset: number }
  | { readonly kind: "long-line"; readonly length: number; readonly offset: number };

/** Copies a stream of bytes into pieces that can be handed to threads. */
export class LogPieces {
  readonly #newBuffer: () => ArrayBuffer;
  readonly #blocks = new LineBlocks({
    block: (bytes, offset) => {
      this.#addLines(bytes, offset);
    },
    longLine: (offset, length) => {
      this.#addLongLine(offset, length);
    },
  });
  #ready: LogPiece[] = [];
  #buffer: ArrayBuffer | undefined;
  #length = 0;
  #offset = 0;

  /** @param newBuffer gives a buffer of `pieceBytes` */
  constructor(newBuffer: () => ArrayBuffer) {
    this.#newBuffer = newBuffer;
  }

  /** @returns the pieces that became full */
  push(chunk: Uint8Array): readonly LogPiece[] {
    this.#blocks.push(chunk);
    return this.#ready.splice(0);
  }

  /** @returns the rest */
  end(): readonly LogPiece[] {
    this.#blocks.end();
    this.#close();
    return this.#ready.splice(0);
  }

  #addLines(bytes: Buffer, offset: number): void {
    for (let at = 0; at < bytes.length;) {
      const free = pieceBytes - this.#length;
      const rest = bytes.length - at;
      const taken = rest <= free ? rest : bytes.lastIndexOf(10, at + free - 1) + 1 - at;
      if (taken > 0) {
        this.#copy(bytes.subarray(at, at + taken), offset + at);
        at += taken;
      } else if (this.#length > 0) {
        this.#close();
      } else {
        const newline = bytes.indexOf(10, at);
        const end = newline < 0 ? bytes.length : newline;
        this.#addLongLine(offset + at, end - at);
        at = end + 1;
      }
    }
  }

  #copy(bytes: Buffer, offset: number): void {
    this.#buffer ??= this.#newBuffer();
    if (this.#length === 0) this.#offset = offset;
    new Uint8Array(this.#buffer).set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #addLongLine(offset: number, length: number): void {
    this.#close();
    this.#ready.push({ kind: "long-line", offset, length });
  }

  #close(): void {
    if (this.#buffer === undefined) return;
    this.#ready.push({ kind: "lines", buffer: this.#buffer, length: this.#length, offset: this.#offset });
    this.#buffer = undefined;
    this.#length = 0;
  }
}
