import { at } from "./order-statistics.js";

/** More different values than this, and a metric is not treated as a small count. */
const mostDistinct = 64;
/** So many values of two and more must be missing, against a Poisson distribution, to call a metric a switch. */
const missingTwos = 10;
/** Means above this need no help: their tail is measured well. */
export const largestSmallMean = 30;

/**
 * The unit of a metric that counts a few things per window (1, or 1/60 for a rate per second): all values are small
 * multiples of it, and zero is one of them.
 *
 * @returns 0 if the metric is no such count: continuous, never zero, or a switch between zero and one value
 */
export function countUnit(values: ArrayLike<number>): number {
  const seen = new Map<number, number>();
  let count = 0;
  let sum = 0;
  for (let index = 0; index < values.length; index++) {
    const value = at(values, index);
    if (!Number.isFinite(value)) continue;
    if (value < 0) return 0;
    seen.set(value, (seen.get(value) ?? 0) + 1);
    if (seen.size > mostDistinct) return 0;
    count++;
    sum += value;
  }
  if (!seen.has(0)) return 0;
  const distinct = [...seen.keys()].sort((a, b) => a - b);
  if (distinct.length === 1) return 1;
  let unit = Number.POSITIVE_INFINITY;
  for (let index = 1; index < distinct.length; index++)
    unit = Math.min(unit, at(distinct, index) - at(distinct, index - 1));
  const whole = (value: number) => Math.abs(value / unit - Math.round(value / unit)) < 0.001;
  if (!distinct.every(whole)) return 0;
  const mean = sum / count / unit;
  const expectedTwos = count * (1 - Math.exp(-mean) * (1 + mean));
  return distinct.length === 2 && expectedTwos > missingTwos ? 0 : unit;
}

/** The smallest whole number that a Poisson variable of this mean passes with at most this probability. */
export function poissonBound(mean: number, probability: number): number {
  let term = Math.exp(-mean);
  let below = term;
  let bound = 0;
  while (1 - below > probability && term > Number.EPSILON * 1e-3) {
    bound++;
    term *= mean / bound;
    below += term;
  }
  return bound;
}
