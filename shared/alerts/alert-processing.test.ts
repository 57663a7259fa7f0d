import { describe, expect, test } from "vitest";

import { armSamples, resourceId } from "../testing/alert-samples.js";
import { decideProcessing, processedAlertOf, type ProcessedAlert } from "./alert-processing.js";
import {
  patchProcessingRule,
  putProcessingRule,
  type AlertProcessingRule,
  type ProcessingCondition,
} from "./alert-processing-rule.js";
import { type Members } from "./resource-body.js";

const group = "/subscriptions/s1/resourceGroups/g1";
const id = resourceId(`${group}/providers/Microsoft.AlertsManagement/actionRules/quiet`);
const account = `${group}/providers/Microsoft.Storage/storageAccounts/a`;
const actionGroup = (name: string) => `${group}/providers/microsoft.insights/actiongroups/${name}`;
const suppress = { actionType: "RemoveAllActionGroups" };
const add = (...names: readonly string[]) => ({
  actionType: "AddActionGroups",
  actionGroupIds: names.map(actionGroup),
});

const body = (properties: Members = {}, top: Members = {}): Members => ({
  location: "Global",
  properties: { scopes: ["/subscriptions/s1"], actions: [suppress], ...properties },
  ...top,
});
function rule(properties: Members = {}): AlertProcessingRule {
  const outcome = putProcessingRule(id, body(properties), undefined);
  if (outcome.kind !== "rule") throw new Error(outcome.message);
  return outcome.rule;
}

const alert: ProcessedAlert = {
  ...{
    severity: "Sev2",
    monitorService: "Platform",
    monitorCondition: "Fired",
    signalType: "Metric",
    targetResource: account.toLowerCase(),
  },
  ...{
    targetResourceType: "microsoft.storage/storageaccounts",
    targetResourceGroup: "g1",
    alertRuleName: "my rule",
    description: "Too many requests",
  },
  ...{
    alertRuleId: `${group}/providers/Microsoft.Insights/metricAlerts/my rule`,
    alertContext: '{"condition":{"windowSize":"PT5M"}}',
  },
};
const noon = Date.UTC(2026, 10, 24, 12);

describe("published examples", () => {
  const puts = armSamples("alertProcessingRules-2021-08-08").filter(
    ({ parameters }) => parameters["alertProcessingRule"] !== undefined,
  );
  test("are there", () => {
    expect(puts).toHaveLength(4);
  });
  test.each(puts)("$name is accepted and comes back equal", ({ parameters }) => {
    const { subscriptionId, resourceGroupName, alertProcessingRuleName } = parameters as Readonly<
      Record<string, string>
    >;
    const of = `/subscriptions/${subscriptionId ?? ""}/resourceGroups/${resourceGroupName ?? ""}/providers/Microsoft.AlertsManagement/actionRules/${alertProcessingRuleName ?? ""}`;
    const sent = parameters["alertProcessingRule"] as Members;
    expect(putProcessingRule(resourceId(of), sent, undefined)).toEqual({
      kind: "rule",
      rule: { ...sent, id: of, name: alertProcessingRuleName, type: "Microsoft.AlertsManagement/actionRules" },
    });
  });
});

