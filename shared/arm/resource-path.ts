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

/** Types of Vigil's own resources, by the parameter that names one in a path. */
const ownTypes = {
  ruleName: { provider: "Microsoft.Insights", type: "metricAlerts" },
  actionGroupName: { provider: "Microsoft.Insights", type: "actionGroups" },
  processingRuleName: { provider: "Microsoft.AlertsManagement", type: "actionRules" },
} as const;

/**
 * The rule or group that a path is about; reading it decides access and finds the data alike.
 * @throws for a path that names none, which no route is written like
 */
export function ownResourceOfPath(values: PathValues): ResourceId {
  for (const [parameter, { provider, type }] of Object.entries(ownTypes)) {
    const name = values[parameter];
    if (name === undefined) continue;
    const { subscriptionId = "", resourceGroup = "" } = values;
    return { subscriptionId, resourceGroup, provider, type, names: [name] };
  }
  throw new Error("finding the resource of a path: it names no rule and no group");
}
