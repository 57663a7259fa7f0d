/** Text functions that SQL has no equal for. */
import { keyValues, type KeyValueOptions } from "./key-values.js";
import { deflateSync, gunzipSync, gzipSync, inflateSync } from "node:zlib";
import { type NativeFunction } from "../functions/function.js";
import { parseGuid } from "../literal.js";
import { define } from "./define.js";
import { isArray, jsonNumber, jsonText, type Json } from "./json.js";
import { parsePath, parseUrl, parseUrlQuery } from "./locations.js";
import { decodePunycode, encodePunycode, mapDomain } from "./punycode.js";

function countOf(text: string, part: string): bigint {
  let count = 0n;
  // overlapping occurrences count
  if (part !== "") for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + 1)) count++;
  return count;
}

/** 0-based position of the `occurrence`th match at or after `start`, within `length` characters; -1 without one. */
function indexOf(
  text: string,
  start: bigint | null,
  length: bigint | null,
  occurrence: bigint | null,
  find: (from: number) => number,
): bigint | null {
  const size = text.length;
  let from = Number(start ?? 0n);
  if (from < 0) from = Math.max(0, size + from);
  const until = length === null || length < 0n ? size : Math.min(size, from + Number(length));
  let left = Number(occurrence ?? 1n);
  if (left < 1) return null;
  for (let at = find(from); at !== -1 && at < until; at = find(at + 1)) if (--left === 0) return BigInt(at);
  return -1n;
}

/** Lookups are replaced in their order; what is replaced already stays as it is. */
function replaceAll(text: string, lookups: readonly string[], to: Json): string {
  let segments: readonly { readonly text: string; readonly done: boolean }[] = [{ text, done: false }];
  for (const [index, lookup] of lookups.entries()) {
    if (lookup === "") continue;
    const replacement = { text: jsonText(isArray(to) ? (to[index] ?? "") : to), done: true };
    segments = segments.flatMap((segment) => {
      if (segment.done) return [segment];
      return segment.text
        .split(lookup)
        .flatMap((part, at) => [...(at === 0 ? [] : [replacement]), { text: part, done: false }]);
    });
  }
  return segments.map((segment) => segment.text).join("");
}

function translate(from: string, to: string, text: string): string {
  const [search, replacement] = [Array.from(from), Array.from(to)];
  const last = replacement.at(-1) ?? "";
  return Array.from(text)
    .map((character) => {
      const at = search.indexOf(character);
      return at === -1 ? character : (replacement[at] ?? last);
    })
    .join("");
}

function strictUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function base64Bytes(text: string): Buffer | null {
  return /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0 ? Buffer.from(text, "base64") : null;
}

function unpack(text: string, inflate: (bytes: Uint8Array) => Buffer): string | null {
  const bytes = base64Bytes(text);
  if (bytes === null || bytes.length === 0) return null;
  try {
    return strictUtf8(inflate(bytes));
  } catch (error) {
    if (error instanceof Error && "code" in error && String(error.code).startsWith("Z_")) return null;
    throw error;
  }
}

/** GUIDs are stored with their first three parts in little-endian order. */
function guidOfBytes(bytes: Buffer): string | null {
  if (bytes.length !== 16) return null;
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  return parseGuid(order.map((index) => (bytes[index] ?? 0).toString(16).padStart(2, "0")).join("")) ?? null;
}

function bytesOfGuid(guid: string): Buffer {
  const hex = guid.replaceAll("-", "");
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  return Buffer.from(order.map((index) => Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16)));
}

function hex(value: bigint, length: bigint | null): string {
  return BigInt.asUintN(64, value)
    .toString(16)
    .padStart(Number(length ?? 0n), "0");
}

function bytesText(size: number, precision: bigint | null, unit: string | null): string {
  const names = ["Bytes", "KB", "MB", "GB", "TB", "PB", "EB"];
  const fitting = Math.min(
    names.length - 1,
    Math.max(0, Math.floor(Math.log(Math.max(1, Math.abs(size))) / Math.log(1024))),
  );
  const chosen =
    unit === null || unit === ""
      ? fitting
      : Math.max(
          0,
          names.findIndex((name) => name.toLowerCase() === unit.toLowerCase()),
        );
  const value = size / 1024 ** chosen;
  return `${Number(value.toFixed(Number(precision ?? 0n)))} ${names[chosen] ?? "Bytes"}`;
}

