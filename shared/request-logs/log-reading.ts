import type { Readable } from "node:stream";

import type { LogCounter, LogRolledUp } from "../log-counting/log-counter.js";
import type { OpenLedgers } from "../metric-roll-up/open-ledgers.js";
import { oldestHour } from "../metric-roll-up/publication.js";
import { logBlobSource, rollUpLogBlob, type TouchedHour } from "../metric-roll-up/roll-up-log-blob.js";
import { CountedRollUp } from "../storage-analytics/counted-roll-up.js";
import type { RejectedLine } from "../storage-analytics/log-parser.js";
import { ledgerHourKey, LogRollUp } from "../storage-analytics/log-roll-up.js";
import { RequestCounts, totalRequests, type RequestCell } from "../storage-analytics/request-counts.js";
import type { RequestIdSet } from "../storage-analytics/request-ids.js";
import { RequestScanner } from "../storage-analytics/request-scanner.js";
import type { DeadLetters, DeadLine } from "../stores/dead-letters/dead-letters.js";
import type { DueHours } from "../stores/due-hours/due-hours.js";
import type { LogBlobs } from "../stores/log-blobs/log-blobs.js";
import type { LogReadings } from "../stores/log-readings/log-readings.js";
import type { LogBlobWork } from "./log-work.js";

const minutesPerHour = 60;

export interface ReadingStores {
  readonly counter: LogCounter;
  readonly readings: LogReadings;
  readonly deadLetters: DeadLetters;
  readonly logBlobs: LogBlobs;
  readonly ledgers: OpenLedgers;
  readonly due: DueHours;
}

export type ReadOutcome =
  | {
      readonly kind: "read";
      readonly entries: number;
      readonly badLines: number;
      /** Requests that an earlier line, of this blob or of another one of the same hour, has told of. */
      readonly duplicates: number;
      /** Hours whose metrics are due now. */
      readonly hours: readonly TouchedHour[];
    }
  /** By an earlier delivery of the message, or on another instance. */
  | { readonly kind: "already-read" }
  /** Retention or a user deleted it; noted, because its requests are not counted. */
  | { readonly kind: "gone" };

/**
 * Reads a log blob once, as a stream: rolls its requests up into the hours in which they started, counts them per
 * minute, and keeps its bad lines as dead letters.
 *
 * Letters are durable first, then the ledgers have the blob, its hours are noted as due, and last it counts as read, in
 * one transaction with its counts. All of it has keys made of the source: after a crash between any two steps the next
 * delivery of the message gives the same again. Holds some pieces of the log, its request ids and one block of letters
 * in memory, however large the blob is.
 */
export async function readLogBlob(stores: ReadingStores, work: LogBlobWork, now: Date): Promise<ReadOutcome> {
  const { account, blob, name } = work;
  // with the first delivery of a first message there is nothing to be found
  const state = work.planned === undefined ? await stores.readings.state(account, blob) : undefined;
  if (state?.kind === "read" && state.etag === work.etag) return { kind: "already-read" };

  const opened = await stores.logBlobs.open(name);
  if (opened.kind === "not-found") return await noteGone(stores, work, now);
  const { etag, size } = opened;
  const letters = stores.deadLetters.lines({ account, blob: name, etag });
  let badLines = 0;
  const read = await stores.counter.rollUp(blob.service, opened.content as AsyncIterable<Buffer>, async (line) => {
    await letters.add(await toLetter(stores.logBlobs, name, line));
    badLines += 1;
  });
  await letters.close();

  const again = (excluded?: ReadonlyMap<string, RequestIdSet>): Promise<CountedLog | undefined> =>
    readAgain(stores.logBlobs, work, etag, excluded);
  const first = await onOneThread(read, again);
  if (first === undefined) return await noteGone(stores, work, now);
  const corrected = new Map<string, readonly RequestCell[]>();
  const outcome = await rollUpLogBlob(stores.ledgers, {
    account,
    source: logBlobSource(name, etag),
    rollUp: first.rollUp,
    oldestHour: oldestHour(now),
    readAgain: async (excluded) => {
      const counted = await again(excluded);
      for (const key of excluded.keys()) if (counted !== undefined) corrected.set(key, counted.cells);
      return counted?.rollUp;
    },
  });
  for (const hour of outcome.hours) await stores.due.add({ account, ...hour });
  if (outcome.kind === "gone") return await noteGone(stores, work, now);

  const hourOf = ({ service, minute }: RequestCell): string =>
    ledgerHourKey({
      service: service === "Unknown" ? blob.service : service,
      hour: Math.floor(minute / minutesPerHour),
    });
  const cells = [
    ...first.cells.filter((cell) => !corrected.has(hourOf(cell))),
    ...[...corrected].flatMap(([key, counted]) => counted.filter((cell) => hourOf(cell) === key)),
  ];
  const { entries } = totalRequests(cells);
  await stores.readings.read(account, blob, { etag, size, entries, badLines, cells }, now, work.planned);
  return { kind: "read", entries, badLines, duplicates: outcome.duplicates, hours: outcome.hours };
}

async function noteGone(
  { readings }: ReadingStores,
  { account, blob, etag }: LogBlobWork,
  now: Date,
): Promise<ReadOutcome> {
  await readings.gone(account, blob, etag, now);
  return { kind: "gone" };
}

interface CountedLog {
  readonly cells: readonly RequestCell[];
  readonly rollUp: LogRollUp;
}

/** What was read, unless only one thread can tell which requests of it are counted. */
async function onOneThread(
  { cells, rollUp }: LogRolledUp,
  again: () => Promise<CountedLog | undefined>,
): Promise<CountedLog | undefined> {
  return rollUp === undefined ? await again() : { cells, rollUp };
}

/**
 * Reads the same content once more, on this thread; its bad lines are kept already.
 * @returns undefined if it is not there any more
 */
async function readAgain(
  logBlobs: LogBlobs,
  { name, blob }: LogBlobWork,
  etag: string,
  excluded?: ReadonlyMap<string, RequestIdSet>,
): Promise<CountedLog | undefined> {
  const opened = await logBlobs.open(name);
  if (opened.kind === "not-found") return undefined;
  if (opened.etag !== etag) {
    opened.content.destroy();
    return undefined;
  }
  const counts = new RequestCounts();
  const rollUp = new LogRollUp(blob.service, excluded);
  const scanner = new RequestScanner(new CountedRollUp(counts, rollUp), () => undefined);
  for await (const chunk of opened.content as AsyncIterable<Buffer>) scanner.push(chunk);
  scanner.end();
  return { cells: counts.counted().cells, rollUp };
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
