import { type LogEntry, type LogVersion } from "./log-entry.js";
import { fieldCounts, logFields } from "./log-line.js";
import { normaliseStartTime } from "./start-time.js";

export const rejectionReasons = [
  "line-too-long",
  "invalid-utf8",
  "unknown-version",
  "unbalanced-quote",
  "field-count",
  "bad-time",
  "bad-number",
] as const;
/** Why a line is no log entry; the table in README.md explains each. */
export type RejectionReason = (typeof rejectionReasons)[number];

export interface LineRejection {
  readonly kind: "rejected";
  readonly reason: RejectionReason;
  /** One sentence; of the line it holds at most an excerpt of `maxExcerpt` characters. */
  readonly message: string;
}

export type LineOutcome = { readonly kind: "entry"; readonly entry: LogEntry } | LineRejection;

const maxExcerpt = 40;
const urlField = 11;
const quote = 0x22;
const semicolon = 0x3b;

const reject = (reason: RejectionReason, message: string): LineRejection => ({ kind: "rejected", reason, message });

const excerpt = (text: string): string =>
  JSON.stringify(text.length > maxExcerpt ? `${text.slice(0, maxExcerpt)}…` : text);

/**
 * Reads one line, without its `\n`, of either version.
 *
 * A quoted field ends at the first quote before a `;` or the end of the line, so raw quotes inside it do no harm
 * (Microsoft's documentation prints ETags and authorization details that way). Fields after the last known one are
 * ignored, since Azure may append some. Sources: "Storage Analytics log format"; real and published lines.
 */
export function parseLogLine(line: string): LineOutcome {
  const version = versionOf(line);
  if (version === undefined) {
    return reject("unknown-version", `the line starts with ${excerpt(line.split(";", 1)[0] ?? "")}, not 1.0 or 2.0`);
  }
  const outcome = parseFields(line, version, undefined);
  if (outcome.kind === "entry") return outcome;
  // a URL printed without quotes: the `;` of its entities are no separators, and the object key is always quoted
  const url = unquotedUrlStart(line);
  const end = url === undefined ? -1 : line.indexOf(';"', url);
  if (end < 0) return outcome;
  const recovered = parseFields(line, version, end);
  return recovered.kind === "entry" ? recovered : outcome;
}

function versionOf(line: string): LogVersion | undefined {
  if (line.startsWith("1.0;")) return "1.0";
  return line.startsWith("2.0;") ? "2.0" : undefined;
}

/** @returns where field 12 starts if it is there and not quoted; no field before it holds a `;` */
function unquotedUrlStart(line: string): number | undefined {
  let start = 0;
  for (let field = 0; field < urlField; field++) {
    start = line.indexOf(";", start) + 1;
    if (start === 0) return undefined;
  }
  const code = line.charCodeAt(start);
  return code === quote || code === semicolon ? undefined : start;
}

/** @param urlEnd where an unquoted URL ends, if not at the next `;` */
function parseFields(line: string, version: LogVersion, urlEnd: number | undefined): LineOutcome {
  const values = splitFields(line, fieldCounts[version], urlEnd);
  if (typeof values === "number") {
    return reject("unbalanced-quote", `field ${values + 1} of the line has a quote without its counterpart`);
  }
  // Microsoft's own test data has a 2.0 line that ends after the fields of 1.0
  if (values.length !== fieldCounts[version] && values.length !== fieldCounts["1.0"]) {
    return reject(
      "field-count",
      `the line has ${values.length} fields, version ${version} has ${fieldCounts[version]}`,
    );
  }
  const requestStartTime = normaliseStartTime(values[1] ?? "");
  if (requestStartTime === undefined) {
    return reject(
      "bad-time",
      `request-start-time ${excerpt(values[1] ?? "")} is not like 2024-01-31T23:59:59.0000000Z`,
    );
  }
  for (const index of countFields) {
    const value = values[index] ?? "";
    if (value !== "" && !isCount(value)) {
      return reject("bad-number", `field ${index + 1} is ${excerpt(value)}, not an integer from 0`);
    }
  }
  return { kind: "entry", entry: entryOf(version, requestStartTime, values) };
}

const countFields = logFields.flatMap(({ form }, index) => (form === "count" ? [index] : []));

function isCount(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x30 || code > 0x39) return false;
  }
  return text.length < 16 || (text.length === 16 && Number.isSafeInteger(Number(text)));
}

/**
 * Values of the first `limit` fields, quotes removed and entities resolved.
 * @returns the index of the field whose quotes do not match, if there is one
 */
