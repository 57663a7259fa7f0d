/** Names that are kept as bytes; beyond that a name is new each time. */
const maxNames = 4_096;
/** Four times as many slots, so that a free one is near. A power of two. */
const slots = 16_384;

/** What a name hashes to before its first byte; each byte `b` makes it `nextHash(hash, b)`. FNV-1a. */
export const emptyHash = 0x811c9dc5 | 0;
export const nextHash = (hash: number, byte: number): number => Math.imul(hash ^ byte, 0x01000193);

/**
 * Values of names that stand as bytes in a buffer, found without making a string. Names are compared byte by byte,
 * so a hash that an attacker chose costs time and nothing else.
 */
export class ByteNames<Value> {
  readonly #describe: (name: string) => Value;
  /** Open addressing: a name stands at the slot of its hash or after it, before the next free one. */
  readonly #known = new Array<{ readonly name: Uint8Array; readonly value: Value } | undefined>(slots).fill(undefined);
  #size = 0;

  /** @param describe makes the value of a name that was not seen before */
  constructor(describe: (name: string) => Value) {
    this.#describe = describe;
  }

  /** @param hash of the bytes from `start` to before `end` */
  valueOf(bytes: Buffer, start: number, end: number, hash: number): Value {
    let slot = hash & (slots - 1);
    for (;;) {
      const known = this.#known[slot];
      if (known === undefined) break;
      if (isSame(known.name, bytes, start, end)) return known.value;
      slot = (slot + 1) & (slots - 1);
    }
    const value = this.#describe(bytes.toString("utf8", start, end));
    if (this.#size < maxNames) {
      this.#known[slot] = { name: Uint8Array.from(bytes.subarray(start, end)), value };
      this.#size += 1;
    }
    return value;
  }
}

function isSame(name: Uint8Array, bytes: Buffer, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let index = 0; index < name.length; index++) {
    if (name[index] !== bytes[start + index]) return false;
  }
  return true;
}
