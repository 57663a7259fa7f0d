import { actionGroupApiVersions } from "../alerts/action-group-schema.js";
import { processingRuleApiVersions } from "../alerts/alert-processing-rule.js";
import { metricAlertApiVersions } from "../alerts/metric-alert-schema.js";
import { array, object, text, time, type JsonSchema } from "./schema-parts.js";
import { alertsManagementRoutes } from "./alerts-management-routes.js";
import {
  always,
  conditional,
  ofGroup,
  ofOne,
  ofSubscription,
  resourceGroup,
  subscriptionId,
  textParameter,
  versionOf,
  withBody,
} from "./alert-route-parts.js";
import type { BodyDescription, Route } from "./route.js";

/** A resource in Azure's shape; properties that nobody knows are kept and returned. */
const resourceSchema: JsonSchema = {
  type: "object",
  required: ["id", "name", "type", "location", "properties"],
  properties: { id: text, name: text, type: text, location: text, properties: { type: "object" } },
};

interface ConfiguredType<Name extends string> {
  /** As in `createMetricAlert`. */
  readonly operation: Name;
  readonly type: string;
  readonly parameter: string;
  readonly what: string;
  readonly example: string;
  readonly versions: readonly string[];
  readonly put: BodyDescription;
  readonly patch: BodyDescription;
  readonly putStatuses: readonly number[];
  readonly notes: string;
}

type ConfiguredOperation<Name extends string> =
  `${"put" | "get" | "patch" | "delete"}${Name}` | `list${Name}sOf${"Group" | "Subscription"}`;

/** Routes of a type of resource that is put, patched, deleted and listed. */
function configuredRoutes<Name extends string>(
  of: ConfiguredType<Name>,
): readonly (Route & { readonly operationId: ConfiguredOperation<Name> })[] {
  const { operation, type, parameter, what, example, versions, putStatuses, notes } = of;
  const path = `${ofGroup}/${type}/{${parameter}}`;
  const pathParameters = {
    subscriptionId,
    resourceGroup,
    [parameter]: textParameter(`Name of the ${what}; compares without case.`, example),
  };
  const queryParameters = { "api-version": versionOf(versions) };
  const one = { path, pathParameters, queryParameters, answers: { "application/json": resourceSchema } };
  const list = { queryParameters, answers: { "application/json": object({ value: array(resourceSchema) }) } };
  return [
    {
      ...one,
      operationId: `put${operation}`,
      method: "PUT",
      summary: `Creates the ${what}, or replaces it as a whole`,
      description: `As Azure takes it, property by property. \`If-Match\` and \`If-None-Match: *\` are honoured, the answer has an \`ETag\`. ${notes}`,
      body: of.put,
      statuses: putStatuses,
      errors: [...always, ...withBody, ...conditional, "InvalidResourceLocation"],
    },
    {
      ...one,
      operationId: `get${operation}`,
      method: "GET",
      summary: `The ${what}`,
      description: "As it was put, with what the service fills in, and its `ETag`.",
      statuses: [200],
      errors: ofOne,
    },
    {
      ...one,
      operationId: `patch${operation}`,
      method: "PATCH",
      summary: `Changes the ${what} in part`,
      description: "What is named is replaced; `null` sets back to the default. `If-Match` is honoured.",
      body: of.patch,
      statuses: [200],
      errors: [...ofOne, ...withBody, ...conditional, "InvalidResourceLocation"],
    },
    {
      ...one,
      operationId: `delete${operation}`,
      method: "DELETE",
      summary: `Deletes the ${what}`,
      description: "204 when there is none. `If-Match` is honoured.",
      answers: {},
      statuses: [200, 204],
      errors: [...always, ...conditional],
    },
    {
      ...list,
      operationId: `list${operation}sOfGroup`,
      method: "GET",
      path: `${ofGroup}/${type}`,
      summary: `Each ${what} of a resource group that the caller may see`,
      description: "All on one page.",
      pathParameters: { subscriptionId, resourceGroup },
      statuses: [200],
      errors: always,
    },
    {
      ...list,
      operationId: `list${operation}sOfSubscription`,
      method: "GET",
      path: `${ofSubscription}/${type}`,
      summary: `Each ${what} of a subscription that the caller may see`,
      description: "All on one page.",
      pathParameters: { subscriptionId },
      statuses: [200],
      errors: always,
    },
  ];
}

const account =
  "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers/Microsoft.Storage/storageAccounts/devstoreaccount1";

const putMetricAlertBody: BodyDescription = {
  description: "A rule as Azure Monitor takes it.",
  schema: { type: "object", required: ["location", "properties"] },
  required: true,
  example: {
    location: "global",
    properties: {
      description: "More requests in five minutes than ever.",
      severity: 3,
      enabled: true,
      scopes: [account],
      evaluationFrequency: "PT1M",
      windowSize: "PT5M",
      criteria: {
        "odata.type": "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
        allOf: [
          {
            criterionType: "StaticThresholdCriterion",
            name: "Requests",
            metricName: "Transactions",
            operator: "GreaterThan",
            threshold: 1_000_000,
            timeAggregation: "Total",
          },
        ],
      },
      actions: [],
    },
  },
};

