/** Names that are kept as bytes; beyond that a name is new each time. */
const maxNames = 4_096;
/** Slots at first: most logs are short, and have few names. A power of two, like `growth`. */
const firstSlots = 256;
/** There are at least four times as many slots as names, so that a free one is near. */
const slotsPerName = 4;
const growth = 4;

interface Known<Value> {
  readonly name: Uint8Array;
  readonly hash: number;
  readonly value: Value;
}
type Slots<Value> = (Known<Value> | undefined)[];

const emptySlots = <Value>(length: number): Slots<Value> => new Array<Known<Value> | undefined>(length).fill(undefined);

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
  #known: Slots<Value> = emptySlots(firstSlots);
  #size = 0;

  /** @param describe makes the value of a name that was not seen before */
  constructor(describe: (name: string) => Value) {
    this.#describe = describe;
  }

  /** @param hash of the bytes from `start` to before `end` */
  valueOf(bytes: Buffer, start: number, end: number, hash: number): Value {
    const last = this.#known.length - 1;
    let slot = hash & last;
    for (;;) {
      const known = this.#known[slot];
      if (known === undefined) break;
      if (isSame(known.name, bytes, start, end)) return known.value;
      slot = (slot + 1) & last;
    }
    const value = this.#describe(bytes.toString("utf8", start, end));
    if (this.#size < maxNames) {
      this.#known[slot] = { name: Uint8Array.from(bytes.subarray(start, end)), hash, value };
      this.#size += 1;
      if (this.#size * slotsPerName > this.#known.length) this.#grow();
    }
    return value;
  }

  #grow(): void {
    const before = this.#known;
    this.#known = emptySlots(before.length * growth);
    const last = this.#known.length - 1;
    for (const known of before) {
      if (known === undefined) continue;
      let slot = known.hash & last;
      while (this.#known[slot] !== undefined) slot = (slot + 1) & last;
      this.#known[slot] = known;
    }
  }
}

function isSame(name: Uint8Array, bytes: Buffer, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let index = 0; index < name.length; index++) {
    if (name[index] !== bytes[start + index]) return false;
  }
  return true;
}
