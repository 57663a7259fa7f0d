import { foldId } from "../arm/resource-id.js";
import { mergeCells, type Dimensions, type MetricCell } from "../metrics/metric-cell.js";
import { type MetricSeries } from "../metrics/series-query.js";
import { type RuleConditions } from "./rule-conditions.js";

export interface DimensionValue {
  readonly name: string;
  readonly value: string;
}

/** What has a state of its own: a resource, and a combination of the values that the rule splits by. */
export interface AlertSeries {
  readonly resourceId: string;
  /** In the rule's order, with the rule's names. */
  readonly dimensions: readonly DimensionValue[];
}

/** The cells of one metric and one combination, put together for any range of minutes. */
export interface CellSource {
  readonly dimensions: Dimensions;
  /** @returns what was measured in `[from, to)`, minutes since the epoch; undefined: nothing was */
  cell(from: number, to: number): MetricCell | undefined;
}

/** The data of one resource: the series that each criterion selects, in the rule's order of criteria. */
export interface ResourceData {
  readonly resourceId: string;
  readonly criteria: readonly (readonly CellSource[])[];
}

/** A series as the metric store answers it; its points must lie within the ranges that are asked for. */
export function cellsOfSeries({ dimensions, points }: MetricSeries): CellSource {
  return {
    dimensions,
    cell: (from, to) => {
      const whole = points.size === 1 || to - from === 1 ? points.get(from) : undefined;
      if (whole !== undefined) return whole;
      let merged: MetricCell | undefined;
      for (const [minute, cell] of points) if (minute >= from && minute < to) merged = mergeCells(merged, cell);
      return merged;
    },
  };
}

/** Identity of a series within its rule; without case, as ids, names and values compare. */
export const seriesKey = ({ resourceId, dimensions }: AlertSeries): string =>
  JSON.stringify([
    foldId(resourceId),
    ...dimensions.flatMap(({ name, value }) => [name.toLowerCase(), value.toLowerCase()]),
  ]);

/** For people, and, in base64, the name of a series' status: `resourceId=…&ApiName=GetBlob` (reference §1.1). */
export const describeSeries = ({ resourceId, dimensions }: AlertSeries): string =>
  [`resourceId=${resourceId}`, ...dimensions.map(({ name, value }) => `${name}=${value}`)].join("&");

/** A series with its cells, one for each criterion; undefined: that criterion has none. */
export interface SeriesOfRule {
  readonly series: AlertSeries;
  readonly key: string;
  readonly cells: readonly (CellSource | undefined)[];
}

/**
 * The series of a resource. With one criterion there is one for each combination that has data; with several, or without
 * dimensions, there is exactly one, whether it has data or not.
 * @param known series that have a state: they are there without data, too
 */
export function seriesOfResource(
  { criteria }: RuleConditions,
  { resourceId, criteria: data }: ResourceData,
  known: readonly AlertSeries[],
): readonly SeriesOfRule[] {
  const [only] = criteria;
  if (criteria.length > 1 || only === undefined || only.splitBy.length === 0) {
    const series = { resourceId, dimensions: chosenDimensions(criteria) };
    return [{ series, key: seriesKey(series), cells: criteria.map((_, index) => data[index]?.[0]) }];
  }
  const found = new Map<string, SeriesOfRule>();
  for (const series of known) {
    if (foldId(series.resourceId) !== foldId(resourceId)) continue;
    const key = seriesKey(series);
    found.set(key, { series, key, cells: [undefined] });
  }
  for (const cells of data[0] ?? []) {
    const series = {
      resourceId,
      dimensions: only.splitBy.map((name) => ({ name, value: cells.dimensions[name] ?? "" })),
    };
    const key = seriesKey(series);
    found.set(key, { series: found.get(key)?.series ?? series, key, cells: [cells] });
  }
  return [...found.values()];
}

/** Several criteria choose at most one value of a dimension each, the same where they share it. */
function chosenDimensions(criteria: RuleConditions["criteria"]): readonly DimensionValue[] {
  const chosen = new Map<string, DimensionValue>();
  for (const { filter } of criteria) {
    for (const condition of filter) {
      const [value] = condition.kind === "in" ? condition.values : [];
      const name = condition.dimension;
      if (value !== undefined && !chosen.has(name.toLowerCase())) chosen.set(name.toLowerCase(), { name, value });
    }
  }
  return [...chosen.values()];
}
