import { type QueueClient } from "@azure/storage-queue";

import { type FunctionDefinition, isQueueName, type QueueTrigger } from "../app/function-definition.js";
import { type Log } from "../log.js";
import { storageErrorCode } from "../storage/storage-clients.js";
import { MessageLease } from "./message-lease.js";
import { type Decoded, decodeMessage, encodeMessage, type MessageEncoding, type MessageFacts } from "./message-text.js";
import { PollingDelay } from "./polling-delay.js";

/** `extensions.queues` of host.json (§8.1). */
export type QueueSettings = {
  readonly batchSize: number;
  readonly newBatchThreshold: number;
  readonly maxDequeueCount: number;
  readonly visibilityTimeoutMs: number;
  readonly maxPollingIntervalMs: number;
  readonly messageEncoding: MessageEncoding;
};

export type QueueFunction = FunctionDefinition<QueueTrigger>;
export type DecodedMessage = Extract<Decoded, { kind: "decoded" }>;

export type QueueListenerOptions = {
  readonly function: QueueFunction;
  readonly queue: QueueClient;
  /** Opens another queue of the same account. */
  readonly openQueue: (name: string) => QueueClient;
  readonly settings: QueueSettings;
  /** How long a received message stays invisible without renewal, in milliseconds. */
  readonly receiveLeaseMs: number;
  readonly run: (facts: MessageFacts, message: DecodedMessage) => Promise<"succeeded" | "failed">;
  readonly log: Log;
};

type Received = Awaited<ReturnType<QueueClient["receiveMessages"]>>["receivedMessageItems"][number];

const category = "Host.Triggers.Queue";
/** At most one line about a queue that does not answer in this time. */
const complainEveryMs = 60_000;

/** Polls one queue for one function (§8.2), and completes, retries or poisons each message (§8.3, §8.4). */
export class QueueListener {
  readonly #options: QueueListenerOptions;
  readonly #delay: PollingDelay;
  readonly #running = new Set<Promise<void>>();
  #loop: Promise<void> | undefined;
  #stopping = false;
  #wake: (() => void) | undefined;
  #notified = false;
  #finished: (() => void) | undefined;
  #troubleSince: number | undefined;
  #lastComplaint = 0;

  constructor(options: QueueListenerOptions) {
    this.#options = options;
    this.#delay = new PollingDelay(options.settings.maxPollingIntervalMs);
  }

  get queueName(): string {
    return this.#options.queue.name;
  }

  start(): void {
    this.#stopping = false;
    this.#loop ??= this.#poll();
  }

  /** Ends a wait between polls: a message was just sent to this queue. */
  notify(): void {
    this.#notified = true;
    this.#wake?.();
  }

  /** Stops polling and waits for the messages that are being worked on; they are completed as usual (§8.7). */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake?.();
    this.#finished?.();
    await this.#loop;
    this.#loop = undefined;
    await Promise.all(this.#running);
  }

  async #poll(): Promise<void> {
    while (!this.#isStopping()) {
      this.#notified = false;
      const found = await this.#receive();
      for (const message of found) this.#begin(message);
      if (found.length === 0) {
        await this.#pause(this.#delay.next());
        continue;
      }
      this.#delay.reset();
      while (this.#running.size > this.#options.settings.newBatchThreshold && !this.#isStopping()) {
        await this.#oneFinished();
      }
    }
  }

  async #oneFinished(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#finished = resolve;
    });
    this.#finished = undefined;
  }

  // a method, so that the compiler does not take the flag for unchanged across an await
  #isStopping(): boolean {
    return this.#stopping;
  }

  #begin(message: Received): void {
    const work = this.#process(message)
      .catch((error: unknown) => {
        // the message becomes visible again when its lease ends
        this.#complain(`Completing message '${message.messageId}' of queue '${this.queueName}' failed`, error);
      })
      .finally(() => {
        this.#running.delete(work);
        this.#finished?.();
      });
    this.#running.add(work);
  }

  async #receive(): Promise<readonly Received[]> {
    const { queue, settings, receiveLeaseMs, log } = this.#options;
    try {
      const answer = await queue.receiveMessages({
        numberOfMessages: settings.batchSize,
        visibilityTimeout: Math.ceil(receiveLeaseMs / 1_000),
      });
      if (this.#troubleSince !== undefined) {
        log("information", category, `Queue '${queue.name}' answers again.`);
        this.#troubleSince = undefined;
      }
      return answer.receivedMessageItems;
    } catch (error) {
      // the trigger's queue is never created by the listener: whoever sends first creates it (§8.2)
      if (storageErrorCode(error) !== "QueueNotFound") this.#complain(`Polling queue '${queue.name}' failed`, error);
      return [];
    }
  }

  #complain(what: string, error: unknown): void {
    this.#troubleSince ??= Date.now();
    if (Date.now() - this.#lastComplaint < complainEveryMs) return;
    this.#lastComplaint = Date.now();
    const reason = storageErrorCode(error) ?? (error instanceof Error ? error.message : String(error));
    this.#options.log("warning", category, `${what} (${reason}); trying again.`);
  }

  async #process(received: Received): Promise<void> {
    const { settings, run, queue, log, receiveLeaseMs } = this.#options;
    const lease = new MessageLease(queue, received, receiveLeaseMs, log);
    const decoded = decodeMessage(received.messageText, settings.messageEncoding);
    if (decoded.kind === "undecodable") {
      await this.#poison(received, lease, received.messageText, decoded.reason);
      return;
    }
    const content = encodeMessage(decoded.bytes, settings.messageEncoding);
    if (received.dequeueCount > settings.maxDequeueCount) {
      const reason = `it was received ${received.dequeueCount} times and maxDequeueCount is ${settings.maxDequeueCount}`;
      await this.#poison(received, lease, content, reason);
      return;
    }
    lease.keep();
    const outcome = await run(factsOf(received), decoded).finally(() => lease.stopRenewing());
    if (outcome === "succeeded") await lease.complete();
    else if (received.dequeueCount < settings.maxDequeueCount) await lease.release(settings.visibilityTimeoutMs);
    else await this.#poison(received, lease, content, `the last of ${settings.maxDequeueCount} tries failed`);
  }

  async #poison(received: Received, lease: MessageLease, content: string, reason: string): Promise<void> {
    const { log, queue, openQueue } = this.#options;
    const poisonName = `${queue.name}-poison`;
    if (queue.name.endsWith("-poison") || !isQueueName(poisonName)) {
      const text = `Message '${received.messageId}' of queue '${queue.name}' would be moved to a poison queue (${reason}), but there is none for this queue: it stays.`;
      log("warning", category, text);
      return;
    }
    const poison = openQueue(poisonName);
    try {
      await poison.sendMessage(content);
    } catch (error) {
      if (storageErrorCode(error) !== "QueueNotFound") throw error;
      await poison.createIfNotExists();
      await poison.sendMessage(content);
    }
    await lease.complete();
    log(
      "warning",
      category,
      `Message '${received.messageId}' of queue '${queue.name}' was moved to '${poisonName}': ${reason}.`,
    );
  }

  async #pause(ms: number): Promise<void> {
    // a message that was sent while this listener was asking may have been missed
    if (this.#stopping || this.#notified) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }
}

function factsOf(message: Received): MessageFacts {
  return {
    id: message.messageId,
    dequeueCount: message.dequeueCount,
    insertedOn: message.insertedOn,
    expiresOn: message.expiresOn,
    nextVisibleOn: message.nextVisibleOn,
    popReceipt: message.popReceipt,
  };
}