const metricAlerts = configuredRoutes({
  operation: "MetricAlert",
  type: "Microsoft.Insights/metricAlerts",
  parameter: "ruleName",
  what: "metric alert rule",
  example: "too many requests",
  versions: metricAlertApiVersions,
  putStatuses: [200],
  notes: "The caller needs to read what the rule watches and the action groups that it calls.",
  put: putMetricAlertBody,
  patch: {
    description: "Tags, and members of `properties`.",
    schema: { type: "object" },
    required: true,
    example: { properties: { severity: 2 } },
  },
});

const actionGroups = configuredRoutes({
  operation: "ActionGroup",
  type: "Microsoft.Insights/actionGroups",
  parameter: "actionGroupName",
  what: "action group",
  example: "on call",
  versions: actionGroupApiVersions,
  putStatuses: [200, 201],
  notes:
    "Callers who may not write a group see `**redacted**` for addresses that hold secrets; a PUT that carries the mark keeps what is stored.",
  put: {
    description: "A group as Azure Monitor takes it.",
    schema: { type: "object", required: ["location", "properties"] },
    required: true,
    example: {
      location: "Global",
      properties: {
        groupShortName: "oncall",
        enabled: true,
        emailReceivers: [{ name: "me", emailAddress: "me@example.com", useCommonAlertSchema: true }],
      },
    },
  },
  patch: {
    description: "Tags, and whether the group is enabled.",
    schema: { type: "object" },
    required: true,
    example: { properties: { enabled: true } },
  },
});

const processingRules = configuredRoutes({
  operation: "ProcessingRule",
  type: "Microsoft.AlertsManagement/actionRules",
  parameter: "processingRuleName",
  what: "alert processing rule",
  example: "maintenance",
  versions: processingRuleApiVersions,
  putStatuses: [200, 201],
  notes: "The caller needs to be allowed to configure what it is about.",
  put: {
    description: "A rule as Azure takes it.",
    schema: { type: "object", required: ["location", "properties"] },
    required: true,
    example: {
      location: "Global",
      properties: {
        scopes: [account],
        schedule: { effectiveFrom: "2026-01-31T22:00:00", effectiveUntil: "2026-02-01T04:00:00", timeZone: "UTC" },
        actions: [{ actionType: "RemoveAllActionGroups" }],
        enabled: true,
      },
    },
  },
  patch: {
    description: "Tags, and whether the rule is enabled.",
    schema: { type: "object" },
    required: true,
    example: { properties: { enabled: false } },
  },
});

const statusSchema = object({
  value: array(
    object({
      name: text,
      id: text,
      type: text,
      properties: object({
        dimensions: { type: "object", additionalProperties: text },
        status: { type: "string", enum: ["Healthy", "Unhealthy", "NotEvaluated"] },
        timestamp: time,
        "reason?": text,
      }),
    }),
  ),
});

const ofRule = {
  method: "GET",
  pathParameters: {
    subscriptionId,
    resourceGroup,
    ruleName: textParameter("Name of the rule; compares without case.", "too many requests"),
  },
  queryParameters: { "api-version": versionOf(metricAlertApiVersions) },
  statuses: [200],
  errors: ofOne,
} as const;

const ofRules = [
  {
    ...ofRule,
    operationId: "listMetricAlertStatuses",
    path: `${ofGroup}/Microsoft.Insights/metricAlerts/{ruleName}/status`,
    summary: "State of each series of a rule",
    description:
      "One for each resource and combination of dimension values. `NotEvaluated`, which Azure doesn't know, comes with a reason.",
    answers: { "application/json": statusSchema },
  },
  {
    ...ofRule,
    operationId: "getMetricAlertStatus",
    path: `${ofGroup}/Microsoft.Insights/metricAlerts/{ruleName}/status/{statusName}`,
    pathParameters: {
      ...ofRule.pathParameters,
      statusName: textParameter(
        "Base64 of the series: `resourceId=…&ApiName=GetBlob`.",
        Buffer.from(`resourceId=${account}`).toString("base64"),
      ),
    },
    summary: "State of one series of a rule",
    description: "A list with one element, as in Azure; an empty one for a series that there isn't.",
    answers: { "application/json": statusSchema },
  },
] as const satisfies readonly Route[];

