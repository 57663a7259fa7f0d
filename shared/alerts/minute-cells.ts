import { type MetricCell } from "../metrics/metric-cell.js";
import { type MetricSeries } from "../metrics/series-query.js";
import { type CellSource } from "./alert-series.js";

/**
 * A series by the minute, laid out so that every window of a month can be summed up. Sums are made in the order of time,
 * as the metric store makes them, so that a backtest finds to the last digit what an evaluation found.
 * @param from minute since the epoch; points before are left out
 * @param to exclusive
 */
export function minuteCells({ dimensions, points }: MetricSeries, from: number, to: number): CellSource {
  const length = Math.max(0, to - from);
  const sums = new Float64Array(length);
  const counts = new Float64Array(length);
  const minima = new Float64Array(length).fill(Number.POSITIVE_INFINITY);
  const maxima = new Float64Array(length).fill(Number.NEGATIVE_INFINITY);
  const isThere = new Uint8Array(length);
  for (const [minute, { sum, count, min, max }] of points) {
    const at = minute - from;
    if (at < 0 || at >= length) continue;
    sums[at] = sum;
    counts[at] = count;
    minima[at] = min;
    maxima[at] = max;
    isThere[at] = 1;
  }
  const cell = (start: number, end: number): MetricCell | undefined => {
    let sum = 0;
    let count = 0;
    let found = 0;
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    const last = Math.min(end - from, length);
    // a minute without data adds nothing to any of them
    for (let at = Math.max(0, start - from); at < last; at += 1) {
      found += isThere[at] ?? 0;
      sum += sums[at] ?? 0;
      count += counts[at] ?? 0;
      const low = minima[at] ?? min;
      const high = maxima[at] ?? max;
      if (low < min) min = low;
      if (high > max) max = high;
    }
    return found === 0 ? undefined : { sum, count, min, max };
  };
  return { dimensions, cell };
}
