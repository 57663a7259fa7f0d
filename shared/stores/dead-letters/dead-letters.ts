import type { Readable } from "node:stream";

import type { Service } from "../../storage-analytics/log-entry.js";

/** Where rejected lines came from. */
export interface LogBlobSource {
  readonly account: string;
  /** Name in `$logs`. */
  readonly blob: string;
  readonly etag: string;
}

/** A line of a log blob that is no entry. */
export interface DeadLine {
  /** From 1. */
  readonly lineNumber: number;
  /** Bytes before it in the source. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
  readonly reason: string;
  readonly message: string;
  /** The line, without its line end. A stream for one that is too long to hold. */
  readonly content: Uint8Array | Readable;
}

/** A queue message that can't be worked on, whoever sent it. */
export interface DeadMessage {
  readonly queue: string;
  readonly reason: string;
  /** As far as the host hands it over. */
  readonly message: unknown;
}

export interface DeadLetterCount {
  /** Lines and messages. */
  readonly letters: number;
  readonly blobs: number;
  /** false: there are more than were counted. */
  readonly complete: boolean;
}

/** Lines of one source being written: `add` them in order, then `close`. */
export interface DeadLineWriter {
  /** Resolves when there is room for the next one. */
  add(line: DeadLine): Promise<void>;
  /** Makes them durable; without lines nothing is written. */
  close(): Promise<void>;
}

/**
 * What could not be understood, whole, with the reason and where it came from.
 *
 * Names are made of the source, so writing the same letters again replaces them by themselves.
 */
export interface DeadLetters {
  lines(source: LogBlobSource): DeadLineWriter;

  /**
   * Keeps a message with the reason, which its copy in the poison queue does not have. The same message is kept once;
   * its id is not looked at, because properties of a message overwrite what the host says of it.
   */
  message(letter: DeadMessage): Promise<void>;

  /**
   * Deletes letters of log blobs that are filed under hours before one.
   * @param hour start of the first hour that stays
   * @param limit of blobs
   * @returns how many blobs were deleted; fewer than the limit: there are no more
   */
  removeLines(of: { readonly account: string; readonly service: Service }, hour: Date, limit: number): Promise<number>;

  /** As `removeLines`, of messages that nobody kept again since a time. */
  removeMessages(before: Date, limit: number): Promise<number>;

  /** Letters of one service's logs, or all there are. Counts at most one page of blobs. */
  count(of?: { readonly account: string; readonly service: Service }, signal?: AbortSignal): Promise<DeadLetterCount>;
}
