import { maxBatchResources } from "../metrics/batch-request.js";
import { metricsApiVersions, type MetricsApi } from "../metrics/metrics-api-versions.js";
import { defaultTop, maxMetricNames, maxTop } from "../metrics/metrics-request.js";
import { storageNamespaces, type StorageNamespace } from "../metrics/storage-metrics.js";
import { timeGrains } from "../metrics/time-grain.js";
import type { BodyDescription, ParameterDescription } from "./route.js";

const text = { type: "string" };
const flag = { type: "boolean" };

/** `api-version` of one part of the metrics API, the newest as the example. */
export function apiVersion(api: MetricsApi): ParameterDescription {
  const versions: readonly string[] = metricsApiVersions[api].versions;
  return {
    description: "Version of Azure's API that the caller speaks.",
    schema: { type: "string", enum: versions },
    example: versions.at(-1) ?? "",
    required: true,
  };
}

const namespaceParameter: ParameterDescription = {
  description: "Namespace of the metrics. Default: the type of the resource.",
  schema: { type: "string", enum: storageNamespaces },
  example: storageNamespaces[0],
};

/** `metricnamespace` of a resource whose own namespace is this. */
export const namespaceOf = (example: StorageNamespace): ParameterDescription => ({ ...namespaceParameter, example });

export const startTimeParameter: ParameterDescription = {
  description: "Accepted, as in Azure: namespaces with metrics since then.",
  schema: text,
  example: "2026-01-31T08:00:00Z",
};

/** What to ask for, in the query of a GET; names compare without case, with or without `$`. */
export const metricsParameters = {
  metricnames: {
    description: `Names, separated by commas, at most ${maxMetricNames}; a comma in a name is written \`%2\`. Default: the first metric of the resource.`,
    schema: text,
    example: "Transactions,Ingress",
  },
  metricnamespace: namespaceParameter,
  timespan: {
    description:
      "`start/end` as ISO 8601 times, a duration that ends now, or one with a start or an end. Default: `PT1H`.",
    schema: text,
    example: "2026-01-31T08:00:00Z/2026-01-31T09:00:00Z",
  },
  interval: {
    description: `Grain of the points: ${timeGrains.join(", ")}, or \`FULL\` for one point. Default: the finest of the metrics.`,
    schema: text,
    example: "PT5M",
  },
  AutoAdjustTimegrain: {
    description: "Whether an interval that is not supported is replaced by the nearest one that is. Default: false.",
    schema: flag,
    example: "true",
  },
  aggregation: {
    description: "Average, Count, Maximum, Minimum, Total, separated by commas. Default: each metric's own.",
    schema: text,
    example: "Total",
  },
  $filter: {
    description:
      "Conditions on dimensions, joined with `and`, such as `ApiName eq 'GetBlob' or ApiName eq 'PutBlob'`; `'*'` stands for every value. Dimensions that are named split the answer.",
    schema: text,
    example: "ApiName eq '*'",
  },
  rollupby: {
    description: "Dimensions that filter and do not split, separated by commas.",
    schema: text,
    example: "ApiName",
  },
  top: {
    description: `Series of each metric. Default: ${defaultTop}.`,
    schema: { type: "integer", minimum: 1, maximum: maxTop },
    example: "5",
  },
  orderby: {
    description: "By what series are sorted, such as `total desc`. Default: each metric's own aggregation, descending.",
    schema: text,
    example: "total desc",
  },
  resultType: {
    description: "`Metadata`: values of dimensions alone.",
    schema: { type: "string", enum: ["Data", "Metadata"] },
    example: "Data",
  },
  ValidateDimensions: {
    description: "Whether a dimension that a metric lacks is an error or is ignored. Default: true.",
    schema: flag,
    example: "true",
  },
} as const satisfies Readonly<Record<string, ParameterDescription>>;

const { metricnames, $filter, interval, aggregation, rollupby, top, orderby } = metricsParameters;

/** The same in a batch. */
export const batchParameters = {
  metricnames: { ...metricnames, description: "Names, separated by commas.", required: true },
  starttime: {
    description: "ISO 8601 time. Default: an hour ago.",
    schema: text,
    example: "2026-01-31T08:00:00Z",
  },
  endtime: {
    description: "ISO 8601 time; only with `starttime`. Default: now.",
    schema: text,
    example: "2026-01-31T09:00:00Z",
  },
  ...{ interval, aggregation, filter: $filter, rollupby, top, orderby },
} as const satisfies Readonly<Record<string, ParameterDescription>>;

export const batchBody: BodyDescription = {
  description: `The resources, at most ${maxBatchResources}.`,
  required: true,
  schema: {
    type: "object",
    required: ["resourceids"],
    properties: { resourceids: { type: "array", minItems: 1, maxItems: maxBatchResources, items: text } },
  },
  example: {
    resourceids: [
      "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers/Microsoft.Storage/storageAccounts/devstoreaccount1",
    ],
  },
};

/** The same in the body of a POST. */
export const metricsBody = {
  description: "What to ask for; the names are those of the GET.",
  required: false,
  schema: {
    type: "object",
    properties: {
      metricNames: text,
      metricNamespace: text,
      timespan: text,
      interval: text,
      autoAdjustTimegrain: flag,
      aggregation: text,
      filter: text,
      rollUpBy: text,
      top: { type: "integer" },
      orderBy: text,
      resultType: text,
      validateDimensions: flag,
    },
  },
  example: { metricNames: "Transactions", timespan: "PT1H", interval: "PT5M", filter: "ApiName eq '*'", top: 5 },
} as const satisfies BodyDescription;
