import { countUnit, largestSmallMean, poissonBound } from "./count-noise.js";
import { fitSpread, spreadAt, type LocalSpread } from "./local-spread.js";
import { lackOf, largestValue, readHistory, type MetricHistory } from "./metric-history.js";
import { followLevel, type LevelMethod, type MovingLevel } from "./moving-level.js";
import { at, quantile, quantileOfSorted, sortFinite } from "./order-statistics.js";
import {
  fitDailySeason,
  fitWeeklySeason,
  seasonAt,
  type FittedSeason,
  type SeasonalProfile,
} from "./seasonal-profile.js";
import { type Band, type Sensitivity } from "./threshold.js";
import { boundOf, fitTail, withoutIncidents } from "./tail-bound.js";
import { minutesPerDay, minutesPerHour, minutesPerWeek, type TimedSamples } from "./timed-samples.js";

/** Too little history: nothing may alert. */
export type Learning = Extract<Band, { readonly kind: "learning" }>;
/** What is normal at a time, both ends included. */
export type Limits = Extract<Band, { readonly kind: "band" }>;

/** What was learned about one series: plain data, a few kilobytes as JSON. */
export interface ThresholdModel {
  readonly kind: "model";
  /** Minute since the epoch of the last window that it knows. */
  readonly learnedTo: number;
  readonly stepMinutes: number;
  readonly level: number;
  readonly levelMethod: LevelMethod;
  readonly season: SeasonalProfile;
  readonly spread: LocalSpread;
  /** In spreads, by sensitivity. */
  readonly bounds: Readonly<Record<Sensitivity, { readonly lower: number; readonly upper: number }>>;
  /** Unit of a small count; 0: not a count. */
  readonly countUnit: number;
  /** No value was ever below zero, so no lower bound is. */
  readonly nonNegative: boolean;
}

/** A model with the level hour by hour, by which its history is drawn and tried. */
export interface Learned {
  readonly kind: "learned";
  readonly model: ThresholdModel;
  readonly firstHour: number;
  /** Level of each hour of the history out of the hours before it; NaN: not yet known. */
  readonly levels: readonly number[];
}

/** From here on a weekly season is looked for (reference §2.6). */
export const weeklySeasonDays = 21;
/** Runs beyond the band per week and direction that noise alone may cause, and the room added to that. */
const caution: Readonly<
  Record<Sensitivity, { readonly runsPerWeek: number; readonly room: number; readonly least: number }>
> = {
  High: { runsPerWeek: 0.5, room: 1.05, least: 2.5 },
  Medium: { runsPerWeek: 0.07, room: 1.25, least: 3 },
  Low: { runsPerWeek: 0.02, room: 1.6, least: 4 },
};
/** Whole units added to the bound of a small count. */
const spareCounts: Readonly<Record<Sensitivity, number>> = { High: 0, Medium: 1, Low: 2 };
/** Smallest spread, as a share of the range from the 5 % to the 95 % quantile. */
const leastSpreadOfRange = 0.005;
/** Smallest spread of a metric that never changes, as a share of its value. */
const leastSpreadOfConstant = 0.005;
/** A level that follows faster must foretell better by this share. */
const fasterLevelGain = 0.1;
const weeklyGain = 0.02;

const dailyLevels: readonly LevelMethod[] = [
  { hours: 72, trend: false },
  { hours: 24, trend: false },
  { hours: 24, trend: true },
  { hours: 6, trend: false },
];
const weeklyLevels: readonly LevelMethod[] = [{ hours: 168, trend: false }, ...dailyLevels];

export interface LearnOptions {
  /** Milliseconds since the epoch, as in `ThresholdSeries`: windows that begin earlier are not looked at. */
  readonly ignoreDataBefore?: number;
}

/**
 * Learns what is normal out of a series' own history (method and sources: `dynamic-threshold.md`). Meant to run once an
 * hour; the same history gives the same model.
 *
 * @throws RangeError if the step is no whole number of minutes from 1 to 60, or the first minute no whole number
 */
