import { at, insertSorted, meanMagnitude, median, medianOfFirst, medianWithout } from "./order-statistics.js";
import { levelAround, minutesPerDay, minutesPerHour, type TimedSamples } from "./timed-samples.js";

/** What repeats by the hour, the day and the week, as deviations from the level. */
export interface SeasonalProfile {
  /** Minutes that one entry of `hourly` and `daily` stands for; a divisor of 60. */
  readonly slotMinutes: number;
  /** Where in a slot, in minutes, its value holds; in between it is interpolated. */
  readonly phaseMinutes: number;
  /** By slot of the hour; empty if nothing repeats. */
  readonly hourly: readonly number[];
  /** By slot of the day (UTC); empty if nothing repeats. */
  readonly daily: readonly number[];
  /** By hour of the week, from Thursday 00:00 UTC (the epoch); empty if nothing repeats. */
  readonly weekly: readonly number[];
}

/** A profile, and what it says about each sample when the sample's own day or week is left out of it. */
export interface FittedSeason {
  readonly profile: SeasonalProfile;
  readonly heldOut: Float64Array;
}

/** Shorter windows share a slot of five minutes: no profile is longer than 288 entries. */
const slotLengthsMinutes = [5, 6, 10, 12, 15, 20, 30, 60];
const hoursPerDay = 24;
const hoursPerWeek = 168;
/** A season is believed if it makes the mean held-out deviation smaller by this share. */
const leastGain = 0.03;
/** Half widths over which a day is smoothed before days are compared; the best one by held-out deviation is taken. */
const smoothingMinutes = [0, 10, 30, 60];

const slotMinutesFor = (stepMinutes: number): number =>
  slotLengthsMinutes.find((minutes) => minutes >= stepMinutes) ?? minutesPerHour;

/** The season that repeats by hour and day around a level that moves within a day. */
export const fitDailySeason = (samples: TimedSamples): FittedSeason =>
  fitRepeatedly(samples, hoursPerDay, 2, (level) => fitWithin(samples, samples.values, level, []));

/** The season that repeats by hour, day and week around a level that moves within a week. */
export const fitWeeklySeason = (samples: TimedSamples): FittedSeason =>
  fitRepeatedly(samples, hoursPerWeek, 3, (level) => fitAroundWeek(samples, level));

/**
 * Fits around the level of the values as they are, then again around the level of the values without their season: the
 * median over a day or week that swings moves by much if a few of its hours are missing or abnormal.
 */
function fitRepeatedly(
  samples: TimedSamples,
  spanHours: number,
  times: number,
  fit: (level: Float64Array) => FittedSeason,
): FittedSeason {
  let season = fit(levelAround(samples.hourMedians, spanHours));
  for (let time = 1; time < times; time++) {
    const { heldOut } = season;
    const rest = samples.values.map((value, index) => value - at(heldOut, index));
    season = fit(levelAround(samples.mediansByHour(rest), spanHours));
  }
  return season;
}

function fitAroundWeek(samples: TimedSamples, level: Float64Array): FittedSeason {
  const deviations = new Float64Array(samples.hours);
  for (let hour = 0; hour < samples.hours; hour++) deviations[hour] = at(samples.hourMedians, hour) - at(level, hour);
  const phase = ((samples.firstHour % hoursPerWeek) + hoursPerWeek) % hoursPerWeek;
  let best: Repeating | undefined;
  for (const halfWidth of [0, 1]) {
    const repeating = fitRepeating(smoothed(deviations, halfWidth), deviations, phase, hoursPerWeek);
    if (best === undefined || repeating.loss < best.loss) best = repeating;
  }
  if (best === undefined) throw new Error("no half width was tried");
  const rest = new Float64Array(samples.values.length);
  const heldOutWeek = new Float64Array(samples.values.length);
  for (let index = 0; index < rest.length; index++) {
    const week = at(best.heldOut, samples.hourOf(index));
    heldOutWeek[index] = week;
    rest[index] = at(samples.values, index) - week;
  }
  const within = fitWithin(samples, rest, level, best.profile);
  for (let index = 0; index < rest.length; index++)
    heldOutWeek[index] = at(heldOutWeek, index) + at(within.heldOut, index);
  return { profile: within.profile, heldOut: heldOutWeek };
}

interface Repeating {
  readonly profile: readonly number[];
  readonly heldOut: Float64Array;
  readonly loss: number;
}

/** Medians per place in the period, over the periods; `heldOut` of each value by the other periods. */
function fitRepeating(smooth: Float64Array, raw: Float64Array, phase: number, period: number): Repeating {
  const profile: number[] = [];
  const heldOut = new Float64Array(raw.length).fill(Number.NaN);
  const periods = Math.ceil((raw.length + phase) / period);
  const sorted = new Float64Array(periods);
  for (let place = 0; place < period; place++) {
    let count = 0;
    for (let index = place - phase; index < smooth.length; index += period) {
      count = insertSorted(sorted, count, at(smooth, index));
    }
    profile.push(count === 0 ? 0 : medianOfFirst(sorted, count));
    for (let index = place - phase; index < raw.length; index += period) {
      const value = at(smooth, index);
      if (index >= 0) heldOut[index] = Number.isFinite(value) ? medianWithout(sorted, count, value) : Number.NaN;
    }
  }
  let sum = 0;
  let count = 0;
  for (let index = 0; index < raw.length; index++) {
    const miss = Math.abs(at(raw, index) - at(heldOut, index));
    if (!Number.isFinite(miss)) continue;
    sum += miss;
    count++;
  }
  return { profile, heldOut, loss: count === 0 ? Number.POSITIVE_INFINITY : sum / count };
}

