import { describe, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";

import { armSamples, readAlertText, resourceId } from "../testing/alert-samples.js";
import { putMetricAlert, patchMetricAlert, type MetricAlertRule } from "./metric-alert-rule.js";
import { maxActionsPerRule, maxDescriptionLength, maxScopesPerRule } from "./metric-alert-schema.js";

const now = Date.UTC(2026, 10, 24, 12, 0);
const group = "/subscriptions/s1/resourceGroups/g1";
const rule = resourceId(`${group}/providers/Microsoft.Insights/metricAlerts/too many`);
const account = (name: string) => `${group}/providers/Microsoft.Storage/storageAccounts/${name}`;
const actionGroup = (name: string) => `${group}/providers/Microsoft.Insights/actionGroups/${name}`;
const single = "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria";
const multiple = "Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria";

type Members = Readonly<Record<string, unknown>>;
const criterion = (changes: Members = {}): Members => ({
  criterionType: "StaticThresholdCriterion",
  name: "Metric1",
  metricName: "Transactions",
  timeAggregation: "Total",
  operator: "GreaterThan",
  threshold: 5,
  ...changes,
});
const dynamic = (changes: Members = {}): Members => ({
  criterionType: "DynamicThresholdCriterion",
  name: "Metric1",
  metricName: "Transactions",
  timeAggregation: "Total",
  operator: "GreaterOrLessThan",
  alertSensitivity: "Medium",
  failingPeriods: { numberOfEvaluationPeriods: 4, minFailingPeriodsToAlert: 3 },
  ...changes,
});
const criteria = (type: string, ...allOf: readonly Members[]): Members => ({ "odata.type": type, allOf });
const dimensions = (...all: readonly unknown[]): Members => criterion({ dimensions: all });
const body = (properties: Members = {}, top: Members = {}): Members => ({
  location: "global",
  properties: {
    severity: 3,
    enabled: true,
    scopes: [account("a")],
    evaluationFrequency: "PT1M",
    windowSize: "PT5M",
    criteria: criteria(single, criterion()),
    ...properties,
  },
  ...top,
});
const two = {
  scopes: [account("a"), account("b")],
  targetResourceType: "Microsoft.Storage/storageAccounts",
  targetResourceRegion: "global",
};
const webTest = {
  "odata.type": "Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria",
  webTestId: `${group}/providers/microsoft.insights/webtests/w`,
  componentId: `${group}/providers/microsoft.insights/components/c`,
  failedLocationCount: 2,
};
const promQl = { "odata.type": "Microsoft.Azure.Monitor.PromQLCriteria", allOf: [{ name: "q", query: "up == 0" }] };

function accepted(id: typeof rule, document: unknown, existing?: MetricAlertRule): MetricAlertRule {
  const outcome = putMetricAlert(id, document, existing, now);
  if (outcome.kind !== "rule") throw new Error(outcome.message);
  return outcome.rule;
}

/** Durations are answered in upper case, and null as absent. */
const canonical = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, each: unknown) => {
    if (each === null) return undefined;
    return typeof each === "string" && /^pt\d+[hms]$/i.test(each) ? each.toUpperCase() : each;
  });

const puts = ["metricAlerts-2018-03-01", "metricAlerts-2026-01-01"].flatMap((of) =>
  armSamples(of).filter(({ parameters, name }) => parameters["parameters"] !== undefined && !name.startsWith("Update")),
);

