import { LatencySketch } from "./latency-sketch.js";

/** What is kept of one metric for one minute (or hour) and one combination of dimension values. */
export interface MetricCell {
  readonly sum: number;
  /** Of samples; a request is one. Availability: 100 for each request that the service was there for, 0 otherwise. */
  readonly count: number;
  readonly min: number;
  readonly max: number;
  /** For percentiles of latencies. */
  readonly sketch?: LatencySketch;
}

/** Names and values, with the case in which they were written; names compare without it. */
export type Dimensions = Readonly<Record<string, string>>;

/** One metric with one combination of dimension values over time. */
export interface SeriesCells {
  readonly metric: string;
  readonly dimensions: Dimensions;
  /**
   * Whether the value is a state, such as a capacity: then values of different dimensions at the same time are added,
   * and the average is over time only.
   */
  readonly gauge: boolean;
  /** By minute since the epoch: the one in which the minute or hour begins. */
  readonly cells: ReadonlyMap<number, MetricCell>;
}

/** Adds what happened at another time, or elsewhere. */
export function mergeCells(left: MetricCell | undefined, right: MetricCell): MetricCell {
  if (left === undefined) return right;
  const merged = {
    sum: left.sum + right.sum,
    count: left.count + right.count,
    min: Math.min(left.min, right.min),
    max: Math.max(left.max, right.max),
  };
  if (left.sketch === undefined && right.sketch === undefined) return merged;
  const sketch = new LatencySketch();
  for (const each of [left.sketch, right.sketch]) if (each !== undefined) sketch.merge(each);
  return { ...merged, sketch };
}

/** Adds up what happened at different times. The sum shares nothing with the cells. @returns undefined if there are none */
export function sumCells(cells: Iterable<MetricCell>): MetricCell | undefined {
  let [sum, count, min, max] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let any = false;
  let sketch: LatencySketch | undefined;
  for (const cell of cells) {
    any = true;
    sum += cell.sum;
    count += cell.count;
    if (cell.min < min) min = cell.min;
    if (cell.max > max) max = cell.max;
    if (cell.sketch !== undefined) (sketch ??= new LatencySketch()).merge(cell.sketch);
  }
  if (!any) return undefined;
  return { sum, count, min, max, ...(sketch !== undefined && { sketch }) };
}

/** Adds another part of a state at the same time: two kinds of blobs have one capacity together. */
export function stackCells(left: MetricCell | undefined, right: MetricCell): MetricCell {
  if (left === undefined) return right;
  return {
    sum: left.sum + right.sum,
    count: Math.max(left.count, right.count),
    min: left.min + right.min,
    max: left.max + right.max,
  };
}

export const aggregations = ["Average", "Count", "Maximum", "Minimum", "Total"] as const;
export type Aggregation = (typeof aggregations)[number];

/** @returns the value of a cell; an average of nothing is 0 */
export function aggregate(cell: MetricCell, aggregation: Aggregation): number {
  switch (aggregation) {
    case "Average":
      return cell.count === 0 ? 0 : cell.sum / cell.count;
    case "Count":
      return cell.count;
    case "Maximum":
      return cell.max;
    case "Minimum":
      return cell.min;
    case "Total":
      return cell.sum;
    default:
      throw new Error(`no aggregation ${JSON.stringify(aggregation satisfies never)}`);
  }
}
