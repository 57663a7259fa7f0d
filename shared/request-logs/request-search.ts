import type { LogEntry, Service } from "../storage-analytics/log-entry.js";
import { compileRequestFilter, startTimeRange, type RequestFilter } from "../storage-analytics/request-filter.js";
import { RequestPage, type RequestPlace } from "../storage-analytics/request-page.js";
import { formatStartTime } from "../storage-analytics/start-time.js";
import { forEachOf } from "./concurrency.js";
import { readEntries } from "./entry-stream.js";
import type { LogListing } from "./log-listing.js";
import { walkLogBlobs, type TimedLogBlob } from "./log-walk.js";

/** Bytes of logs that one page reads before it answers with what it has, and a continuation. */
export const maxScannedBytes = 256 * 1024 * 1024;
/** Blobs read between two looks at whether the page is full: a few at first, then as many as the page seems to need. */
const firstBatchBlobs = 2;
const batchBlobs = 16;
const batchBytes = 8 * 1024 * 1024;
const concurrentBlobs = 8;

export interface RequestSearch {
  readonly service: Service;
  readonly filter: RequestFilter & { readonly from: Date; readonly to: Date };
  /** Entries of the page. */
  readonly size: number;
  /** Place after which the page begins; undefined: with the newest. */
  readonly after: RequestPlace | undefined;
  /** Default `maxScannedBytes`. */
  readonly scannedBytes?: number;
  /** Ends the search early, with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface FoundRequests {
  /** Newest first, each once. */
  readonly entries: readonly LogEntry[];
  /** Where the next page begins; undefined: there is nothing more. A page can be empty and still have one. */
  readonly next: RequestPlace | undefined;
  readonly scanned: { readonly blobs: number; readonly bytes: number };
}

/**
 * Finds one page of requests straight in `$logs`, newest first: a request is found as soon as its blob is there, or, in
 * an hour long over, as soon as the sweep has gone through it.
 *
 * Blobs are read in the order of their latest request, and only until no unread one can hold a request of the page.
 * Holds a page, and the list of the blobs of a day.
 */
export async function searchRequests(listing: LogListing, search: RequestSearch): Promise<FoundRequests> {
  const { filter, service, after, size, scannedBytes = maxScannedBytes } = search;
  const { from } = filter;
  // nothing newer than the place is wanted; 1 ms more, because its time is finer than a Date
  const to = after === undefined ? filter.to : new Date(Math.min(filter.to.getTime(), placeTime(after) + 1));
  const range = startTimeRange({ from, to });
  if (range === undefined) throw new Error("searching requests: the filter has no time");
  const matches = compileRequestFilter(filter);
  const page = new RequestPage(size, after);
  const scanned = { blobs: 0, bytes: 0 };
  let matched = 0;
  let pending: TimedLogBlob[] = [];

  for await (const { blobs, since } of walkLogBlobs(listing, service, from, to)) {
    pending = [...pending, ...blobs].sort((a, b) => b.latest - a.latest);
    for (;;) {
      const frontier = Math.max(pending[0]?.latest ?? Number.NEGATIVE_INFINITY, since);
      if (page.isSettledBefore(new Date(frontier))) {
        page.stop();
        return { ...page.page(), scanned };
      }
      if (scanned.bytes >= scannedBytes) return { ...finalBefore(page, frontier), scanned };
      // what is left may interleave with blobs that are not listed yet
      if (pending[0] === undefined || pending[0].latest <= since) break;
      const batch = takeBatch(pending, blobsToFill(size - matched, matched / scanned.blobs));
      pending = pending.slice(batch.length);
      await forEachOf(batch, concurrentBlobs, async ({ name }) => {
        scanned.blobs += 1;
        const onEntry = (entry: LogEntry): void => {
          if (!matches(entry)) return;
          matched += 1;
          page.add(entry);
        };
        scanned.bytes += await readEntries(listing.logBlobs, name, range, onEntry, search.signal);
      });
    }
  }
  return { ...page.page(), scanned };
}

const placeTime = ({ startTime }: RequestPlace): number => Date.parse(`${startTime.slice(0, 23)}Z`);

function takeBatch(pending: readonly TimedLogBlob[], blobs: number): readonly TimedLogBlob[] {
  let bytes = 0;
  const end = pending.findIndex((blob, index) => (bytes += blob.size) > batchBytes && index > 0);
  return pending.slice(0, Math.min(end < 0 ? pending.length : end, blobs));
}

/** @param perBlob entries of the page found per blob so far; NaN before the first */
function blobsToFill(missing: number, perBlob: number): number {
  if (Number.isNaN(perBlob)) return firstBatchBlobs;
  return perBlob === 0 ? batchBlobs : Math.min(batchBlobs, Math.max(1, Math.ceil(missing / perBlob)));
}

/** Sorts before every request id, so that it stands for all requests of its time. */
const beforeAllIds = "!";

/** The entries that unread blobs can't come between, and the time at which the next page goes on. */
function finalBefore(page: RequestPage, frontier: number): Pick<FoundRequests, "entries" | "next"> {
  const startTime = formatStartTime(new Date(frontier));
  const entries = page.page().entries.filter(({ requestStartTime }) => requestStartTime >= startTime);
  return { entries, next: { startTime, requestId: beforeAllIds, operationCount: 0 } };
}
