const shortestMs = 100;

/** Wait between polls of an empty queue: 100 ms, then doubling steps with jitter up to the maximum (§8.2). */
export class PollingDelay {
  readonly #maximumMs: number;
  readonly #random: () => number;
  #misses = 0;

  constructor(maximumMs: number, random: () => number = Math.random) {
    this.#maximumMs = maximumMs;
    this.#random = random;
  }

  /** Messages were found. */
  reset(): void {
    this.#misses = 0;
  }

  /** Nothing was found. @returns milliseconds to wait before the next poll */
  next(): number {
    const miss = this.#misses++;
    if (miss === 0) return Math.min(shortestMs, this.#maximumMs);
    const step = shortestMs * 2 ** Math.min(miss - 1, 30) * (0.8 + 0.4 * this.#random());
    return Math.min(shortestMs + step, this.#maximumMs);
  }
}
