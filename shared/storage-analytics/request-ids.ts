/** Bytes of one hash in a packed list. */
export const requestIdBytes = 8;

const littleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
const firstSlots = 1_024;

/** 64-bit hash of what makes an entry of a log unique, as two unsigned halves. */
export interface RequestIdHash {
  readonly high: number;
  readonly low: number;
}

/** Takes in the UTF-8 bytes of a request id one by one, so that a scanner needs no string. Begin with the two seeds. */
export const highSeed = 0x9e3779b9 | 0;
export const lowSeed = 0x243f6a88 | 0;
export const nextHigh = (hash: number, code: number): number => Math.imul(hash ^ code, 0x9e3779b1);
export const nextLow = (hash: number, code: number): number => Math.imul(hash ^ code, 0x5f356495);

/** Mixes both halves until each bit of the id and of the operation count reaches each bit of the hash. */
export function finishRequestId(high: number, low: number, operationCount: number): RequestIdHash {
  let a = high ^ operationCount;
  let b = low;
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  a = Math.imul(a ^ (a >>> 15), 0x2c1b3c6d) ^ b;
  a ^= a >>> 16;
  b ^= b >>> 16;
  return { high: a >>> 0, low: b >>> 0 };
}

/**
 * Hash of (request id, operation count), by which Azure says that duplicates within an hour are known. Among the
 * million requests of an hour, two that are none collide once in 30 million hours. The service makes the ids, not its
 * callers: nobody can choose two that collide.
 */
export function hashRequestId(requestId: string, operationCount: number): RequestIdHash {
  // by bytes, as a scanner has them
  const bytes = Buffer.from(requestId);
  let high = highSeed;
  let low = lowSeed;
  for (const byte of bytes) {
    high = nextHigh(high, byte);
    low = nextLow(low, byte);
  }
  return finishRequestId(high, low, operationCount);
}

/** 0, 0 marks a free slot: that one hash stands for its neighbour, too. */
const placeOf = (high: number, low: number): number => (high === 0 && low === 0 ? 1 : low);

/** A set of hashes in 16 to 32 bytes each. */
export class RequestIdSet {
  /** Pairs of high and low; 0, 0 is a free slot. */
  #slots = new Uint32Array(2 * firstSlots);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(high: number, low: number): boolean {
    return this.#isTaken(this.#slotOf(high, placeOf(high, low)));
  }

  /** @returns whether it was not there before */
  add(high: number, low: number): boolean {
    if (4 * this.#size >= this.#slots.length) this.#grow();
    const place = placeOf(high, low);
    const slot = this.#slotOf(high, place);
    if (this.#isTaken(slot)) return false;
    this.#slots[slot] = high;
    this.#slots[slot + 1] = place;
    this.#size += 1;
    return true;
  }

  /** @throws RangeError if it is not a whole number of hashes, like the next one */
  addAll(packed: Uint8Array): void {
    const view = viewOf(packed);
    for (let at = 0; at < packed.length; at += requestIdBytes)
      this.add(view.getUint32(at + 4, true), view.getUint32(at, true));
  }

  /** Whether one of the hashes of a packed list is in the set. */
  hasAnyOf(packed: Uint8Array): boolean {
    const view = viewOf(packed);
    for (let at = 0; at < packed.length; at += requestIdBytes) {
      if (this.has(view.getUint32(at + 4, true), view.getUint32(at, true))) return true;
    }
    return false;
  }

  /** All hashes, ascending, `requestIdBytes` each. */
  toSortedBytes(): Uint8Array {
    const words = new Uint32Array(2 * this.#size);
    let at = 0;
    for (let slot = 0; slot < this.#slots.length; slot += 2) {
      const high = this.#slots[slot] ?? 0;
      const low = this.#slots[slot + 1] ?? 0;
      if (high === 0 && low === 0) continue;
      words[at++] = littleEndian ? low : high;
      words[at++] = littleEndian ? high : low;
    }
    const sorted = new BigUint64Array(words.buffer).sort();
    const bytes = new Uint8Array(sorted.buffer);
    return littleEndian ? bytes : swapped(bytes);
  }

  #isTaken(slot: number): boolean {
    return this.#slots[slot] !== 0 || this.#slots[slot + 1] !== 0;
  }

  #slotOf(high: number, low: number): number {
    const mask = this.#slots.length / 2 - 1;
    let index = (high ^ low) & mask;
    for (;;) {
      const slotHigh = this.#slots[2 * index];
      const slotLow = this.#slots[2 * index + 1];
      if ((slotHigh === high && slotLow === low) || (slotHigh === 0 && slotLow === 0)) return 2 * index;
      index = (index + 1) & mask;
    }
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Uint32Array(2 * before.length);
    for (let slot = 0; slot < before.length; slot += 2) {
      const high = before[slot] ?? 0;
      const low = before[slot + 1] ?? 0;
      if (high === 0 && low === 0) continue;
      const to = this.#slotOf(high, low);
      this.#slots[to] = high;
      this.#slots[to + 1] = low;
    }
  }
}

function viewOf(packed: Uint8Array): DataView {
  if (packed.length % requestIdBytes !== 0) throw new RangeError(`${packed.length} bytes are no list of 64-bit hashes`);
  return new DataView(packed.buffer, packed.byteOffset, packed.length);
}

const swapped = (bytes: Uint8Array): Uint8Array => new Uint8Array(Buffer.from(bytes).swap64());
