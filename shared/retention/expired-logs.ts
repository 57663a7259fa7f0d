import { forEachOf } from "../request-logs/concurrency.js";
import { groupByHour } from "../request-logs/log-sweep.js";
import { isLogBlobDue, type RetentionPlan } from "../storage-analytics/analytics-retention.js";
import type { Service } from "../storage-analytics/log-entry.js";
import type { ListedLogBlob, RemovableLogBlobs } from "../stores/log-blobs/log-blobs.js";
import type { LogBlobState, LogReadings } from "../stores/log-readings/log-readings.js";

const concurrentRemovals = 16;
/** Blobs between two looks at the clock. */
const removalsAtOnce = 128;
/** A blob whose message was sent more often than this can't be read, and is not waited for. */
const maxTimes = 3;

export interface ExpiredLogsStores {
  readonly logBlobs: RemovableLogBlobs;
  readonly readings: Pick<LogReadings, "states" | "removeBefore">;
}

export interface ExpiredLogsPage {
  readonly blobs: number;
  readonly bytes: number;
  /** Due, and still there: not read yet, or their deletion was refused. */
  readonly kept: number;
  /** Code of the last refusal. */
  readonly refusal: string | undefined;
  /** Where to go on; undefined: nothing of this service is left that is due. */
  readonly next: { readonly marker: string | undefined } | undefined;
}

/**
 * Deletes the log blobs of one page that are due. The oldest come first, so the first one that is young enough ends it.
 *
 * A blob goes only as it was listed (its ETag), and only after it was read: its requests would be missing in metrics
 * that are kept longer. One that can't be read, or that Vigil may not delete, does not hold up the others.
 * @param isOver whether the turn's time is up; what is left of the page is for the next one
 */
export async function removeExpiredLogs(
  { logBlobs, readings }: ExpiredLogsStores,
  account: string,
  service: Service,
  plan: RetentionPlan,
  marker: string | undefined,
  isOver: () => boolean,
): Promise<ExpiredLogsPage> {
  const { blobs: listed, next } = await logBlobs.page(`${service}/`, marker);
  const due = listed.filter(({ parsed }) => isLogBlobDue(parsed, plan).due);
  const removable: ListedLogBlob[] = [];
  for (const { hour, blobs } of groupByHour(due)) {
    const states = await readings.states(account, service, hour);
    removable.push(...blobs.filter((blob) => isReadAsFarAsPossible(blob, states.get(blob.parsed.counter))));
  }
  const page = { blobs: 0, bytes: 0, kept: due.length - removable.length, refusal: undefined as string | undefined };
  let isForbidden = false as boolean;
  for (let start = 0; start < removable.length; start += removalsAtOnce) {
    if (start > 0 && isOver()) return { ...page, kept: 0, next: { marker } };
    await forEachOf(
      removable.slice(start, start + removalsAtOnce),
      concurrentRemovals,
      async ({ name, etag, size }) => {
        const removed = await logBlobs.remove(name, etag);
        if (removed.kind === "removed") {
          page.blobs += 1;
          page.bytes += size;
        } else if (removed.kind !== "gone") {
          page.kept += 1;
          page.refusal = removed.reason;
          isForbidden ||= removed.kind === "forbidden";
        }
      },
    );
    if (isForbidden) return { ...page, next: undefined };
  }
  const isLast = due.length < listed.length || next === undefined;
  return { ...page, next: isLast ? undefined : { marker: next } };
}

function isReadAsFarAsPossible({ etag }: ListedLogBlob, state: LogBlobState | undefined): boolean {
  if (state?.etag !== etag) return false;
  return state.kind !== "planned" || state.times > maxTimes;
}
