import { at, quantile } from "./order-statistics.js";

/** Deviations in one direction, in spreads, in order of time; NaN where there was no data. */
export interface TailSamples {
  readonly deviations: Float64Array;
  /** Windows per week. */
  readonly perWeek: number;
  /** Incidents that were already taken out. */
  readonly incidents: number;
}

/** What lies beyond a high quantile: how often something gets there, and how far it goes. */
export interface Tail {
  /** Deviations beyond this are in the tail. */
  readonly start: number;
  /** Runs of deviations beyond `start` per week. */
  readonly runsPerWeek: number;
  /** Generalised Pareto distribution of how far a run's largest deviation lies beyond `start`. */
  readonly scale: number;
  readonly shape: number;
}

/** A run ends when so many windows in a row are back: an alert resolves after three healthy evaluations. */
const quietWindows = 3;
/** The tail starts where so many samples are left, but within these quantiles. */
const tailSamples = 80;
const lowestStart = 0.85;
const highestStart = 0.98;
/** The largest runs say only "beyond": so many incidents a week may have happened without teaching anything. */
const incidentsPerWeek = 3;
/** An incident lies at least so many spreads off; a spread is a mean magnitude, 0.8 standard deviations. */
const incidentDeviation = 3;
/** And beyond what noise passes so many times a week. */
const incidentRunsPerWeek = 0.2;
/** Shapes tried, and the belief before any data: light to moderately heavy tails. */
const shapes = [-0.2, -0.15, -0.1, -0.05, 0.0001, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5];
const likelyShape = 0.05;
const shapeDeviation = 0.2;
const scaleSteps = 24;

/**
 * Fits the tail by peaks over threshold: the largest deviation of each run, a generalised Pareto distribution, maximum
 * likelihood with the largest runs censored and a normal belief on the shape.
 */
export function fitTail({ deviations, perWeek, incidents }: TailSamples): Tail {
  let count = 0;
  for (const deviation of deviations) if (Number.isFinite(deviation)) count++;
  const share = Math.min(highestStart, Math.max(lowestStart, 1 - tailSamples / count));
  const start = startOf(deviations, Math.max(0, quantile(deviations, share)));
  const weeks = count / perWeek;
  const peaks = Float64Array.from(peaksBeyond(deviations, start)).sort();
  const censored = Math.min(peaks.length, Math.max(0, mostIncidents(weeks) - incidents));
  const known = peaks.subarray(0, peaks.length - censored);
  if (known.length === 0) return { start, runsPerWeek: peaks.length / weeks, scale: 0, shape: 0 };
  const limit = at(known, known.length - 1);
  let mean = 0;
  for (const peak of known) mean += peak / known.length;
  let best = { likelihood: Number.NEGATIVE_INFINITY, scale: mean, shape: likelyShape };
  for (const shape of shapes) {
    const belief = -(((shape - likelyShape) / shapeDeviation) ** 2) / 2;
    for (let step = 0; step < scaleSteps; step++) {
      const scale = mean * 0.4 * 1.12 ** step;
      const likelihood = belief + censoredLikelihood(known, censored, limit, scale, shape);
      if (likelihood > best.likelihood) best = { likelihood, scale, shape };
    }
  }
  return { start, runsPerWeek: peaks.length / weeks, scale: best.scale, shape: best.shape };
}

/** Half way to the next larger deviation: counts are whole numbers, and their tail begins between two of them. */
function startOf(deviations: Float64Array, below: number): number {
  let next = Number.POSITIVE_INFINITY;
  for (const deviation of deviations) if (deviation > below && deviation < next) next = deviation;
  return Number.isFinite(next) ? (below + next) / 2 : below;
}

const mostIncidents = (weeks: number): number => Math.round(incidentsPerWeek * weeks) + 1;

/** How far beyond `start` the largest deviation of each run is. */
const peaksBeyond = (deviations: Float64Array, start: number): readonly number[] =>
  runsBeyond(deviations, start).map(({ peak }) => peak);

interface Run {
  readonly from: number;
  readonly to: number;
  readonly peak: number;
  /** Sum of how far its samples lie beyond the start. */
  readonly excess: number;
}

function runsBeyond(deviations: Float64Array, start: number): readonly Run[] {
  const runs: Run[] = [];
  let run: { from: number; to: number; peak: number; excess: number } | undefined;
  let quiet = 0;
  for (let index = 0; index < deviations.length; index++) {
    const beyond = at(deviations, index) - start;
    if (!Number.isFinite(beyond)) continue;
    if (beyond > 0) {
      run ??= { from: index, to: index, peak: 0, excess: 0 };
      run.to = index;
      run.peak = Math.max(run.peak, beyond);
      run.excess += beyond;
      quiet = 0;
    } else if (run !== undefined && ++quiet >= quietWindows) {
      runs.push(run);
      run = undefined;
    }
  }
  if (run !== undefined) runs.push(run);
  return runs;
}

/**
 * Takes out what stands out even from the other extremes: at most as many runs as there may be incidents in so much
 * history, the most severe ones.
 *
 * @param deviations the residuals in spreads
 */
export function withoutIncidents(
  residuals: Float64Array,
  deviations: Float64Array,
  perWeek: number,
): { readonly usual: Float64Array; readonly incidents: number } {
  const most = mostIncidents(deviations.length / perWeek);
  const magnitudes = deviations.map(Math.abs);
  const severest = (start: number) =>
    [...runsBeyond(magnitudes, start)].sort((a, b) => b.excess - a.excess).slice(0, most);
  // the bound itself is found without the severest runs, however long they are
  const calm = without(magnitudes, severest(incidentDeviation));
  const bound = boundOf(fitTail({ deviations: calm, perWeek, incidents: most }), incidentRunsPerWeek);
  const incidents = severest(Math.max(incidentDeviation, bound));
  return { usual: without(residuals, incidents), incidents: incidents.length };
}

function without(values: Float64Array, runs: readonly Run[]): Float64Array {
  const rest = Float64Array.from(values);
  for (const { from, to } of runs) rest.fill(Number.NaN, from, to + 1);
  return rest;
}

function censoredLikelihood(
  known: Float64Array,
  censored: number,
  limit: number,
  scale: number,
  shape: number,
): number {
  let logs = 0;
  for (const peak of known) {
    const part = 1 + (shape * peak) / scale;
    if (part <= 0) return Number.NEGATIVE_INFINITY;
    logs += Math.log(part);
  }
  const beyond = Math.log(1 + (shape * limit) / scale) / shape;
  return -known.length * Math.log(scale) - (1 + 1 / shape) * logs - censored * beyond;
}

/** The deviation that is passed by so many runs a week. */
export function boundOf({ start, runsPerWeek, scale, shape }: Tail, allowedPerWeek: number): number {
  if (scale === 0 || runsPerWeek <= allowedPerWeek) return start;
  const rarer = runsPerWeek / allowedPerWeek;
  return start + (Math.abs(shape) < 0.001 ? scale * Math.log(rarer) : (scale / shape) * (rarer ** shape - 1));
}
