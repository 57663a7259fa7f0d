/** IPv4 and IPv6 addresses, with or without a prefix length. What is malformed is null. */
import { type NativeFunction } from "../functions/function.js";
import { define } from "./define.js";
import { isArray, jsonText, type Json } from "./json.js";

interface Network {
  readonly address: bigint;
  readonly prefix: number;
}

export function parseIpv4(text: string): Network | null {
  const match = /^\s*(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?\s*$/.exec(text);
  if (match === null) return null;
  const octets = match.slice(1, 5).map(Number);
  const prefix = match[5] === undefined ? 32 : Number(match[5]);
  if (octets.some((octet) => octet > 255) || prefix > 32) return null;
  return { address: octets.reduce((sum, octet) => sum * 256n + BigInt(octet), 0n), prefix };
}

/** IPv4 addresses are taken as their mapped form (`::ffff:a.b.c.d`). */
export function parseIpv6(text: string): Network | null {
  const [address = "", prefixText, ...rest] = text.trim().split("/");
  if (rest.length > 0) return null;
  const four = parseIpv4(text);
  if (four !== null) return { address: 0xffff_0000_0000n + four.address, prefix: 96 + four.prefix };
  // `::a.b.c.d` counts as a mapped address, too
  const compatible = text.trim().startsWith("::") ? parseIpv4(text.trim().slice(2)) : null;
  if (compatible !== null) return { address: 0xffff_0000_0000n + compatible.address, prefix: 96 + compatible.prefix };
  const prefix = prefixText === undefined ? 128 : Number(prefixText);
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > 128 || !address.includes(":")) return null;
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  const mapped = tail === null ? null : parseIpv4(tail[2] ?? "");
  const plain =
    mapped === null || tail === null
      ? address
      : `${tail[1] ?? ""}${(mapped.address >> 16n).toString(16)}:${(mapped.address & 0xffffn).toString(16)}`;
  const halves = plain.split("::");
  if (halves.length > 2) return null;
  const groups = (half: string) => (half === "" ? [] : half.split(":"));
  const [head, end] = [groups(halves[0] ?? ""), groups(halves[1] ?? "")];
  const missing = 8 - head.length - end.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const all = [...head, ...Array.from({ length: halves.length === 2 ? missing : 0 }, () => "0"), ...end];
  if (!all.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null;
  return { address: all.reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n), prefix };
}

function masked(address: bigint, prefix: number, bits: number): bigint {
  const drop = BigInt(bits - Math.max(0, prefix));
  return (address >> drop) << drop;
}

/** Compares under the shortest of both prefixes and the given one: -1, 0, 1. */
function compare(a: Network | null, b: Network | null, prefix: bigint | null, bits: number): bigint | null {
  if (a === null || b === null) return null;
  const shortest = Math.min(a.prefix, b.prefix, prefix === null ? bits : Number(prefix));
  const [x, y] = [masked(a.address, shortest, bits), masked(b.address, shortest, bits)];
  return x < y ? -1n : x > y ? 1n : 0n;
}

function inRange(address: Network | null, range: Network | null, bits: number): boolean | null {
  if (address === null || range === null) return null;
  const prefix = Math.min(address.prefix, range.prefix);
  return masked(address.address, prefix, bits) === masked(range.address, prefix, bits);
}

function inAnyRange(args: Json, parse: (text: string) => Network | null, bits: number): boolean | null {
  const [first, ...rest] = isArray(args) ? args : [];
  const address = parse(jsonText(first ?? null));
  if (address === null) return null;
  const answers = rest
    .flatMap((range) => (isArray(range) ? range : [range]))
    .map((range) => inRange(address, parse(jsonText(range)), bits));
  return answers.includes(true) ? true : answers.every((answer) => answer === null) ? null : false;
}

const privateRanges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map(parseIpv4);

export function formatIpv4(address: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((address >> shift) & 255n)).join(".");
}

function formatIpv6(address: bigint): string {
  return Array.from({ length: 8 }, (_, index) =>
    ((address >> BigInt(112 - 16 * index)) & 0xffffn).toString(16).padStart(4, "0"),
  ).join(":");
}

/** A number, or text with or without a prefix. */
function format(value: Json, mask: bigint | null, withMask: boolean): string | null {
  const parsed = typeof value === "bigint" ? { address: value, prefix: 32 } : parseIpv4(jsonText(value));
  if (parsed === null || parsed.address < 0n || parsed.address > 0xffff_ffffn) return null;
  if (mask !== null && (mask < 0n || mask > 32n)) return null;
  const prefix = mask === null ? parsed.prefix : Math.min(Number(mask), parsed.prefix === 32 ? 32 : parsed.prefix);
  const text = formatIpv4(masked(parsed.address, prefix, 32));
  return withMask ? `${text}/${prefix}` : text;
}

/** Addresses in text: not next to a letter, digit or dot. */
function addressesIn(text: string): readonly string[] {
  return [...text.matchAll(/(?<![\p{L}\p{N}.])\d{1,3}(?:\.\d{1,3}){3}(?![\p{L}\p{N}.])/gu)]
    .map(([address]) => address)
    .filter((address) => parseIpv4(address) !== null);
}

