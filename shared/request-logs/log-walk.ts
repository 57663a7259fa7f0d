import type { Service } from "../storage-analytics/log-entry.js";
import type { ListedLogBlob } from "../stores/log-blobs/log-blobs.js";
import { listHours, newestFirst, type LogListing } from "./log-listing.js";

const hourMs = 3_600_000;

/** A log blob and the times at which its requests can have started. */
export interface TimedLogBlob extends ListedLogBlob {
  /** Inclusive; milliseconds since the epoch. */
  readonly earliest: number;
  /** Exclusive. */
  readonly latest: number;
}

/** Log blobs of a time span, all of those with requests that started at or after `since`, but for earlier steps. */
export interface WalkStep {
  readonly blobs: readonly TimedLogBlob[];
  /** Milliseconds since the epoch: whatever is listed later started before. */
  readonly since: number;
}

/**
 * Lists the log blobs with requests that started in a time range, from the newest hours to the oldest.
 *
 * Blobs are filed by the hour in which their requests ended, so the hour after the range is listed, too; requests that
 * took longer than that are not found.
 * @param from inclusive
 * @param to exclusive
 */
export async function* walkLogBlobs(
  listing: LogListing,
  service: Service,
  from: Date,
  to: Date,
): AsyncGenerator<WalkStep> {
  const first = Math.floor(from.getTime() / hourMs) * hourMs;
  const end = Math.floor((to.getTime() - 1) / hourMs) * hourMs + 2 * hourMs;
  for (const span of newestFirst(first, end)) {
    const listed = await listHours(listing, service, span.start, span.end);
    const blobs = listed
      .map(timeLogBlob)
      .filter(({ earliest, latest }) => earliest < to.getTime() && latest > from.getTime());
    yield { blobs, since: span.start };
  }
}

/**
 * Times from the metadata, which is in whole seconds, rounded down. Without it a blob is taken to hold requests that
 * began in its hour or long before, and to be read for any of those times.
 */
export function timeLogBlob(blob: ListedLogBlob): TimedLogBlob {
  const { metadata, parsed } = blob;
  return metadata === undefined
    ? { ...blob, earliest: Number.NEGATIVE_INFINITY, latest: parsed.hour.getTime() + hourMs }
    : { ...blob, earliest: metadata.startTime.getTime(), latest: metadata.endTime.getTime() + 1_000 };
}
