import { type NativeFunction } from "../functions/function.js";
import { define } from "./define.js";

/** XXH64 (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md), which Kusto's `hash` is made of. */
const [p1, p2, p3, p4, p5] = [
  0x9e3779b185ebca87n,
  0xc2b2ae3d27d4eb4fn,
  0x165667b19e3779f9n,
  0x85ebca77c2b2ae63n,
  0x27d4eb2f165667c5n,
];
const u64 = (value: bigint) => BigInt.asUintN(64, value);
const rotate = (value: bigint, by: bigint) => u64((value << by) | (u64(value) >> (64n - by)));
const round = (lane: bigint, input: bigint) => u64(rotate(u64(lane + input * p2), 31n) * p1);
const merge = (hash: bigint, lane: bigint) => u64((hash ^ round(0n, lane)) * p1 + p4);

export function xxhash64(bytes: Buffer): bigint {
  let at = 0;
  let hash = p5;
  if (bytes.length >= 32) {
    let lanes = [u64(p1 + p2), p2, 0n, u64(-p1)];
    for (; at + 32 <= bytes.length; at += 32) {
      const start = at;
      lanes = lanes.map((lane, index) => round(lane, bytes.readBigUInt64LE(start + 8 * index)));
    }
    hash = u64(lanes.reduce((sum, lane, index) => sum + rotate(lane, [1n, 7n, 12n, 18n][index] ?? 1n), 0n));
    hash = lanes.reduce(merge, hash);
  }
  hash = u64(hash + BigInt(bytes.length));
  for (; at + 8 <= bytes.length; at += 8)
    hash = u64(rotate(hash ^ round(0n, bytes.readBigUInt64LE(at)), 27n) * p1 + p4);
  if (at + 4 <= bytes.length) {
    hash = u64(rotate(hash ^ u64(BigInt(bytes.readUInt32LE(at)) * p1), 23n) * p2 + p3);
    at += 4;
  }
  for (; at < bytes.length; at++) hash = u64(rotate(hash ^ u64(BigInt(bytes[at] ?? 0) * p5), 11n) * p1);
  hash = u64((hash ^ (hash >> 33n)) * p2);
  hash = u64((hash ^ (hash >> 29n)) * p3);
  return hash ^ (hash >> 32n);
}

/** Bytes of a value as the service hashes it: text in UTF-8, whole numbers and ticks in eight bytes, least first. */
export function hashText(text: string): bigint {
  return BigInt.asIntN(64, xxhash64(Buffer.from(text, "utf8")));
}

export function hashLong(value: bigint): bigint {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return BigInt.asIntN(64, xxhash64(bytes));
}

export function hashReal(value: number): bigint {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return BigInt.asIntN(64, xxhash64(bytes));
}

function modulo(hash: bigint, divisor: bigint | null): bigint | null {
  if (divisor === null) return hash;
  return divisor <= 0n ? null : ((hash % divisor) + divisor) % divisor;
}

export const hashNatives: readonly NativeFunction[] = [
  define("hash_text", ["string", "long"], "long", (text, divisor) => modulo(hashText(text ?? ""), divisor)),
  define("hash_long", ["long", "long"], "long", (value, divisor) =>
    value === null ? null : modulo(hashLong(value), divisor),
  ),
  define("hash_real", ["real", "long"], "long", (value, divisor) =>
    value === null ? null : modulo(hashReal(value), divisor),
  ),
];
