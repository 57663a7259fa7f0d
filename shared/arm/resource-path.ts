import type { ResourceId } from "./resource-id.js";

const resource = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}/providers/{provider}/{type}/{name}";

/** How routes are written that are about a resource, or about one that belongs to another. */
export const resourcePaths = [resource, `${resource}/{childType}/{childName}`] as const;

/** Parameters of a path by name, decoded: the access check and the data access get the same texts. */
export type PathValues = Readonly<Record<string, string>>;

/** The resource that a path of {@link resourcePaths} is about. */
export function resourceOfPath(values: PathValues): ResourceId {
  const of = (name: string): string => values[name] ?? "";
  const isChild = values["childType"] !== undefined;
  return {
    subscriptionId: of("subscriptionId"),
    resourceGroup: of("resourceGroup"),
    provider: of("provider"),
    type: isChild ? `${of("type")}/${of("childType")}` : of("type"),
    names: isChild ? [of("name"), of("childName")] : [of("name")],
  };
}