describe("published examples", () => {
  test("are there", () => {
    expect(puts.length).toBeGreaterThanOrEqual(7);
  });

  test.each(puts)("$name is accepted and comes back equal", ({ parameters }) => {
    const sent = parameters["parameters"] as Members;
    const { subscriptionId, resourceGroupName, ruleName } = parameters as Readonly<Record<string, string>>;
    const id = `/subscriptions/${subscriptionId ?? ""}/resourceGroups/${resourceGroupName ?? ""}/providers/Microsoft.Insights/metricAlerts/${ruleName ?? ""}`;
    const stored = accepted(resourceId(id), sent);
    expect(stored).toMatchObject(canonical(sent) as Members);
    expect(stored).toMatchObject({ id, name: ruleName, type: "Microsoft.Insights/metricAlerts" });
    expect(accepted(resourceId(id), stored, stored)).toEqual(stored);
  });

  test("the update example changes a rule that exists", () => {
    const [sample] = armSamples("metricAlerts-2018-03-01").filter(({ name }) => name.startsWith("Update"));
    const stored = accepted(rule, body());
    const outcome = patchMetricAlert(rule, sample?.parameters["parameters"], stored, now);
    expect(outcome).toMatchObject({
      kind: "rule",
      rule: { id: stored.id, location: "global", properties: { severity: 3, windowSize: "PT15M" } },
    });
  });

  test.each(
    armSamples("metricAlerts-2018-03-01").filter(({ name }) => name.startsWith("get") && !name.includes("Status")),
  )("a rule exported from Azure is accepted: $name", ({ responses }) => {
    const sent = responses["200"]?.body as Members;
    expect(accepted(rule, sent)).toMatchObject({ properties: canonical(sent["properties"]) as Members });
  });

  const baseline = [
    "Storage-storageAccounts",
    "KeyVault-vaults",
    "EventHub-namespaces",
    "DocumentDB-databaseAccounts",
  ].flatMap(
    (file) =>
      parseYaml(readAlertText(`baseline-rules/${file}.alerts.yaml`)) as readonly {
        name: string;
        type: string;
        properties: Members;
      }[],
  );
  test.each(baseline.filter(({ type }) => type === "Metric"))(
    "baseline rule $name is accepted",
    ({ name, properties }) => {
      const { metricNamespace, windowSize, evaluationFrequency, severity, enabled, autoMitigate, ...rest } = properties;
      const { autoMitigate: kept = true } = { ...(autoMitigate !== undefined && { autoMitigate }) };
      const scope = `${group}/providers/${String(metricNamespace)}/x`.replace(
        /(vaults|namespaces|storageAccounts|databaseAccounts)\/.*$/,
        "$1/x",
      );
      const sent = body({
        ...{ windowSize, evaluationFrequency, severity, enabled: enabled ?? true, autoMitigate: kept, scopes: [scope] },
        criteria: criteria(multiple, { ...rest, name, metricNamespace }),
      });
      expect(accepted(rule, sent).properties.criteria).toMatchObject({
        allOf: [{ metricName: properties["metricName"] }],
      });
    },
  );
});

