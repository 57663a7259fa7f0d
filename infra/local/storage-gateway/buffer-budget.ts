/** Memory that the log may hold while storage does not take it, in bytes, shared by all accounts and services. */
export const maxBufferedBytes = 64 * 1024 * 1024;

/** Counts what is held in memory, and says when it is full. */
export class BufferBudget {
  readonly #limit: number;
  #used = 0;

  constructor(limit: number = maxBufferedBytes) {
    this.#limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  /** @returns false, and takes nothing, if there is no room */
  take(bytes: number): boolean {
    if (this.#used + bytes > this.#limit) return false;
    this.#used += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#used -= bytes;
  }
}
