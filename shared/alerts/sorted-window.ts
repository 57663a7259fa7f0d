import { at, quantileOfSorted } from "./order-statistics.js";

/** The values of a moving window in ascending order, so that its median costs no sorting. */
export class SortedWindow {
  readonly #values: Float64Array;
  #count = 0;

  /** @param room most values at one time */
  constructor(room: number) {
    this.#values = new Float64Array(room);
  }

  get count(): number {
    return this.#count;
  }

  /** NaN if there are no values. */
  get median(): number {
    return quantileOfSorted(this.#values.subarray(0, this.#count), 0.5);
  }

  /** Values that are not finite are no part of the window. */
  add(value: number): void {
    if (!Number.isFinite(value)) return;
    const place = this.#placeOf(value);
    this.#values.copyWithin(place + 1, place, this.#count);
    this.#values[place] = value;
    this.#count++;
  }

  /** Takes out one value that was added. */
  remove(value: number): void {
    if (!Number.isFinite(value)) return;
    const place = this.#placeOf(value);
    this.#values.copyWithin(place, place + 1, this.#count);
    this.#count--;
  }

  clear(): void {
    this.#count = 0;
  }

  /** The first place whose value is not smaller. */
  #placeOf(value: number): number {
    let [low, high] = [0, this.#count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (at(this.#values, middle) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
