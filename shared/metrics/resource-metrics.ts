import { fullType, formatResourceId, type ResourceId } from "../arm/resource-id.js";
import { type MetricDefinition } from "./metric-definition.js";
import { findStorageNamespace, storageMetricDefinitions } from "./storage-metrics.js";

/** A resource that metrics are kept of. */
export interface ResourceMetrics {
  /** Of the resource, with its usual case. */
  readonly resourceType: string;
  /** Id of the storage account that it is, or belongs to; undefined for other resources. */
  readonly accountId: string;
  /** Metrics by namespace. */
  readonly definitions: ReadonlyMap<string, readonly MetricDefinition[]>;
}

/** @returns undefined for resources of a type, or with a name, that Vigil has no metrics of */
export function metricsOfResource(id: ResourceId): ResourceMetrics | undefined {
  const namespace = findStorageNamespace(fullType(id));
  if (namespace === undefined) return undefined;
  const [account = "", service] = id.names;
  if (service !== undefined && service.toLowerCase() !== "default") return undefined;
  const [type = ""] = id.type.split("/");
  return {
    resourceType: namespace,
    accountId: formatResourceId({ ...id, type, names: [account] }),
    definitions: new Map([[namespace, storageMetricDefinitions(namespace)]]),
  };
}