/** Mean of the finite values within ±halfWidth places. */
function smoothed(values: Float64Array, halfWidth: number): Float64Array {
  if (halfWidth === 0) return values;
  const result = new Float64Array(values.length);
  const sums = new Float64Array(values.length + 1);
  const counts = new Int32Array(values.length + 1);
  for (let index = 0; index < values.length; index++) {
    const value = at(values, index);
    const there = Number.isFinite(value);
    sums[index + 1] = at(sums, index) + (there ? value : 0);
    counts[index + 1] = at(counts, index) + (there ? 1 : 0);
  }
  for (let index = 0; index < values.length; index++) {
    const [from, to] = [Math.max(0, index - halfWidth), Math.min(values.length, index + halfWidth + 1)];
    const count = at(counts, to) - at(counts, from);
    result[index] = count === 0 ? Number.NaN : (at(sums, to) - at(sums, from)) / count;
  }
  return result;
}

/** Hourly, then daily repetition of `values` around a level per hour. */
function fitWithin(
  samples: TimedSamples,
  values: Float64Array,
  level: Float64Array,
  weekly: readonly number[],
): FittedSeason {
  const slotMinutes = slotMinutesFor(samples.stepMinutes);
  const phaseMinutes =
    slotMinutes === samples.stepMinutes ? samples.minuteOfDay(0) % slotMinutes : Math.floor(slotMinutes / 2);
  const count = values.length;
  const rest = new Float64Array(count);
  for (let index = 0; index < count; index++) rest[index] = at(values, index) - at(level, samples.hourOf(index));
  const hourly = fitHourly(samples, rest, slotMinutes);
  const heldOut = new Float64Array(count);
  if (hourly.length > 0) {
    for (let index = 0; index < count; index++) {
      const there = at(hourly, Math.floor(samples.minuteOfDay(index) / slotMinutes) % hourly.length);
      heldOut[index] = there;
      rest[index] = at(rest, index) - there;
    }
  }
  const daily = fitDaily(samples, rest, slotMinutes);
  if (daily === undefined) return { profile: { slotMinutes, phaseMinutes, hourly, daily: [], weekly }, heldOut };
  for (let index = 0; index < count; index++)
    heldOut[index] = at(heldOut, index) + at(daily.heldOut, samples.slotIndex(index, slotMinutes));
  return { profile: { slotMinutes, phaseMinutes, hourly, daily: daily.profile, weekly }, heldOut };
}

/** Medians per slot of the hour around each hour's own median; empty if they explain too little. */
function fitHourly(samples: TimedSamples, rest: Float64Array, slotMinutes: number): readonly number[] {
  const slots = minutesPerHour / slotMinutes;
  if (!Number.isInteger(slots) || slots < 2) return [];
  const middles = samples.mediansByHour(rest);
  const bySlot: number[][] = Array.from({ length: slots }, () => []);
  const around = new Float64Array(rest.length);
  for (let index = 0; index < rest.length; index++) {
    const value = at(rest, index) - at(middles, samples.hourOf(index));
    around[index] = value;
    if (Number.isFinite(value)) bySlot[Math.floor(samples.minuteOfDay(index) / slotMinutes) % slots]?.push(value);
  }
  const hourly = bySlot.map((values) => (values.length === 0 ? 0 : median(values)));
  const before = meanMagnitude(around);
  for (let index = 0; index < rest.length; index++) {
    around[index] = at(around, index) - at(hourly, Math.floor(samples.minuteOfDay(index) / slotMinutes) % slots);
  }
  return meanMagnitude(around) < (1 - leastGain) * before ? hourly : [];
}

function fitDaily(samples: TimedSamples, rest: Float64Array, slotMinutes: number): Repeating | undefined {
  const perDay = minutesPerDay / slotMinutes;
  const { means, phase } = samples.slotMeans(rest, slotMinutes);
  let best: Repeating | undefined;
  let tried = -1;
  for (const minutes of smoothingMinutes) {
    const halfWidth = Math.round(minutes / slotMinutes);
    if (halfWidth === tried) continue;
    tried = halfWidth;
    const repeating = fitRepeating(smoothed(means, halfWidth), means, phase, perDay);
    if (best === undefined || repeating.loss < best.loss) best = repeating;
  }
  return best !== undefined && best.loss < (1 - leastGain) * meanMagnitude(means) ? best : undefined;
}

/** What repeats at a minute since the epoch, straight lines between slots. */
export function seasonAt(profile: SeasonalProfile, minute: number): number {
  const { slotMinutes, phaseMinutes, hourly, daily, weekly } = profile;
  const place = (minute - phaseMinutes) / slotMinutes;
  return (
    interpolated(hourly, place) + interpolated(daily, place) + repeated(weekly, Math.floor(minute / minutesPerHour))
  );
}

const repeated = (values: readonly number[], place: number): number =>
  values.length === 0 ? 0 : at(values, ((place % values.length) + values.length) % values.length);

function interpolated(values: readonly number[], place: number): number {
  if (values.length === 0) return 0;
  const below = Math.floor(place);
  const low = repeated(values, below);
  const part = place - below;
  return part === 0 ? low : low + part * (repeated(values, below + 1) - low);
}
