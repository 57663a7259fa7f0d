/** Limits of `extensions.http`; -1 is unbounded (§6.8). */
export type ThrottleLimits = { readonly maxOutstandingRequests: number; readonly maxConcurrentRequests: number };

/** Lets `maxConcurrentRequests` run, keeps the others waiting in order, and refuses beyond `maxOutstandingRequests`. */
export class Throttle {
  readonly #limits: ThrottleLimits;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(limits: ThrottleLimits) {
    this.#limits = limits;
  }

  /** @returns a function to call once the request has ended, or undefined when the queue is full */
  async enter(): Promise<(() => void) | undefined> {
    const { maxOutstandingRequests, maxConcurrentRequests } = this.#limits;
    const outstanding = this.#running + this.#waiting.length;
    if (maxOutstandingRequests >= 0 && outstanding >= maxOutstandingRequests) return undefined;
    if (maxConcurrentRequests > 0 && this.#running >= maxConcurrentRequests) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running++;
    }
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const next = this.#waiting.shift();
      // the place goes straight to the one that waits longest
      if (next === undefined) this.#running--;
      else next();
    };
  }
}
