import { type AlertSeries, type DimensionValue } from "./alert-series.js";
import { type Transition } from "./alert-state.js";
import { type CriterionEvaluation, type SeriesEvaluation } from "./evaluation.js";
import { type MetricAlertRule, type MetricCriteria } from "./metric-alert-rule.js";

/** The series that an alert is about. */
export const seriesOf = (transition: Transition): AlertSeries =>
  "evaluation" in transition ? transition.evaluation.series : transition.series;

const criteriaOf = ({ properties: { criteria } }: MetricAlertRule): readonly MetricCriteria[] =>
  "allOf" in criteria ? criteria.allOf.filter((each): each is MetricCriteria => "metricName" in each) : [];

/** As payloads name it, which is not the rule's `odata.type`. */
export function conditionTypeOf(rule: MetricAlertRule): string {
  const isDynamic = criteriaOf(rule).some(({ criterionType }) => criterionType === "DynamicThresholdCriterion");
  return isDynamic
    ? "DynamicThresholdCriteria"
    : rule.properties.criteria["odata.type"].slice("Microsoft.Azure.Monitor.".length);
}

/**
 * The condition of an alert as payloads have it: what was measured in the window that fired or resolved it. An alert that
 * ended with its rule has no window, and no values.
 * @param schema the classic one has no times
 */
export function conditionOfAlert(rule: MetricAlertRule, transition: Transition, schema: "common" | "classic") {
  const evaluation = "evaluation" in transition ? transition.evaluation : undefined;
  const criteria = criteriaOf(rule);
  const isStatic = conditionTypeOf(rule) !== "DynamicThresholdCriteria";
  return {
    windowSize: rule.properties.windowSize,
    allOf: criteria.map((each, index) => describe(rule, each, evaluation?.criteria[index], seriesOf(transition))),
    ...(schema === "common" && {
      // undocumented, in Azure's payloads since 2025: the first failing evaluation fires
      ...(isStatic && { staticThresholdFailingPeriods: { numberOfEvaluationPeriods: 0, minFailingPeriodsToAlert: 0 } }),
      ...(evaluation !== undefined && windowOf(evaluation)),
    }),
  };
}

const windowOf = ({ windowStart, windowEnd }: SeriesEvaluation) => ({
  windowStartTime: new Date(windowStart * 60_000).toISOString(),
  windowEndTime: new Date(windowEnd * 60_000).toISOString(),
});

function describe(
  { properties }: MetricAlertRule,
  criteria: MetricCriteria,
  evaluation: CriterionEvaluation | undefined,
  series: AlertSeries,
) {
  const common = {
    metricName: criteria.metricName,
    metricNamespace: criteria.metricNamespace ?? properties.targetResourceType ?? null,
    operator: criteria.operator,
    threshold:
      criteria.criterionType === "StaticThresholdCriterion"
        ? String(criteria.threshold)
        : boundOf(criteria.operator, evaluation),
    timeAggregation: criteria.timeAggregation,
    dimensions: evaluation?.dimensions ?? dimensionsOf(criteria, series),
    metricValue: evaluation?.value ?? null,
    webTestName: null,
  };
  if (criteria.criterionType === "StaticThresholdCriterion") return common;
  const { alertSensitivity, failingPeriods, ignoreDataBefore = null } = criteria;
  const { numberOfEvaluationPeriods, minFailingPeriodsToAlert } = failingPeriods;
  return {
    alertSensitivity,
    failingPeriods: { numberOfEvaluationPeriods, minFailingPeriodsToAlert },
    ignoreDataBefore,
    ...common,
  };
}

/** The bound that was crossed; if none was, the one that could be. */
function boundOf(operator: string, evaluation: CriterionEvaluation | undefined): string | null {
  const threshold = evaluation?.threshold;
  if (threshold?.kind !== "band") return null;
  const side = threshold.crossed ?? (operator === "LessThan" ? "lower" : "upper");
  return Number.isFinite(threshold[side]) ? String(threshold[side]) : null;
}

function dimensionsOf({ dimensions = [] }: MetricCriteria, series: AlertSeries): readonly DimensionValue[] {
  const names = new Set(dimensions.map(({ name }) => name.toLowerCase()));
  return series.dimensions.filter(({ name }) => names.has(name.toLowerCase()));
}
