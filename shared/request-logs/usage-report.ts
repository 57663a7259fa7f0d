import type { LogEntry, Service } from "../storage-analytics/log-entry.js";
import { compileRequestFilter, startTimeRange, type RequestFilter } from "../storage-analytics/request-filter.js";
import { hashRequestId, RequestIdSet } from "../storage-analytics/request-ids.js";
import { Usage, type UsageGrouping, type UsageRow } from "../storage-analytics/usage.js";
import { forEachOf } from "./concurrency.js";
import { readEntries } from "./entry-stream.js";
import type { LogListing } from "./log-listing.js";
import { walkLogBlobs } from "./log-walk.js";

/** Bytes of logs that one report reads; a million requests are about 500 MB. */
export const maxUsageBytes = 2 * 1024 * 1024 * 1024;
const concurrentBlobs = 8;

export interface UsageQuery {
  readonly service: Service;
  readonly filter: RequestFilter & { readonly from: Date; readonly to: Date };
  readonly by: UsageGrouping;
  readonly pathDepth: number | undefined;
  /** Default `maxUsageBytes`. */
  readonly maxBytes?: number;
  /** Ends the report early, with the signal's reason. */
  readonly signal?: AbortSignal;
}

export type UsageReport =
  | { readonly kind: "report"; readonly rows: readonly UsageRow[]; readonly scanned: { blobs: number; bytes: number } }
  /** The logs of the range are larger than a report may read. */
  | { readonly kind: "too-large"; readonly bytes: number };

/**
 * Sums up the requests of a time range by group, from `$logs`; one that was logged twice counts once. Holds the groups,
 * the list of the blobs, and a hash of each request id: up to 32 bytes per request, 130 MB for the most it reads.
 */
export async function reportUsage(listing: LogListing, query: UsageQuery): Promise<UsageReport> {
  const { service, filter, by, pathDepth, maxBytes = maxUsageBytes } = query;
  const range = startTimeRange(filter);
  if (range === undefined) throw new Error("reporting usage: the filter has no time");
  const listed = [];
  for await (const { blobs } of walkLogBlobs(listing, service, filter.from, filter.to)) listed.push(...blobs);
  const bytes = listed.reduce((sum, { size }) => sum + size, 0);
  if (bytes > maxBytes) return { kind: "too-large", bytes };
  const matches = compileRequestFilter(filter);
  const usage = new Usage(by, pathDepth);
  const ids = new RequestIdSet();
  const isNew = ({ requestIdHeader }: LogEntry): boolean => {
    if (requestIdHeader === "") return true;
    const { high, low } = hashRequestId(requestIdHeader, 0);
    return ids.add(high, low);
  };
  const scanned = { blobs: 0, bytes: 0 };
  await forEachOf(listed, concurrentBlobs, async ({ name }) => {
    scanned.blobs += 1;
    const onEntry = (entry: LogEntry): void => {
      const isRequest = (entry.operationCount ?? 0) === 0;
      if (isRequest && matches(entry) && isNew(entry)) usage.add(entry);
    };
    scanned.bytes += await readEntries(listing.logBlobs, name, range, onEntry, query.signal);
  });
  return { kind: "report", rows: usage.rows(), scanned };
}