describe("what a rule may be", () => {
  test.each([
    {
      what: "a window of a day, written as Terraform does",
      properties: { windowSize: "PT24H", evaluationFrequency: "PT1H" },
    },
    { what: "durations in other words", properties: { windowSize: "pt300s", evaluationFrequency: "PT60S" } },
    {
      what: "five criteria",
      properties: { criteria: criteria(single, ...[1, 2, 3, 4, 5].map((each) => criterion({ name: `c${each}` }))) },
    },
    {
      what: "several criteria in the multiple type",
      properties: { criteria: criteria(multiple, criterion(), criterion({ name: "b" })) },
    },
    { what: "a dynamic criterion", properties: { criteria: criteria(multiple, dynamic()) } },
    {
      what: "an empty ignoreDataBefore",
      properties: { criteria: criteria(multiple, dynamic({ ignoreDataBefore: "" })) },
    },
    {
      what: "operators in lower case",
      properties: { criteria: criteria(single, dimensions({ name: "ApiName", operator: "include", values: ["*"] })) },
    },
    {
      what: "prefixes of dimension values",
      properties: {
        criteria: criteria(single, dimensions({ name: "ApiName", operator: "StartsWith", values: ["Get"] })),
      },
    },
    {
      what: "criteria without a type, of old tools",
      properties: { criteria: criteria(single, criterion({ criterionType: undefined })) },
    },
    { what: "several resources", properties: { ...two, criteria: criteria(multiple, criterion()) } },
    { what: "a resource group", properties: { ...two, scopes: [group], criteria: criteria(multiple, criterion()) } },
    {
      what: "a subscription",
      properties: { ...two, scopes: ["/subscriptions/s1"], criteria: criteria(multiple, criterion()) },
    },
    { what: "null for what is absent", properties: { description: null, actions: null, customProperties: null } },
    { what: "a web test", properties: { scopes: [webTest.webTestId, webTest.componentId], criteria: webTest } },
    {
      what: "PromQL",
      properties: {
        windowSize: undefined,
        criteria: { ...promQl, failingPeriods: { for: "PT0M" } },
        resolveConfiguration: { autoResolved: true, timeToResolve: "PT10M" },
      },
    },
  ])("$what", ({ properties }) => {
    expect(putMetricAlert(rule, body(properties), undefined, now)).toMatchObject({ kind: "rule" });
  });

  test("names in any case are read, and answered in their usual one", () => {
    const sent = {
      Location: "Global",
      PROPERTIES: {
        ...(body()["properties"] as Members),

        AutoMitigate: false,
        Actions: [{ actiongroupid: actionGroup("x"), webhookProperties: { Key: "v" } }],
      },
    };
    expect(accepted(rule, sent)).toMatchObject({
      location: "Global",
      properties: {
        autoMitigate: false,
        actions: [{ actionGroupId: actionGroup("x"), webHookProperties: { Key: "v" } }],
      },
    });
  });

  test("properties that nobody knows are kept, wherever they stand", () => {
    const sent = body(
      { later: { a: [1] }, criteria: { ...criteria(single, criterion({ more: "x" })), extra: 1 } },
      { kind: "new" },
    );
    expect(accepted(rule, sent)).toMatchObject(sent);
  });

  test("a member named __proto__ changes no prototype", () => {
    const stored = accepted(
      rule,
      JSON.parse(JSON.stringify(body()).replace('"location"', '"__proto__":{"polluted":1},"location"')),
    );
    expect("polluted" in stored).toBe(false);
  });

  test("what the service fills in can't be set", () => {
    const sent = body(
      { lastUpdatedTime: "2020-01-01T00:00:00Z", isMigrated: true, targetResourceType: "", targetResourceRegion: "" },
      { id: "x", name: "x", type: "x", etag: "x" },
    );
    expect(accepted(rule, sent)).toEqual({
      ...body(),
      id: `${group}/providers/Microsoft.Insights/metricAlerts/too many`,
      name: "too many",
      type: "Microsoft.Insights/metricAlerts",
      properties: {
        ...(body()["properties"] as Members),
        autoMitigate: true,
        actions: [],
        targetResourceType: "Microsoft.Storage/storageAccounts",
        lastUpdatedTime: "2026-11-24T12:00:00.000Z",
        isMigrated: false,
      },
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
  const c = (changes: Members) => ({ criteria: criteria(single, criterion(changes)) });
  const d = (changes: Members, more: Members = {}) => ({ criteria: criteria(multiple, dynamic(changes)), ...more });
  const dim = (...all: readonly unknown[]) => ({ criteria: criteria(single, dimensions(...all)) });
  const pair = (first: unknown, second: unknown) => ({
    criteria: criteria(single, dimensions(first), { ...dimensions(second), name: "b" }),
  });
  const include = (values: readonly string[], name = "ApiName") => ({ name, operator: "Include", values });
  const first = "properties.criteria.allOf[0]";
  test.each([
    at("tags", {}, "type object", { tags: ["a"] }),
    at("tags.a", {}, "type string", { tags: { a: 1 } }),
    at("location", {}, "global", { location: "mars" }),
    at("properties.description", { description: "x".repeat(maxDescriptionLength + 1) }, "2048"),
    at("properties.severity", { severity: undefined }, "is required"),
    at("properties.severity", { severity: 5 }, "<= 4"),
    at("properties.severity", { severity: -1 }, ">= 0"),
    at("properties.severity", { severity: 1.5 }, "type integer"),
    at("properties.severity", { severity: "3" }, "type integer"),
    at("properties.enabled", { enabled: undefined }, "is required"),
    at("properties.enabled", { enabled: "yes" }, "type boolean"),
    at("properties.scopes", { scopes: undefined }, "is required"),
    at("properties.scopes", { scopes: [] }, "fewer than 1"),
    at(
      "properties.scopes",
      { ...two, scopes: Array.from({ length: maxScopesPerRule + 1 }, (_, each) => account(`a${each}`)) },
      "5000",
    ),
    at("properties.scopes[0]", { scopes: ["nonsense"] }, "id of a resource"),
    at("properties.scopes[1]", { ...two, scopes: [account("a"), account("A")] }, "same as properties.scopes[0]"),
    at(
      "properties.scopes[1]",
      { ...two, scopes: [account("a"), account("b").replace("s1", "s2")] },
      "same subscription",
    ),
    at("properties.scopes[1]", { ...two, scopes: [account("a"), group] }, "same kind"),
    at(
      "properties.scopes[1]",
      {
        ...two,
        scopes: [account("a"), account("b").replace("storageAccounts", "others")],
        criteria: criteria(multiple, criterion()),
      },
      "targetResourceType",
    ),
    at(
      "properties.scopes",
      two,
      "Only single resource is allowed for criteria type SingleResourceMultipleMetricCriteria",
    ),
    at("properties.scopes", { scopes: [group] }, "Only single resource"),
    at("properties.scopes", { criteria: webTest }, "two resources"),
    at(
      "properties.targetResourceType",
      { ...two, targetResourceType: "", criteria: criteria(multiple, criterion()) },
      "targetResourceType property is missing or invalid.",
    ),
    at(
      "properties.targetResourceType",
      { ...two, targetResourceType: "storage", criteria: criteria(multiple, criterion()) },
      "missing or invalid",
    ),
    at(
      "properties.targetResourceRegion",
      { ...two, targetResourceRegion: "", criteria: criteria(multiple, criterion()) },
      "missing or invalid",
    ),
    at("properties.evaluationFrequency", { evaluationFrequency: undefined }, "is required"),
    at("properties.evaluationFrequency", { evaluationFrequency: "PT2M" }, "one of PT1M, PT5M"),
    at("properties.evaluationFrequency", { evaluationFrequency: "often" }, "'OFTEN'"),
    at("properties.evaluationFrequency", { evaluationFrequency: "PT15M" }, "longer than windowSize"),
    at("properties.evaluationFrequency", { windowSize: "PT6H" }, "greater than or equal to five minutes"),
    at("properties.windowSize", { windowSize: undefined }, "is required"),
    at("properties.windowSize", { windowSize: "PT2M" }, "one of PT1M"),
    at("properties.windowSize", d({}, { windowSize: "PT1M" }), "dynamic"),
    at("properties.windowSize", { criteria: promQl }, "PromQL"),
    at("properties.criteria", { criteria: undefined }, "is required"),
    at("properties.criteria['odata.type']", { criteria: { allOf: [criterion()] } }, "is required"),
    at(
      "properties.criteria['odata.type']",
      { criteria: criteria("Microsoft.Azure.Monitor.Other", criterion()) },
      "'Microsoft.Azure.Monitor.Other'",
    ),
    at("properties.criteria.allOf", { criteria: { "odata.type": single } }, "is required"),
    at("properties.criteria.allOf", { criteria: criteria(single) }, "fewer than 1"),
    at(
      "properties.criteria.allOf",
      { criteria: criteria(single, ...[1, 2, 3, 4, 5, 6].map((each) => criterion({ name: `c${each}` }))) },
      "more than 5",
    ),
    at(
      "properties.criteria.allOf",
      { ...two, criteria: criteria(multiple, criterion(), criterion({ name: "b" })) },
      "one criterion",
    ),
    at(
      "properties.criteria.allOf[1].name",
      { criteria: criteria(single, criterion(), criterion()) },
      "another criterion",
    ),
    at(
      "properties.criteria.allOf[1]",
      { criteria: criteria(multiple, criterion(), dynamic({ name: "b" })) },
      "can't be combined",
    ),
    at(`${first}.criterionType`, c({ criterionType: "Other" }), "StaticThresholdCriterion, DynamicThresholdCriterion"),
    at(`${first}.name`, c({ name: undefined }), "is required"),
    at(`${first}.metricName`, c({ metricName: undefined }), "is required"),
    at(`${first}.metricName`, c({ metricName: "" }), "fewer than 1"),
    at(`${first}.timeAggregation`, c({ timeAggregation: undefined }), "is required"),
    at(`${first}.timeAggregation`, c({ timeAggregation: "Sum" }), "Average, Count, Maximum, Minimum, Total"),
    at(`${first}.operator`, c({ operator: undefined }), "is required"),
    at(`${first}.operator`, c({ operator: "NotEquals" }), "Equals, GreaterThan"),
    at(`${first}.operator`, c({ operator: "GreaterOrLessThan" }), "'GreaterOrLessThan'"),
    at(`${first}.operator`, d({ operator: "Equals" }), "GreaterOrLessThan"),
    at(`${first}.threshold`, c({ threshold: undefined }), "is required"),
    at(`${first}.threshold`, c({ threshold: "5" }), "type number"),
    at(`${first}.skipMetricValidation`, c({ skipMetricValidation: 1 }), "type boolean"),
    at(
      `${first}.dimensions`,
      dim(...Array.from({ length: 11 }, (_, each) => include(["x"], `d${each}`))),
      "more than 10",
    ),
    at(`${first}.dimensions[0].name`, dim({ operator: "Include", values: ["x"] }), "is required"),
    at(
      `${first}.dimensions[0].operator`,
      dim({ name: "ApiName", operator: "Includes", values: ["x"] }),
      "Include, Exclude, StartsWith",
    ),
    at(`${first}.dimensions[0].values`, dim({ name: "ApiName", operator: "Include" }), "is required"),
    at(`${first}.dimensions[0].values`, dim(include([])), "fewer than 1"),
    at(`${first}.dimensions[0].values[0]`, dim({ name: "ApiName", operator: "Include", values: [1] }), "type string"),
    at(`${first}.dimensions[0].values`, dim({ name: "ApiName", operator: "Exclude", values: ["*"] }), "leave nothing"),
    at(`${first}.dimensions[1].name`, dim(include(["x"]), include(["y"], "apiname")), "given twice"),
    at(`${first}.dimensions[0].values`, pair(include(["*"]), include(["x"])), "several criteria"),
    at(
      "properties.criteria.allOf[1].dimensions[0].values",
      pair(include(["x"]), include(["x", "y"])),
      "several criteria",
    ),
    at(
      `${first}.dimensions[0].operator`,
      pair({ name: "ApiName", operator: "Exclude", values: ["x"] }, include(["x"])),
      "Include",
    ),
    at("properties.criteria.allOf[1].dimensions[0].values", pair(include(["x"]), include(["y"])), "must be 'x'"),
    at(
      `${first}.criterionType`,
      { criteria: criteria(single, dynamic({ alertSensitivity: undefined, failingPeriods: undefined })) },
      "Use MultipleResourceMultipleMetricCriteria",
    ),
    at(`${first}.alertSensitivity`, d({ alertSensitivity: undefined }), "is required"),
    at(`${first}.alertSensitivity`, d({ alertSensitivity: "Extreme" }), "Low, Medium, High"),
    at(`${first}.failingPeriods`, d({ failingPeriods: undefined }), "is required"),
    at(
      `${first}.failingPeriods.minFailingPeriodsToAlert`,
      d({ failingPeriods: { numberOfEvaluationPeriods: 3 } }),
      "is required",
    ),
    at(
      `${first}.failingPeriods.minFailingPeriodsToAlert`,
      d({ failingPeriods: { numberOfEvaluationPeriods: 3, minFailingPeriodsToAlert: 4 } }),
      "not be more than",
    ),
    at(
      `${first}.failingPeriods.numberOfEvaluationPeriods`,
      d({ failingPeriods: { numberOfEvaluationPeriods: 7, minFailingPeriodsToAlert: 4 } }),
      "<= 6",
    ),
    at(`${first}.ignoreDataBefore`, d({ ignoreDataBefore: "yesterday" }), "ISO 8601"),
    at(`${first}.ignoreDataBefore`, d({ ignoreDataBefore: "2027-01-01T00:00:00Z" }), "future"),
    at("properties.criteria.webTestId", { criteria: { ...webTest, webTestId: undefined } }, "is required"),
    at("properties.criteria.componentId", { criteria: { ...webTest, componentId: undefined } }, "is required"),
    at(
      "properties.criteria.failedLocationCount",
      { criteria: { ...webTest, failedLocationCount: "2" } },
      "type number",
    ),
    at(`${first}.query`, { windowSize: undefined, criteria: { ...promQl, allOf: [{ name: "q" }] } }, "is required"),
    at(
      "properties.criteria.failingPeriods.for",
      { windowSize: undefined, criteria: { ...promQl, failingPeriods: { for: "long" } } },
      "ISO 8601 duration",
    ),
    at("properties.autoMitigate", { autoMitigate: "no" }, "type boolean"),
    at(
      "properties.actions",
      {
        actions: Array.from({ length: maxActionsPerRule + 1 }, (_, each) => ({
          actionGroupId: actionGroup(`x${each}`),
        })),
      },
      "more than 5",
    ),
    at("properties.actions[0].actionGroupId", { actions: [{}] }, "is required"),
    at("properties.actions[0].actionGroupId", { actions: [{ actionGroupId: account("a") }] }, "action group"),
    at(
      "properties.actions[1].actionGroupId",
      { actions: ["x", "X"].map((name) => ({ actionGroupId: actionGroup(name) })) },
      "same as",
    ),
    at(
      "properties.actions[0].webHookProperties.k",
      { actions: [{ actionGroupId: actionGroup("x"), webHookProperties: { k: 1 } }] },
      "type string",
    ),
    at("properties.resolveConfiguration", { resolveConfiguration: { autoResolved: true } }, "PromQL"),
    at("properties.resolveConfiguration.autoResolved", { resolveConfiguration: {} }, "is required"),
    at("properties.customProperties.k", { customProperties: { k: null } }, "type string"),
    at("properties.actionProperties['Email.Subject']", { actionProperties: { "Email.Subject": 1 } }, "type string"),
    at("properties.severity", { Severity: 1 }, "given twice"),
  ])("$target: $message", ({ target, properties, message, top }) => {
    const outcome = putMetricAlert(rule, body(properties, top), undefined, now);
    expect(outcome).toMatchObject({ kind: "arm-error", status: 400, code: "BadRequest", target });
    expect(outcome.kind === "arm-error" && outcome.message).toContain(message);
  });

  test.each([
    "a*b",
    "a#b",
    "a&b",
    "a+b",
    "a:b",
    "a<b",
    "a>b",
    "a?b",
    "a@b",
    "a%b",
    "a{b",
    "a}b",
    "a\\b",
    "a/b",
    "a ",
    "a.",
    " ",
    "x".repeat(251),
  ])("no rule is named '%s'", (name) => {
    expect(putMetricAlert({ ...rule, names: [name] }, body(), undefined, now)).toMatchObject({
      kind: "arm-error",
      target: "name",
    });
  });

  test.each([
    { sent: undefined, code: "InvalidRequestContent" },
    { sent: [], code: "InvalidRequestContent" },
    { sent: { location: "global" }, code: "InvalidRequestContent" },
    { sent: { properties: {} }, code: "LocationRequired" },
  ])("$code: $sent", ({ sent, code }) => {
    expect(putMetricAlert(rule, sent, undefined, now)).toMatchObject({ kind: "arm-error", status: 400, code });
  });

  test("a long wrong value is not repeated whole", () => {
    const outcome = putMetricAlert(rule, body({ windowSize: `PT${"9".repeat(5_000)}` }), undefined, now);
    expect(outcome.kind === "arm-error" && outcome.message.length).toBeLessThan(300);
  });
});

describe("a rule that exists", () => {
  const stored = accepted(
    rule,
    body({ description: "d", actions: [{ actionGroupId: actionGroup("x") }] }, { tags: { a: "1", b: "2" } }),
  );
  const patch = (document: unknown) => patchMetricAlert(rule, document, stored, now);

  test("keeps the case of its id when it is put in another", () => {
    const other = resourceId(`${group.toUpperCase()}/providers/microsoft.insights/METRICALERTS/TOO MANY`);
    expect(accepted(other, body(), stored)).toMatchObject({ id: stored.id, name: "too many" });
  });
  test("does not change its kind of criteria", () => {
    expect(putMetricAlert(rule, body({ criteria: criteria(multiple, criterion()) }), stored, now)).toMatchObject({
      status: 400,
      message: expect.stringMatching(
        /^Alert update failed. Updating from StaticThresholdCriteria and odata.type SingleResource/,
      ) as string,
    });
  });
  test("does not move", () => {
    expect(putMetricAlert(rule, body({}, { location: "westeurope" }), stored, now)).toMatchObject({
      status: 409,
      code: "InvalidResourceLocation",
    });
    expect(putMetricAlert(rule, body({}, { location: "Global" }), stored, now)).toMatchObject({ kind: "rule" });
  });
  test.each([
    {
      what: "enabled alone, as arm-monitor 8 sends it",
      sent: { properties: { enabled: false } },
      result: { properties: { ...stored.properties, enabled: false } },
    },
    { what: "tags as a whole", sent: { tags: { c: "3" } }, result: { tags: { c: "3" } } },
    {
      what: "a property in another case",
      sent: { Properties: { SEVERITY: 0 } },
      result: { properties: { ...stored.properties, severity: 0 } },
    },
    {
      what: "actions as a whole",
      sent: { properties: { actions: [] } },
      result: { properties: { ...stored.properties, actions: [] } },
    },
    {
      what: "null, which sets back",
      sent: { properties: { actions: null } },
      result: { properties: { ...stored.properties, actions: [] } },
    },
    { what: "nothing", sent: {}, result: {} },
    {
      what: "scopes, and the type that was derived from them",
      sent: { properties: { scopes: [`${account("a")}/blobServices/default`] } },
      result: {
        properties: {
          ...stored.properties,
          scopes: [`${account("a")}/blobServices/default`],
          targetResourceType: "Microsoft.Storage/storageAccounts/blobServices",
        },
      },
    },
  ])("is patched: $what", ({ sent, result }) => {
    expect(patch(sent)).toEqual({ kind: "rule", rule: { ...stored, ...result } });
  });
  test.each([
    { sent: { properties: { severity: 9 } }, target: "properties.severity" },
    { sent: { properties: { windowSize: "PT3M" } }, target: "properties.windowSize" },
    { sent: { properties: { severity: null } }, target: "properties.severity" },
    { sent: { properties: [] }, target: "properties" },
  ])("is not patched with $sent", ({ sent, target }) => {
    expect(patch(sent)).toMatchObject({ kind: "arm-error", status: 400, target });
  });
});
