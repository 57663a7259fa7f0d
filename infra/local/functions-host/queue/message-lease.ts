import { type QueueClient } from "@azure/storage-queue";

import { type Log } from "../log.js";
import { storageErrorCode, storageStatus } from "../storage/storage-clients.js";

const category = "Host.Triggers.Queue";
/** A renewal that failed is tried again after this time at the earliest, and after a tenth of the lease at most. */
const shortestRetryMs = 250;

/** Our hold on one received message. Each renewal changes the pop receipt, and the newest one completes it (§8.3). */
export class MessageLease {
  readonly #queue: QueueClient;
  readonly #messageId: string;
  readonly #leaseMs: number;
  readonly #log: Log;
  #popReceipt: string;
  #timer: NodeJS.Timeout | undefined;
  #renewal: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(
    queue: QueueClient,
    message: { readonly messageId: string; readonly popReceipt: string },
    leaseMs: number,
    log: Log,
  ) {
    this.#queue = queue;
    this.#messageId = message.messageId;
    this.#popReceipt = message.popReceipt;
    this.#leaseMs = leaseMs;
    this.#log = log;
  }

  /** Begins to renew at half-life. */
  keep(): void {
    this.#schedule(this.#leaseMs / 2);
  }

  /** Ends the renewals; a running one is waited for, since it changes the pop receipt. */
  async stopRenewing(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#renewal;
  }

  /** Deletes the message. One that somebody else has received or deleted meanwhile is only logged. */
  async complete(): Promise<void> {
    try {
      await this.#queue.deleteMessage(this.#messageId, this.#popReceipt);
    } catch (error) {
      if (!isNoLongerOurs(error)) throw error;
      this.#logLost("could not be deleted");
    }
  }

  /** Makes the message visible again after `delayMs`, content unchanged. */
  async release(delayMs: number): Promise<void> {
    try {
      await this.#queue.updateMessage(this.#messageId, this.#popReceipt, undefined, Math.round(delayMs / 1_000));
    } catch (error) {
      if (!isNoLongerOurs(error)) throw error;
      this.#logLost("could not be released");
    }
  }

  #schedule(ms: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#renewal = this.#renew();
    }, ms);
  }

  async #renew(): Promise<void> {
    try {
      const seconds = Math.ceil(this.#leaseMs / 1_000);
      const answer = await this.#queue.updateMessage(this.#messageId, this.#popReceipt, undefined, seconds);
      this.#popReceipt = answer.popReceipt ?? this.#popReceipt;
      this.#schedule(this.#leaseMs / 2);
    } catch (error) {
      if (isNoLongerOurs(error)) this.#logLost("could not be kept; the function runs on");
      else this.#schedule(Math.max(shortestRetryMs, this.#leaseMs / 10));
    }
  }

  #logLost(what: string): void {
    const text = `Message '${this.#messageId}' of queue '${this.#queue.name}' ${what}: somebody else has received or deleted it.`;
    this.#log("warning", category, text);
  }
}

function isNoLongerOurs(error: unknown): boolean {
  return storageStatus(error) === 404 || storageErrorCode(error) === "PopReceiptMismatch";
}
