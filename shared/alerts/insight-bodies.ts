import { formatMinuteTime } from "../metrics/time-grain.js";
import { type AlertSeries } from "./alert-series.js";
import { type AlertState } from "./alert-state.js";
import { type Backtest } from "./backtest.js";
import { type CriterionEvaluation } from "./evaluation.js";
import { type SeriesExplanation } from "./explanation.js";
import { type MetricAlertRule } from "./metric-alert-rule.js";
import { type EvaluatedState } from "./rule-status.js";

/** JSON knows neither NaN nor infinity. */
const finite = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null;
const iso = (time: number): string => new Date(time).toISOString();
const seriesBody = ({ resourceId, dimensions }: AlertSeries) => ({ resourceId, dimensions });

const stateBody = (state: AlertState | undefined) =>
  state === undefined
    ? null
    : {
        condition: state.condition,
        healthyEvaluations: state.healthyCount,
        ...(state.alert !== undefined && { alertId: state.alert.id, firedAt: iso(state.alert.firedAt) }),
      };

function criterionBody({ criterion, value, threshold, verdict }: CriterionEvaluation) {
  const { name, metricName, namespace, aggregation, operator } = criterion;
  const bounds =
    threshold.kind === "static"
      ? { threshold: threshold.value }
      : threshold.kind === "band"
        ? { lower: finite(threshold.lower), upper: finite(threshold.upper), pointsOutside: threshold.failing }
        : { learning: threshold.reason };
  return { ...{ name, metricName, namespace, aggregation, operator, value: finite(value) }, ...bounds, verdict };
}

/**
 * Answer of `…/explain`.
 * @param isComplete whether all data of the window is there
 * @param stored the rule's state as it is now: of the latest evaluation
 */
export function explanationBody(
  rule: MetricAlertRule,
  windowEnd: number,
  isComplete: boolean,
  explained: readonly SeriesExplanation[],
  stored: EvaluatedState | undefined,
) {
  return {
    ruleId: rule.id,
    enabled: rule.properties.enabled,
    at: formatMinuteTime(windowEnd),
    dataIsComplete: isComplete,
    lastEvaluated: stored?.lastWindowEnd === undefined ? null : formatMinuteTime(stored.lastWindowEnd),
    series: explained.map(({ series, evaluation, before, after, decision, reason }) => ({
      ...seriesBody(series),
      window: { start: formatMinuteTime(evaluation.windowStart), end: formatMinuteTime(evaluation.windowEnd) },
      criteria: evaluation.criteria.map(criterionBody),
      stateBefore: stateBody(before),
      stateAfter: stateBody(after),
      ...{ decision, reason },
    })),
  };
}

/** Answer of `…/backtest`. Values stand one for each evaluation, null where there was no data. */
export function backtestBody(rule: MetricAlertRule, result: Extract<Backtest, { kind: "backtest" }>, to: number) {
  const { firstWindowEnd, stepMinutes, alerts, alertsLeftOut, series, seriesLeftOut } = result;
  const values = (found: Float64Array): readonly (number | null)[] => Array.from(found, finite);
  return {
    ruleId: rule.id,
    from: formatMinuteTime(firstWindowEnd),
    to: formatMinuteTime(to),
    stepMinutes,
    alerts: alerts.map(({ series: of, alertId, firedAt, reason, resolvedAt, resolvedReason }) => ({
      ...{ ...seriesBody(of), alertId, firedAt: iso(firedAt), reason },
      ...(resolvedAt !== undefined && { resolvedAt: iso(resolvedAt), resolvedReason }),
    })),
    ...{ alertsLeftOut, seriesLeftOut },
    series: series.map(({ series: of, criteria }) => ({
      ...seriesBody(of),
      criteria: criteria.map(({ name, values: found, lower, upper }) => ({
        ...{ name, values: values(found) },
        ...(lower !== undefined && { lower: values(lower) }),
        ...(upper !== undefined && { upper: values(upper) }),
      })),
    })),
  };
}
