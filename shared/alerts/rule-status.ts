import { formatSeconds } from "../metrics/time-grain.js";
import { describeSeries, type AlertSeries } from "./alert-series.js";
import { type AlertState } from "./alert-state.js";
import { metricAlertType, type MetricAlertRule } from "./metric-alert-rule.js";
import { conditionsOf } from "./rule-conditions.js";

/** What `…/status` says of a series (reference §1.1). `NotEvaluated` and `reason` are ours. */
export interface RuleStatus {
  /** Base64 of the series. */
  readonly name: string;
  readonly id: string;
  readonly type: string;
  readonly properties: {
    readonly dimensions: Readonly<Record<string, string>>;
    readonly status: "Healthy" | "Unhealthy" | "NotEvaluated";
    readonly timestamp: string;
    readonly reason?: string;
  };
}

/** What statuses are made of: the states of a rule's series, if it was ever evaluated. */
export interface EvaluatedState {
  readonly lastWindowEnd: number | undefined;
  readonly series: readonly AlertState[];
  readonly leftOut: number;
}

/** Name of a status as it is given in a path; base64 in either alphabet. */
export const statusName = (text: string): string => Buffer.from(text, "base64").toString("base64");

/**
 * The statuses of a rule: one for each series that has a state. What is not evaluated is there with the reason.
 * @param resources that the rule watches
 * @param now milliseconds since the epoch
 */
export function ruleStatuses(
  rule: MetricAlertRule,
  state: EvaluatedState | undefined,
  resources: readonly string[],
  now: number,
): readonly RuleStatus[] {
  const conditions = conditionsOf(rule);
  const not = (reason: string, resourceId = rule.properties.scopes[0] ?? ""): RuleStatus =>
    statusOf(rule, { resourceId, dimensions: [] }, "NotEvaluated", now, reason);
  if (conditions.kind === "not-evaluated") return [not(conditions.reason)];
  if (!conditions.enabled) return [not("The rule is disabled.")];
  if (resources.length === 0) return [not("No resource that Vigil has metrics of is in the rule's scopes.")];
  if (state?.lastWindowEnd === undefined) {
    return [not("It was not evaluated yet: no minute of its data is complete.", resources[0])];
  }
  const at = state.lastWindowEnd * 60_000;
  const found = state.series.map(({ series, condition }) =>
    statusOf(rule, series, condition === "Fired" ? "Unhealthy" : "Healthy", at),
  );
  const reason = `${state.leftOut} more series are not evaluated: a rule has at most ${state.series.length}.`;
  return state.leftOut === 0 ? found : [...found, not(reason)];
}

const statusOf = (
  rule: MetricAlertRule,
  series: AlertSeries,
  status: RuleStatus["properties"]["status"],
  at: number,
  reason?: string,
): RuleStatus => ({
  name: Buffer.from(describeSeries(series)).toString("base64"),
  id: rule.id,
  type: `${metricAlertType}/status`,
  properties: {
    dimensions: {
      resourceId: series.resourceId,
      ...Object.fromEntries(series.dimensions.map(({ name, value }) => [name, value])),
    },
    status,
    timestamp: formatSeconds(at),
    ...(reason !== undefined && { reason }),
  },
});
