import { armError, type ArmError } from "../arm/arm-error.js";
import { formatResourceId, fullType, isSameResource, type ResourceId } from "../arm/resource-id.js";
import { type MetricDefinition } from "./metric-definition.js";
import {
  findStorageNamespace,
  servicesOfAccount,
  storageMetricDefinitions,
  storageNamespaces,
  type StorageNamespace,
} from "./storage-metrics.js";

/** A resource that Vigil has metrics of. */
export interface ResourceMetrics {
  /** As the caller wrote it, with a leading slash. */
  readonly resourceId: string;
  /** Its type with its usual case: the namespace of its metrics. */
  readonly resourceType: StorageNamespace;
  /** Metrics by namespace. */
  readonly definitions: ReadonlyMap<string, readonly MetricDefinition[]>;
}

/**
 * What there is to ask about a resource.
 * @param accountIds of the monitored storage accounts
 */
export function metricsOfResource(
  id: ResourceId,
  accountIds: readonly string[],
): ({ readonly kind: "found" } & ResourceMetrics) | ArmError {
  const resourceType = findStorageNamespace(fullType(id));
  const [account = "", service = "default"] = id.names;
  const [type = ""] = id.type.split("/");
  const accountId = formatResourceId({ ...id, type, names: [account] });
  const isKnown = service.toLowerCase() === "default" && accountIds.some((each) => isSameResource(each, accountId));
  if (resourceType === undefined || !isKnown) {
    return armError(
      "ResourceNotFound",
      `The Resource '${fullType(id)}/${id.names.join("/")}' under resource group '${id.resourceGroup}' was not found. Vigil has metrics of the storage accounts in VIGIL_ACCOUNTS, and of their services blobServices/default, queueServices/default and tableServices/default.`,
    );
  }
  return { kind: "found", resourceId: formatResourceId(id), resourceType, definitions: definitionsOf([resourceType]) };
}

/** Metrics by namespace. */
export const definitionsOf = (namespaces: readonly StorageNamespace[] = storageNamespaces) =>
  new Map<string, readonly MetricDefinition[]>(namespaces.map((each) => [each, storageMetricDefinitions(each)]));

/** The resource of an account that has the metrics of a namespace. */
export const resourceInAccount = (accountId: string, namespace: string): string =>
  servicesOfAccount(accountId).find((service) => service.namespace === namespace)?.resourceId ?? accountId;

/** A namespace by its name, without case; the message of the error names those there are. */
export function findNamespace(definitions: ResourceMetrics["definitions"], wanted: string): string | ArmError {
  const known = [...definitions.keys()];
  return (
    known.find((each) => each.toLowerCase() === wanted.toLowerCase()) ??
    armError(
      "BadRequest",
      `Metric namespace '${wanted}' is not one of this resource. Valid namespaces: ${known.join(", ")}.`,
      "metricnamespace",
    )
  );
}
