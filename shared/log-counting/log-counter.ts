import { availableParallelism } from "node:os";
import { type RejectionReason } from "../storage-analytics/log-line-parser.js";
import { longLine, type RejectedLine } from "../storage-analytics/log-parser.js";
import { type Service } from "../storage-analytics/log-entry.js";
import { type LogRollUp } from "../storage-analytics/log-roll-up.js";
import { RequestCounts, type CountedRequests } from "../storage-analytics/request-counts.js";
import { type CountReply } from "./count-messages.js";
import { CountThread } from "./count-thread.js";
import { LogPieces, pieceBytes, type LogPiece } from "./log-pieces.js";
import { PieceCounter, rejectedLines } from "./piece-counter.js";

/** Threads that are started at most, whatever the machine has. */
export const maxThreads = 8;
/** Pieces under way per thread: one at work, one waiting for it. */
const piecesPerThread = 2;

export interface LogCounterOptions {
  /** Worker threads; default: one per core, at most `maxThreads`. */
  readonly threads?: number;
  /** The compiled worker; default: the one beside this file, which is there wherever compiled code runs. */
  readonly worker?: URL;
}

/** What one log holds. */
export interface LogCount extends CountedRequests {
  /** Blank and rejected ones included. */
  readonly lines: number;
  readonly bytes: number;
  readonly rejected: Readonly<Partial<Record<RejectionReason, number>>>;
}

/** What one log holds, and adds to the hours in which its requests started. */
export interface LogRolledUp extends LogCount {
  /** undefined: threads met the same request id, and only reading the log again on one thread tells what is counted. */
  readonly rollUp: LogRollUp | undefined;
}

/**
 * Called for each bad line in the order of the log, before much more of it is read: the place to keep dead letters.
 * What it throws ends the counting.
 */
export type OnRejected = (line: RejectedLine) => void | Promise<void>;

/**
 * Counts the requests of logs on all cores. A log that fits one piece is counted where it is read. Threads start with
 * the first larger one, are shared by all logs that are counted at a time, and end with `close`.
 */
export class LogCounter {
  readonly #threadLimit: number;
  readonly #script: URL;
  #threads: CountThread[] = [];
  #spare: ArrayBuffer[] = [];
  #nextLog = 1;

  constructor(options: LogCounterOptions = {}) {
    this.#threadLimit = Math.max(1, Math.min(options.threads ?? availableParallelism(), maxThreads));
    this.#script = options.worker ?? new URL("./count-worker.js", import.meta.url);
  }

  /**
   * @param chunks bytes of one log blob or file, split anywhere
   * @throws what reading the chunks or `onRejected` throws; Error if a thread ends
   */
  async count(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, onRejected: OnRejected): Promise<LogCount> {
    return await this.#read(undefined, chunks, onRejected);
  }

  /**
   * Counts a log and rolls it up. A request that is in it twice counts once.
   * @param service that the log is filed under
   * @throws as `count`
   */
  async rollUp(
    service: Service,
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    onRejected: OnRejected,
  ): Promise<LogRolledUp> {
    return await this.#read(service, chunks, onRejected);
  }