const insights = [
  {
    ...ofRule,
    operationId: "explainMetricAlert",
    path: `${ofGroup}/Microsoft.Insights/metricAlerts/{ruleName}/explain`,
    summary: "Why a rule decided as it did",
    description:
      "Vigil's own. The window that ends at `at` (default: the last one that was evaluated): values, thresholds, the states before and after, and the reason in a sentence. The evaluation and the 60 before it are done again over the data as it is now.",
    queryParameters: {
      ...ofRule.queryParameters,
      at: { description: "End of a window.", schema: { type: "string" }, example: "2026-01-31T08:00:00Z" },
    },
    answers: { "application/json": { type: "object", required: ["ruleId", "at", "series"] } },
  },
  {
    ...ofRule,
    operationId: "backtestMetricAlert",
    method: "POST",
    path: `${ofGroup}/Microsoft.Insights/metricAlerts/{ruleName}/backtest`,
    summary: "What a rule would have done",
    description:
      "Vigil's own. The alerts that the rule of the body, which is not saved, or else the one of the path would have fired and resolved over a time span, and its series. Bands of dynamic thresholds are those of the time before.",
    queryParameters: {
      ...ofRule.queryParameters,
      timespan: {
        description: "`start/end` or a duration; default: the last day.",
        schema: { type: "string" },
        example: "PT6H",
      },
    },
    body: {
      ...putMetricAlertBody,
      description: "A rule as it is put; without it the one that is there.",
      required: false,
    },
    answers: { "application/json": { type: "object", required: ["ruleId", "alerts", "series"] } },
    errors: [...ofOne, ...withBody],
  },
] as const satisfies readonly Route[];

const testBody: BodyDescription = {
  description: "The kind of alert, and receivers as an action group has them.",
  schema: { type: "object", required: ["alertType"] },
  required: true,
  example: {
    alertType: "metricstaticthreshold",
    voiceReceivers: [{ name: "me", countryCode: "1", phoneNumber: "5550100" }],
  },
};
const testedGroup = {
  pathParameters: {
    subscriptionId,
    resourceGroup,
    actionGroupName: textParameter("Name of the action group, which need not be there.", "on call"),
  },
  queryParameters: { "api-version": versionOf(actionGroupApiVersions) },
  answers: {},
} as const;

const ofActionGroups = [
  {
    ...testedGroup,
    operationId: "createTestNotifications",
    method: "POST",
    path: `${ofGroup}/Microsoft.Insights/actionGroups/{actionGroupName}/createNotifications`,
    summary: "Tells receivers of an alert that isn't one",
    description:
      "Those of the body, once each. They hear of a metric alert, whatever `alertType` says but for `metricsdynamicthreshold`. `Location` has what became of it.",
    body: testBody,
    statuses: [202],
    errors: [...always, ...withBody],
  },
  {
    ...testedGroup,
    operationId: "getTestNotification",
    method: "GET",
    path: `${ofGroup}/Microsoft.Insights/actionGroups/{actionGroupName}/notificationStatus/{notificationId}`,
    summary: "What became of a test notification",
    description: "For each receiver whether it was told, and if not, why.",
    pathParameters: {
      ...testedGroup.pathParameters,
      notificationId: textParameter("From `Location`.", "00000000-0000-4000-8000-000000000000"),
    },
    statuses: [200],
    errors: ofOne,
  },
  {
    ...testedGroup,
    pathParameters: { subscriptionId },
    operationId: "createTestNotificationsOfSubscription",
    method: "POST",
    path: `${ofSubscription}/Microsoft.Insights/createNotifications`,
    summary: "Tells receivers of an alert that isn't one",
    description: "The same without a group, as older clients ask for it.",
    body: testBody,
    statuses: [202],
    errors: [...always, ...withBody],
  },
  {
    ...testedGroup,
    operationId: "getTestNotificationOfSubscription",
    method: "GET",
    path: `${ofSubscription}/Microsoft.Insights/notificationStatus/{notificationId}`,
    summary: "What became of a test notification",
    description: "The same without a group.",
    pathParameters: {
      subscriptionId,
      notificationId: textParameter("From `Location`.", "00000000-0000-4000-8000-000000000000"),
    },
    statuses: [200],
    errors: ofOne,
  },
  {
    operationId: "enableReceiver",
    method: "POST",
    path: `${ofGroup}/Microsoft.Insights/actionGroups/{actionGroupName}/subscribe`,
    summary: "Tells a mail or SMS receiver again that had unsubscribed",
    description: "409 if it is enabled.",
    pathParameters: {
      subscriptionId,
      resourceGroup,
      actionGroupName: textParameter("Name of the action group.", "on call"),
    },
    queryParameters: { "api-version": versionOf(actionGroupApiVersions) },
    body: {
      description: "Which receiver.",
      schema: object({ receiverName: text }),
      required: true,
      example: { receiverName: "me" },
    },
    answers: {},
    statuses: [200],
    errors: [...ofOne, ...withBody, ...conditional],
  },
] as const satisfies readonly Route[];

export type AlertOperationId =
  | ConfiguredOperation<"MetricAlert" | "ActionGroup" | "ProcessingRule">
  | (typeof alertsManagementRoutes)[number]["operationId"]
  | (typeof ofRules)[number]["operationId"]
  | (typeof insights)[number]["operationId"]
  | (typeof ofActionGroups)[number]["operationId"];

/** Routes of rules, action groups and alerts. What is to be there for an example stands before it. */
export const alertRoutes: readonly (Route & { readonly operationId: AlertOperationId })[] = [
  ...actionGroups,
  ...metricAlerts,
  ...ofRules,
  ...insights,
  ...ofActionGroups,
  ...processingRules,
  ...alertsManagementRoutes,
];
