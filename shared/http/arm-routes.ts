import { refusalStatuses, type RefusalCode } from "../access/refusal.js";
import type { ArmErrorCode } from "../arm/arm-error.js";
import { resourcePaths } from "../arm/resource-path.js";
import { alertRoutes, type AlertOperationId } from "./alert-routes.js";
import { batchSchema, definitionsSchema, metricsSchema, namespacesSchema } from "./arm-schemas.js";
import type { ErrorCode } from "./error-catalogue.js";
import {
  apiVersion,
  batchBody,
  batchParameters,
  metricsBody,
  metricsParameters,
  namespaceOf,
  startTimeParameter,
} from "./metrics-parameters.js";
import type { ParameterDescription, Route } from "./route.js";

const always: readonly ErrorCode[] = ["InternalError", "StorageUnavailable", "AuthorityUnavailable"];
const refusals = Object.keys(refusalStatuses) as readonly RefusalCode[];
const version: readonly ArmErrorCode[] = [
  "MissingApiVersionParameter",
  "InvalidApiVersionParameter",
  "NoRegisteredProviderFound",
];
const ofResource: readonly ErrorCode[] = [...always, ...refusals, ...version, "BadRequest", "ResourceNotFound"];
const withBody: readonly ErrorCode[] = ["InvalidRequestContent", "RequestContentTooLarge", "UnsupportedMediaType"];

const text = (description: string, example: string): ParameterDescription => ({
  description,
  schema: { type: "string" },
  example,
});

const resourceParameters = {
  subscriptionId: text("Subscription of the resource.", "00000000-0000-0000-0000-000000000000"),
  resourceGroup: text("Resource group.", "local"),
  provider: text("Provider of the resource's type.", "Microsoft.Storage"),
  type: text("Type of the resource.", "storageAccounts"),
  name: text("Name of the resource.", "devstoreaccount1"),
};
const childParameters = {
  ...resourceParameters,
  childType: text("`blobServices`, `queueServices` or `tableServices`.", "blobServices"),
  childName: text("`default`.", "default"),
};

type Which = "Resource" | "ChildResource";
export type ArmOperationId =
  | `${"get" | "query"}${Which}Metrics`
  | "getMetricsBatch"
  | "getSubscriptionMetrics"
  | "querySubscriptionMetrics"
  | `list${Which}MetricDefinitions`
  | `list${Which}MetricNamespaces`
  | AlertOperationId;
type ArmRoute = Route & { readonly operationId: ArmOperationId };

/** Metrics of a resource, and of one that belongs to it. */
const ofResources = resourcePaths.flatMap((resource, index): readonly ArmRoute[] => {
  const child = index > 0;
  const which = child ? "ChildResource" : "Resource";
  const about = child ? "a service of a storage account" : "a storage account, all services together";
  const insights = `${resource}/providers/Microsoft.Insights`;
  const pathParameters = child ? childParameters : resourceParameters;
  const metricnamespace = namespaceOf(
    child ? "Microsoft.Storage/storageAccounts/blobServices" : "Microsoft.Storage/storageAccounts",
  );
  const common = { pathParameters, statuses: [200] };
  return [
    {
      ...common,
      operationId: `get${which}Metrics`,
      method: "GET",
      path: `${insights}/metrics`,
      summary: `Metrics of ${about}`,
      description:
        "As Azure Monitor answers it. Points cover `[timeStamp, timeStamp + interval)`; one without data has its time alone.",
      queryParameters: { "api-version": apiVersion("metrics"), ...metricsParameters, metricnamespace },
      answers: { "application/json": metricsSchema },
      errors: ofResource,
    },
    {
      ...common,
      operationId: `query${which}Metrics`,
      method: "POST",
      path: `${insights}/metrics`,
      summary: `Metrics of ${about}, asked for in a body`,
      description: "The same parameters in camelCase, in the query or in the body, but none in both.",
      queryParameters: { "api-version": apiVersion("metrics") },
      body: metricsBody,
      answers: { "application/json": metricsSchema },
      errors: [...ofResource, ...withBody],
    },
    {
      ...common,
      operationId: `list${which}MetricDefinitions`,
      method: "GET",
      path: `${insights}/metricDefinitions`,
      summary: `Which metrics ${about} has`,
      description: "With their units, aggregations, grains and dimensions.",
      queryParameters: { "api-version": apiVersion("metricDefinitions"), metricnamespace },
      answers: { "application/json": definitionsSchema },
      errors: ofResource,
    },
    {
      ...common,
      operationId: `list${which}MetricNamespaces`,
      method: "GET",
      path: `${insights}/metricNamespaces`,
      summary: `Which metric namespaces ${about} has`,
      description: "Names to be given as `metricnamespace`.",
      queryParameters: { "api-version": apiVersion("metricNamespaces"), startTime: startTimeParameter },
      answers: { "application/json": namespacesSchema },
      errors: ofResource,
    },
  ];
});

const { subscriptionId } = resourceParameters;
const ofAccounts = namespaceOf("Microsoft.Storage/storageAccounts");
const namespace: ParameterDescription = { ...ofAccounts, description: "Namespace of the metrics.", required: true };
const region: ParameterDescription = {
  description: "Any name: Vigil has no regions. It comes back in the answer.",
  schema: { type: "string" },
  example: "global",
  required: true,
};
const ofSubscription: readonly ErrorCode[] = [...always, ...refusals, ...version, "BadRequest", "SubscriptionNotFound"];

const ofSubscriptions: readonly ArmRoute[] = [
  {
    operationId: "getMetricsBatch",
    method: "POST",
    path: "/subscriptions/{subscriptionId}/metrics:getBatch",
    summary: "Metrics of up to 50 resources at once",
    description: "The batch API of Azure Monitor's data plane: all resources are of the subscription, and of one type.",
    pathParameters: { subscriptionId },
    queryParameters: { "api-version": apiVersion("getBatch"), ...batchParameters, metricnamespace: namespace },
    body: batchBody,
    answers: { "application/json": batchSchema },
    statuses: [200],
    errors: [...ofResource, ...withBody],
  },
  {
    operationId: "getSubscriptionMetrics",
    method: "GET",
    path: "/subscriptions/{subscriptionId}/providers/Microsoft.Insights/metrics",
    summary: "Metrics of all resources of a subscription that the caller may see",
    description: "Together, or one series for each where the filter names `Microsoft.ResourceId`.",
    pathParameters: { subscriptionId },
    queryParameters: {
      "api-version": apiVersion("subscriptionMetrics"),
      region,
      ...metricsParameters,
      metricnamespace: namespace,
    },
    answers: { "application/json": metricsSchema },
    statuses: [200],
    errors: ofSubscription,
  },
  {
    operationId: "querySubscriptionMetrics",
    method: "POST",
    path: "/subscriptions/{subscriptionId}/providers/Microsoft.Insights/metrics",
    summary: "The same, asked for in a body",
    description: "The same parameters in camelCase, in the query or in the body, but none in both.",
    pathParameters: { subscriptionId },
    queryParameters: { "api-version": apiVersion("subscriptionMetrics"), region },
    body: { ...metricsBody, example: { ...metricsBody.example, metricNamespace: namespace.example } },
    answers: { "application/json": metricsSchema },
    statuses: [200],
    errors: [...ofSubscription, ...withBody],
  },
];

/** Routes in the shape of Azure Resource Manager, for its official clients. */
export const armRoutes: readonly ArmRoute[] = [...ofSubscriptions, ...ofResources, ...alertRoutes];