function csvFields(text: string): Json {
  const fields: string[] = [];
  let [field, quoted] = ["", false];
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? "";
    if (quoted) {
      if (character === '"' && text[at + 1] === '"') field += text[++at] ?? "";
      else if (character === '"') quoted = false;
      else field += character;
    } else if (character === '"' && field === "") quoted = true;
    else if (character === ",") {
      fields.push(field);
      field = "";
    } else if (character === "\n" || character === "\r") break;
    else field += character;
  }
  return [...fields, field];
}

/** Words of a Windows command line: blanks separate, quotes group, a backslash escapes a quote. */
function commandLine(text: string): Json {
  const words: string[] = [];
  let [word, quoted, started] = ["", false, false];
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? "";
    if (character === "\\" && text[at + 1] === '"') {
      word += text[++at] ?? "";
      started = true;
    } else if (character === '"') {
      quoted = !quoted;
      started = true;
    } else if (/\s/.test(character) && !quoted) {
      if (started) words.push(word);
      [word, started] = ["", false];
    } else {
      word += character;
      started = true;
    }
  }
  return started ? [...words, word] : words;
}

/** Four parts of up to eight digits as one number that compares like the version. */
function version(text: string): string | null {
  const parts = text.split(".");
  if (parts.length < 1 || parts.length > 4 || !parts.every((part) => /^\d{1,8}$/.test(part))) return null;
  const padded = [...parts, "0", "0", "0"].slice(0, 4);
  return String(padded.reduce((sum, part) => sum * 100_000_000n + BigInt(part), 0n));
}

