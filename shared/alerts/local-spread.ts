import { at, meanMagnitude, quantile, quantileOfSorted, sortFinite } from "./order-statistics.js";
import { minutesPerHour, type TimedSamples } from "./timed-samples.js";

/** How far the metric usually is from its expectation: a mean magnitude, by the expectation itself and the hour of day. */
export interface LocalSpread {
  readonly overall: number;
  /** Ascending expectations and the factor of `overall` there; straight lines between, level beyond. */
  readonly centres: readonly number[];
  readonly factors: readonly number[];
  /** 24 factors, by UTC hour. */
  readonly byHour: readonly number[];
  /** The spread is nowhere smaller than this. */
  readonly least: number;
}

const mostBins = 8;
const samplesPerBin = 40;
/** So many samples' worth of "as overall" is mixed into each factor. */
const shrinkage = 20;
const smallestFactor = 0.3;
const largestHourFactor = 4;
/** Single deviations count up to so many times the 90 % quantile. */
const capQuantiles = 3;

export function fitSpread(
  samples: TimedSamples,
  residuals: Float64Array,
  expected: Float64Array,
  least: number,
): LocalSpread {
  const magnitudes = new Float64Array(residuals.length);
  for (let index = 0; index < residuals.length; index++) magnitudes[index] = Math.abs(at(residuals, index));
  const high = quantile(magnitudes, 0.9) || quantile(magnitudes, 0.99) || quantile(magnitudes, 1);
  const cap = capQuantiles * high;
  const overall = Math.max(meanMagnitude(magnitudes, cap) || 0, least);
  const flat: LocalSpread = { overall, centres: [], factors: [], byHour: new Array<number>(24).fill(1), least };
  if (overall <= least) return flat;

  const kept: number[] = [];
  for (let index = 0; index < residuals.length; index++) if (Number.isFinite(at(magnitudes, index))) kept.push(index);
  const shrink = (sum: number, count: number) => (sum / overall + shrinkage) / (count + shrinkage);
  const { centres, factors } = byExpectation(kept, expected, magnitudes, cap, overall, shrink);
  const partial: LocalSpread = { ...flat, centres, factors };
  const scaled = new Float64Array(residuals.length).fill(Number.NaN);
  for (const index of kept) {
    const factor = spreadAt(partial, at(expected, index), 0) / overall;
    scaled[index] = Math.min(at(magnitudes, index), cap) / factor;
  }
  const raw = sumsByHourOfDay(samples, scaled).map(({ sum, count }) => shrink(sum, count));
  const average = raw.reduce((sum, factor) => sum + factor, 0) / raw.length;
  const byHour = raw.map((own, hour) => {
    const around = (at(raw, (hour + 23) % 24) + 2 * own + at(raw, (hour + 1) % 24)) / 4 / average;
    return Math.min(largestHourFactor, Math.max(smallestFactor, around));
  });
  return { ...partial, byHour };
}

interface HourSum {
  sum: number;
  count: number;
}

/** Sums per hour of the day, each without its most restless day: one incident is not what an hour is usually like. */
function sumsByHourOfDay(samples: TimedSamples, scaled: Float64Array): readonly HourSum[] {
  const totals = Array.from({ length: 24 }, (): HourSum => ({ sum: 0, count: 0 }));
  const worst = Array.from({ length: 24 }, (): HourSum => ({ sum: 0, count: 0 }));
  for (let from = 0; from < scaled.length;) {
    const hour = samples.hourOf(from);
    const own: HourSum = { sum: 0, count: 0 };
    const place = Math.floor(samples.minuteOfDay(from) / minutesPerHour);
    for (; from < scaled.length && samples.hourOf(from) === hour; from++) {
      const value = at(scaled, from);
      if (!Number.isFinite(value)) continue;
      own.sum += value;
      own.count++;
    }
    const total = totals[place];
    if (total === undefined || own.count === 0) continue;
    total.sum += own.sum;
    total.count += own.count;
    if (own.sum > (worst[place]?.sum ?? 0)) worst[place] = own;
  }
  return totals.map(({ sum, count }, place) => {
    const left = worst[place] ?? { sum: 0, count: 0 };
    return { sum: sum - left.sum, count: count - left.count };
  });
}

/** Bins of equally many samples, by what was expected. */
function byExpectation(
  kept: readonly number[],
  expected: Float64Array,
  magnitudes: Float64Array,
  cap: number,
  overall: number,
  shrink: (sum: number, count: number) => number,
): { readonly centres: readonly number[]; readonly factors: readonly number[] } {
  const bins = Math.min(mostBins, Math.floor(kept.length / samplesPerBin));
  if (bins < 2) return { centres: [], factors: [] };
  const sorted = sortFinite(expected);
  // where nothing but the level's own noise moves the expectation, it tells nothing
  if (quantileOfSorted(sorted, 0.95) - quantileOfSorted(sorted, 0.05) < overall) return { centres: [], factors: [] };
  const edges = Array.from({ length: bins - 1 }, (_, bin) => quantileOfSorted(sorted, (bin + 1) / bins));
  const sums = new Float64Array(bins);
  const counts = new Float64Array(bins);
  const places = new Float64Array(bins);
  for (const index of kept) {
    const place = at(expected, index);
    let bin = 0;
    while (bin < edges.length && place > at(edges, bin)) bin++;
    sums[bin] = at(sums, bin) + Math.min(at(magnitudes, index), cap);
    counts[bin] = at(counts, bin) + 1;
    places[bin] = at(places, bin) + place;
  }
  const centres: number[] = [];
  const factors: number[] = [];
  for (let bin = 0; bin < bins; bin++) {
    if (at(counts, bin) === 0) continue;
    centres.push(at(places, bin) / at(counts, bin));
    factors.push(Math.max(smallestFactor, shrink(at(sums, bin), at(counts, bin))));
  }
  return { centres, factors };
}

/** @param minute since the epoch or since midnight, UTC */
export function spreadAt(
  { overall, centres, factors, byHour, least }: LocalSpread,
  expected: number,
  minute: number,
): number {
  const hour = Math.floor(minute / minutesPerHour) % 24;
  const byTime = at(byHour, hour < 0 ? hour + 24 : hour);
  return Math.max(least, overall * factorAt(centres, factors, expected) * byTime);
}

function factorAt(centres: readonly number[], factors: readonly number[], expected: number): number {
  const last = centres.length - 1;
  if (last < 0) return 1;
  if (expected <= at(centres, 0)) return at(factors, 0);
  if (expected >= at(centres, last)) return at(factors, last);
  let above = 1;
  while (at(centres, above) < expected) above++;
  const [from, to] = [at(centres, above - 1), at(centres, above)];
  const part = (expected - from) / (to - from);
  return at(factors, above - 1) + part * (at(factors, above) - at(factors, above - 1));
}
