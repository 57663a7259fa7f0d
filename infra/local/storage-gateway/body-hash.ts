import { createHash, type Hash } from "node:crypto";
import { type BufferBudget } from "./buffer-budget.js";

/** Bytes of bodies that all requests together may keep until they are hashed. */
export const maxUnhashedBytes = 16 * 1024 * 1024;

/**
 * MD5 of a body that passes, taken while nothing else is to be done: hashing takes as long as everything else about an
 * upload, and while the server is busy with what it got, the gateway has the time. Until then the bytes are kept; what
 * finds no room in the budget is hashed as it comes.
 */
export class BodyHash {
  readonly #hash: Hash = createHash("md5");
  readonly #budget: BufferBudget;
  readonly #kept: Buffer[] = [];
  #next = 0;
  #turn: NodeJS.Immediate | undefined;
  /** Bytes have come since the last turn of the event loop. */
  #receiving = false;

  constructor(budget: BufferBudget) {
    this.#budget = budget;
  }

  /** @param bytes must stay as they are */
  update(bytes: Buffer): void {
    this.#receiving = true;
    while (!this.#budget.take(bytes.length)) {
      if (this.#hashNext()) continue;
      this.#hash.update(bytes);
      return;
    }
    this.#kept.push(bytes);
    this.#turn ??= setImmediate(this.#onTurn);
  }

  /** In base64; nothing can be added afterwards. */
  digest(): string {
    clearImmediate(this.#turn);
    while (this.#hashNext());
    return this.#hash.digest("base64");
  }

  /** Nobody wants to know any more. */
  drop(): void {
    clearImmediate(this.#turn);
    for (const bytes of this.#kept.slice(this.#next)) this.#budget.release(bytes.length);
    this.#kept.length = 0;
  }

  /** Hashes what came in one read: about 0.1 ms. */
  readonly #onTurn = (): void => {
    if (!this.#receiving) this.#hashNext();
    this.#receiving = false;
    this.#turn = this.#kept.length > 0 ? setImmediate(this.#onTurn) : undefined;
  };

  /** @returns false if there was nothing left to hash */
  #hashNext(): boolean {
    const bytes = this.#kept[this.#next];
    if (bytes === undefined) return false;
    this.#hash.update(bytes);
    this.#budget.release(bytes.length);
    this.#next += 1;
    if (this.#next === this.#kept.length) this.#kept.length = this.#next = 0;
    return true;
  }
}
