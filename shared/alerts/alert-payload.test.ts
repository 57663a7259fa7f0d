import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";

import { readAlertTestdata, resourceId } from "../testing/alert-samples.js";
import { alertResourceId, classicAlertPayload, commonAlertPayload, mailSubjectOf } from "./alert-payload.js";
import { cellsOfSeries } from "./alert-series.js";
import { advanceState, closeState, type Transition } from "./alert-state.js";
import { evaluateRule, type SeriesEvaluation } from "./evaluation.js";
import { putMetricAlert, type MetricAlertRule } from "./metric-alert-rule.js";
import { expandTemplate } from "./payload-template.js";
import { conditionsOf } from "./rule-conditions.js";

const group = "/subscriptions/S1/resourceGroups/Group1";
const account = (name: string) => `${group}/providers/Microsoft.Storage/storageAccounts/${name}`;
const action = {
  actionGroupId: `${group}/providers/Microsoft.Insights/actionGroups/x`,
  webHookProperties: { customKey1: "value1", customKey2: "value2" },
};
const end = Date.UTC(2026, 0, 1, 0, 5) / 60_000;
const firedAt = Date.UTC(2026, 0, 1, 0, 5, 9, 123);
const minute = 60_000;

type Members = Readonly<Record<string, unknown>>;
const staticCriterion = {
  ...{
    criterionType: "StaticThresholdCriterion",
    name: "c",
    metricName: "Transactions",
    metricNamespace: "Microsoft.Storage/storageAccounts",
  },
  ...{
    timeAggregation: "Total",
    operator: "GreaterThan",
    threshold: 0.3,
    dimensions: [{ name: "ApiName", operator: "Include", values: ["GetBlob"] }],
  },
};
const dynamicCriterion = {
  ...{
    criterionType: "DynamicThresholdCriterion",
    name: "c",
    metricName: "Transactions",
    timeAggregation: "Average",
    operator: "GreaterOrLessThan",
  },
  ...{
    alertSensitivity: "Low",
    failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 },
    dimensions: [],
  },
};

function rule(
  type: "SingleResource" | "MultipleResource",
  criterion: Members,
  properties: Members = {},
): MetricAlertRule {
  const criteria = { "odata.type": `Microsoft.Azure.Monitor.${type}MultipleMetricCriteria`, allOf: [criterion] };
  const common = {
    severity: 3,
    enabled: true,
    scopes: [account("a")],
    evaluationFrequency: "PT1M",
    windowSize: "PT5M",
    description: "Too many",
  };
  const id = resourceId(`${group}/providers/Microsoft.Insights/metricAlerts/my rule`);
  const outcome = putMetricAlert(
    id,
    { location: "global", properties: { ...common, criteria, ...properties } },
    undefined,
    firedAt,
  );
  if (outcome.kind !== "rule") throw new Error(outcome.message);
  return outcome.rule;
}

/** What becomes of a rule over these totals, one for each evaluation. */
function transitions(
  of: MetricAlertRule,
  values: readonly (number | undefined)[],
  resource = account("a"),
  lower = -1,
  late = false,
): readonly Transition[] {
  const conditions = conditionsOf(of);
  if (conditions.kind !== "conditions") throw new Error(conditions.reason);
  const all: Transition[] = [];
  let state;
  for (const [index, value] of values.entries()) {
    const windowEnd = late && index === values.length - 1 ? end - 1 : end + index;
    const points = new Map(
      value === undefined ? [] : [[windowEnd - 5, { sum: value, count: 1, min: value, max: value }]],
    );
    const cells = cellsOfSeries({ metric: "Transactions", dimensions: { ApiName: "GetBlob" }, points });
    const found = evaluateRule(conditions, windowEnd, [{ resourceId: resource, criteria: [[cells]] }], [], {
      bandAt: () => ({ kind: "band", lower, upper: 20.5 }),
    });
    const advance = advanceState(
      conditions,
      state,
      found.series[0] as SeriesEvaluation,
      late && index === values.length - 1,
      firedAt + index * minute,
    );
    all.push(...advance.transitions);
    state = { ...advance.state, untold: [] };
  }
  return all;
}

