import { formatMinuteTime } from "../metrics/time-grain.js";
import { type CriterionEvaluation, type SeriesEvaluation } from "./evaluation.js";
import { type DynamicCriterion, type StaticOperator } from "./rule-conditions.js";

/** Digits of a value in a sentence. */
const shownDigits = 6;

const comparisons: Readonly<Record<StaticOperator, string>> = {
  Equals: "equal to",
  GreaterThan: "greater than",
  GreaterThanOrEqual: "greater than or equal to",
  LessThan: "less than",
  LessThanOrEqual: "less than or equal to",
};

/** Why an evaluation found what it found, for people: one sentence for each condition. */
export function explainEvaluation({ criteria, windowStart, windowEnd }: SeriesEvaluation): string {
  const window = `from ${formatMinuteTime(windowStart)} to ${formatMinuteTime(windowEnd)}`;
  return criteria.map((each) => explainCriterion(each, window)).join(" ");
}

/** A bound may be infinite; in a state that was stored as JSON it is then null. */
const shown = (value: number): string =>
  Number.isFinite(value) ? String(Number(value.toPrecision(shownDigits))) : "anything";

function explainCriterion(
  { criterion, dimensions, value, threshold, verdict }: CriterionEvaluation,
  window: string,
): string {
  const series = dimensions.map(({ name, value: of }) => `${name}=${of}`).join(", ");
  const metric = `${criterion.aggregation} of ${criterion.metricName}${series === "" ? "" : ` (${series})`}`;
  if (threshold.kind === "learning") return `${metric} ${window} can't be judged yet: ${threshold.reason}`;
  if (value === undefined) {
    const then = verdict === "absent-healthy" ? "which counts as healthy" : "so the state stays as it is";
    return `There is no data of ${metric} ${window}, ${then}; absence never fires.`;
  }
  const is = `${metric} ${window} is ${shown(value)}`;
  if (threshold.kind === "static") {
    const comparison = criterion.kind === "static" ? comparisons[criterion.operator] : "";
    return `${is}, which is ${verdict === "met" ? "" : "not "}${comparison} ${shown(threshold.value)}.`;
  }
  const { lower, upper, crossed, failing } = threshold;
  const where = { upper: "above", lower: "below" };
  const usual = `the usual ${shown(lower)} to ${shown(upper)}`;
  const side = crossed === undefined ? `within ${usual}` : `${where[crossed]} ${usual}`;
  const { periods, failingPeriods } = criterion as DynamicCriterion;
  return `${is}, ${side}; ${failing} of the last ${periods} points are outside, ${failingPeriods} are needed to fire.`;
}
