import { aggregate, type Aggregation, type MetricCell } from "../metrics/metric-cell.js";
import {
  seriesKey,
  seriesOfResource,
  type AlertSeries,
  type DimensionValue,
  type ResourceData,
  type CellSource,
  type SeriesOfRule,
} from "./alert-series.js";
import {
  type Criterion,
  type DynamicCriterion,
  type DynamicOperator,
  type RuleConditions,
  type StaticCriterion,
  type StaticOperator,
} from "./rule-conditions.js";
import { type DynamicThresholds } from "./threshold.js";

/** Series of one rule (Azure's default limit, reference §1.4). */
export const maxSeriesPerRule = 5_000;

/**
 * What an evaluation found:
 * - `met`: all conditions hold;
 * - `not-met`: one at least doesn't;
 * - `absent`: no data, or too little to judge by; the state is kept;
 * - `absent-healthy`: no data of a Total or Count, which is as good as nothing having happened: counts towards
 *   resolution (reference §2.3).
 */
export type Verdict = "met" | "not-met" | "absent" | "absent-healthy";

export type ThresholdUsed =
  | { readonly kind: "static"; readonly value: number }
  /** Bounds of the latest point, and which of them was crossed, if any. */
  | {
      readonly kind: "band";
      readonly lower: number;
      readonly upper: number;
      readonly crossed?: "lower" | "upper";
      /** Points outside of their bands. */
      readonly failing: number;
    }
  | { readonly kind: "learning"; readonly reason: string };

export interface CriterionEvaluation {
  readonly criterion: Criterion;
  readonly dimensions: readonly DimensionValue[];
  /** Of the window, or of the latest point of a dynamic criterion; undefined: there is none. */
  readonly value: number | undefined;
  readonly threshold: ThresholdUsed;
  readonly verdict: Verdict;
}

/** What one evaluation of one series found. `explainEvaluation` says it in a sentence. */
export interface SeriesEvaluation {
  readonly series: AlertSeries;
  readonly key: string;
  /** Minutes since the epoch: the window is `[windowStart, windowEnd)`. */
  readonly windowStart: number;
  readonly windowEnd: number;
  readonly verdict: Verdict;
  readonly criteria: readonly CriterionEvaluation[];
}

export interface RuleEvaluation {
  readonly series: readonly SeriesEvaluation[];
  /** Series beyond `maxSeriesPerRule`, which were not evaluated: shown in the rule's status. */
  readonly leftOut: number;
}

/**
 * Evaluates a rule for the window that ends at a minute.
 * @param windowEnd minute since the epoch, exclusive
 * @param resources what `windowQuery` asks for, of each resource in the rule's scopes
 * @param known series that have a state; those come first when there are too many
 */
export function evaluateRule(
  conditions: RuleConditions,
  windowEnd: number,
  resources: readonly ResourceData[],
  known: readonly AlertSeries[],
  thresholds: DynamicThresholds,
): RuleEvaluation {
  const all = resources.flatMap((resource) => seriesOfResource(conditions, resource, known));
  return {
    series: knownFirst(all, known)
      .slice(0, maxSeriesPerRule)
      .map((each) => evaluateSeries(conditions, windowEnd, each, thresholds)),
    leftOut: Math.max(0, all.length - maxSeriesPerRule),
  };
}

function knownFirst(all: readonly SeriesOfRule[], known: readonly AlertSeries[]): readonly SeriesOfRule[] {
  if (all.length <= maxSeriesPerRule) return all;
  const keys = new Set(known.map(seriesKey));
  return [...all.filter(({ key }) => keys.has(key)), ...all.filter(({ key }) => !keys.has(key))];
}

/** Evaluates one series; a live evaluation and a backtest are both made of this. */
export function evaluateSeries(
  { criteria, windowMinutes }: RuleConditions,
  windowEnd: number,
  { series, key, cells }: SeriesOfRule,
  thresholds: DynamicThresholds,
): SeriesEvaluation {
  const found = criteria.map((criterion, index) =>
    criterion.kind === "static"
      ? evaluateStatic(criterion, windowEnd, windowMinutes, series, cells[index])
      : evaluateDynamic(criterion, windowEnd, windowMinutes, series, cells[index], thresholds),
  );
  return {
    series,
    key,
    windowStart: windowEnd - windowMinutes,
    windowEnd,
    verdict: joinVerdicts(found),
    criteria: found,
  };
}