function only(all: readonly Transition[], kind: Transition["kind"]): Transition {
  const found = all.find((each) => each.kind === kind);
  if (found === undefined) throw new Error(`nothing was ${kind}`);
  return found;
}

/** A schema that what was published meets: the same members of the same types. Null may be anything. */
function schemaOf(value: unknown): Members {
  if (value === null) return {};
  if (Array.isArray(value))
    return { type: "array", ...(value.length > 0 && { minItems: 1, items: schemaOf(value[0]) }) };
  if (typeof value !== "object") return { type: typeof value };
  const properties = Object.fromEntries(Object.entries(value).map(([name, each]) => [name, schemaOf(each)]));
  return { type: "object", required: Object.keys(properties), properties };
}

function problems(sample: unknown, payload: unknown): unknown {
  const check = new Ajv({ strict: false }).compile(schemaOf(sample));
  return check(JSON.parse(JSON.stringify(payload))) ? [] : check.errors;
}

const single = rule("SingleResource", staticCriterion, { actions: [action] });
const dynamic = rule("MultipleResource", dynamicCriterion, { actions: [action] });
const recovered = [7, 0, 0, 0];

describe("published payloads", () => {
  test("a test payload, static", () => {
    const payload = commonAlertPayload({ rule: single, transition: only(transitions(single, [7]), "fired"), action });
    expect(problems(readAlertTestdata("payloads/common-test-metric-static.fired.json"), payload)).toEqual([]);
  });
  test("a test payload, dynamic", () => {
    const payload = commonAlertPayload({
      rule: dynamic,
      transition: only(transitions(dynamic, [78.09]), "fired"),
      action,
    });
    expect(problems(readAlertTestdata("payloads/common-test-metric-dynamic.fired.json"), payload)).toEqual([]);
  });
  test("a resolved alert", () => {
    const of = rule("SingleResource", staticCriterion, { customProperties: { Key1: "Value1", Key2: "Value2" } });
    const payload = commonAlertPayload({ rule: of, transition: only(transitions(of, recovered), "resolved") });
    // Azure's own payloads write alertRuleID, this sample does not (reference §4.1)
    const text = JSON.stringify(readAlertTestdata("payloads/common-metric.resolved.json")).replace(
      "alertRuleId",
      "alertRuleID",
    );
    expect(problems(JSON.parse(text), payload)).toEqual([]);
  });
  test.each(["static", "dynamic"])("the context of an alert, %s", (kind) => {
    const of = kind === "static" ? single : dynamic;
    const { data } = commonAlertPayload({ rule: of, transition: only(transitions(of, [78]), "fired") });
    expect(problems(readAlertTestdata(`payloads/context-metric-${kind}.json`), data)).toEqual([]);
  });
  test("the older schema", () => {
    const payload = classicAlertPayload({ rule: single, transition: only(transitions(single, [7]), "fired"), action });
    expect(problems(readAlertTestdata("payloads/noncommon-metric-static.activated.json"), payload)).toEqual([]);
  });
});

