import { alertsApiVersions, maxPageCount } from "../alerts/alert-query.js";
import { alertStates } from "../alerts/alert-record.js";
import { deliveryStatuses } from "../actions/delivery.js";
import {
  conditional,
  ofGroup,
  ofOne,
  ofSubscription,
  resourceGroup,
  subscriptionId,
  textParameter,
  versionOf,
  withBody,
  always,
} from "./alert-route-parts.js";
import type { ParameterDescription, Route } from "./route.js";
import { array, count, flag, object, text, time, type JsonSchema } from "./schema-parts.js";

const alerts = `${ofSubscription}/Microsoft.AlertsManagement/alerts`;
const version = { "api-version": versionOf(alertsApiVersions) };

const optional = (description: string, example: string, schema: JsonSchema = text): ParameterDescription => ({
  ...{ description, example, schema },
  required: false,
});
const filters = {
  targetResource: optional("Id of the resource.", "/subscriptions/00000000-0000-0000-0000-000000000000"),
  targetResourceType: optional("Type of the resource.", "Microsoft.Storage/storageAccounts"),
  targetResourceGroup: optional("Name of its group.", "local"),
  monitorService: optional("`Platform`: all are metric alerts.", "Platform"),
  monitorCondition: optional("`Fired` or `Resolved`.", "Fired"),
  severity: optional("`Sev0` to `Sev4`.", "Sev3"),
  alertState: optional(`${alertStates.join(", ")}.`, "New"),
  alertRule: optional("Id of the rule.", "/subscriptions/00000000-0000-0000-0000-000000000000"),
  timeRange: optional("`1h`, `1d` (default), `7d` or `30d`; by the last change.", "7d"),
};
const paging = {
  includeContext: optional("Whether contexts come along: at most 25 on a page then.", "false"),
  pageCount: optional(`Alerts on a page, at most ${maxPageCount}.`, "25"),
  sortBy: optional("By the last change, unless said otherwise.", "severity"),
  sortOrder: optional("`asc` or `desc`.", "asc"),
};

const alertSchema: JsonSchema = {
  type: "object",
  required: ["id", "type", "name", "properties"],
  properties: { id: text, type: text, name: text, properties: { type: "object", required: ["essentials"] } },
};
const alertsSchema: JsonSchema = {
  type: "object",
  required: ["value"],
  properties: { value: array(alertSchema), nextLink: text },
};
const anyObject: JsonSchema = { type: "object" };
const alertId = textParameter("GUID of the alert.", "00000000-0000-8000-a000-000000000000");

const deliverySchema = object({
  id: text,
  alertId: text,
  transition: { type: "string", enum: ["Fired", "Resolved"] },
  receiver: object({ actionGroupId: text, kind: text, name: text }),
  status: { type: "string", enum: deliveryStatuses },
  attempts: count,
  repeats: count,
  detail: text,
  createdAt: time,
  "endedAt?": time,
  "underWay?": flag,
});
const ofDelivery = {
  method: "POST",
  pathParameters: { subscriptionId, alertId, deliveryId: textParameter("Id of the delivery.", "0".repeat(32)) },
  queryParameters: version,
  answers: { "application/json": deliverySchema },
  statuses: [200],
  errors: [...ofOne, ...conditional],
} as const;

