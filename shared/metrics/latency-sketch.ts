import { type ByteReader, type ByteWriter, MalformedBytes } from "./packed-bytes.js";

/** A quantile differs from the true one by at most this share of it. */
export const relativeError = 0.01;

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
  #counts = new Float64Array(0);
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
    for (const [bucket, times] of other.entries()) this.#addTo(bucket, times);
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
    const entries = [...this.entries()];
    to.integer(entries.length);
    let last = 0;
    for (const [bucket, times] of entries) {
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
    if (this.#counts[bucket - this.#first] === undefined) this.#widen(bucket);
    const index = bucket - this.#first;
    this.#counts[index] = (this.#counts[index] ?? 0) + times;
  }

  #widen(bucket: number): void {
    const empty = this.#counts.length === 0;
    const first = empty ? bucket : Math.min(this.#first, bucket);
    const last = empty ? bucket : Math.max(this.#first + this.#counts.length - 1, bucket);
    // some room to the right, where latencies spread to
    const wider = new Float64Array(last - first + 8);
    wider.set(this.#counts, empty ? 0 : this.#first - first);
    this.#counts = wider;
    this.#first = first;
  }
}

function middleOf(bucket: number): number {
  if (bucket === 0) return 0;
  const middle = (2 * gamma ** (bucket - 1)) / (gamma + 1);
  return middle < exactBelowMs ? Math.round(middle) : middle;
}
