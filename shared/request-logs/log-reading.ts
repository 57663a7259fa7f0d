import type { Readable } from "node:stream";

import type { LogCounter } from "../log-counting/log-counter.js";
import type { RejectedLine } from "../storage-analytics/log-parser.js";
import { totalRequests } from "../storage-analytics/request-counts.js";
import type { DeadLetters, DeadLine } from "../stores/dead-letters/dead-letters.js";
import type { LogBlobs } from "../stores/log-blobs/log-blobs.js";
import type { LogReadings } from "../stores/log-readings/log-readings.js";
import type { LogBlobWork } from "./log-work.js";

export interface ReadingStores {
  readonly counter: LogCounter;
  readonly readings: LogReadings;
  readonly deadLetters: DeadLetters;
  readonly logBlobs: LogBlobs;
}

export type ReadOutcome =
  | { readonly kind: "read"; readonly entries: number; readonly badLines: number }
  /** By an earlier delivery of the message, or on another instance. */
  | { readonly kind: "already-read" }
  /** Retention or a user deleted it; noted, because its requests are not counted. */
  | { readonly kind: "gone" };

/**
 * Reads a log blob once, as a stream: counts its requests per minute and keeps its bad lines as dead letters.
 *
 * Letters are durable before the blob counts as read, and both have keys made of the source: after a crash between any
 * two steps the next delivery of the message writes the same again. Holds some pieces of the log and one block of letters
 * in memory, however large the blob is.
 */
export async function readLogBlob(stores: ReadingStores, work: LogBlobWork, now: Date): Promise<ReadOutcome> {
  const { account, blob, name } = work;
  const state = await stores.readings.state(account, blob);
  if (state?.kind === "read" && state.etag === work.etag) return { kind: "already-read" };

  const opened = await stores.logBlobs.open(name);
  if (opened.kind === "not-found") {
    await stores.readings.gone(account, blob, work.etag, now);
    return { kind: "gone" };
  }
  const letters = stores.deadLetters.lines({ account, blob: name, etag: opened.etag });
  let badLines = 0;
  const { cells } = await stores.counter.count(opened.content as AsyncIterable<Buffer>, async (line) => {
    await letters.add(await toLetter(stores.logBlobs, name, line));
    badLines += 1;
  });
  await letters.close();
  const { etag, size } = opened;
  const { entries } = totalRequests(cells);
  await stores.readings.read(account, blob, { etag, size, entries, badLines, cells }, now);
  return { kind: "read", entries, badLines };
}

async function toLetter(logBlobs: LogBlobs, name: string, line: RejectedLine): Promise<DeadLine> {
  const { lineNumber, offset, length, reason, message } = line;
  const content: Uint8Array | Readable = line.bytes ?? (await openRange(logBlobs, name, { offset, length }));
  return { lineNumber, offset, length, reason, message, content };
}

/** The parser lets go of lines that are too long to hold. */
async function openRange(
  logBlobs: LogBlobs,
  name: string,
  range: { readonly offset: number; readonly length: number },
): Promise<Readable> {
  const opened = await logBlobs.open(name, range);
  if (opened.kind === "not-found") throw new Error(`copying a line of ${name}: the blob is gone`);
  return opened.content;
}
