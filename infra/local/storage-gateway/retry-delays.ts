import { setTimeout as delay } from "node:timers/promises";

const firstRetryMs = 250;
/** Milliseconds between two tries, at most: how late the log notices that storage is back. */
export const lastRetryMs = 5_000;

/** Waits longer from time to time, with jitter; ends early when the log is stopped. */
export class RetryDelays {
  readonly #stopped: AbortSignal;
  #nextMs = firstRetryMs;

  constructor(stopped: AbortSignal) {
    this.#stopped = stopped;
  }

  async wait(): Promise<void> {
    const waitMs = this.#nextMs * (0.5 + Math.random() / 2);
    this.#nextMs = Math.min(2 * this.#nextMs, lastRetryMs);
    try {
      await delay(waitMs, undefined, { signal: this.#stopped });
    } catch (error) {
      if (!this.#stopped.aborted) throw error;
    }
  }
}