test("a fired static alert, common schema, whole", () => {
  const transition = only(transitions(single, [7]), "fired");
  const payload = commonAlertPayload({ rule: single, transition, action, link: "http://127.0.0.1:7071/alerts/1" });
  expect(payload).toEqual({
    schemaId: "azureMonitorCommonAlertSchema",
    data: {
      essentials: {
        alertId: `/subscriptions/S1/providers/Microsoft.AlertsManagement/alerts/${transition.alertId}`,
        alertRule: "my rule",
        targetResourceType: "microsoft.storage/storageaccounts",
        alertRuleID: `${group}/providers/Microsoft.Insights/metricAlerts/my rule`,
        severity: "Sev3",
        signalType: "Metric",
        monitorCondition: "Fired",
        targetResourceGroup: "group1",
        monitoringService: "Platform",
        alertTargetIDs: ["/subscriptions/s1/resourcegroups/group1/providers/microsoft.storage/storageaccounts/a"],
        configurationItems: ["a"],
        originAlertId: expect.stringMatching(/^S1_Group1_microsoft\.insights_metricAlerts_my rule_-?\d+$/) as string,
        firedDateTime: "2026-01-01T00:05:09.1230000Z",
        description: "Too many",
        essentialsVersion: "1.0",
        alertContextVersion: "1.0",
        investigationLink: "http://127.0.0.1:7071/alerts/1",
      },
      alertContext: {
        properties: action.webHookProperties,
        conditionType: "SingleResourceMultipleMetricCriteria",
        condition: {
          windowSize: "PT5M",
          allOf: [
            {
              ...{
                metricName: "Transactions",
                metricNamespace: "Microsoft.Storage/storageAccounts",
                operator: "GreaterThan",
                threshold: "0.3",
              },
              ...{
                timeAggregation: "Total",
                dimensions: [{ name: "ApiName", value: "GetBlob" }],
                metricValue: 7,
                webTestName: null,
              },
            },
          ],
          staticThresholdFailingPeriods: { numberOfEvaluationPeriods: 0, minFailingPeriodsToAlert: 0 },
          windowStartTime: "2026-01-01T00:00:00.000Z",
          windowEndTime: "2026-01-01T00:05:00.000Z",
        },
      },
      customProperties: action.webHookProperties,
    },
  });
});

test("resolved: the same alert, with both times, and the value of the window that resolved it", () => {
  const all = transitions(single, recovered);
  const [fired, resolved] = (["fired", "resolved"] as const).map(
    (kind) => commonAlertPayload({ rule: single, transition: only(all, kind) }).data,
  );
  expect(resolved?.essentials).toEqual({
    ...fired?.essentials,
    monitorCondition: "Resolved",
    resolvedDateTime: "2026-01-01T00:08:09.1230000Z",
  });
  expect(resolved?.alertContext.condition).toMatchObject({
    allOf: [{ metricValue: 0 }],
    windowStartTime: "2026-01-01T00:03:00.000Z",
    windowEndTime: "2026-01-01T00:08:00.000Z",
  });
  const silent = only(transitions(single, [7, undefined, undefined, undefined]), "resolved");
  expect(commonAlertPayload({ rule: single, transition: silent }).data.alertContext.condition.allOf[0]).toMatchObject({
    metricValue: null,
    dimensions: [{ name: "ApiName", value: "GetBlob" }],
  });
});

test.each([
  { value: 78.09, lower: 1, threshold: "20.5" },
  { value: 0, lower: 1, threshold: "1" },
])("dynamic: the threshold of $value is the bound that was crossed, $threshold", ({ value, lower, threshold }) => {
  const { alertContext } = commonAlertPayload({
    rule: dynamic,
    transition: only(transitions(dynamic, [value], account("a"), lower), "fired"),
  }).data;
  expect(alertContext).toMatchObject({
    conditionType: "DynamicThresholdCriteria",
    condition: {
      allOf: [
        {
          alertSensitivity: "Low",
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 },
          ignoreDataBefore: null,
          threshold,
          metricValue: value,
        },
      ],
    },
  });
  expect(alertContext.condition).not.toHaveProperty("staticThresholdFailingPeriods");
});

test("several resources: each alert is about its own", () => {
  const several = {
    scopes: [account("a"), account("b")],
    targetResourceType: "Microsoft.Storage/storageAccounts",
    targetResourceRegion: "global",
  };
  const of = rule("MultipleResource", staticCriterion, several);
  const payloads = ["a", "b"].map(
    (name) => commonAlertPayload({ rule: of, transition: only(transitions(of, [7], account(name)), "fired") }).data,
  );
  expect(payloads.map(({ essentials }) => essentials.configurationItems)).toEqual([["a"], ["b"]]);
  expect(new Set(payloads.map(({ essentials }) => essentials.originAlertId)).size).toBe(2);
  expect(payloads[0]?.alertContext.conditionType).toBe("MultipleResourceMultipleMetricCriteria");
});

