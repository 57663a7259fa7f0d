import { type ByteReader, type ByteWriter, MalformedBytes } from "./packed-bytes.js";

/** A quantile differs from the true one by at most this share of it. */
export const relativeError = 0.01;

/** Buckets that there is room for at first. */
const firstRoom = 32;
const gamma = (1 + relativeError) / (1 - relativeError);
const logGamma = Math.log(gamma);
/** Milliseconds up to which buckets are looked up instead of computed. */
const tableSize = 4_096;
/** Below this, a bucket holds one whole millisecond at most. */
const exactBelowMs = 50;
/** Longest latency told apart, in milliseconds: about 24 days. Longer ones count as this. */
export const maxLatencyMs = 2 ** 31;

const computeBucket = (value: number): number =>
  value < 0.5 ? 0 : 1 + Math.max(0, Math.ceil(Math.log(value) / logGamma));
const maxBucket = computeBucket(maxLatencyMs);
const buckets = Uint16Array.from({ length: tableSize }, (_, value) => computeBucket(value));

/**
 * How many latencies fell into each of about a thousand buckets whose bounds grow by 2 %: a histogram that can be
 * added to another one without loss, unlike percentiles. (The idea of DDSketch: Masson, Rim, Lee, VLDB 2019.)
 */
export class LatencySketch {
  /** Counts of the buckets from `#first` on. */
  #counts: number[] = [];
  #first = 0;

  /** @param milliseconds from 0; beyond `maxLatencyMs` it counts as that */
  add(milliseconds: number, times = 1): void {
    const bucket =
      milliseconds < tableSize && Number.isInteger(milliseconds) && milliseconds >= 0
        ? (buckets[milliseconds] ?? 0)
        : Math.min(computeBucket(milliseconds), maxBucket);
    this.#addTo(bucket, times);
  }

  merge(other: LatencySketch): void {
    const theirs = other.#counts;
    if (theirs.length === 0) return;
    this.#cover(other.#first, other.#first + theirs.length - 1);
    const shift = other.#first - this.#first;
    for (let index = 0; index < theirs.length; index++) {
      this.#counts[index + shift] = (this.#counts[index + shift] ?? 0) + (theirs[index] ?? 0);
    }
  }

  get count(): number {
    return this.#counts.reduce((sum, times) => sum + times, 0);
  }

  /**
   * @param share 0.5: the median; 0.99: 99 of 100 are not longer
   * @returns milliseconds, exact below 50 and within `relativeError` above; undefined if nothing was counted
   */
  quantile(share: number): number | undefined {
    const rank = Math.max(1, Math.ceil(share * this.count));
    let below = 0;
    for (const [bucket, times] of this.entries()) {
      below += times;
      if (below >= rank) return middleOf(bucket);
    }
    return undefined;
  }

  /** Buckets that have counts, in order. */
  *entries(): Generator<readonly [bucket: number, times: number]> {
    for (const [index, times] of this.#counts.entries()) if (times > 0) yield [this.#first + index, times];
  }

  /** Two to four bytes for each bucket that has counts. */
  write(to: ByteWriter): void {
    const counts = this.#counts;
    let used = 0;
    for (const times of counts) if (times > 0) used += 1;
    to.integer(used);
    let last = 0;
    for (let index = 0; index < counts.length; index++) {
      const times = counts[index] ?? 0;
      if (times === 0) continue;
      const bucket = this.#first + index;
      to.integer(bucket - last).integer(times);
      last = bucket;
    }
  }

  /** @throws MalformedBytes */
  static read(from: ByteReader): LatencySketch {
    const sketch = new LatencySketch();
    let bucket = 0;
    for (let left = from.integer(); left > 0; left--) {
      bucket += from.integer();
      if (bucket > maxBucket) throw new MalformedBytes(`a latency sketch has no bucket ${bucket}`);
      sketch.#addTo(bucket, from.integer());
    }
    return sketch;
  }

  #addTo(bucket: number, times: number): void {
    this.#cover(bucket, bucket);
    const index = bucket - this.#first;
    this.#counts[index] = (this.#counts[index] ?? 0) + times;
  }

  /**
   * Makes room from one bucket to another, and at least doubles it, so that room is rarely made; on the side where it is
   * needed, and never for more buckets than there are.
   */
  #cover(from: number, to: number): void {
    const length = this.#counts.length;
    if (length > 0 && from >= this.#first && to < this.#first + length) return;
    const lowest = length === 0 ? from : Math.min(this.#first, from);
    const highest = length === 0 ? to : Math.max(this.#first + length - 1, to);
    const room = Math.min(Math.max(highest - lowest + 1, 2 * length, firstRoom), maxBucket + 1);
    const isLower = length > 0 && from < this.#first;
    const first = Math.max(0, Math.min(isLower ? highest + 1 - room : lowest, maxBucket + 1 - room));
    // an array, because small typed ones are slow to make, and there are two sketches in every cell
    const wider = new Array<number>(room).fill(0);
    const shift = this.#first - first;
    for (let index = 0; index < length; index++) wider[index + shift] = this.#counts[index] ?? 0;
    this.#counts = wider;
    this.#first = first;
  }
}

function middleOf(bucket: number): number {
  if (bucket === 0) return 0;
  const middle = (2 * gamma ** (bucket - 1)) / (gamma + 1);
  return middle < exactBelowMs ? Math.round(middle) : middle;
}
