import { compareRowPlaces, type RowPlace, type TableRow } from "../../storage-analytics/metrics-page.js";
import { metricsPartitionKey, parseMetricsPartitionKey } from "../../storage-analytics/metrics-row.js";

/** How far one read of a table reaches back, in steps (minutes, hours or days), and how far where nothing is found. */
export interface RowWindow {
  readonly stepMs: number;
  readonly steps: number;
  readonly maxSteps: number;
}

/** A day of hours has up to 1,000 rows with their APIs, and so has half an hour of minutes. */
export const rowWindows = {
  hour: { stepMs: 3_600_000, steps: 24, maxSteps: 384 },
  minute: { stepMs: 60_000, steps: 30, maxSteps: 360 },
  day: { stepMs: 86_400_000, steps: 400, maxSteps: 400 },
} as const satisfies Readonly<Record<string, RowWindow>>;

export interface RowQuestion {
  readonly window: RowWindow;
  /** First time that is wanted, and the first that is not any more. */
  readonly from: Date;
  readonly to: Date;
  readonly wanted: (row: TableRow) => boolean;
  readonly size: number;
  readonly after: RowPlace | undefined;
  readonly signal: AbortSignal;
}

/**
 * One page of rows, newest first. Tables are read in their own order, which is the opposite one, so this goes back
 * window by window.
 * @param read rows between two partition keys, both inclusive
 * @returns `next`: the place after which the next page goes on, if there may be one
 */
export async function searchRows(
  read: (fromKey: string, toKey: string) => Promise<readonly TableRow[]>,
  { window, from, to, wanted, size, after, signal }: RowQuestion,
): Promise<{ readonly rows: readonly TableRow[]; readonly next: RowPlace | undefined }> {
  const { stepMs } = window;
  const first = Math.ceil(from.getTime() / stepMs) * stepMs;
  const reached = after === undefined ? undefined : parseMetricsPartitionKey(after.partitionKey)?.getTime();
  let last = Math.min(Math.ceil(to.getTime() / stepMs) * stepMs - stepMs, reached ?? Number.POSITIVE_INFINITY);
  const rows: TableRow[] = [];
  for (let steps = window.steps; last >= first;) {
    signal.throwIfAborted();
    const start = Math.max(first, last - (steps - 1) * stepMs);
    const found = await read(metricsPartitionKey(new Date(start)), metricsPartitionKey(new Date(last)));
    const fitting = found.filter((row) => wanted(row) && (after === undefined || compareRowPlaces(row, after) > 0));
    rows.push(...fitting.sort(compareRowPlaces));
    if (rows.length > size) return { rows: rows.slice(0, size), next: rows[size - 1] };
    steps = found.length === 0 ? Math.min(steps * 2, window.maxSteps) : window.steps;
    last = start - stepMs;
  }
  return { rows, next: undefined };
}