function flat(args: Json): readonly [string, readonly string[]] {
  const [first, ...rest] = isArray(args) ? args : [];
  return [jsonText(first ?? null), rest.flatMap((item) => (isArray(item) ? item : [item])).map(jsonText)];
}

function hasPrefix(text: string, prefixes: readonly string[]): boolean {
  const valid = prefixes.filter((prefix) => /^(\d{1,3}\.){1,3}$|^\d{1,3}(\.\d{1,3}){3}$/.test(prefix));
  return addressesIn(text).some((address) =>
    valid.some((prefix) => (prefix.endsWith(".") ? address.startsWith(prefix) : address === prefix)),
  );
}

function cidrList(from: string, to: string): Json {
  const [start, end] = [parseIpv4(from), parseIpv4(to)];
  if (start === null || end === null || start.address > end.address) return null;
  const blocks: string[] = [];
  for (let at = start.address; at <= end.address;) {
    let size = at === 0n ? 1n << 32n : at & -at;
    while (at + size - 1n > end.address) size >>= 1n;
    blocks.push(`${formatIpv4(at)}/${32 - (size.toString(2).length - 1)}`);
    at += size;
  }
  return blocks;
}

const four = (text: string | null) => parseIpv4(text ?? "");
const six = (text: string | null) => parseIpv6(text ?? "");

export const networkNatives: readonly NativeFunction[] = [
  define("parse_ipv4", ["string"], "long", (text) => {
    const network = four(text);
    return network === null ? null : masked(network.address, network.prefix, 32);
  }),
  define("parse_ipv4_mask", ["string", "long"], "long", (text, prefix) => {
    const network = four(text);
    return network === null || prefix === null || prefix < 0n || prefix > 32n
      ? null
      : masked(network.address, Math.min(network.prefix, Number(prefix)), 32);
  }),
  define("parse_ipv6", ["string"], "string", (text) => {
    const network = six(text);
    return network === null ? null : formatIpv6(masked(network.address, network.prefix, 128));
  }),
  define("parse_ipv6_mask", ["string", "long"], "string", (text, prefix) => {
    const network = six(text);
    if (network === null || prefix === null) return null;
    const wanted = four(text) === null ? Number(prefix) : Number(prefix) + (prefix <= 32n ? 96 : 0);
    return formatIpv6(masked(network.address, Math.min(network.prefix, wanted), 128));
  }),
  define("ipv4_is_private", ["string"], "bool", (text) => {
    const network = four(text);
    return network === null
      ? null
      : privateRanges.some(
          (range) => range !== null && network.prefix >= range.prefix && inRange(network, range, 32) === true,
        );
  }),
  define("ipv4_is_match", ["string", "string", "long"], "bool", (a, b, prefix) => {
    const order = compare(four(a), four(b), prefix, 32);
    return order === null ? null : order === 0n;
  }),
  define("ipv4_compare", ["string", "string", "long"], "long", (a, b, prefix) => compare(four(a), four(b), prefix, 32)),
  define("ipv4_is_in_range", ["string", "string"], "bool", (a, b) => inRange(four(a), four(b), 32)),
  define("ipv4_is_in_any_range", ["dynamic"], "bool", (args) => inAnyRange(args, parseIpv4, 32)),
  define("ipv4_netmask_suffix", ["string"], "long", (text) => {
    const network = four(text);
    return network === null ? null : BigInt(network.prefix);
  }),
  define("ipv4_range_to_cidr_list", ["string", "string"], "dynamic", (from, to) => cidrList(from ?? "", to ?? "")),
  define("ipv6_is_match", ["string", "string", "long"], "bool", (a, b, prefix) => {
    const order = compare(six(a), six(b), prefix, 128);
    return order === null ? null : order === 0n;
  }),
  define("ipv6_compare", ["string", "string", "long"], "long", (a, b, prefix) => compare(six(a), six(b), prefix, 128)),
  define("ipv6_is_in_range", ["string", "string"], "bool", (a, b) => inRange(six(a), six(b), 128)),
  define("ipv6_is_in_any_range", ["dynamic"], "bool", (args) => inAnyRange(args, parseIpv6, 128)),
  define("format_ipv4", ["dynamic", "long"], "string", (value, mask) => format(value, mask, false)),
  define("format_ipv4_mask", ["dynamic", "long"], "string", (value, mask) => format(value, mask, true)),
  define("has_ipv4", ["string", "string"], "bool", (text, address) => addressesIn(text ?? "").includes(address ?? "")),
  define("has_any_ipv4", ["dynamic"], "bool", (args) => {
    const [text, wanted] = flat(args);
    return addressesIn(text).some((address) => wanted.includes(address));
  }),
  define("has_ipv4_prefix", ["string", "string"], "bool", (text, prefix) => hasPrefix(text ?? "", [prefix ?? ""])),
  define("has_any_ipv4_prefix", ["dynamic"], "bool", (args) => hasPrefix(...flat(args))),
];
