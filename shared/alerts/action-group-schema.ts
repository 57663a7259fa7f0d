import { resourceMembers, texts, type DocumentSchema } from "./resource-document.js";

/** api-versions of action groups, oldest first; one model answers all of them. */
export const actionGroupApiVersions = [
  "2017-04-01",
  "2018-03-01",
  "2018-09-01",
  "2019-03-01",
  "2019-06-01",
  "2021-09-01",
  "2022-04-01",
  "2022-06-01",
  "2023-01-01",
  "2023-09-01-preview",
  "2024-10-01-preview",
  "2026-09-01",
] as const;

/** Characters (Azure's service limits). */
export const maxShortNameLength = 12;
export const maxEmailAddressLength = 64;
/** Receivers of one kind in a group; webhooks with and without a token count apart. */
export const maxEmailReceivers = 1_000;
export const maxReceiversPerKind = 10;
/** Characters of a URL, and of what ticket systems are told. Ours. */
export const maxUrlLength = 4_096;
const maxTicketLength = 32_768;
/** Characters of any other text. Ours. */
const maxTextLength = 1_024;

/** Built-in roles whose holders can be told: Owner, Contributor, Reader, Monitoring Contributor, Monitoring Reader. */
export const notifiedRoles = [
  "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
  "b24988ac-6180-42a0-ab88-20f7382dd24c",
  "acdd72a7-3385-48ef-bd42-f606fba81ae7",
  "749f88d5-cbae-40b8-bcfc-e573ddc772fa",
  "43d0d8ad-25c7-4714-9337-8ba259a9fe05",
] as const;

const text = { type: "string", minLength: 1, maxLength: maxTextLength };
const optionalText = { type: "string", maxLength: maxTextLength, emptyIsAbsent: true };
const flag = { type: "boolean" };
const url = { type: "string", minLength: 1, maxLength: maxUrlLength };
const emailAddress = { type: "string", maxLength: maxEmailAddressLength, pattern: '^[^\\s@<>",;]+@[^\\s@<>",;]+$' };
const digits = { type: "string", pattern: "^\\+?[0-9 ()-]{1,32}$" };
const common = { useCommonAlertSchema: flag, managedIdentity: optionalText };
/** Whether a recipient has unsubscribed is for the service to say. */
const status = { readOnly: true };

const receivers = (properties: DocumentSchema, optional: DocumentSchema, maxItems: number = maxReceiversPerKind) => ({
  type: "array",
  maxItems,
  default: [],
  items: { type: "object", required: Object.keys(properties), properties: { ...properties, ...optional } },
});

/** The arrays of receivers, by kind (reference §3.2). */
export const receiverSchemas = {
  emailReceivers: receivers({ name: text, emailAddress }, { useCommonAlertSchema: flag, status }, maxEmailReceivers),
  smsReceivers: receivers({ name: text, countryCode: digits, phoneNumber: digits }, { status }),
  webhookReceivers: receivers(
    { name: text, serviceUri: url },
    { ...common, useAadAuth: flag, objectId: optionalText, identifierUri: optionalText, tenantId: optionalText },
    2 * maxReceiversPerKind,
  ),
  itsmReceivers: receivers(
    {
      name: text,
      workspaceId: text,
      connectionId: text,
      ticketConfiguration: { type: "string", maxLength: maxTicketLength },
      region: text,
    },
    {},
  ),
  azureAppPushReceivers: receivers({ name: text, emailAddress }, {}),
  automationRunbookReceivers: receivers(
    { automationAccountId: text, runbookName: text, webhookResourceId: text, isGlobalRunbook: flag },
    { name: optionalText, serviceUri: { ...url, minLength: 0, emptyIsAbsent: true }, ...common },
  ),
  voiceReceivers: receivers({ name: text, countryCode: digits, phoneNumber: digits }, {}),
  logicAppReceivers: receivers(
    { name: text, resourceId: text, callbackUrl: url },
    { ...common, triggerName: optionalText },
  ),
  azureFunctionReceivers: receivers(
    { name: text, functionAppResourceId: text, functionName: text, httpTriggerUrl: url },
    { ...common, scope: optionalText },
  ),
  armRoleReceivers: receivers(
    { name: text, roleId: { type: "string", enum: notifiedRoles } },
    { useCommonAlertSchema: flag },
  ),
  eventHubReceivers: receivers(
    { name: text, subscriptionId: text, eventHubNameSpace: text, eventHubName: text },
    { tenantId: optionalText, resourceId: optionalText, ...common },
  ),
} as const;
export type ReceiverArray = keyof typeof receiverSchemas;
export const receiverArrays = Object.keys(receiverSchemas) as readonly ReceiverArray[];

/** From 2024-10-01-preview on; older answers have no such array, so there is none by default. */
const incidentReceivers = {
  type: "array",
  maxItems: maxReceiversPerKind,
  items: {
    type: "object",
    required: ["name", "connection", "incidentManagementService", "mappings"],
    properties: {
      name: text,
      connection: { type: "object", required: ["name", "id"], properties: { name: text, id: text } },
      incidentManagementService: { type: "string", enum: ["Icm"] },
      mappings: texts,
    },
  },
};

export const actionGroupSchema: DocumentSchema = {
  type: "object",
  required: ["location", "properties"],
  properties: {
    ...resourceMembers,
    location: { type: "string", pattern: "^[A-Za-z0-9 ]{1,64}$" },
    tags: texts,
    identity: { type: "object" },
    properties: {
      type: "object",
      required: ["groupShortName", "enabled"],
      properties: {
        groupShortName: { type: "string", minLength: 1, maxLength: maxShortNameLength },
        enabled: { type: "boolean", default: true },
        ...receiverSchemas,
        incidentReceivers,
      },
    },
  },
};

/** Kinds of alert that a test notification can look like (reference §3.4; the examples have `budget`, too). */
export const testAlertTypes = [
  "servicehealth",
  "metricstaticthreshold",
  "metricsdynamicthreshold",
  "logalertv2",
  "smartalert",
  "webtestalert",
  "logalertv1numresult",
  "logalertv1metricmeasurement",
  "resourcehealth",
  "activitylog",
  "actualcostbudget",
  "forecastedbudget",
  "budget",
] as const;

export const testNotificationSchema: DocumentSchema = {
  type: "object",
  required: ["alertType"],
  properties: { alertType: { type: "string", enum: testAlertTypes }, ...receiverSchemas, incidentReceivers },
};
