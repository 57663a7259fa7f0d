import { logHourPrefix } from "../storage-analytics/log-blob.js";
import type { Service } from "../storage-analytics/log-entry.js";
import { listLogBlobs, type ListedLogBlob, type LogBlobs } from "../stores/log-blobs/log-blobs.js";
import type { LogHours } from "../stores/log-hours/log-hours.js";
import type { LogSweeps } from "../stores/log-sweeps/log-sweeps.js";
import { settledAfterMs } from "./log-sweep.js";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Up to so many hours of a day are listed one by one; more of them as a day, which is one call if they are empty. */
const singleHours = 3;

/** Where the log blobs of an account are looked up. */
export interface LogListing {
  readonly account: string;
  readonly logBlobs: LogBlobs;
  readonly hours: LogHours;
  /**
   * Milliseconds since the epoch: of every hour that was over by then the listing is kept, or there are no blobs.
   * -Infinity: of none.
   */
  readonly keptUpTo: number;
}

/** Finds out for which hours the listing of an account is kept. */
export async function openListing(
  account: string,
  stores: { readonly logBlobs: LogBlobs; readonly hours: LogHours; readonly sweeps: LogSweeps },
): Promise<LogListing> {
  const { logBlobs, hours } = stores;
  const began = (await stores.sweeps.read(account))?.last?.began;
  const keptUpTo = began === undefined ? Number.NEGATIVE_INFINITY : began.getTime() - settledAfterMs;
  return { account, logBlobs, hours, keptUpTo };
}

/**
 * Lists the log blobs of some hours of one service: from the kept listings as far as they go, else from `$logs`.
 * @param start of the first hour, milliseconds since the epoch
 * @param end of the last hour
 */
export async function listHours(
  listing: LogListing,
  service: Service,
  start: number,
  end: number,
): Promise<readonly ListedLogBlob[]> {
  const split = Math.min(end, Math.max(start, Math.floor(listing.keptUpTo / hourMs) * hourMs));
  const [kept, listed] = await Promise.all([
    split > start ? readKept(listing, service, start, split) : [],
    Promise.all(spanPrefixes(service, split, end).map((prefix) => listLogBlobs(listing.logBlobs, prefix))),
  ]);
  // a whole day may be listed for a part of it
  const within = listed.flat().filter(({ parsed }) => +parsed.hour >= split && +parsed.hour < end);
  return [...kept, ...within];
}

async function readKept(
  { account, hours, logBlobs }: LogListing,
  service: Service,
  start: number,
  end: number,
): Promise<readonly ListedLogBlob[]> {
  const kept = await hours.read(account, service, new Date(start), new Date(end));
  const all: ListedLogBlob[] = [];
  for (const [hour, blobs] of kept) {
    all.push(...(blobs === "too-many" ? await listLogBlobs(logBlobs, logHourPrefix(service, new Date(hour))) : blobs));
  }
  return all;
}

/** Prefixes that list the hours of a span, which lies within a day or is short; a day's prefix lists more than asked. */
export function spanPrefixes(service: Service, start: number, end: number): readonly string[] {
  const hours = Math.round((end - start) / hourMs);
  if (hours > singleHours) return [dayPrefix(service, start)];
  return Array.from({ length: hours }, (_, index) => logHourPrefix(service, new Date(start + index * hourMs)));
}

/** `<service>/YYYY/MM/DD/` */
const dayPrefix = (service: Service, day: number): string =>
  logHourPrefix(service, new Date(day)).slice(0, -"hh00/".length);

export interface HourSpan {
  readonly start: number;
  readonly end: number;
}

/** Cuts whole hours into spans, newest first: the newest few, which most often hold the whole answer, then days. */
export function* newestFirst(first: number, end: number): Generator<HourSpan> {
  let start = Math.max(first, end - singleHours * hourMs);
  yield { start, end };
  while (start > first) {
    const before = Math.max(first, Math.floor((start - 1) / dayMs) * dayMs);
    yield { start: before, end: start };
    start = before;
  }
}