test("the older schema says Activated and Deactivated, and has neither alert id nor times of the window", () => {
  const all = transitions(single, recovered);
  const [fired, resolved] = (["fired", "resolved"] as const).map(
    (kind) => classicAlertPayload({ rule: single, transition: only(all, kind), action }).data,
  );
  expect([fired?.status, resolved?.status]).toEqual(["Activated", "Deactivated"]);
  expect(fired?.context).toMatchObject({
    severity: "3",
    timestamp: "2026-01-01T00:05:09.1230000Z",
    resourceGroupName: "Group1",
    portalLink: `https://portal.azure.com/#resource${account("a")}`,
  });
  expect(Object.keys(fired?.context.condition ?? {})).toEqual(["windowSize", "allOf"]);
});

describe("what Azure does not know", () => {
  test("an alert that ends with its rule says so", () => {
    const state = advanceState(
      { ruleId: single.id, frequencyMinutes: 1, isStateful: true },
      undefined,
      (only(transitions(single, [7]), "fired") as { evaluation: SeriesEvaluation }).evaluation,
      false,
      firedAt,
    ).state;
    const [transition] = closeState(
      { ruleId: single.id, frequencyMinutes: 1, isStateful: true },
      { ...state, untold: [] },
      "rule-deleted",
      firedAt,
    ).transitions;
    const payload = commonAlertPayload({ rule: single, transition: transition as Transition });
    expect(payload.data.essentials.monitorCondition).toBe("Resolved");
    expect(payload.data.alertContext).toMatchObject({
      note: "The rule was deleted while the alert was fired.",
      condition: { allOf: [{ metricValue: null, dimensions: [{ name: "ApiName", value: "GetBlob" }] }] },
    });
  });
  test("a late alert says so", () => {
    const transition = only(transitions(single, [0, 7], account("a"), 0, true), "fired");
    expect(commonAlertPayload({ rule: single, transition }).data.alertContext.note).toContain("late");
    expect(classicAlertPayload({ rule: single, transition }).data.context.note).toContain("late");
  });
});

describe("custom properties and mail subjects", () => {
  const transition = only(transitions(single, [7]), "fired");
  const custom = (properties: Members) =>
    ({ ...single, properties: { ...single.properties, ...properties } }) as MetricAlertRule;
  test.each([
    { text: "${data.essentials.monitorCondition} on ${data.essentials.configurationItems[0]}", filled: "Fired on a" },
    {
      text: "${data.alertContext.condition.allOf[0].metricValue} > ${data.alertContext.condition.allOf[0].threshold}",
      filled: "7 > 0.3",
    },
    {
      text: "${data.essentials.nothing} ${} ${data.essentials.constructor} $5",
      filled: "${data.essentials.nothing} ${} ${data.essentials.constructor} $5",
    },
  ])("$text is filled in", ({ text, filled }) => {
    const of = custom({ customProperties: { k: text }, actionProperties: { "email.subject": text } });
    expect(commonAlertPayload({ rule: of, transition }).data.customProperties).toEqual({ k: filled });
    expect(mailSubjectOf({ rule: of, transition })).toBe(filled);
  });
  test("there are none if the rule has none", () => {
    expect(commonAlertPayload({ rule: single, transition }).data).toMatchObject({
      customProperties: null,
      alertContext: { properties: null },
    });
    expect(mailSubjectOf({ rule: single, transition })).toBeUndefined();
  });
  test("what was filled in is not filled in again", () => {
    expect(expandTemplate("${a}", { a: "${b}", b: "x" })).toBe("${b}");
  });
});

test("an alert is in the subscription of its rule", () => {
  expect(alertResourceId(single, { alertId: "1" })).toBe(
    "/subscriptions/S1/providers/Microsoft.AlertsManagement/alerts/1",
  );
});