describe("each broken constraint is an error that names the property", () => {
  const at = (target: string, properties: Members, message = "", top: Members = {}) => ({
    target,
    properties,
    message,
    top,
  });
  const schedule = (changes: Members) => ({ schedule: changes });
  const recurrence = (changes: Members) => schedule({ recurrences: [changes] });
  const condition = (changes: Members) => ({
    conditions: [{ field: "Severity", operator: "Equals", values: ["Sev0"], ...changes }],
  });
  const first = "properties.schedule.recurrences[0]";
  test.each([
    at("location", {}, "Global", { location: "westeurope" }),
    at("properties.scopes", { scopes: undefined }, "is required"),
    at("properties.scopes", { scopes: [] }, "fewer than 1"),
    at("properties.scopes[0]", { scopes: ["x"] }, "id of a resource"),
    at("properties.scopes[0]", { scopes: ["/subscriptions/s2"] }, "subscription of the rule"),
    at("properties.actions", { actions: undefined }, "is required"),
    at("properties.actions", { actions: [] }, "fewer than 1"),
    at(
      "properties.actions[0].actionType",
      { actions: [{ actionType: "Call" }] },
      "RemoveAllActionGroups, AddActionGroups",
    ),
    at("properties.actions[0].actionGroupIds", { actions: [{ actionType: "AddActionGroups" }] }, "is required"),
    at(
      "properties.actions[0].actionGroupIds[0]",
      { actions: [{ actionType: "AddActionGroups", actionGroupIds: ["x"] }] },
      "action group",
    ),
    at("properties.enabled", { enabled: 1 }, "type boolean"),
    at("properties.conditions[0].field", condition({ field: "Colour" }), "AlertContext"),
    at("properties.conditions[0].operator", condition({ operator: "Like" }), "DoesNotContain"),
    at("properties.conditions[0].values", condition({ values: ["1", "2", "3", "4", "5", "6"] }), "more than 5"),
    at("properties.schedule.timeZone", schedule({ timeZone: "Middle-earth Standard Time" }), "Windows name"),
    at("properties.schedule.effectiveFrom", schedule({ effectiveFrom: "2026-11-01T22:00:00Z" }), "pattern"),
    at("properties.schedule.effectiveFrom", schedule({ effectiveFrom: "2026-02-30T22:00:00" }), "no date"),
    at(
      "properties.schedule.effectiveUntil",
      schedule({ effectiveFrom: "2026-02-03T22:00:00", effectiveUntil: "2026-02-03T22:00:00" }),
      "after",
    ),
    at(`${first}.recurrenceType`, recurrence({ recurrenceType: "Yearly" }), "Daily, Weekly, Monthly"),
    at(
      `${first}.startTime`,
      recurrence({ recurrenceType: "Daily", startTime: "25:00:00", endTime: "01:00:00" }),
      "pattern",
    ),
    at(`${first}.endTime`, recurrence({ recurrenceType: "Daily", startTime: "17:00:00" }), "is required"),
    at(`${first}.daysOfWeek`, recurrence({ recurrenceType: "Weekly" }), "is required"),
    at(`${first}.daysOfWeek[0]`, recurrence({ recurrenceType: "Weekly", daysOfWeek: ["Someday"] }), "Saturday"),
    at(`${first}.daysOfMonth[0]`, recurrence({ recurrenceType: "Monthly", daysOfMonth: [32] }), "<= 31"),
  ])("$target: $message", ({ target, properties, message, top }) => {
    const outcome = putProcessingRule(id, body(properties, top), undefined);
    expect(outcome).toMatchObject({ kind: "arm-error", status: 400, target });
    expect(outcome.kind === "arm-error" && outcome.message).toContain(message);
  });

  test("tags and enabled can be patched, nothing else", () => {
    const stored = rule();
    expect(patchProcessingRule(id, { tags: { a: "1" }, properties: { enabled: false } }, stored)).toEqual({
      kind: "rule",
      rule: { ...stored, tags: { a: "1" }, properties: { ...stored.properties, enabled: false } },
    });
    expect(patchProcessingRule(id, { properties: { scopes: [] } }, stored)).toMatchObject({
      status: 400,
      target: "properties.scopes",
    });
  });
});

