import { type MetricDefinition, grainsFrom } from "./metric-definition.js";

/** The resource types, and metric namespaces, of Azure Storage that Vigil has metrics of. */
export const storageNamespaces = [
  "Microsoft.Storage/storageAccounts",
  "Microsoft.Storage/storageAccounts/blobServices",
  "Microsoft.Storage/storageAccounts/queueServices",
  "Microsoft.Storage/storageAccounts/tableServices",
] as const;
export type StorageNamespace = (typeof storageNamespaces)[number];

const common = ["GeoType", "ApiName", "Authentication"];

function requestMetrics(tiers: readonly string[]): readonly MetricDefinition[] {
  const dimensions = [...common, ...tiers];
  const grains = grainsFrom("PT1M");
  const spread = ["Average", "Minimum", "Maximum"] as const;
  return [
    {
      name: "Transactions",
      label: "Transactions",
      description:
        "Requests to the storage service, successful ones and those that failed. ResponseType tells them apart.",
      metricClass: "Transactions",
      unit: "Count",
      primaryAggregation: "Total",
      aggregations: ["Total"],
      grains,
      dimensions: ["ResponseType", ...common, "TransactionType", ...tiers],
    },
    {
      name: "Ingress",
      label: "Ingress",
      description: "Bytes of requests that reached the storage service, headers included.",
      metricClass: "Saturation",
      unit: "Bytes",
      primaryAggregation: "Total",
      aggregations: ["Total", ...spread],
      grains,
      dimensions,
    },
    {
      name: "Egress",
      label: "Egress",
      description: "Bytes of answers of the storage service, headers included; not the egress that is billed.",
      metricClass: "Saturation",
      unit: "Bytes",
      primaryAggregation: "Total",
      aggregations: ["Total", ...spread],
      grains,
      dimensions,
    },
    {
      name: "SuccessServerLatency",
      label: "Success Server Latency",
      description: "Time that the storage service worked on a successful request, without waiting for the network.",
      metricClass: "Latency",
      unit: "MilliSeconds",
      primaryAggregation: "Average",
      aggregations: spread,
      grains,
      dimensions,
    },
    {
      name: "SuccessE2ELatency",
      label: "Success E2E Latency",
      description: "Time from the first byte of a successful request to the last one of its answer.",
      metricClass: "Latency",
      unit: "MilliSeconds",
      primaryAggregation: "Average",
      aggregations: spread,
      grains,
      dimensions,
    },
    {
      name: "Availability",
      label: "Availability",
      description:
        "Share of billable requests among these and those that failed in the service; throttled ones are neither.",
      metricClass: "Availability",
      unit: "Percent",
      primaryAggregation: "Average",
      aggregations: spread,
      grains,
      dimensions,
    },
  ];
}

const capacityMetric = (
  name: string,
  label: string,
  unit: "Bytes" | "Count",
  description: string,
  dimensions: readonly string[] = [],
): MetricDefinition => ({
  name,
  label,
  description,
  metricClass: "Saturation",
  unit,
  primaryAggregation: "Average",
  aggregations: ["Average", "Minimum", "Maximum"],
  grains: grainsFrom("PT1H"),
  dimensions,
});

const blobDimensions = ["BlobType", "Tier"];

/** All metrics by namespace; the first one is what a request without names gets. Source: reference §4.3. */
const definitions: Readonly<Record<StorageNamespace, readonly MetricDefinition[]>> = {
  "Microsoft.Storage/storageAccounts": [
    ...requestMetrics([]),
    capacityMetric("UsedCapacity", "Used capacity", "Bytes", "Bytes that the services of the account hold together."),
  ],
  "Microsoft.Storage/storageAccounts/blobServices": [
    ...requestMetrics(["Tier"]),
    capacityMetric("BlobCapacity", "Blob Capacity", "Bytes", "Bytes of all blobs, snapshots included.", blobDimensions),
    capacityMetric("BlobCount", "Blob Count", "Count", "Blobs, snapshots included.", blobDimensions),
    capacityMetric(
      "BlobProvisionedSize",
      "Blob Provisioned Size",
      "Bytes",
      "Bytes provisioned; premium page blobs only.",
      blobDimensions,
    ),
    capacityMetric("ContainerCount", "Blob Container Count", "Count", "Containers.", ["AccessLevel"]),
    capacityMetric(
      "IndexCapacity",
      "Index Capacity",
      "Bytes",
      "Bytes of the hierarchical index; accounts with one only.",
    ),
    capacityMetric(
      "ContainerBlobCount",
      "Container Blob Count",
      "Count",
      "Blobs of a container; a paid tier of Azure.",
      ["ContainerName", ...blobDimensions],
    ),
    capacityMetric("ContainerUsedSize", "Container Used Size", "Bytes", "Bytes of a container; a paid tier of Azure.", [
      "ContainerName",
      ...blobDimensions,
    ]),
  ],
  "Microsoft.Storage/storageAccounts/queueServices": [
    ...requestMetrics([]),
    capacityMetric("QueueCapacity", "Queue Capacity", "Bytes", "Bytes of all queues."),
    capacityMetric("QueueCount", "Queue Count", "Count", "Queues."),
    capacityMetric("QueueMessageCount", "Queue Message Count", "Count", "Messages that have not expired."),
  ],
  "Microsoft.Storage/storageAccounts/tableServices": [
    ...requestMetrics([]),
    capacityMetric("TableCapacity", "Table Capacity", "Bytes", "Bytes of all tables."),
    capacityMetric("TableCount", "Table Count", "Count", "Tables."),
    capacityMetric("TableEntityCount", "Table Entity Count", "Count", "Entities."),
  ],
};

/** A namespace of storage by its name, without case. */
export const findStorageNamespace = (name: string): StorageNamespace | undefined =>
  storageNamespaces.find((namespace) => namespace.toLowerCase() === name.toLowerCase());

export const storageMetricDefinitions = (namespace: StorageNamespace): readonly MetricDefinition[] =>
  definitions[namespace];

/** The resources whose requests are those of an account, with their namespaces. */
export const servicesOfAccount = (
  accountId: string,
): readonly { readonly resourceId: string; readonly namespace: StorageNamespace }[] =>
  (["blobServices", "queueServices", "tableServices"] as const).map((service) => ({
    resourceId: `${accountId}/${service}/default`,
    namespace: `Microsoft.Storage/storageAccounts/${service}` as const,
  }));
