import { refusalStatuses, type RefusalCode } from "../access/refusal.js";
import { services } from "../storage-analytics/log-entry.js";
import { defaultPageSize, filterDescriptions, pageParameters, usageParameters } from "./request-parameters.js";
import {
  capacityRowSchema,
  capacityRowsSchema,
  healthSchema,
  metricsRowSchema,
  metricsRowsSchema,
  openApiSchema,
  overviewSchema,
  requestsSchema,
  rowSchema,
  usageSchema,
} from "./answer-schemas.js";
import { armRoutes, type ArmOperationId } from "./arm-routes.js";
import type { ErrorCode } from "./error-catalogue.js";
import { capacityParameters, chartParameters, metricsRowParameters } from "./row-parameters.js";
import type { ParameterDescription, Route } from "./route.js";

const always: readonly ErrorCode[] = [
  "InvalidPath",
  "UnsupportedQueryParameter",
  "InternalError",
  "StorageUnavailable",
];
const refusals = Object.keys(refusalStatuses) as readonly RefusalCode[];
const guarded: readonly ErrorCode[] = [...always, ...refusals, "AuthorityUnavailable", "RouteNotFound"];
const ofAccount: readonly ErrorCode[] = [...guarded, "AccountNotFound"];
const filtered: readonly ErrorCode[] = [...ofAccount, "InvalidQueryParameterValue", "NotAcceptable"];

const account: ParameterDescription = {
  description: "Name of a storage account in `VIGIL_ACCOUNTS`.",
  schema: { type: "string", pattern: "^[a-z0-9]{3,24}$" },
  example: "devstoreaccount1",
};
const service: ParameterDescription = {
  description: "The service whose requests are asked for.",
  schema: { type: "string", enum: services },
  example: "blob",
};

/** Routes of Vigil's own. */
const ownRoutes = [
  {
    operationId: "getHealth",
    method: "GET",
    path: "/health",
    summary: "State of Vigil and of what it depends on",
    description:
      "Each dependency, how far behind each pipeline is, what failed to the end. 503 if a dependency does not answer. Callers without a credential get the status alone.",
    pathParameters: {},
    queryParameters: {},
    answers: { "application/json": healthSchema },
    statuses: [200, 503],
    errors: always,
  },
  {
    operationId: "getOpenApi",
    method: "GET",
    path: "/openapi.json",
    summary: "This description",
    description: "All routes, their parameters and answers, as OpenAPI 3.1.",
    pathParameters: {},
    queryParameters: {},
    answers: { "application/json": openApiSchema },
    statuses: [200],
    errors: always,
  },
  {
    operationId: "getStorageAccount",
    method: "GET",
    path: "/storage-analytics/{account}",
    summary: "Overview of a storage account",
    description:
      "Per service: logging and metrics settings, what the logs take, how far behind they are, what was lost, and the requests of the last hour by operation and status.",
    pathParameters: { account },
    queryParameters: {},
    answers: { "application/json": overviewSchema },
    statuses: [200],
    errors: ofAccount,
  },
  {
    operationId: "listRequests",
    method: "GET",
    path: "/storage-analytics/{account}/{service}/requests",
    summary: "Logged requests, newest first",
    description: `Straight from \`$logs\`, each request once. Default: the last 24 hours, at most 366 days. A page has \`limit\` entries (default ${defaultPageSize}, as NDJSON or CSV the most there can be) or fewer, when many logs were read without a match; \`nextLink\`, or the header \`Link\`, goes on while there may be more.`,
    pathParameters: { account, service },
    queryParameters: { ...filterDescriptions, ...pageParameters },
    answers: { "application/json": requestsSchema, "application/x-ndjson": rowSchema, "text/csv": { type: "string" } },
    statuses: [200],
    errors: filtered,
  },
  {
    operationId: "getUsage",
    method: "GET",
    path: "/storage-analytics/{account}/{service}/usage",
    summary: "Who uses what: requests, bytes, errors and latency by group",
    description:
      "Summed up from `$logs`. Default: the last hour, at most 24 hours. Latencies are end to end, within 1 % of the true ones, then rounded to three digits.",
    pathParameters: { account, service },
    queryParameters: { ...filterDescriptions, ...usageParameters },
    answers: { "application/json": usageSchema },
    statuses: [200],
    errors: [...filtered, "MissingRequiredQueryParameter", "RangeTooLarge"],
  },
  {
    operationId: "listMetricsRows",
    method: "GET",
    path: "/storage-analytics/{account}/{service}/metrics",
    summary: "Rows of the `$Metrics…Transactions…` tables, newest first",
    description:
      "As they are in the account's tables, under Azure's names. Rows by hour: the last 24 hours, at most 366 days; by minute: the last hour, at most 31 days. Paged as requests are.",
    pathParameters: { account, service },
    queryParameters: metricsRowParameters,
    answers: {
      "application/json": metricsRowsSchema,
      "application/x-ndjson": metricsRowSchema,
      "text/csv": { type: "string" },
    },
    statuses: [200],
    errors: filtered,
  },
  {
    operationId: "listCapacityRows",
    method: "GET",
    path: "/storage-analytics/{account}/{service}/capacity",
    summary: "Rows of `$MetricsCapacityBlob`, newest first",
    description:
      "Bytes, containers and objects of each day, `data` and `analytics` apart. Blob only. Default: the last 30 days, at most 366.",
    pathParameters: { account, service },
    queryParameters: capacityParameters,
    answers: {
      "application/json": capacityRowsSchema,
      "application/x-ndjson": capacityRowSchema,
      "text/csv": { type: "string" },
    },
    statuses: [200],
    errors: filtered,
  },
  {
    operationId: "drawMetrics",
    method: "GET",
    path: "/storage-analytics/{account}/{service}/metrics.svg",
    summary: "A metric as a chart",
    description: "For pages and mails: no script, no fonts, no links. Default: the last 24 hours, at most 93 days.",
    pathParameters: { account, service },
    queryParameters: chartParameters,
    answers: { "image/svg+xml": { type: "string" } },
    statuses: [200],
    errors: [...ofAccount, "InvalidQueryParameterValue", "MissingRequiredQueryParameter"],
  },
] as const satisfies readonly Route[];

export type OperationId = (typeof ownRoutes)[number]["operationId"] | ArmOperationId;

/** Every route: what the functions answer, and what `/openapi.json` says. */
export const routes: readonly (Route & { readonly operationId: OperationId })[] = [...ownRoutes, ...armRoutes];
