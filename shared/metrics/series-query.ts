import { LatencySketch } from "./latency-sketch.js";
import { stackCells, type Dimensions, type MetricCell, type SeriesCells } from "./metric-cell.js";

/** What the value of a dimension must be. Names and values compare without case, as Azure's do. */
export type DimensionCondition =
  | { readonly kind: "any"; readonly dimension: string }
  | { readonly kind: "in" | "notIn" | "startsWith"; readonly dimension: string; readonly values: readonly string[] };

/** Which series are asked for, and how they are put together. Times in minutes since the epoch. */
export interface SeriesQuery {
  /** Without case. */
  readonly metrics: readonly string[];
  /** All of them hold. */
  readonly filter: readonly DimensionCondition[];
  /** Dimensions whose values make a series of their own; all others are added up. */
  readonly splitBy: readonly string[];
  /** Inclusive. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  /** Minutes of one point; points count from `from`. */
  readonly grain: number;
  /** Whether cells of latencies come with their sketches, which takes several times as long. Default: no. */
  readonly sketches?: boolean;
}

/** One answer: a metric, the values that it was split by, and a cell for each point that has data. */
export interface MetricSeries {
  readonly metric: string;
  /** Names as in `splitBy`. A series that has no such dimension has the value `""`. */
  readonly dimensions: Dimensions;
  /** By the minute, since the epoch, in which the point begins. */
  readonly points: ReadonlyMap<number, MetricCell>;
}

const lower = (text: string): string => text.toLowerCase();

/** @returns whether a series is asked for; a dimension that it doesn't have is empty */
export function seriesMatcher({ metrics, filter }: SeriesQuery): (metric: string, dimensions: Dimensions) => boolean {
  const names = new Set(metrics.map(lower));
  return (metric, dimensions) =>
    names.has(lower(metric)) &&
    filter.every((condition) => meetsCondition(condition, valueOf(dimensions, lower(condition.dimension))));
}

export function meetsCondition(condition: DimensionCondition, value: string): boolean {
  switch (condition.kind) {
    case "any":
      return true;
    case "in":
      return condition.values.some((each) => lower(each) === lower(value));
    case "notIn":
      return condition.values.every((each) => lower(each) !== lower(value));
    case "startsWith":
      return condition.values.some((start) => lower(value).startsWith(lower(start)));
    default:
      throw new Error(`no condition ${JSON.stringify(condition satisfies never)}`);
  }
}

function valueOf(dimensions: Dimensions, lowerName: string): string {
  for (const name in dimensions) if (lower(name) === lowerName) return dimensions[name] ?? "";
  return "";
}

/** A cell that others are added to in place: a day by the minute has tens of thousands. */
class Point implements MetricCell {
  sum = 0;
  count = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  sketch?: LatencySketch;

  add(sum: number, count: number, min: number, max: number): void {
    this.sum += sum;
    this.count += count;
    if (min < this.min) this.min = min;
    if (max > this.max) this.max = max;
  }

  addSketch(sketch: LatencySketch): void {
    (this.sketch ??= new LatencySketch()).merge(sketch);
  }
}

interface Collected {
  readonly metric: string;
  readonly dimensions: Dimensions;
  readonly points: Map<number, Point>;
  /** States by minute, stacked before they are put into points. */
  readonly states: Map<number, MetricCell>;
}

/** Takes the cells of one series, as numbers: there are too many of them to make an object of each. */
export type AddCell = (minute: number, sum: number, count: number, min: number, max: number) => void;

/** Puts series together as a query asks for; they may come in pieces and in any order. */
export class SeriesCollector {
  readonly #query: SeriesQuery;
  readonly #metrics: ReadonlySet<string>;
  readonly #matches: (metric: string, dimensions: Dimensions) => boolean;
  readonly #collected = new Map<string, Collected>();

  constructor(query: SeriesQuery) {
    this.#query = query;
    this.#metrics = new Set(query.metrics.map(lower));
    this.#matches = seriesMatcher(query);
  }

  /** Whether series of a metric are asked for, whatever their dimensions. */
  wantsMetric(metric: string): boolean {
    return this.#metrics.has(lower(metric));
  }

  add(series: SeriesCells): void {
    const { from, to, grain, sketches = false } = this.#query;
    const addCell = this.open(series.metric, series.dimensions, series.gauge);
    if (addCell === undefined) return;
    for (const [minute, { sum, count, min, max, sketch }] of series.cells) {
      addCell(minute, sum, count, min, max);
      if (!sketches || sketch === undefined || minute < from || minute >= to) continue;
      pointAt(this.#groupOf(series).points, minute - ((minute - from) % grain)).addSketch(sketch);
    }
  }

  /**
   * Begins a series whose cells come one by one, without sketches.
   * @returns undefined if it is not asked for
   */
  open(metric: string, dimensions: Dimensions, gauge: boolean): AddCell | undefined {
    if (!this.#matches(metric, dimensions)) return undefined;
    const { from, to, grain } = this.#query;
    let group: Collected | undefined;
    let point = new Point();
    let start = Number.NaN;
    return (minute, sum, count, min, max) => {
      if (minute < from || minute >= to) return;
      group ??= this.#groupOf({ metric, dimensions });
      if (gauge) {
        group.states.set(minute, stackCells(group.states.get(minute), { sum, count, min, max }));
        return;
      }
      const begins = minute - ((minute - from) % grain);
      if (begins !== start) point = pointAt(group.points, (start = begins));
      point.add(sum, count, min, max);
    };
  }

  /** @returns the series with data, in the order in which they were first seen */
  series(): readonly MetricSeries[] {
    const { from, grain } = this.#query;
    return [...this.#collected.values()].map(({ metric, dimensions, points, states }) => {
      for (const [minute, { sum, count, min, max }] of states) {
        pointAt(points, minute - ((minute - from) % grain)).add(sum, count, min, max);
      }
      states.clear();
      return { metric, dimensions, points };
    });
  }

  #groupOf({ metric, dimensions }: Pick<SeriesCells, "metric" | "dimensions">): Collected {
    const values = this.#query.splitBy.map((name) => valueOf(dimensions, lower(name)));
    const key = JSON.stringify([lower(metric), ...values.map(lower)]);
    let group = this.#collected.get(key);
    if (group === undefined) {
      const split = Object.fromEntries(this.#query.splitBy.map((name, index) => [name, values[index] ?? ""]));
      group = { metric, dimensions: split, points: new Map(), states: new Map() };
      this.#collected.set(key, group);
    }
    return group;
  }
}

function pointAt(points: Map<number, Point>, minute: number): Point {
  let point = points.get(minute);
  if (point === undefined) points.set(minute, (point = new Point()));
  return point;
}