function extractByPath(path: string, text: string): Json {
  const steps = [...path.replace(/^\$/, "").matchAll(/\.([^.[\]]+)|\[(\d+)\]|\['([^']*)'\]|\["([^"]*)"\]/g)];
  let at: unknown;
  try {
    at = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  for (const [, name, index, quoted, doubleQuoted] of steps) {
    if (typeof at !== "object" || at === null) return null;
    at = (at as Record<string, unknown>)[name ?? index ?? quoted ?? doubleQuoted ?? ""];
  }
  if (at === undefined || at === null) return null;
  return typeof at === "string" ? at : JSON.stringify(at);
}

export const textNatives: readonly NativeFunction[] = [
  define("indexof", ["string", "string", "long", "long", "long"], "long", (text, part, start, length, occurrence) =>
    text === null || part === null
      ? null
      : indexOf(text, start, length, occurrence, (from) => text.indexOf(part, from)),
  ),
  define("replace_strings", ["string", "dynamic", "dynamic"], "string", (text, from, to) =>
    text === null || !isArray(from) ? text : replaceAll(text, from.map(jsonText), to),
  ),
  define("countof", ["string", "string"], "long", (text, part) =>
    text === null || part === null ? null : countOf(text, part),
  ),
  define("strrep", ["string", "long", "string"], "string", (text, count, delimiter) =>
    text === null
      ? null
      : Array.from({ length: Math.max(0, Math.min(1024, Number(count ?? 0n))) }, () => text).join(delimiter ?? ""),
  ),
  define("translate", ["string", "string", "string"], "string", (from, to, text) =>
    translate(from ?? "", to ?? "", text ?? ""),
  ),
  define("tohex", ["long", "long"], "string", (value, length) => (value === null ? null : hex(value, length))),
  define("base64_decode_tostring", ["string"], "string", (text) => {
    const bytes = base64Bytes(text ?? "");
    return bytes === null ? null : strictUtf8(bytes);
  }),
  define("base64_decode_toarray", ["string"], "dynamic", (text) => {
    const bytes = base64Bytes(text ?? "");
    return bytes === null ? null : [...bytes].map(BigInt);
  }),
  define("base64_encode_fromarray", ["dynamic"], "string", (bytes) =>
    isArray(bytes) ? Buffer.from(bytes.map((byte) => jsonNumber(byte) ?? 0)).toString("base64") : null,
  ),
  define("base64_decode_toguid", ["string"], "guid", (text) => guidOfBytes(base64Bytes(text ?? "") ?? Buffer.alloc(0))),
  define("base64_encode_fromguid", ["guid"], "string", (guid) =>
    guid === null ? null : bytesOfGuid(guid).toString("base64"),
  ),
  define("url_encode", ["string"], "string", (text) =>
    encodeURIComponent(text ?? "")
      .replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())
      .replace(/%20/g, "+")
      .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`),
  ),
  define("url_decode", ["string"], "string", (text) => decodeUrl(text ?? "")),
  define("unicode_codepoints_from_string", ["string"], "dynamic", (text) =>
    Array.from(text ?? "", (character) => BigInt(character.codePointAt(0) ?? 0)),
  ),
  define("unicode_codepoints_to_string", ["dynamic"], "string", (args) =>
    [args]
      .flat(3)
      .map((value) => jsonNumber(value))
      .filter((code) => code !== null && code >= 0 && code <= 0x10ffff)
      .map((code) => String.fromCodePoint(code ?? 0))
      .join(""),
  ),
  define("parse_csv", ["string"], "dynamic", (text) => csvFields(text ?? "")),
  define("parse_url", ["string"], "dynamic", (text) => parseUrl(text ?? "")),
  define("parse_urlquery", ["string"], "dynamic", (text) => new Map([["Query Parameters", parseUrlQuery(text ?? "")]])),
  define("parse_path", ["string"], "dynamic", (text) => parsePath(text ?? "")),
  define("parse_version", ["string"], "decimal", (text) => version(text ?? "")),
  define("parse_command_line", ["string", "string"], "dynamic", (text) => commandLine(text ?? "")),
  define("parse_kv", ["string", "string"], "dynamic", (text, options) =>
    keyValues(text ?? "", JSON.parse(options ?? "{}") as KeyValueOptions),
  ),
  define("extract_json", ["string", "string"], "string", (path, text) => {
    const found = extractByPath(path ?? "", text ?? "");
    return found === null ? null : jsonText(found);
  }),
  define("isascii", ["string"], "bool", (text) => !/[^\0-\x7f]/.test(text ?? "")),
  define("isutf8", ["string"], "bool", () => true),
  define("regex_quote", ["string"], "string", (text) => (text ?? "").replace(/[\\^$.|?*+()[\]{}#\s-]/g, "\\$&")),
  define("punycode_from_string", ["string"], "string", (text) => encodePunycode(text ?? "")),
  define("punycode_to_string", ["string"], "string", (text) => decodePunycode(text ?? "")),
  define("punycode_domain_from_string", ["string"], "string", (text) =>
    mapDomain(text ?? "", (label) => (/[^\0-\x7f]/.test(label) ? `xn--${encodePunycode(label) ?? ""}` : label)),
  ),
  define("punycode_domain_to_string", ["string"], "string", (text) =>
    mapDomain(text ?? "", (label) => (label.startsWith("xn--") ? (decodePunycode(label.slice(4)) ?? "") : label)),
  ),
  define("has_any_index", ["string", "dynamic"], "long", (text, terms) => {
    if (text === null || !isArray(terms)) return -1n;
    return BigInt(terms.findIndex((term) => hasTerm(text, jsonText(term))));
  }),
  define("gzip_compress_to_base64_string", ["string"], "string", (text) => gzipSync(text ?? "").toString("base64")),
  define("gzip_decompress_from_base64_string", ["string"], "string", (text) => unpack(text ?? "", gunzipSync)),
  define("zlib_compress_to_base64_string", ["string"], "string", (text) =>
    deflateSync(text ?? "", { level: 0 }).toString("base64"),
  ),
  define("zlib_decompress_from_base64_string", ["string"], "string", (text) => unpack(text ?? "", inflateSync)),
  define("format_bytes", ["real", "long", "string"], "string", (size, precision, unit) =>
    size === null ? null : bytesText(size, precision, unit),
  ),
  define("parse_guid", ["string"], "guid", (text) => parseGuid(text ?? "") ?? null),
];

/** The term rule of `has`: bounded by anything that is neither letter nor digit. */
export function hasTerm(text: string, term: string): boolean {
  const escaped = term.replace(/[\\^$.|?*+()[\]{}/]/g, "\\$&");
  const left = /^[\p{L}\p{N}]/u.test(term) ? "(?<![\\p{L}\\p{N}])" : "";
  const right = /[\p{L}\p{N}]$/u.test(term) ? "(?![\\p{L}\\p{N}])" : "";
  return new RegExp(left + escaped + right, "iu").test(text);
}

function decodeUrl(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
