import { parseResourceId } from "../arm/resource-id.js";
import { type AlertMessage } from "./alert-payload.js";
import { type CriterionEvaluation } from "./evaluation.js";
import { putMetricAlert } from "./metric-alert-rule.js";
import { conditionsOf } from "./rule-conditions.js";

const samples = {
  static: {
    name: "test-metricAlertRule",
    windowSize: "PT5M",
    type: "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
    criterion: {
      ...{ criterionType: "StaticThresholdCriterion", operator: "GreaterThan", threshold: 0, timeAggregation: "Total" },
      dimensions: [{ name: "ApiName", operator: "Include", values: ["GetBlob"] }],
    },
    value: 100,
    threshold: { kind: "static", value: 0 },
  },
  dynamic: {
    name: "test-dynamicMetricAlertRule",
    windowSize: "PT15M",
    type: "Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria",
    criterion: {
      ...{ criterionType: "DynamicThresholdCriterion", operator: "GreaterThan", timeAggregation: "Average" },
      ...{ alertSensitivity: "Low", failingPeriods: { numberOfEvaluationPeriods: 3, minFailingPeriodsToAlert: 3 } },
    },
    value: 78.09,
    threshold: { kind: "band", lower: 0, upper: 0.3, crossed: "upper", failing: 3 },
  },
} as const;

/**
 * The alert of a test notification: Azure's own samples (reference §4.4), about the group's subscription. Alerts of other
 * kinds than metric ones, which Vigil does not have, look like a static threshold.
 * @param groupId id of the action group that is tested
 * @param now milliseconds since the epoch
 */
export function testAlert(alertType: string, groupId: string, alertId: string, now: number): AlertMessage {
  const sample = samples[alertType === "metricsdynamicthreshold" ? "dynamic" : "static"];
  const parsed = parseResourceId(groupId);
  if (parsed === undefined) throw new Error(`making a test alert: ${groupId} is no resource id`);
  const { subscriptionId, resourceGroup } = parsed;
  const resourceId = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Storage/storageAccounts/test-storageAccount`;
  const id = {
    subscriptionId,
    resourceGroup,
    provider: "Microsoft.Insights",
    type: "metricAlerts",
    names: [sample.name],
  };
  const outcome = putMetricAlert(
    id,
    {
      location: "global",
      properties: {
        ...{ description: "Alert rule description", severity: 4, enabled: true, scopes: [resourceId] },
        ...{ evaluationFrequency: "PT5M", windowSize: sample.windowSize },
        criteria: {
          "odata.type": sample.type,
          allOf: [{ name: "Metric1", metricName: "Transactions", ...sample.criterion }],
        },
        customProperties: { customKey1: "value1", customKey2: "value2" },
      },
    },
    undefined,
    now,
  );
  if (outcome.kind === "arm-error") throw new Error(`making a test alert: ${outcome.message}`);
  const conditions = conditionsOf(outcome.rule);
  const criterion = conditions.kind === "conditions" ? conditions.criteria[0] : undefined;
  if (criterion === undefined) throw new Error("making a test alert: it has no condition");
  const dimensions = criterion.splitBy.map((name) => ({ name, value: "GetBlob" }));
  const found: CriterionEvaluation = {
    ...{ criterion, dimensions, value: sample.value, threshold: sample.threshold, verdict: "met" },
  };
  const windowEnd = Math.floor(now / 60_000);
  return {
    rule: outcome.rule,
    transition: {
      ...{ kind: "fired", alertId, firedAt: now, isLate: false },
      evaluation: {
        ...{ series: { resourceId, dimensions }, key: alertId, windowStart: windowEnd - 5, windowEnd, verdict: "met" },
        criteria: [found],
      },
    },
  };
}