export function learnThreshold(history: MetricHistory, { ignoreDataBefore }: LearnOptions = {}): Learned | Learning {
  const samples = readHistory(history, ignoreDataBefore);
  const lacking = lackOf(samples);
  if (lacking !== undefined) return { kind: "learning", reason: lacking };
  const { season, method, moving, expected } = explain(samples);
  const residuals = samples.values.map((value, index) => value - at(expected, index));
  const sorted = sortFinite(samples.values);
  const unit = countUnit(samples.values);
  const least = leastSpread(sorted);
  const perWeek = minutesPerWeek / samples.stepMinutes;
  const firstSpread = fitSpread(samples, residuals, expected, least);
  const firstLook = deviationsOf(samples, residuals, expected, firstSpread);
  // what the first look takes for incidents has no say in what is usual
  const { usual, incidents } = withoutIncidents(residuals, firstLook, perWeek);
  const spread = fitSpread(samples, usual, expected, least);
  const model: ThresholdModel = {
    kind: "model",
    learnedTo: samples.firstMinute + (samples.values.length - 1) * samples.stepMinutes,
    stepMinutes: samples.stepMinutes,
    level: at(moving.levels, samples.hours),
    levelMethod: method,
    season: season.profile,
    spread,
    bounds: fitBounds(deviationsOf(samples, usual, expected, spread), perWeek, incidents),
    countUnit: unit,
    nonNegative: at(sorted, 0) >= 0,
  };
  return { kind: "learned", model, firstHour: samples.firstHour, levels: Array.from(moving.levels) };
}

/** What is normal at a minute since the epoch (the same kind of minute as the history's). */
export function bandAt(model: ThresholdModel, minute: number, sensitivity: Sensitivity): Limits {
  return bandAround(model, model.level, minute, sensitivity);
}

export interface BandPoint {
  readonly minute: number;
  readonly band: Band;
}

/**
 * The band as a series, one point per `stepMinutes` from `from` on and before `to` (minutes since the epoch). In the past
 * it follows the level as it was known then; season and spread are those known now.
 */
export function bandSeries(
  { model, firstHour, levels }: Learned,
  range: { readonly from: number; readonly to: number; readonly stepMinutes: number },
  sensitivity: Sensitivity,
): readonly BandPoint[] {
  const points: BandPoint[] = [];
  for (let minute = range.from; minute < range.to; minute += range.stepMinutes) {
    const hour = Math.floor(minute / minutesPerHour) - firstHour;
    const level = hour >= levels.length ? model.level : at(levels, hour);
    const band: Band = Number.isFinite(level)
      ? bandAround(model, level, minute, sensitivity)
      : { kind: "learning", reason: "The history that was learned from starts later." };
    points.push({ minute, band });
  }
  return points;
}

function bandAround(model: ThresholdModel, level: number, minute: number, sensitivity: Sensitivity): Limits {
  const expected = level + seasonAt(model.season, minute);
  const spread = spreadAt(model.spread, expected, minute);
  const bounds = model.bounds[sensitivity];
  let upper = expected + bounds.upper * spread;
  let lower = expected - bounds.lower * spread;
  if (model.countUnit > 0) {
    const centre = Math.max(0, expected) / model.countUnit;
    const mean = centre < 1 ? centre + spread / model.countUnit : centre;
    if (mean < largestSmallMean) {
      const probability = (caution[sensitivity].runsPerWeek * model.stepMinutes) / minutesPerWeek;
      const most = poissonBound(mean, probability) + spareCounts[sensitivity];
      upper = Math.max(upper, (most + 0.5) * model.countUnit);
    }
  }
  if (model.nonNegative) {
    lower = Math.max(0, lower);
    upper = Math.max(0, upper);
  }
  return { kind: "band", lower, upper };
}

interface Explanation {
  readonly season: FittedSeason;
  readonly method: LevelMethod;
  readonly moving: MovingLevel;
  /** What would have been foretold: by season (without the sample's own day or week) and level (out of earlier hours). */
  readonly expected: Float64Array;
  readonly loss: number;
}

