import { type Aggregation } from "../metrics/metric-cell.js";
import { parseDuration, parseInstant } from "../metrics/time-grain.js";
import { type DimensionCondition, type SeriesQuery } from "../metrics/series-query.js";
import { type MetricAlertRule, type MetricCriteria, type MetricDimension } from "./metric-alert-rule.js";
import { criteriaTypes } from "./metric-alert-schema.js";
import { type Sensitivity } from "./threshold.js";

export type StaticOperator = "Equals" | "GreaterThan" | "GreaterThanOrEqual" | "LessThan" | "LessThanOrEqual";
export type DynamicOperator = "GreaterThan" | "LessThan" | "GreaterOrLessThan";

interface CommonCriterion {
  readonly name: string;
  readonly metricName: string;
  /** The criterion's own, or the type of the rule's target. */
  readonly namespace: string;
  readonly aggregation: Aggregation;
  /** All of them hold for a series. */
  readonly filter: readonly DimensionCondition[];
  /** Names of the dimensions whose combinations have states of their own, in the rule's order. */
  readonly splitBy: readonly string[];
}

export interface StaticCriterion extends CommonCriterion {
  readonly kind: "static";
  readonly operator: StaticOperator;
  readonly threshold: number;
}

export interface DynamicCriterion extends CommonCriterion {
  readonly kind: "dynamic";
  readonly operator: DynamicOperator;
  readonly sensitivity: Sensitivity;
  /** Points, each as long as the window, that are looked at. */
  readonly periods: number;
  /** Points outside of the band that it takes to fire. */
  readonly failingPeriods: number;
  /** Milliseconds since the epoch. */
  readonly ignoreDataBefore?: number;
}

export type Criterion = StaticCriterion | DynamicCriterion;

/** What a rule says, ready to be evaluated. */
export interface RuleConditions {
  readonly kind: "conditions";
  readonly ruleId: string;
  readonly enabled: boolean;
  readonly windowMinutes: number;
  readonly frequencyMinutes: number;
  /** `autoMitigate`: an alert resolves by itself, and doesn't fire again before. */
  readonly isStateful: boolean;
  /** All of them must hold. */
  readonly criteria: readonly Criterion[];
}

/** @returns the conditions of a rule, or why it is stored and returned, but never evaluated */
export function conditionsOf(
  rule: MetricAlertRule,
): RuleConditions | { readonly kind: "not-evaluated"; readonly reason: string } {
  const {
    criteria,
    windowSize = "",
    evaluationFrequency,
    targetResourceType = "",
    enabled,
    autoMitigate,
  } = rule.properties;
  switch (criteria["odata.type"]) {
    case criteriaTypes.webTest:
      return { kind: "not-evaluated", reason: "Vigil runs no web tests: this rule is kept, and not evaluated." };
    case criteriaTypes.promQl:
      return { kind: "not-evaluated", reason: "Vigil does not evaluate PromQL: this rule is kept, and not evaluated." };
    default:
      return {
        kind: "conditions",
        ruleId: rule.id,
        enabled,
        windowMinutes: minutesOf(windowSize),
        frequencyMinutes: minutesOf(evaluationFrequency),
        isStateful: autoMitigate,
        criteria: criteria.allOf.map((each) => criterionOf(each, targetResourceType)),
      };
  }
}

function minutesOf(duration: string): number {
  const length = parseDuration(duration);
  if (length === undefined) throw new Error(`reading a stored rule: '${duration}' is no duration`);
  return length / 60_000;
}

function criterionOf(criteria: MetricCriteria, targetType: string): Criterion {
  const dimensions = criteria.dimensions ?? [];
  const common = {
    name: criteria.name,
    metricName: criteria.metricName,
    namespace: criteria.metricNamespace ?? targetType,
    aggregation: criteria.timeAggregation,
    filter: dimensions.map(conditionOf),
    splitBy: dimensions.map(({ name }) => name),
  };
  if (criteria.criterionType === "StaticThresholdCriterion") {
    return { ...common, kind: "static", operator: criteria.operator, threshold: criteria.threshold };
  }
  const { failingPeriods, ignoreDataBefore } = criteria;
  const ignored = ignoreDataBefore === undefined ? undefined : parseInstant(ignoreDataBefore);
  return {
    ...common,
    kind: "dynamic",
    operator: criteria.operator,
    sensitivity: criteria.alertSensitivity,
    periods: failingPeriods.numberOfEvaluationPeriods,
    failingPeriods: failingPeriods.minFailingPeriodsToAlert,
    ...(ignored !== undefined && { ignoreDataBefore: ignored }),
  };
}

/** `*` counts as a whole value only, and takes every other value with it (reference §1.4). */
function conditionOf({ name, operator, values }: MetricDimension): DimensionCondition {
  switch (operator) {
    case "Include":
      return values.includes("*") ? { kind: "any", dimension: name } : { kind: "in", dimension: name, values };
    case "Exclude":
      return { kind: "notIn", dimension: name, values };
    case "StartsWith":
      return { kind: "startsWith", dimension: name, values };
    default:
      throw new Error(`no dimension operator ${JSON.stringify(operator satisfies never)}`);
  }
}

/** Minutes before the end of a window whose data an evaluation needs. */
export const lookbackOf = (criterion: Criterion, windowMinutes: number): number =>
  windowMinutes * (criterion.kind === "dynamic" ? criterion.periods : 1);

/**
 * What to ask the metric store for, for one criterion and one resource: one point per window.
 * @param windowEnd minute since the epoch, exclusive
 */
export function windowQuery(
  criterion: Criterion,
  windowMinutes: number,
  windowEnd: number,
): SeriesQuery & { readonly namespace: string } {
  const { metricName, namespace, filter, splitBy } = criterion;
  const from = windowEnd - lookbackOf(criterion, windowMinutes);
  return { namespace, metrics: [metricName], filter, splitBy, from, to: windowEnd, grain: windowMinutes };
}