function splitFields(line: string, limit: number, urlEnd: number | undefined): readonly string[] | number {
  const values: string[] = [];
  for (let start = 0; values.length < limit;) {
    start = skipBlanks(line, start);
    let end: number;
    if (line.charCodeAt(start) === quote) {
      const close = closingQuote(line, start + 1);
      if (close < 0) return values.length;
      end = skipBlanks(line, close + 1);
      values.push(decodeEntities(line.slice(start + 1, close)));
    } else {
      end = values.length === urlField && urlEnd !== undefined ? urlEnd : line.indexOf(";", start);
      if (end < 0) end = line.length;
      const value = trimBlanks(line, start, end);
      if (value.includes('"')) return values.length;
      values.push(values.length === urlField ? decodeEntities(value) : value);
    }
    if (end === line.length) break;
    start = end + 1;
  }
  return values;
}

/** Blanks, tabs, and the `\r` of a line that ended in `\r\n`. */
const isBlank = (code: number): boolean => code === 0x20 || code === 0x09 || code === 0x0d;

function skipBlanks(line: string, start: number): number {
  let index = start;
  while (index < line.length && isBlank(line.charCodeAt(index))) index++;
  return index;
}

function trimBlanks(line: string, start: number, end: number): string {
  let last = end;
  while (last > start && isBlank(line.charCodeAt(last - 1))) last--;
  return line.slice(start, last);
}

/** @returns the first quote that is followed by `;` or the end of the line; -1 if there is none */
function closingQuote(line: string, start: number): number {
  for (let at = line.indexOf('"', start); at >= 0; at = line.indexOf('"', at + 1)) {
    const next = skipBlanks(line, at + 1);
    if (next === line.length || line.charCodeAt(next) === semicolon) return at;
  }
  return -1;
}

const ampersand = "&";
/** `&#1114111;` is the longest. */
const maxEntityLength = 10;

function decodeEntities(text: string): string {
  let at = text.indexOf(ampersand);
  if (at < 0) return text;
  let decoded = "";
  let copied = 0;
  while (at >= 0) {
    let end = at + 1;
    while (end < at + maxEntityLength && text.charCodeAt(end) !== semicolon) end++;
    const character = text.charCodeAt(end) === semicolon ? characterOf(text.slice(at + 1, end)) : undefined;
    if (character !== undefined) {
      decoded += text.slice(copied, at) + character;
      copied = end + 1;
    }
    at = text.indexOf(ampersand, character === undefined ? at + 1 : copied);
  }
  return decoded + text.slice(copied);
}

const numericEntity = /^#(?:(\d{1,7})|x([0-9A-Fa-f]{1,6}))$/;

/** @returns undefined for an entity that is left as it stands */
function characterOf(entity: string): string | undefined {
  switch (entity) {
    case "amp":
      return "&";
    case "quot":
      return '"';
    case "lt":
      return "<";
    case "gt":
      return ">";
    case "apos":
      return "'";
  }
  const [, decimal, hex] = numericEntity.exec(entity) ?? [];
  const code = decimal !== undefined ? Number.parseInt(decimal, 10) : Number.parseInt(hex ?? "", 16);
  const isCharacter = code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return isCharacter ? String.fromCodePoint(code) : undefined;
}

/** Written out, because a million objects of one shape are built here. */
function entryOf(version: LogVersion, requestStartTime: string, values: readonly string[]): LogEntry {
  const text = (index: number): string => values[index] ?? "";
  const count = (index: number): number | undefined => (text(index) === "" ? undefined : Number(values[index]));
  return {
    version,
    requestStartTime,
    operationType: text(2),
    requestStatus: text(3),
    httpStatusCode: text(4),
    endToEndLatencyMs: count(5),
    serverLatencyMs: count(6),
    authenticationType: text(7),
    requesterAccountName: text(8),
    ownerAccountName: text(9),
    serviceType: text(10),
    requestUrl: text(urlField),
    requestedObjectKey: text(12),
    requestIdHeader: text(13),
    operationCount: count(14),
    requesterIpAddress: text(15),
    requestVersionHeader: text(16),
    requestHeaderSize: count(17),
    requestPacketSize: count(18),
    responseHeaderSize: count(19),
    responsePacketSize: count(20),
    requestContentLength: count(21),
    requestMd5: text(22),
    serverMd5: text(23),
    etagIdentifier: text(24),
    lastModifiedTime: text(25),
    conditionsUsed: text(26),
    userAgentHeader: text(27),
    referrerHeader: text(28),
    clientRequestId: text(29),
    userObjectId: text(30),
    tenantId: text(31),
    applicationId: text(32),
    audience: text(33),
    issuer: text(34),
    userPrincipalName: text(35),
    authorizationDetail: text(37),
  };
}
