import { at, insertSorted, medianOfFirst } from "./order-statistics.js";
import { SortedWindow } from "./sorted-window.js";

export const minutesPerHour = 60;
export const minutesPerDay = 1_440;
export const minutesPerWeek = 10_080;

/** A history whose values are finite or NaN, with its calendar (UTC). */
export interface TimedSamples {
  readonly firstMinute: number;
  readonly stepMinutes: number;
  readonly values: Float64Array;
  /** Hours since the epoch of the first sample. */
  readonly firstHour: number;
  readonly hours: number;
  readonly hourMedians: Float64Array;
  /** Hour of a sample, from 0. */
  readonly hourOf: (index: number) => number;
  readonly minuteOfDay: (index: number) => number;
  /** Place of a sample in what `slotMeans` returns. */
  readonly slotIndex: (index: number, slotMinutes: number) => number;
  /** @returns NaN for hours without data */
  readonly mediansByHour: (values: Float64Array) => Float64Array;
  /** Means per slot of time; `phase` is the slot of the day of the first one. */
  readonly slotMeans: (
    values: Float64Array,
    slotMinutes: number,
  ) => { readonly means: Float64Array; readonly phase: number };
}

export function timeSamples(firstMinute: number, stepMinutes: number, values: Float64Array): TimedSamples {
  const firstHour = Math.floor(firstMinute / minutesPerHour);
  const minuteOf = (index: number) => firstMinute + index * stepMinutes;
  const hourOf = (index: number) => Math.floor(minuteOf(index) / minutesPerHour) - firstHour;
  const hours = values.length === 0 ? 0 : hourOf(values.length - 1) + 1;
  const minuteOfDay = (index: number) => ((minuteOf(index) % minutesPerDay) + minutesPerDay) % minutesPerDay;
  const slotIndex = (index: number, slotMinutes: number) =>
    Math.floor(minuteOf(index) / slotMinutes) - Math.floor(firstMinute / slotMinutes);
  const mediansByHour = (of: Float64Array): Float64Array => {
    const medians = new Float64Array(hours).fill(Number.NaN);
    const sorted = new Float64Array(Math.ceil(minutesPerHour / stepMinutes));
    let [count, current] = [0, 0];
    for (let index = 0; index < of.length; index++) {
      const hour = hourOf(index);
      if (hour !== current) {
        medians[current] = medianOfFirst(sorted, count);
        [count, current] = [0, hour];
      }
      count = insertSorted(sorted, count, at(of, index));
    }
    if (of.length > 0) medians[current] = medianOfFirst(sorted, count);
    return medians;
  };
  const slotMeans = (of: Float64Array, slotMinutes: number) => {
    const slots = of.length === 0 ? 0 : slotIndex(of.length - 1, slotMinutes) + 1;
    const means = new Float64Array(slots);
    const counts = new Int32Array(slots);
    for (let index = 0; index < of.length; index++) {
      const value = at(of, index);
      if (!Number.isFinite(value)) continue;
      const slot = slotIndex(index, slotMinutes);
      means[slot] = at(means, slot) + value;
      counts[slot] = at(counts, slot) + 1;
    }
    for (let slot = 0; slot < slots; slot++) means[slot] = at(means, slot) / at(counts, slot);
    return { means, phase: Math.floor(minuteOfDay(0) / slotMinutes) };
  };
  return {
    firstMinute,
    stepMinutes,
    values,
    firstHour,
    hours,
    hourMedians: mediansByHour(values),
    hourOf,
    minuteOfDay,
    slotIndex,
    mediansByHour,
    slotMeans,
  };
}

/**
 * Median of the hours' medians around each hour, over whole days or weeks so that the season cancels out. At the ends
 * the span is moved inside rather than cut.
 */
export function levelAround(hourMedians: Float64Array, spanHours: number): Float64Array {
  const hours = hourMedians.length;
  const level = new Float64Array(hours);
  const span = Math.min(spanHours, hours);
  const window = new SortedWindow(span);
  for (let hour = 0; hour < span; hour++) window.add(at(hourMedians, hour));
  let [from, last] = [0, window.median];
  for (let hour = 0; hour < hours; hour++) {
    const start = Math.min(Math.max(0, hour - (span >> 1)), hours - span);
    if (start > from) {
      window.remove(at(hourMedians, from));
      window.add(at(hourMedians, from + span));
      from = start;
      if (window.count > 0) last = window.median;
    }
    level[hour] = last;
  }
  return level;
}
