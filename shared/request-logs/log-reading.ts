import type { Readable } from "node:stream";

import type { LogCounter } from "../log-counting/log-counter.js";
import type { OpenLedgers } from "../metric-roll-up/open-ledgers.js";
import { oldestHour } from "../metric-roll-up/publication.js";
import { logBlobSource, rollUpLogBlobs, type TouchedHour } from "../metric-roll-up/roll-up-log-blob.js";
import { CountedRollUp } from "../storage-analytics/counted-roll-up.js";
import type { RejectedLine } from "../storage-analytics/log-parser.js";
import { ledgerHourKey, LogRollUp } from "../storage-analytics/log-roll-up.js";
import { RequestCounts, totalRequests, type RequestCell } from "../storage-analytics/request-counts.js";
import type { RequestIdSet } from "../storage-analytics/request-ids.js";
import { RequestScanner } from "../storage-analytics/request-scanner.js";
import type { DeadLetters, DeadLine } from "../stores/dead-letters/dead-letters.js";
import type { DueHours } from "../stores/due-hours/due-hours.js";
import type { LogBlobs } from "../stores/log-blobs/log-blobs.js";
import type { LogReadings, ReadLogBlob } from "../stores/log-readings/log-readings.js";
import { Faults, forEachOf } from "./concurrency.js";
import type { LogBlobsWork, PlannedLogBlob } from "./log-work.js";

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

/** Blobs of one message that are read at a time. */
const concurrentBlobs = 4;

/**
 * Reads log blobs once, as streams: rolls their requests up into the hours in which they started, counts them per
 * minute, and keeps their bad lines as dead letters.
 *
 * Letters are durable first, then the ledgers have the blobs, their hours are noted as due, and last they count as read,
 * each in one transaction with its counts. All of it has keys made of the source, and every blob is one by itself: after
 * a crash between any two steps the next delivery of the message gives the same again. Holds in memory some pieces of the
 * logs, a block of letters of each, and until all are rolled up their request ids, however large the blobs are.
 * @returns what became of each, by name
 * @throws AggregateError if some can't be read; the others are
 */
export async function readLogBlobs(
  stores: ReadingStores,
  { account, blobs }: LogBlobsWork,
  now: Date,
): Promise<ReadonlyMap<string, ReadOutcome>> {
  const faults = new Faults();
  const outcomes = new Map<string, ReadOutcome>();
  const counted: CountedBlob[] = [];
  await forEachOf(blobs, concurrentBlobs, (planned) =>
    faults.attempt(`reading ${account}/${planned.name}`, async () => {
      const work = { account, ...planned };
      const read = await countLogBlob(stores, work);
      if (read.kind === "counted") counted.push(read);
      else outcomes.set(work.name, read.kind === "gone" ? await noteGone(stores, work, now) : read);
    }),
  );
  for (const [name, outcome] of await rollUp(stores, account, counted, now)) outcomes.set(name, outcome);
  faults.throwIfAny();
  return outcomes;
}

/** A log blob that is being read. */
interface LogBlobWork extends PlannedLogBlob {
  readonly account: string;
}

interface CountedBlob {
  readonly kind: "counted";
  readonly work: LogBlobWork;
  /** Of the content that was read. */
  readonly etag: string;
  readonly size: number;
  readonly badLines: number;
  readonly log: CountedLog;
}

async function countLogBlob(
  stores: ReadingStores,
  work: LogBlobWork,
): Promise<CountedBlob | { readonly kind: "already-read" | "gone" }> {
  const { account, blob, name } = work;
  // with the first delivery of a first message there is nothing to be found
  const state = work.planned === undefined ? await stores.readings.state(account, blob) : undefined;
  if (state?.kind === "read" && state.etag === work.etag) return { kind: "already-read" };

  const opened = await stores.logBlobs.open(name);
  if (opened.kind === "not-found") return { kind: "gone" };
  const { etag, size } = opened;
  const letters = stores.deadLetters.lines({ account, blob: name, etag });
  let badLines = 0;
  const read = await stores.counter.rollUp(blob.service, opened.content as AsyncIterable<Buffer>, async (line) => {
    await letters.add(await toLetter(stores.logBlobs, name, line));
    badLines += 1;
  });
  await letters.close();
  // only one thread can tell which requests are counted
  const log =
    read.rollUp === undefined ? await readAgain(stores.logBlobs, work, etag) : { ...read, rollUp: read.rollUp };
  return log === undefined ? { kind: "gone" } : { kind: "counted", work, etag, size, badLines, log };
}

async function rollUp(
  stores: ReadingStores,
  account: string,
  blobs: readonly CountedBlob[],
  now: Date,
): Promise<ReadonlyMap<string, ReadOutcome>> {
  /** By blob and hour: what a second read, without requests that were counted before, has found. */
  const corrected = new Map<CountedBlob, Map<string, readonly RequestCell[]>>();
  const rolledUp = await rollUpLogBlobs(
    stores.ledgers,
    blobs.map((each) => ({
      account,
      source: logBlobSource(each.work.name, each.etag),
      rollUp: each.log.rollUp,
      oldestHour: oldestHour(now),
      readAgain: async (excluded) => {
        const counted = await readAgain(stores.logBlobs, each.work, each.etag, excluded);
        const hours = corrected.get(each) ?? new Map<string, readonly RequestCell[]>();
        for (const key of excluded.keys()) if (counted !== undefined) hours.set(key, counted.cells);
        corrected.set(each, hours);
        return counted?.rollUp;
      },
    })),
  );
  const touched = new Map(rolledUp.flatMap(({ hours }) => hours.map((hour) => [ledgerHourKey(hour), hour])));
  for (const hour of touched.values()) await stores.due.add({ account, ...hour });

  const outcomes = new Map<string, ReadOutcome>();
  const readings: ReadLogBlob[] = [];
  for (const [index, each] of blobs.entries()) {
    const { work, etag, size, badLines } = each;
    const outcome = rolledUp[index];
    if (outcome === undefined) throw new Error(`rolling up ${work.name}: it has no outcome`);
    if (outcome.kind === "gone") {
      outcomes.set(work.name, await noteGone(stores, work, now));
      continue;
    }
    const cells = cellsOf(each, corrected.get(each));
    const { entries } = totalRequests(cells);
    const { planned, blob } = work;
    readings.push({
      blob,
      reading: { etag, size, entries, badLines, cells },
      ...(planned !== undefined && { planned }),
    });
    const { duplicates, hours } = outcome;
    outcomes.set(work.name, { kind: "read", entries, badLines, duplicates, hours });
  }
  await stores.readings.read(account, readings, now);
  return outcomes;
}

/** Cells of a blob, those of some hours as a second read has found them. */
function cellsOf(
  { work, log }: CountedBlob,
  corrected: ReadonlyMap<string, readonly RequestCell[]> | undefined,
): readonly RequestCell[] {
  if (corrected === undefined) return log.cells;
  const hourOf = ({ service, minute }: RequestCell): string =>
    ledgerHourKey({
      service: service === "Unknown" ? work.blob.service : service,
      hour: Math.floor(minute / minutesPerHour),
    });
  return [
    ...log.cells.filter((cell) => !corrected.has(hourOf(cell))),
    ...[...corrected].flatMap(([key, counted]) => counted.filter((cell) => hourOf(cell) === key)),
  ];
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