  async #read(
    service: Service | undefined,
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    onRejected: OnRejected,
  ): Promise<LogRolledUp> {
    const log = new Counting(this.#nextLog++, service, () => this.#startThreads(), this.#spare, onRejected);
    try {
      for await (const chunk of chunks) await log.push(chunk);
      return await log.finish();
    } finally {
      await log.forget();
    }
  }

  /** Ends the threads. A log that is being counted fails. */
  async close(): Promise<void> {
    this.#spare = [];
    await Promise.all(this.#threads.splice(0).map((thread) => thread.close()));
  }

  #startThreads(): readonly CountThread[] {
    this.#threads = this.#threads.filter((thread) => !thread.hasEnded);
    while (this.#threads.length < this.#threadLimit) this.#threads.push(new CountThread(this.#script));
    return [...this.#threads];
  }
}

/** Something of a log that is being counted, kept in the order of the log; a long line gets its number at the end. */
type Pending = Promise<CountReply> | RejectedLine;

/** One log on its way through the threads. */
class Counting {
  readonly #log: number;
  readonly #startThreads: () => readonly CountThread[];
  readonly #spare: ArrayBuffer[];
  readonly #onRejected: OnRejected;
  readonly #pieces: LogPieces;
  readonly #here: PieceCounter;
  readonly #service: Service | undefined;
  readonly #rejected: Partial<Record<RejectionReason, number>> = {};
  /** The same for the whole log: a thread that ended takes counts with it, and must not be replaced unnoticed. */
  #threads: readonly CountThread[] = [];
  #pending: Pending[] = [];
  #dispatched = 0;
  #lines = 0;
  #bytes = 0;

  constructor(
    log: number,
    service: Service | undefined,
    startThreads: () => readonly CountThread[],
    spare: ArrayBuffer[],
    onRejected: OnRejected,
  ) {
    this.#log = log;
    this.#service = service;
    this.#here = new PieceCounter(service);
    this.#startThreads = startThreads;
    this.#spare = spare;
    this.#onRejected = onRejected;
    this.#pieces = new LogPieces(() => spare.pop() ?? new ArrayBuffer(pieceBytes));
  }

  async push(chunk: Uint8Array): Promise<void> {
    this.#bytes += chunk.length;
    for (const piece of this.#pieces.push(chunk)) {
      if (this.#threads.length === 0) this.#threads = this.#startThreads();
      await this.#dispatch(piece);
    }
  }

  async finish(): Promise<LogRolledUp> {
    for (const piece of this.#pieces.end()) await this.#dispatch(piece);
    while (this.#pending.length > 0) await this.#settleOldest();
    const counts = new RequestCounts();
    counts.merge(this.#here.counted());
    const replies = await Promise.all(this.#threads.map((thread) => thread.ask({ kind: "finish", log: this.#log })));
    this.#threads = [];
    let { rollUp } = this.#here;
    for (const reply of replies) {
      if (reply.kind === "ended") throw reply.error;
      if (reply.kind !== "finished") continue;
      counts.merge(reply.counted);
      if (reply.rollUp !== undefined && rollUp?.merge(reply.rollUp) === false) rollUp = undefined;
    }
    return { ...counts.counted(), lines: this.#lines, bytes: this.#bytes, rejected: this.#rejected, rollUp };
  }

  /** Lets go of what the threads still hold of a log that was not finished. */
  async forget(): Promise<void> {
    for (const pending of this.#pending.splice(0)) await pending;
    await Promise.all(this.#threads.map((thread) => thread.ask({ kind: "forget", log: this.#log })));
  }

  async #dispatch(piece: LogPiece): Promise<void> {
    if (this.#pending.length >= Math.max(1, this.#threads.length * piecesPerThread)) await this.#settleOldest();
    if (piece.kind === "long-line") {
      const { offset, length } = piece;
      this.#pending.push({ ...longLine(length), lineNumber: 0, offset, length, bytes: undefined });
      return;
    }
    const { buffer, length, offset } = piece;
    const thread = this.#threads[this.#dispatched++ % this.#threads.length];
    this.#pending.push(
      thread === undefined
        ? Promise.resolve(this.#here.count(buffer, length, offset))
        : thread.ask({ kind: "count", log: this.#log, service: this.#service, buffer, length, offset }),
    );
  }

  async #settleOldest(): Promise<void> {
    const settled = await this.#pending.shift();
    if (settled === undefined) return;
    if (settled.kind === "ended") throw settled.error;
    if (settled.kind === "rejected") {
      this.#lines += 1;
      await this.#reject({ ...settled, lineNumber: this.#lines });
    } else if (settled.kind === "piece") {
      for (const line of rejectedLines(settled, this.#lines)) await this.#reject(line);
      this.#lines += settled.lineCount;
      if (this.#spare.length < maxThreads * piecesPerThread) this.#spare.push(settled.buffer);
    }
  }

  async #reject(line: RejectedLine): Promise<void> {
    this.#rejected[line.reason] = (this.#rejected[line.reason] ?? 0) + 1;
    await this.#onRejected(line);
  }
}
