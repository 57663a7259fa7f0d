import { logHourPrefix } from "../storage-analytics/log-blob.js";
import { services, type Service } from "../storage-analytics/log-entry.js";
import { listLogBlobs, type ListedLogBlob, type LogBlobs } from "../stores/log-blobs/log-blobs.js";
import type { ListedLogHour, LogHour, LogHours } from "../stores/log-hours/log-hours.js";
import type { KeptLogsByService, LogSweep } from "../stores/log-sweeps/log-sweeps.js";

const hourMs = 3_600_000;
/** Azure writes a log up to an hour late; so long after its end the listing of an hour is worth keeping. */
export const settledAfterMs = 2 * hourMs;

const nothing: KeptLogsByService = {
  blob: { blobs: 0, bytes: 0 },
  queue: { blobs: 0, bytes: 0 },
  table: { blobs: 0, bytes: 0 },
};

/** A sweep that is about to begin. */
export const newSweep = (now: Date): LogSweep => ({
  at: now,
  began: now,
  from: undefined,
  reached: undefined,
  soFar: nothing,
  last: undefined,
});

export interface SweptPage {
  readonly blobs: readonly ListedLogBlob[];
  /** The sweep after the page; without `from` its round is complete. */
  readonly sweep: LogSweep;
}

/**
 * Reads the next page of all log blobs of an account: sums up what they take, and keeps the listings of the hours on it
 * that are long over. A page begins and ends somewhere within an hour; that one is listed whole on the page that it
 * begins on.
 */
export async function sweepPage(
  account: string,
  logBlobs: LogBlobs,
  hours: LogHours,
  sweep: LogSweep,
  now: Date,
): Promise<SweptPage> {
  const { blobs, next } = await logBlobs.page("", sweep.from);
  const fresh = groupByHour(blobs).filter((each) => sweep.reached === undefined || isAfter(each, sweep.reached));
  const edge = next === undefined ? undefined : fresh.at(-1);
  if (edge !== undefined) fresh[fresh.length - 1] = await listHour(logBlobs, edge);
  const reached = edge ?? sweep.reached;
  if (next === undefined || edge !== undefined) {
    const settled = fresh.filter(({ hour }) => hour.getTime() + hourMs <= now.getTime() - settledAfterMs);
    await hours.replace(account, sweep.reached, next === undefined ? undefined : reached, settled);
  }
  const sums = add(sweep.soFar, blobs);
  return {
    blobs,
    sweep:
      next === undefined
        ? { ...newSweep(now), last: { began: sweep.began, ended: now, sums } }
        : {
            ...sweep,
            at: now,
            from: next,
            reached: reached && { service: reached.service, hour: reached.hour },
            soFar: sums,
          },
  };
}

/** The hours of a listing, in its order. */
export function groupByHour(blobs: readonly ListedLogBlob[]): ListedLogHour[] {
  const hours = new Map<string, ListedLogHour & { readonly blobs: ListedLogBlob[] }>();
  for (const blob of blobs) {
    const { service, hour } = blob.parsed;
    const key = `${service}${hour.getTime()}`;
    const found = hours.get(key);
    if (found === undefined) hours.set(key, { service, hour, blobs: [blob] });
    else found.blobs.push(blob);
  }
  return [...hours.values()];
}

async function listHour(logBlobs: LogBlobs, { service, hour }: LogHour): Promise<ListedLogHour> {
  return { service, hour, blobs: await listLogBlobs(logBlobs, logHourPrefix(service, hour)) };
}

/** Whether the log blobs of one hour come later in a listing than those of another. */
function isAfter(a: LogHour, b: LogHour): boolean {
  const order = services.indexOf(a.service) - services.indexOf(b.service);
  return order > 0 || (order === 0 && a.hour > b.hour);
}

function add(sums: KeptLogsByService, listed: readonly ListedLogBlob[]): KeptLogsByService {
  const all = structuredClone(sums) as Record<Service, { blobs: number; bytes: number }>;
  for (const { parsed, size } of listed) {
    all[parsed.service].blobs += 1;
    all[parsed.service].bytes += size;
  }
  return all;
}
