/**
 * Heads of HTTP/1.x messages (RFC 9112), read from bytes and never written: the proxy passes on the bytes it got.
 *
 * Two parsers that disagree about where a body ends let one request hide inside another, unlogged. So this one
 * accepts only what can be framed in one way, and is never laxer than Node's own parser, which Azurite uses: no bare
 * CR or LF, no folded lines, no blank before the colon, one Content-Length, no Transfer-Encoding but `chunked`.
 */

/** Longest head, bytes. Node's own limit (Azurite's) is 16 KiB: between the two, Azurite answers 431 itself. */
export const headLimit = 64 * 1024;

export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "until-close" };

interface Head {
  /** Names and values alternating, as they were sent; bytes above 0x7f as Latin-1. */
  readonly headers: readonly string[];
  /** Bytes of the head: first line, header lines, the empty line. */
  readonly size: number;
  readonly framing: Framing;
  /** The sender closes, or wants the connection closed, after this message. */
  readonly closes: boolean;
}

export interface RequestHead extends Head {
  readonly method: string;
  /** As sent, still encoded. */
  readonly target: string;
  readonly expectsContinue: boolean;
}

export interface ResponseHead extends Head {
  readonly status: number;
}

export type HeadParse<T extends Head> =
  | { readonly kind: "incomplete" }
  | { readonly kind: "invalid"; readonly status: 400 | 431 }
  | { readonly kind: "head"; readonly head: T };

/** A request's head at the start of `bytes`; leading empty lines must have been skipped. */
export function parseRequestHead(bytes: Buffer): HeadParse<RequestHead> {
  const read = readLines(bytes);
  if (read.kind !== "lines") return read;
  const { lines, size } = read;
  const match = requestLine.exec(lines[0] ?? "");
  const fields = readFields(lines);
  if (match === null || fields === undefined) return invalid;
  const [, method = "", target = "", minor] = match;
  const framing = frameRequest(fields);
  if (framing === undefined) return invalid;
  const head: RequestHead = {
    method,
    target,
    headers: fields.headers,
    size,
    framing,
    closes: closes(fields, minor === "0"),
    expectsContinue: continueExpectation.test(fields.expect),
  };
  return { kind: "head", head };
}

/** A response's head at the start of `bytes`; the request's method decides whether a body follows. */
export function parseResponseHead(bytes: Buffer, method: string): HeadParse<ResponseHead> {
  const read = readLines(bytes);
  if (read.kind !== "lines") return read;
  const { lines, size } = read;
  const match = statusLine.exec(lines[0] ?? "");
  const fields = readFields(lines);
  if (match === null || fields === undefined) return invalid;
  const status = Number(match[2]);
  const framing = frameResponse(fields, status, method);
  if (framing === undefined) return invalid;
  const head: ResponseHead = {
    status,
    headers: fields.headers,
    size,
    framing,
    closes: framing.kind === "until-close" || closes(fields, match[1] === "0"),
  };
  return { kind: "head", head };
}

const invalid = { kind: "invalid", status: 400 } as const;
const endOfHead = Buffer.from("\r\n\r\n");
// RFC 9110 §5.6.2 for tokens; llhttp allows any visible byte and obs-text in a target
const requestLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([!-~\x80-\xff]+) HTTP\/1\.([01])$/;
const statusLine = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: [\t -~\x80-\xff]*)?$/;
const fieldName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// everything but tab, printable bytes and obs-text; a CR or LF that is left after splitting lines is a bare one
const forbiddenInValue = /[^\t -~\x80-\xff]/;

interface Lines {
  readonly kind: "lines";
  readonly lines: readonly string[];
  /** Bytes of the head, its empty line included. */
  readonly size: number;
}

function readLines(bytes: Buffer): Lines | Exclude<HeadParse<never>, { readonly kind: "head" }> {
  const end = bytes.indexOf(endOfHead);
  if (end > headLimit || (end === -1 && bytes.length > headLimit)) return { kind: "invalid", status: 431 };
  if (end === -1) return { kind: "incomplete" };
  return { kind: "lines", lines: bytes.toString("latin1", 0, end).split("\r\n"), size: end + endOfHead.length };
}

interface Fields {
  readonly headers: string[];
  contentLength: string | undefined;
  contentLengths: number;
  transferEncoding: string | undefined;
  transferEncodings: number;
  connection: string;
  expect: string;
}

function readFields(lines: readonly string[]): Fields | undefined {
  const fields: Fields = {
    headers: [],
    contentLength: undefined,
    contentLengths: 0,
    transferEncoding: undefined,
    transferEncodings: 0,
    connection: "",
    expect: "",
  };
  for (let index = 1; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    const colon = line.indexOf(":");
    const name = line.slice(0, colon);
    const value = trimBlanks(line, colon + 1);
    if (colon < 1 || !fieldName.test(name) || forbiddenInValue.test(value)) return undefined;
    fields.headers.push(name, value);
    // the length is looked at first: lower-casing every name would cost more than all the rest
    if (name.length === 14 && name.toLowerCase() === "content-length") {
      fields.contentLength = value;
      fields.contentLengths += 1;
    } else if (name.length === 17 && name.toLowerCase() === "transfer-encoding") {
      fields.transferEncoding = value;
      fields.transferEncodings += 1;
    } else if (name.length === 10 && name.toLowerCase() === "connection") {
      fields.connection += `,${value.toLowerCase()}`;
    } else if (name.length === 6 && name.toLowerCase() === "expect") {
      fields.expect = value;
    }
  }
  return fields;
}

function trimBlanks(line: string, from: number): string {
  const blank = (at: number) => line[at] === " " || line[at] === "\t";
  let start = from;
  let end = line.length;
  while (start < end && blank(start)) start += 1;
  while (end > start && blank(end - 1)) end -= 1;
  return line.slice(start, end);
}

function closes(fields: Fields, old: boolean): boolean {
  const options = fields.connection.split(",").map((option) => option.trim());
  return options.includes("close") || (old && !options.includes("keep-alive"));
}

function frameRequest(fields: Fields): Framing | undefined {
  return explicitFraming(fields) ?? (fields.contentLengths + fields.transferEncodings === 0 ? none : undefined);
}

function frameResponse(fields: Fields, status: number, method: string): Framing | undefined {
  if (status < 200 || status === 204 || status === 304 || method === "HEAD") return none;
  const framing = explicitFraming(fields);
  if (framing !== undefined) return framing;
  return fields.contentLengths + fields.transferEncodings === 0 ? { kind: "until-close" } : undefined;
}

// as Node reads it
const continueExpectation = /(?:^|\W)100-continue(?:$|\W)/i;
const none = { kind: "none" } as const;
const longestLength = 15; // digits: below Number.MAX_SAFE_INTEGER

function explicitFraming(fields: Fields): Framing | undefined {
  if (fields.contentLengths + fields.transferEncodings !== 1) return undefined;
  const { contentLength } = fields;
  if (contentLength === undefined) {
    return fields.transferEncoding?.toLowerCase() === "chunked" ? { kind: "chunked" } : undefined;
  }
  if (!/^[0-9]+$/.test(contentLength) || contentLength.length > longestLength) return undefined;
  const length = Number(contentLength);
  return length === 0 ? none : { kind: "length", length };
}
