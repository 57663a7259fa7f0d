import { expect, test } from "vitest";

import { storageMetricDefinitions } from "../metrics/storage-metrics.js";
import { resourceId } from "../testing/alert-samples.js";
import { checkRuleMetrics } from "./metric-alert-metrics.js";
import { putMetricAlert } from "./metric-alert-rule.js";

const namespace = "Microsoft.Storage/storageAccounts";
const scope = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a";
const id = resourceId("/subscriptions/s/resourceGroups/g/providers/Microsoft.Insights/metricAlerts/r");

type Members = Readonly<Record<string, unknown>>;
const criterion = (changes: Members = {}): Members => ({
  ...{ criterionType: "StaticThresholdCriterion", name: "c", metricName: "Transactions", timeAggregation: "Total" },
  ...{ operator: "GreaterThan", threshold: 5, ...changes },
});
const api = { name: "apiname", operator: "Include", values: ["GetBlob"] };
const path = "properties.criteria.allOf[0]";

function check(allOf: readonly Members[], windowSize = "PT5M") {
  const criteria = { "odata.type": "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria", allOf };
  const properties = { severity: 3, enabled: true, scopes: [scope], evaluationFrequency: "PT5M", windowSize, criteria };
  const outcome = putMetricAlert(id, { location: "global", properties }, undefined, 0);
  if (outcome.kind !== "rule") throw new Error(outcome.message);
  return checkRuleMetrics(outcome.rule, (each) =>
    each === namespace ? storageMetricDefinitions(namespace) : undefined,
  );
}

test.each([
  {
    what: "an unknown metric",
    allOf: [criterion({ metricName: "Requests" })],
    target: `${path}.metricName`,
    message: "Couldn't find a metric named Requests. Make sure the name is correct.",
  },
  {
    what: "an aggregation that the metric lacks",
    allOf: [criterion({ metricName: "Availability" })],
    target: `${path}.timeAggregation`,
    message: "Time aggregation must be one of [Average",
  },
  {
    what: "a dimension that the metric lacks",
    allOf: [criterion({ dimensions: [{ ...api, name: "Colour" }] })],
    target: `${path}.dimensions[0].name`,
    message: "ApiName",
  },
  {
    what: "a window shorter than the metric's grain",
    allOf: [criterion({ metricName: "UsedCapacity", timeAggregation: "Average" })],
    target: "properties.windowSize",
    message: "measured every PT1H",
  },
  {
    what: "a shared dimension that one criterion leaves out",
    allOf: [criterion(), criterion({ name: "d", metricName: "Ingress", dimensions: [api] })],
    target: `${path}.dimensions`,
    message: "must name ApiName",
  },
])("$what is an error", ({ allOf, target, message }) => {
  expect(check(allOf)).toMatchObject({
    kind: "arm-error",
    status: 400,
    code: "BadRequest",
    target,
    message: expect.stringContaining(message) as string,
  });
});

test.each([
  {
    what: "a known metric, whatever its case",
    allOf: [criterion({ metricName: "transactions", dimensions: [api] })],
    window: "PT5M",
  },
  {
    what: "a metric of capacity over an hour",
    allOf: [criterion({ metricName: "UsedCapacity", timeAggregation: "Average" })],
    window: "PT1H",
  },
  {
    what: "an unknown metric whose check is skipped",
    allOf: [criterion({ metricName: "Requests", skipMetricValidation: true })],
    window: "PT5M",
  },
  {
    what: "a metric of a custom namespace",
    allOf: [criterion({ metricName: "Requests", metricNamespace: "mine" })],
    window: "PT5M",
  },
  {
    what: "criteria that name the same dimension",
    allOf: [criterion({ dimensions: [api] }), criterion({ name: "d", metricName: "Ingress", dimensions: [api] })],
    window: "PT5M",
  },
])("$what is accepted", ({ allOf, window }) => {
  expect(check(allOf, window)).toBeUndefined();
});