/** The combination of season and level that would have foretold this history best. */
function explain(samples: TimedSamples): Explanation {
  const daily = explainBy(samples, fitDailySeason(samples), dailyLevels);
  if (samples.values.length * samples.stepMinutes < weeklySeasonDays * minutesPerDay) return daily;
  const weekly = explainBy(samples, fitWeeklySeason(samples), weeklyLevels);
  return weekly.loss < (1 - weeklyGain) * daily.loss ? weekly : daily;
}

function explainBy(samples: TimedSamples, season: FittedSeason, methods: readonly LevelMethod[]): Explanation {
  const { values } = samples;
  const rest = new Float64Array(values.length);
  for (let index = 0; index < rest.length; index++) rest[index] = at(values, index) - at(season.heldOut, index);
  const hourly = samples.mediansByHour(rest);
  let best: { readonly method: LevelMethod; readonly moving: MovingLevel; readonly loss: number } | undefined;
  let cap: number | undefined;
  for (const method of methods) {
    const moving = followLevel(hourly, method);
    cap ??= 3 * quantile(missesOf(samples, rest, moving.levels), 0.9) || Number.POSITIVE_INFINITY;
    const loss = meanMiss(samples, rest, moving.levels, cap);
    if (best === undefined || loss < (1 - fasterLevelGain) * best.loss) best = { method, moving, loss };
  }
  if (best === undefined) throw new Error("explaining a history: no way to follow its level was given");
  const { levels } = best.moving;
  const expected = season.heldOut.map((there, index) => there + at(levels, samples.hourOf(index)));
  return { season, ...best, expected };
}

function missesOf({ hourOf }: TimedSamples, rest: Float64Array, levels: Float64Array): Float64Array {
  const misses = new Float64Array(rest.length);
  for (let index = 0; index < rest.length; index++) misses[index] = at(rest, index) - at(levels, hourOf(index));
  return misses;
}

/** Mean distance from the level, single ones cut to `cap`. */
function meanMiss({ hourOf }: TimedSamples, rest: Float64Array, levels: Float64Array, cap: number): number {
  let [sum, count] = [0, 0];
  for (let index = 0; index < rest.length; index++) {
    const miss = Math.abs(at(rest, index) - at(levels, hourOf(index)));
    if (!Number.isFinite(miss)) continue;
    sum += Math.min(miss, cap);
    count++;
  }
  return count === 0 ? Number.POSITIVE_INFINITY : sum / count;
}

function leastSpread(sorted: Float64Array): number {
  const range = quantileOfSorted(sorted, 0.95) - quantileOfSorted(sorted, 0.05);
  if (range > 1 / largestValue) return leastSpreadOfRange * range;
  const constant = Math.abs(quantileOfSorted(sorted, 0.5));
  // a metric that is always zero has no scale of its own: one is taken for a unit
  return constant > 1 / largestValue ? leastSpreadOfConstant * constant : leastSpreadOfConstant;
}

function deviationsOf(
  samples: TimedSamples,
  residuals: Float64Array,
  expected: Float64Array,
  spread: LocalSpread,
): Float64Array {
  const deviations = new Float64Array(residuals.length);
  for (let index = 0; index < residuals.length; index++) {
    deviations[index] = at(residuals, index) / spreadAt(spread, at(expected, index), samples.minuteOfDay(index));
  }
  return deviations;
}

function fitBounds(deviations: Float64Array, perWeek: number, incidents: number): ThresholdModel["bounds"] {
  const upperTail = fitTail({ deviations, perWeek, incidents });
  const lowerTail = fitTail({ deviations: deviations.map((value) => -value), perWeek, incidents });
  const boundsFor = (sensitivity: Sensitivity) => {
    const { runsPerWeek, room, least } = caution[sensitivity];
    const boundFor = (tail: typeof upperTail) => Math.max(least, room * boundOf(tail, runsPerWeek));
    return { lower: boundFor(lowerTail), upper: boundFor(upperTail) };
  };
  return { High: boundsFor("High"), Medium: boundsFor("Medium"), Low: boundsFor("Low") };
}
