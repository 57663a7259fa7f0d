import { isUtf8 } from "node:buffer";
import { LineBlocks, maxLineBytes, type LinePosition } from "./line-blocks.js";
import { type LogEntry } from "./log-entry.js";
import { parseLogLine, type LineOutcome, type LineRejection, type RejectionReason } from "./log-line-parser.js";

/** A line that is no log entry, and where it stands. */
export interface RejectedLine extends LinePosition {
  readonly kind: "rejected";
  readonly reason: RejectionReason;
  readonly message: string;
  /** The line without its `\n`, to be kept as a dead letter; undefined if it is too long: copy it from the blob. */
  readonly bytes: Uint8Array | undefined;
}

export interface ParsedLine extends LinePosition {
  readonly kind: "entry";
  readonly entry: LogEntry;
}

/** Start times as text in the form of `LogEntry.requestStartTime`. */
export interface StartTimeRange {
  /** Inclusive. */
  readonly from: string;
  /** Exclusive. */
  readonly to: string;
}

export interface LogParserOptions {
  /**
   * Skips lines that started at another time without looking at the rest of them. A line that is no entry may then
   * be skipped or rejected, and a line whose time is written in an unusual form is never skipped.
   */
  readonly startedWithin?: StartTimeRange;
}

const blankLine = /^[ \t\r]*$/;
const semicolon = 0x3b;
const capitalZ = 0x5a;
const timeStart = 4;
const timeEnd = 32;

/**
 * Reads the bytes of a log blob, in chunks split anywhere, and answers for each line an entry or a rejection, in
 * order and synchronously. Blank lines are passed over. Keeps at most one unfinished line.
 */
export class LogParser {
  readonly #onLine: (line: ParsedLine | RejectedLine) => void;
  readonly #range: { readonly from: Buffer; readonly to: Buffer } | undefined;
  readonly #blocks = new LineBlocks({
    block: (bytes, offset) => {
      this.#readBlock(bytes, offset);
    },
    longLine: (offset, length) => {
      this.#rejectLongLine(offset, length);
    },
  });
  #lineNumber = 0;

  constructor(onLine: (line: ParsedLine | RejectedLine) => void, options: LogParserOptions = {}) {
    this.#onLine = onLine;
    const range = options.startedWithin;
    this.#range = range && { from: Buffer.from(range.from, "latin1"), to: Buffer.from(range.to, "latin1") };
  }

  push(chunk: Uint8Array): void {
    this.#blocks.push(chunk);
  }

  /** The blob is over: reads a last line that lacks its `\n`. */
  end(): void {
    this.#blocks.end();
  }

  #readBlock(bytes: Buffer, offset: number): void {
    const wellFormed = isUtf8(bytes);
    for (let start = 0; start < bytes.length;) {
      const newline = bytes.indexOf(10, start);
      const end = newline < 0 ? bytes.length : newline;
      this.#lineNumber += 1;
      if (end - start > maxLineBytes) this.#rejectLongLine(offset + start, end - start, this.#lineNumber);
      else if (!this.#startedElsewhen(bytes, start, end)) this.#readLine(bytes, start, end, offset, wellFormed);
      start = end + 1;
    }
  }

  #startedElsewhen(bytes: Buffer, start: number, end: number): boolean {
    const range = this.#range;
    if (range === undefined || end - start < timeEnd || bytes[start + timeStart - 1] !== semicolon) return false;
    if (bytes[start + timeEnd] !== semicolon || bytes[start + timeEnd - 1] !== capitalZ) return false;
    return isBefore(bytes, start + timeStart, range.from) || !isBefore(bytes, start + timeStart, range.to);
  }

  #readLine(bytes: Buffer, start: number, end: number, offset: number, wellFormed: boolean): void {
    const line = readLogLine(bytes, start, end, offset + start === 0, wellFormed);
    if (line === undefined) return;
    const position = { lineNumber: this.#lineNumber, offset: offset + start, length: end - start };
    if (line.kind === "entry") this.#onLine({ kind: "entry", entry: line.entry, ...position });
    else this.#onLine({ ...line, ...position, bytes: Buffer.from(bytes.subarray(start, end)) });
  }

  #rejectLongLine(offset: number, length: number, lineNumber = (this.#lineNumber += 1)): void {
    this.#onLine({ ...longLine(length), lineNumber, offset, length, bytes: undefined });
  }
}

/** Whether the time at a place sorts before a bound. */
function isBefore(bytes: Buffer, at: number, bound: Buffer): boolean {
  for (let index = 0; index < bound.length; index++) {
    const difference = (bytes[at + index] ?? 0) - (bound[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

export const longLine = (length: number): LineRejection => ({
  kind: "rejected",
  reason: "line-too-long",
  message: `the line has ${length} bytes, the limit is ${maxLineBytes}`,
});

/**
 * Reads one line of a log.
 * @param first whether a byte order mark may stand before it
 * @param wellFormed whether the bytes are known to be UTF-8
 * @returns undefined for a blank line
 */
export function readLogLine(
  bytes: Buffer,
  start: number,
  end: number,
  first: boolean,
  wellFormed: boolean,
): LineOutcome | undefined {
  if (!wellFormed && !isUtf8(bytes.subarray(start, end))) {
    return { kind: "rejected", reason: "invalid-utf8", message: "the line is not UTF-8" };
  }
  const text = bytes.toString("utf8", start, end);
  const line = first && text.startsWith("\uFEFF") ? text.slice(1) : text;
  return blankLine.test(line) ? undefined : parseLogLine(line);
}
