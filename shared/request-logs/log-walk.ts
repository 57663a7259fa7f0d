import { logHourPrefix } from "../storage-analytics/log-blob.js";
import type { Service } from "../storage-analytics/log-entry.js";
import { listLogBlobs, type ListedLogBlob, type LogBlobs } from "../stores/log-blobs/log-blobs.js";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Up to so many hours of a day are listed one by one; more of them as a day, which is one call if they are empty. */
const singleHours = 3;

/** A log blob and the times at which its requests can have started. */
export interface TimedLogBlob extends ListedLogBlob {
  /** Inclusive; milliseconds since the epoch. */
  readonly earliest: number;
  /** Exclusive. */
  readonly latest: number;
}

/** Log blobs of a time span, all of those with requests that started at or after `since`, but for earlier listings. */
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
  logBlobs: LogBlobs,
  service: Service,
  from: Date,
  to: Date,
): AsyncGenerator<WalkStep> {
  for (const { prefixes, since } of walkSpans(service, from, to)) {
    const listed = await Promise.all(prefixes.map((prefix) => listLogBlobs(logBlobs, prefix)));
    const blobs = listed
      .flat()
      .map(timeLogBlob)
      .filter(({ earliest, latest }) => earliest < to.getTime() && latest > from.getTime());
    yield { blobs, since };
  }
}

export interface WalkSpan {
  readonly prefixes: readonly string[];
  readonly since: number;
}

/** The prefixes to list, newest first. */
export function* walkSpans(service: Service, from: Date, to: Date): Generator<WalkSpan> {
  const first = Math.floor(from.getTime() / hourMs) * hourMs;
  let end = Math.floor((to.getTime() - 1) / hourMs) * hourMs + 2 * hourMs;
  // the newest hours most often hold the whole answer
  const newest = Math.max(first, end - singleHours * hourMs);
  yield { prefixes: hourPrefixes(service, newest, end), since: newest };
  end = newest;
  while (end > first) {
    const start = Math.max(first, Math.floor((end - 1) / dayMs) * dayMs);
    const hours = hourPrefixes(service, start, end);
    yield { prefixes: hours.length <= singleHours ? hours : [dayPrefix(service, start)], since: start };
    end = start;
  }
}

function hourPrefixes(service: Service, start: number, end: number): readonly string[] {
  const hours = Math.round((end - start) / hourMs);
  return Array.from({ length: hours }, (_, index) => logHourPrefix(service, new Date(start + index * hourMs)));
}

/** `<service>/YYYY/MM/DD/` */
const dayPrefix = (service: Service, day: number): string =>
  logHourPrefix(service, new Date(day)).slice(0, -"hh00/".length);

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
