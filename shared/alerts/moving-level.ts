import { at, median, quantile } from "./order-statistics.js";
import { SortedWindow } from "./sorted-window.js";

/** How the level follows the hours before. */
export interface LevelMethod {
  /** It is the median of so many healthy hours. */
  readonly hours: number;
  /** Whether the slope of the last days is carried on. */
  readonly trend: boolean;
}

export interface MovingLevel {
  /** Per hour, and one more for the hour after the last: the level out of the hours before it only. NaN: none yet. */
  readonly levels: Float64Array;
  /** Hours that were left out as abnormal, and not taken for a new level later. */
  readonly abnormal: Uint8Array;
}

/**
 * After so many abnormal hours in a row the level is taken to have shifted, and learning starts again from these hours.
 * Shorter ones are an outage, an incident or a holiday, and teach nothing: it must be more than a day.
 */
export const levelShiftHours = 30;
/** An hour is abnormal if its median is so many spreads away from the level. */
const abnormalSpreads = 6;
/** Days over which the slope of a trend is measured. */
const trendHours = 72;
/** A level needs so many hours. */
const leastHours = 3;

/**
 * Follows the level of hourly medians (season taken out), causally: each hour's level comes from the healthy hours
 * before it.
 *
 * @param hourly median per hour; NaN: no data
 */
export function followLevel(hourly: Float64Array, method: LevelMethod): MovingLevel {
  const free = run(hourly, method, Number.POSITIVE_INFINITY);
  const misses = new Float64Array(hourly.length);
  for (let hour = 0; hour < hourly.length; hour++) misses[hour] = Math.abs(at(hourly, hour) - at(free.levels, hour));
  // both are the standard deviation of a normal distribution; an outage of two days in ten moves neither by much
  const spread = Math.max(1.4826 * median(misses), quantile(misses, 0.75) / 1.15);
  if (!Number.isFinite(spread)) return free;
  return run(hourly, method, abnormalSpreads * spread);
}

function run(hourly: Float64Array, { hours, trend }: LevelMethod, tolerance: number): MovingLevel {
  const count = hourly.length;
  const levels = new Float64Array(count + 1).fill(Number.NaN);
  const abnormal = new Uint8Array(count);
  const flat = new Float64Array(count + 1).fill(Number.NaN);
  const recent: number[] = [];
  const window = new SortedWindow(Math.max(hours, levelShiftHours) + 1);
  let apart: number[] = [];
  let side = 0;
  let since = 0;
  for (let hour = 0; hour <= count; hour++) {
    const base = window.count < leastHours ? Number.NaN : window.median;
    flat[hour] = base;
    const level = trend ? base + slopeBefore(flat, hour, since) * (hours / 2 + 1) : base;
    levels[hour] = level;
    if (hour === count) break;
    const value = at(hourly, hour);
    if (!Number.isFinite(value)) continue;
    const miss = value - level;
    if (Math.abs(miss) > tolerance) {
      if (Math.sign(miss) !== side) apart = [];
      side = Math.sign(miss);
      abnormal[hour] = 1;
      apart.push(hour);
      if (apart.length < levelShiftHours) continue;
      recent.length = 0;
      window.clear();
      for (const shifted of apart) {
        abnormal[shifted] = 0;
        recent.push(at(hourly, shifted));
        window.add(at(hourly, shifted));
      }
      since = hour;
    } else {
      recent.push(value);
      window.add(value);
    }
    apart = [];
    side = 0;
    while (recent.length > hours) window.remove(recent.shift() ?? Number.NaN);
  }
  return { levels, abnormal };
}

/** Change per hour of the level over the last days; 0 until it can be told. */
function slopeBefore(flat: Float64Array, hour: number, since: number): number {
  const slopes: number[] = [];
  for (let back = 0; back < 24; back += 3) {
    const from = hour - back - trendHours;
    const slope = from <= since ? Number.NaN : (at(flat, hour - back) - at(flat, from)) / trendHours;
    if (Number.isFinite(slope)) slopes.push(slope);
  }
  return slopes.length < 4 ? 0 : median(slopes);
}
