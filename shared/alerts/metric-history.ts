import { minutesPerDay, minutesPerHour, timeSamples, type TimedSamples } from "./timed-samples.js";

/** What a metric was, window by window. */
export interface MetricHistory {
  /** Whole minutes since the epoch that the first value stands for; bands are asked for by the same kind of minute. */
  readonly firstMinute: number;
  /** Minutes from one value to the next: 1 to 60. */
  readonly stepMinutes: number;
  /** One value per window; NaN, ±Infinity, null and undefined: there was no data. */
  readonly values: ArrayLike<number | null | undefined>;
}

/** History below which nothing alerts (reference §2.6). */
export const leastHistoryDays = 3;
export const leastSamples = 30;
/** Older history is not looked at. */
export const mostHistoryDays = 35;

/** Larger values are no data, and differences below its inverse are none: what is computed of them stays finite. */
export const largestValue = 1e100;

/**
 * Reads a history: missing values become NaN, and what is too old is left out.
 *
 * @param ignoreDataBefore milliseconds since the epoch
 * @throws RangeError if the step is no whole number of minutes from 1 to 60, or the first minute no whole number
 */
export function readHistory(
  { firstMinute, stepMinutes, values }: MetricHistory,
  ignoreDataBefore = Number.NEGATIVE_INFINITY,
): TimedSamples {
  if (!Number.isInteger(stepMinutes) || stepMinutes < 1 || stepMinutes > minutesPerHour) {
    throw new RangeError(
      `reading a history with steps of ${stepMinutes} minutes: whole minutes from 1 to 60 are possible`,
    );
  }
  if (!Number.isInteger(firstMinute))
    throw new RangeError(`reading a history from minute ${firstMinute}: not a whole minute`);
  const most = Math.floor((mostHistoryDays * minutesPerDay) / stepMinutes);
  let from = Math.max(0, values.length - most, Math.ceil((ignoreDataBefore / 60_000 - firstMinute) / stepMinutes));
  while (from < values.length && !Number.isFinite(values[from] ?? Number.NaN)) from++;
  const kept = new Float64Array(Math.max(0, values.length - from));
  for (let index = 0; index < kept.length; index++) {
    const value = values[from + index] ?? Number.NaN;
    kept[index] = Math.abs(value) <= largestValue ? value : Number.NaN;
  }
  return timeSamples(firstMinute + from * stepMinutes, stepMinutes, kept);
}

/** Why this history does not suffice; undefined if it does. */
export function lackOf({ values, stepMinutes }: TimedSamples): string | undefined {
  let count = 0;
  for (const value of values) if (Number.isFinite(value)) count++;
  const days = (values.length * stepMinutes) / minutesPerDay;
  const lacking: string[] = [];
  if (days < leastHistoryDays)
    lacking.push(`${(Math.floor(days * 10) / 10).toFixed(1)} of ${leastHistoryDays} days of history`);
  if (count < leastSamples) lacking.push(`${count} of ${leastSamples} samples`);
  return lacking.length === 0 ? undefined : `Still learning: ${lacking.join(" and ")}.`;
}
