import { isUtf8 } from "node:buffer";
import { ByteNames, emptyHash, nextHash } from "./byte-names.js";
import { LineBlocks, maxLineBytes } from "./line-blocks.js";
import { longLine, readLogLine, type RejectedLine } from "./log-parser.js";
import { type LineRejection } from "./log-line-parser.js";
import { authenticationNumber, serviceNumber, type RequestSink } from "./request-counts.js";
import { categoryOf, requestCategories } from "./request-status.js";

const newline = 10;
const carriageReturn = 13;
const blank = 0x20;
const quote = 0x22;
const zero = 0x30;
const semicolon = 0x3b;

/** Operation, status and HTTP status of an entry, which stand side by side. */
interface Outcome {
  readonly nameKey: number;
  /** Indexes in `requestCategories`; they differ for time-outs only. */
  readonly categoryIfServerSlow: number;
  readonly categoryIfClientSlow: number;
}

/**
 * Counts the requests of a log blob from its bytes, in chunks split anywhere.
 *
 * It reads only the fields that are counted, without making a string or an object per line, and leaves every line
 * that is not written exactly as Azure writes it to the full parser: both always agree.
 */
export class RequestScanner {
  readonly #counts: RequestSink;
  readonly #onRejected: (line: RejectedLine) => void;
  readonly #blocks = new LineBlocks({
    block: (bytes, offset) => {
      this.#scanBlock(bytes, offset);
    },
    longLine: (offset, length) => {
      this.#lineCount += 1;
      this.#reject(longLine(length), offset, length, undefined);
    },
  });
  readonly #outcomes: ByteNames<Outcome>;
  readonly #authentications = new ByteNames(authenticationNumber);
  readonly #services = new ByteNames(serviceNumber);
  readonly #minutes = new ByteNames(minuteStart);
  readonly #line = new LineCursor();
  #lineCount = 0;

  constructor(counts: RequestSink, onRejected: (line: RejectedLine) => void) {
    this.#counts = counts;
    this.#onRejected = onRejected;
    this.#outcomes = new ByteNames((name) => describeOutcome(counts, name));
  }

  /** Lines so far, blank and rejected ones included. */
  get lineCount(): number {
    return this.#lineCount;
  }

  /** What is pushed next stands `offset` bytes from the start of the blob; the line before must be complete. */
  seek(offset: number): void {
    this.#blocks.seek(offset);
  }

  push(chunk: Uint8Array): void {
    this.#blocks.push(chunk);
  }

  /** The blob is over: reads a last line that lacks its `\n`. */
  end(): void {
    this.#blocks.end();
  }

  #scanBlock(bytes: Buffer, offset: number): void {
    const wellFormed = isUtf8(bytes);
    for (let start = 0; start < bytes.length;) {
      const at = bytes.indexOf(newline, start);
      const end = at < 0 ? bytes.length : at;
      this.#lineCount += 1;
      if (end - start > maxLineBytes) this.#reject(longLine(end - start), offset + start, end - start, undefined);
      // the scanner needs the newline: it stops there
      else if (at < 0 || !wellFormed || !this.#scanLine(bytes, start, end))
        this.#readLine(bytes, start, end, offset, wellFormed);
      start = end + 1;
    }
  }

  /** @returns false, with nothing counted, if the line is not certain to be an ordinary entry */
  #scanLine(bytes: Buffer, start: number, newlineAt: number): boolean {
    const end = bytes[newlineAt - 1] === carriageReturn ? newlineAt - 1 : newlineAt;
    const line = this.#line;
    // "1.0;2014-06-19T22:59:23.1967767Z;"
    if (end - start < 33 || !isVersion(bytes, start) || !isSecondsAndFraction(bytes, start + 20)) return false;
    let hash = emptyHash;
    for (let at = start + 4; at < start + 20; at++) hash = nextHash(hash, byteAt(bytes, at));
    const minute = this.#minutes.valueOf(bytes, start + 4, start + 20, hash);
    if (Number.isNaN(minute)) return false;

    line.open(bytes, start + 33, end);
    if (!line.names(3)) return false;
    const outcome = this.#outcomes.valueOf(bytes, start + 33, line.nameEnd, line.hash);
    const endToEndLatencyMs = line.count();
    const serverLatencyMs = line.count();
    const authenticationStart = line.at;
    if (endToEndLatencyMs < 0 || serverLatencyMs < 0 || !line.names(1)) return false;
    const authentication = this.#authentications.valueOf(bytes, authenticationStart, line.nameEnd, line.hash);
    if (!line.plain() || !line.plain()) return false;
    const serviceStart = line.at;
    if (!line.names(1)) return false;
    const service = this.#services.valueOf(bytes, serviceStart, line.nameEnd, line.hash);
    const urlStart = line.at;
    if (!line.quoted() || !line.quoted()) return false;
    const idStart = line.at;
    if (!line.plain()) return false;
    const idEnd = line.at - 1;
    const operationCount = line.count();
    if (operationCount < 0 || !line.plain() || !line.plain()) return false;
    const requestHeader = line.count();
    const requestPacket = line.count();
    const responseHeader = line.count();
    const responsePacket = line.count();
    const contentLength = line.count();
    if (requestHeader < 0 || requestPacket < 0 || responseHeader < 0 || responsePacket < 0 || contentLength < 0)
      return false;
    if (!line.quoted() || !line.quoted() || !line.quoted() || !line.plain()) return false;
    if (!line.quoted() || !line.quoted() || !line.quoted() || !line.quoted()) return false;
    if (bytes[start] !== zero + 1 && !line.isOver) {
      for (let field = 31; field <= 36; field++) if (!line.quoted()) return false;
      if (!line.plain() || !line.quoted()) return false;
    }

    const clientWasSlow = endToEndLatencyMs - serverLatencyMs > serverLatencyMs;
    this.#counts.locate?.(bytes, urlStart, idStart, idEnd);
    this.#counts.add(
      minute + secondsAndMilliseconds(bytes, start + 21),
      outcome.nameKey,
      service,
      authentication,
      clientWasSlow ? outcome.categoryIfClientSlow : outcome.categoryIfServerSlow,
      operationCount === 0,
      requestHeader + requestPacket,
      responseHeader + responsePacket,
      endToEndLatencyMs,
      serverLatencyMs,
    );
    return true;
  }

  #readLine(bytes: Buffer, start: number, end: number, offset: number, wellFormed: boolean): void {
    const line = readLogLine(bytes, start, end, offset + start === 0, wellFormed);
    if (line?.kind === "entry") this.#counts.addEntry(line.entry);
    else if (line !== undefined)
      this.#reject(line, offset + start, end - start, Buffer.from(bytes.subarray(start, end)));
  }

  #reject(line: LineRejection, offset: number, length: number, bytes: Uint8Array | undefined): void {
    this.#onRejected({ ...line, lineNumber: this.#lineCount, offset, length, bytes });
  }
}

