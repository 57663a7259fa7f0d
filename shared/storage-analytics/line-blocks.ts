/** A line of a log may have this many bytes. Azure's longest (8 KiB of URL, two headers of 1 KiB) are far shorter. */
export const maxLineBytes = 1_048_576;

/** Where a line stands in its blob. */
export interface LinePosition {
  /** From 1. */
  readonly lineNumber: number;
  /** Bytes before the line. */
  readonly offset: number;
  /** Bytes of the line, without its `\n`. */
  readonly length: number;
}

export interface LineBlockSink {
  /**
   * Whole lines, each ended by `\n` but perhaps the last of all. The bytes may be reused after the call.
   * @param offset bytes of the stream before the block
   */
  readonly block: (bytes: Buffer, offset: number) => void;
  /** A line that was longer than `maxLineBytes` and came in pieces: its bytes were let go. */
  readonly longLine: (offset: number, length: number) => void;
}

const newline = 10;

/**
 * Cuts a stream of bytes into blocks of whole lines without copying what came whole, and keeps no more of an
 * unfinished line than `maxLineBytes`. A long line inside one chunk is part of its block: readers check the length.
 */
export class LineBlocks {
  readonly #sink: LineBlockSink;
  #unfinished: Buffer[] = [];
  #unfinishedLength = 0;
  /** Bytes of the stream before the unfinished line. */
  #offset = 0;

  constructor(sink: LineBlockSink) {
    this.#sink = sink;
  }

  /** What is pushed next stands `offset` bytes from the start of the stream; nothing may be unfinished. */
  seek(offset: number): void {
    this.#offset = offset;
  }

  push(chunk: Uint8Array): void {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.#unfinishedLength > 0) {
      const end = rest.indexOf(newline);
      this.#keep(end < 0 ? rest : rest.subarray(0, end + 1));
      if (end < 0) return;
      this.#finish(1);
      rest = rest.subarray(end + 1);
    }
    const end = rest.lastIndexOf(newline) + 1;
    if (end > 0) {
      this.#sink.block(rest.subarray(0, end), this.#offset);
      this.#offset += end;
    }
    if (end < rest.length) this.#keep(rest.subarray(end));
  }

  /** The stream is over; its last line may lack a `\n`. */
  end(): void {
    if (this.#unfinishedLength > 0) this.#finish(0);
  }

  #keep(piece: Buffer): void {
    this.#unfinishedLength += piece.length;
    if (this.#unfinishedLength > maxLineBytes + 1) this.#unfinished = [];
    else this.#unfinished.push(Buffer.from(piece)); // a copy: the chunk belongs to the caller
  }

  #finish(newlines: 0 | 1): void {
    const length = this.#unfinishedLength;
    // a line of exactly the limit comes with its newline
    if (length - newlines > maxLineBytes) this.#sink.longLine(this.#offset, length - newlines);
    else this.#sink.block(Buffer.concat(this.#unfinished, length), this.#offset);
    this.#unfinished = [];
    this.#unfinishedLength = 0;
    this.#offset += length;
  }
}