/** Alerts, what people make of them, and who was told. Nothing is there before a rule has fired: 404 has no example. */
export const alertsManagementRoutes = [
  {
    operationId: "listAlertsOfSubscription",
    method: "GET",
    path: alerts,
    summary: "Alerts of a subscription that the caller may see",
    description: "Fired and resolved, the last changed first; kept for 30 days. `nextLink` leads to the next page.",
    pathParameters: { subscriptionId },
    queryParameters: { ...version, ...filters, ...paging },
    answers: { "application/json": alertsSchema },
    statuses: [200],
    errors: always,
  },
  {
    operationId: "listAlertsOfGroup",
    method: "GET",
    path: `${ofGroup}/Microsoft.AlertsManagement/alerts`,
    summary: "Alerts about the resources of a group",
    description: "As those of a subscription.",
    pathParameters: { subscriptionId, resourceGroup },
    queryParameters: { ...version, ...filters, ...paging },
    answers: { "application/json": alertsSchema },
    statuses: [200],
    errors: always,
  },
  {
    operationId: "summarizeAlertsOfSubscription",
    method: "GET",
    path: `${ofSubscription}/Microsoft.AlertsManagement/alertsSummary`,
    summary: "How many alerts there are",
    description: "By one or two of severity, alertState, monitorCondition, monitorService, signalType and alertRule.",
    pathParameters: { subscriptionId },
    queryParameters: {
      ...version,
      groupby: { ...optional("One or two, separated by a comma.", "severity,alertState"), required: true },
      ...filters,
    },
    answers: { "application/json": anyObject },
    statuses: [200],
    errors: always,
  },
  {
    operationId: "getAlert",
    method: "GET",
    path: `${alerts}/{alertId}`,
    summary: "An alert, with its context",
    description: "What fired it, or resolved it last.",
    pathParameters: { subscriptionId, alertId },
    queryParameters: version,
    answers: {},
    statuses: [200],
    errors: ofOne,
  },
  {
    operationId: "getAlertHistory",
    method: "GET",
    path: `${alerts}/{alertId}/history`,
    summary: "What became of an alert",
    description:
      "Newest first: when it fired and resolved, who was told and who was not and why, who changed its state.",
    pathParameters: { subscriptionId, alertId },
    queryParameters: version,
    answers: {},
    statuses: [200],
    errors: ofOne,
  },
  {
    operationId: "changeAlertState",
    method: "POST",
    path: `${alerts}/{alertId}/changestate`,
    summary: "Acknowledges an alert, closes it, or opens it again",
    description: "Whether it is fired or resolved doesn't change.",
    pathParameters: { subscriptionId, alertId },
    queryParameters: {
      ...version,
      newState: { ...optional(`${alertStates.join(", ")}.`, "Acknowledged"), required: true },
    },
    body: {
      description: "Why, for the history.",
      schema: anyObject,
      required: false,
      example: { comments: "I'm on it." },
    },
    answers: {},
    statuses: [200],
    errors: [...ofOne, ...withBody],
  },
  {
    operationId: "listDeliveriesOfAlert",
    method: "GET",
    path: `${alerts}/{alertId}/deliveries`,
    summary: "Who was told of an alert, and how far that has come",
    description: "Vigil's own. One for each receiver and transition.",
    pathParameters: { subscriptionId, alertId },
    queryParameters: version,
    answers: {},
    statuses: [200],
    errors: ofOne,
  },
  {
    operationId: "listDeliveries",
    method: "GET",
    path: `${ofSubscription}/Microsoft.AlertsManagement/deliveries`,
    summary: "Deliveries in a state, at most 1,000",
    description:
      "Vigil's own: those to action groups that the caller may see. `failed` ones wait to be replayed or dropped.",
    pathParameters: { subscriptionId },
    queryParameters: {
      ...version,
      status: optional("Default: failed.", "failed", { type: "string", enum: deliveryStatuses }),
    },
    answers: { "application/json": object({ value: array(deliverySchema) }) },
    statuses: [200],
    errors: always,
  },
  {
    ...ofDelivery,
    operationId: "replayDelivery",
    path: `${alerts}/{alertId}/deliveries/{deliveryId}/replay`,
    summary: "Tells a receiver again whom telling had failed",
    description: "With all of its attempts, under the same id. 409 if it was delivered or is still being tried.",
    answers: {},
  },
  {
    ...ofDelivery,
    operationId: "dropDelivery",
    path: `${alerts}/{alertId}/deliveries/{deliveryId}/drop`,
    summary: "Gives a delivery up",
    description: "409 if it was delivered.",
    answers: {},
  },
] as const satisfies readonly Route[];