/** Reads the fields of one line from left to right; each method answers whether the field is as Azure writes it. */
class LineCursor {
  #bytes: Buffer = Buffer.alloc(0);
  #end = 0;
  /** Where the next field starts; beyond the end after the last one. */
  at = 0;
  /** Hash and end of what `names` read last. */
  hash = 0;
  nameEnd = 0;

  open(bytes: Buffer, at: number, end: number): void {
    this.#bytes = bytes;
    this.at = at;
    this.#end = end;
  }

  get isOver(): boolean {
    return this.at > this.#end;
  }

  /** Some plain fields without blanks, and the hash over them and the `;` between them. */
  names(fields: number): boolean {
    const bytes = this.#bytes;
    let hash = emptyHash;
    let at = this.at;
    let left = fields;
    for (;;) {
      const byte = byteAt(bytes, at);
      if (byte <= blank || byte === quote) return false; // the newline is one of them
      if (byte === semicolon && --left === 0) break;
      hash = nextHash(hash, byte);
      at += 1;
    }
    this.hash = hash;
    this.nameEnd = at;
    this.at = at + 1;
    return true;
  }

  /** A plain field whose value does not matter. */
  plain(): boolean {
    const bytes = this.#bytes;
    const end = this.#end;
    let at = this.at;
    while (at < end && bytes[at] !== semicolon) {
      if (bytes[at] === quote) return false;
      at += 1;
    }
    this.at = at + 1;
    return at <= end;
  }

  /** A quoted or empty field whose value does not matter. */
  quoted(): boolean {
    const bytes = this.#bytes;
    const end = this.#end;
    let at = this.at;
    if (at < end && bytes[at] === quote) {
      at = bytes.indexOf(quote, at + 1) + 1;
      if (at === 0) return false;
    }
    this.at = at + 1;
    return at === end || (at < end && bytes[at] === semicolon);
  }

  /** @returns the number, 0 for an empty field; -1 if it is not certain to be one */
  count(): number {
    const bytes = this.#bytes;
    const start = this.at;
    let at = start;
    let value = 0;
    for (;;) {
      const digit = byteAt(bytes, at) - zero;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      at += 1;
    }
    this.at = at + 1;
    return bytes[at] === semicolon && at - start <= 15 ? value : -1;
  }
}

const isVersion = (bytes: Buffer, at: number): boolean =>
  (bytes[at] === zero + 1 || bytes[at] === zero + 2) &&
  bytes[at + 1] === 0x2e &&
  bytes[at + 2] === zero &&
  bytes[at + 3] === semicolon;

/** For indexes that are known to be inside. */
const byteAt = (bytes: Buffer, at: number): number => bytes[at] as number;

const isDigit = (byte: number): boolean => byte >= zero && byte <= zero + 9;

/** Whether `:ss.fffffffZ;` stands there. */
function isSecondsAndFraction(bytes: Buffer, at: number): boolean {
  if (bytes[at] !== 0x3a || bytes[at + 3] !== 0x2e || bytes[at + 11] !== 0x5a || bytes[at + 12] !== semicolon)
    return false;
  if (!isDigit(byteAt(bytes, at + 1)) || byteAt(bytes, at + 1) > zero + 5 || !isDigit(byteAt(bytes, at + 2)))
    return false;
  for (let index = at + 4; index < at + 11; index++) if (!isDigit(byteAt(bytes, index))) return false;
  return true;
}

/** Of `ss.fff`. */
const secondsAndMilliseconds = (bytes: Buffer, at: number): number =>
  (byteAt(bytes, at) * 10 + byteAt(bytes, at + 1) - 11 * zero) * 1000 +
  (byteAt(bytes, at + 3) * 100 + byteAt(bytes, at + 4) * 10 + byteAt(bytes, at + 5) - 111 * zero);

/** @returns milliseconds since the epoch of `YYYY-MM-DDThh:mm`; NaN if that is not a time */
function minuteStart(text: string): number {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text)) return Number.NaN;
  const time = Date.parse(`${text}Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text) ? time : Number.NaN;
}

/** @param name operation, status and HTTP status, separated by `;` */
function describeOutcome(counts: RequestSink, name: string): Outcome {
  const [operation = "", requestStatus = "", httpStatusCode = ""] = name.split(";");
  const category = (clientWasSlow: boolean) =>
    requestCategories.indexOf(categoryOf(requestStatus, httpStatusCode, clientWasSlow));
  return {
    nameKey: counts.nameKey(operation, requestStatus, httpStatusCode),
    categoryIfServerSlow: category(false),
    categoryIfClientSlow: category(true),
  };
}