describe("whether a rule applies", () => {
  const only = (properties: Members) => decideProcessing([rule(properties)], alert, noon);
  test.each([
    { scope: "/subscriptions/S1", applies: true },
    { scope: "/subscriptions/s1/resourcegroups/G1", applies: true },
    { scope: account, applies: true },
    { scope: `${account}bc`, applies: false },
    { scope: "/subscriptions/s1/resourceGroups/g", applies: false },
    { scope: `${account}/blobServices/default`, applies: false },
  ])("scope $scope: $applies", ({ scope, applies }) => {
    expect(only({ scopes: [scope] }).isSuppressed).toBe(applies);
  });

  const condition = (
    field: ProcessingCondition["field"],
    operator: ProcessingCondition["operator"],
    ...values: readonly string[]
  ) => ({ field, operator, values });
  test.each([
    { all: [condition("Severity", "Equals", "Sev0", "sev2")], applies: true },
    { all: [condition("Severity", "Equals", "Sev0")], applies: false },
    { all: [condition("Severity", "NotEquals", "Sev0", "Sev1")], applies: true },
    { all: [condition("Severity", "NotEquals", "Sev0", "Sev2")], applies: false },
    {
      all: [condition("MonitorService", "Equals", "Platform"), condition("MonitorCondition", "Equals", "Resolved")],
      applies: false,
    },
    { all: [condition("SignalType", "Equals", "Metric")], applies: true },
    { all: [condition("TargetResourceType", "NotEquals", "Microsoft.Compute/VirtualMachines")], applies: true },
    { all: [condition("TargetResource", "Equals", account)], applies: true },
    { all: [condition("TargetResourceGroup", "Equals", "G1")], applies: true },
    { all: [condition("TargetResourceGroup", "Equals", group)], applies: true },
    { all: [condition("AlertRuleId", "Equals", alert.alertRuleId.toUpperCase())], applies: true },
    { all: [condition("AlertRuleName", "Contains", "RULE")], applies: true },
    { all: [condition("Description", "Contains", "nothing", "many")], applies: true },
    { all: [condition("Description", "DoesNotContain", "nothing", "many")], applies: false },
    { all: [condition("AlertContext", "Contains", '"windowSize":"PT5M"')], applies: true },
  ])("conditions $all: $applies", ({ all, applies }) => {
    expect(only({ conditions: all }).isSuppressed).toBe(applies);
  });

  test.each([
    { properties: {}, reason: "Rule quiet applies: it has no schedule." },
    { properties: { enabled: false }, reason: "Rule quiet does not apply: it is disabled." },
    {
      properties: { scopes: [`${account}2`] },
      reason: `Rule quiet does not apply: ${alert.targetResource} is in none of its scopes.`,
    },
    {
      properties: { conditions: [condition("Severity", "Equals", "Sev0", "Sev1")] },
      reason: "Rule quiet does not apply: Severity is not as its condition says (Equals Sev0 or Sev1).",
    },
    {
      properties: { schedule: { recurrences: [{ recurrenceType: "Weekly", daysOfWeek: ["Monday"] }] } },
      reason: "Rule quiet does not apply: Tuesday 2026-11-24T12:00:00 in UTC is in none of its recurrences.",
    },
  ])("$reason", ({ properties, reason }) => {
    expect(only(properties).rules).toEqual([{ ruleId: rule().id, applies: reason.includes(" applies"), reason }]);
  });
});

test("groups are added once each; suppression beats them", () => {
  const adding = [rule({ actions: [add("x", "y")] }), rule({ actions: [add("Y", "z")] })];
  expect(decideProcessing(adding, alert, noon)).toMatchObject({
    isSuppressed: false,
    addedActionGroups: ["x", "y", "z"].map(actionGroup),
  });
  expect(decideProcessing([...adding, rule()], alert, noon)).toMatchObject({
    isSuppressed: true,
    addedActionGroups: [],
  });
  expect(decideProcessing([], alert, noon)).toEqual({ isSuppressed: false, addedActionGroups: [], rules: [] });
});

test("an alert is seen as its payload has it", () => {
  const essentials = {
    severity: "Sev2",
    monitoringService: "Platform",
    monitorCondition: "Fired",
    signalType: "Metric",
    alertTargetIDs: [alert.targetResource],
    targetResourceType: alert.targetResourceType,
    targetResourceGroup: "g1",
    alertRuleID: alert.alertRuleId,
    alertRule: "my rule",
    description: alert.description,
  };
  const payload = {
    data: { essentials, alertContext: { condition: { windowSize: "PT5M" } } },
  } as unknown as Parameters<typeof processedAlertOf>[0];
  expect(processedAlertOf(payload)).toEqual(alert);
});