/** One condition that doesn't hold is enough to know; one that nobody can judge is not. */
function joinVerdicts(criteria: readonly CriterionEvaluation[]): Verdict {
  for (const verdict of ["not-met", "absent-healthy", "absent"] as const) {
    if (criteria.some((each) => each.verdict === verdict)) return verdict;
  }
  return "met";
}

function evaluateStatic(
  criterion: StaticCriterion,
  windowEnd: number,
  windowMinutes: number,
  series: AlertSeries,
  cells: CellSource | undefined,
): CriterionEvaluation {
  const value = valueOf(cells?.cell(windowEnd - windowMinutes, windowEnd), criterion.aggregation);
  const threshold = { kind: "static", value: criterion.threshold } as const;
  const common = { criterion, dimensions: dimensionsOf(criterion, series), value, threshold };
  if (value === undefined) return { ...common, verdict: absence(criterion.aggregation) };
  return { ...common, verdict: holds(criterion.operator, value, criterion.threshold) ? "met" : "not-met" };
}

function evaluateDynamic(
  criterion: DynamicCriterion,
  windowEnd: number,
  windowMinutes: number,
  series: AlertSeries,
  cells: CellSource | undefined,
  thresholds: DynamicThresholds,
): CriterionEvaluation {
  const { aggregation, sensitivity, ignoreDataBefore, operator, periods, failingPeriods } = criterion;
  const dimensions = dimensionsOf(criterion, series);
  const learned = {
    resourceId: series.resourceId,
    metricNamespace: criterion.namespace,
    metricName: criterion.metricName,
    dimensions: Object.fromEntries(dimensions.map(({ name, value }) => [name, value])),
    aggregation,
    windowMinutes,
    sensitivity,
    ...(ignoreDataBefore !== undefined && { ignoreDataBefore }),
  };
  const latestStart = windowEnd - windowMinutes;
  const band = thresholds.bandAt(learned, latestStart);
  const value = valueOf(cells?.cell(latestStart, windowEnd), aggregation);
  if (band.kind === "learning") return { criterion, dimensions, value, threshold: band, verdict: "absent" };
  let failing = 0;
  for (let period = 0; period < periods; period += 1) {
    const from = latestStart - period * windowMinutes;
    const point = valueOf(cells?.cell(from, from + windowMinutes), aggregation);
    const bounds = period === 0 ? band : thresholds.bandAt(learned, from);
    if (point !== undefined && bounds.kind === "band" && crossed(operator, point, bounds) !== undefined) failing += 1;
  }
  const side = value === undefined ? undefined : crossed(operator, value, band);
  const threshold = { ...band, failing, ...(side !== undefined && { crossed: side }) };
  const verdict = value === undefined ? absence(aggregation) : failing >= failingPeriods ? "met" : "not-met";
  return { criterion, dimensions, value, threshold, verdict };
}

/** Names that the criterion splits by; a rule with several criteria has more. */
function dimensionsOf({ splitBy }: Criterion, { dimensions }: AlertSeries): readonly DimensionValue[] {
  if (splitBy.length === dimensions.length) return dimensions;
  const names = new Set(splitBy.map((name) => name.toLowerCase()));
  return dimensions.filter(({ name }) => names.has(name.toLowerCase()));
}

/** An average of no samples, and what isn't a number, is no value: it neither fires nor resolves. */
function valueOf(cell: MetricCell | undefined, aggregation: Aggregation): number | undefined {
  if (cell === undefined || (cell.count === 0 && aggregation !== "Count" && aggregation !== "Total")) return undefined;
  const value = aggregate(cell, aggregation);
  return Number.isFinite(value) ? value : undefined;
}

const absence = (aggregation: Aggregation): "absent" | "absent-healthy" =>
  aggregation === "Total" || aggregation === "Count" ? "absent-healthy" : "absent";

function holds(operator: StaticOperator, value: number, threshold: number): boolean {
  switch (operator) {
    case "Equals":
      return value === threshold;
    case "GreaterThan":
      return value > threshold;
    case "GreaterThanOrEqual":
      return value >= threshold;
    case "LessThan":
      return value < threshold;
    case "LessThanOrEqual":
      return value <= threshold;
    default:
      throw new Error(`no operator ${JSON.stringify(operator satisfies never)}`);
  }
}

function crossed(
  operator: DynamicOperator,
  value: number,
  { lower, upper }: { readonly lower: number; readonly upper: number },
): "lower" | "upper" | undefined {
  if (operator !== "LessThan" && value > upper) return "upper";
  return operator !== "GreaterThan" && value < lower ? "lower" : undefined;
}
