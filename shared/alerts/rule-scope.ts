import { foldId, formatResourceId, fullType, parseResourceId, type ResourceId } from "../arm/resource-id.js";

/** What a rule is about. */
export type RuleScope =
  | { readonly kind: "resource"; readonly subscriptionId: string; readonly resource: ResourceId }
  | { readonly kind: "resource-group"; readonly subscriptionId: string; readonly resourceGroup: string }
  | { readonly kind: "subscription"; readonly subscriptionId: string };

const group = /^\/?subscriptions\/([^/?#%\s]{1,64})(?:\/resourceGroups\/([^/?#%]{1,90}))?\/?$/i;

/** @returns undefined if the text is the id of no resource, resource group or subscription */
export function parseScope(text: string): RuleScope | undefined {
  const [, subscriptionId, resourceGroup] = group.exec(text) ?? [];
  if (subscriptionId !== undefined) {
    return resourceGroup === undefined
      ? { kind: "subscription", subscriptionId }
      : { kind: "resource-group", subscriptionId, resourceGroup };
  }
  const resource = parseResourceId(text);
  return resource === undefined ? undefined : { kind: "resource", subscriptionId: resource.subscriptionId, resource };
}

/** @returns whether a resource is the scope, or lies within it */
export function isWithin(scope: string, resourceId: string): boolean {
  const outer = foldId(scope).replace(/\/$/, "");
  const inner = foldId(resourceId);
  return inner === outer || inner.startsWith(`${outer}/`);
}

/** The type of the only resource of a rule; undefined if there are several, or if it is a group or subscription. */
export function typeOfSingleScope(scopes: readonly string[]): string | undefined {
  const [only, ...others] = scopes;
  const scope = only === undefined || others.length > 0 ? undefined : parseScope(only);
  return scope?.kind === "resource" ? fullType(scope.resource) : undefined;
}

/**
 * The resources that a rule watches, out of those there are.
 * @param known ids of resources that have metrics
 * @param type of the rule's target; undefined: any
 * @returns ids, each once; a resource that a rule names is there whether it is known or not
 */
export function resourcesInScopes(
  scopes: readonly string[],
  type: string | undefined,
  known: readonly string[],
): readonly string[] {
  const found = new Map<string, string>();
  const add = (id: string): void => {
    if (!found.has(foldId(id))) found.set(foldId(id), id);
  };
  for (const each of scopes) {
    const scope = parseScope(each);
    if (scope?.kind === "resource") add(formatResourceId(scope.resource));
    else if (scope !== undefined) {
      for (const id of known) {
        const resource = parseResourceId(id);
        const isOfType =
          resource !== undefined && (type === undefined || fullType(resource).toLowerCase() === type.toLowerCase());
        if (isOfType && isWithin(each, id)) add(id);
      }
    }
  }
  return [...found.values()];
}
