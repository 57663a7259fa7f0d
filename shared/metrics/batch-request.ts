import { armError, type ArmError } from "../arm/arm-error.js";
import { fullType, parseResourceId, type ResourceId } from "../arm/resource-id.js";

/** Resources in one batch. Azure's limit. */
export const maxBatchResources = 50;

/**
 * Resources of a batch request: of one subscription and one type, as Azure wants it.
 * @param body parsed JSON; the key is `resourceids`, whatever its case
 * @param subscriptionId of the request's path
 */
export function readBatchBody(
  body: unknown,
  subscriptionId: string,
): { readonly kind: "resources"; readonly ids: readonly ResourceId[] } | ArmError {
  const given: unknown =
    typeof body === "object" && body !== null
      ? Object.entries(body).find(([name]) => name.toLowerCase() === "resourceids")?.[1]
      : undefined;
  if (!Array.isArray(given) || !given.every((id): id is string => typeof id === "string")) {
    return armError("InvalidRequestContent", 'The body should be {"resourceids":["/subscriptions/…"]}.', "resourceids");
  }
  const wrong = (message: string): ArmError => armError("BadRequest", message, "resourceids");
  if (given.length === 0 || given.length > maxBatchResources) {
    return wrong(`A batch has 1 to ${maxBatchResources} resources; this one has ${given.length}.`);
  }
  const ids: ResourceId[] = [];
  for (const [index, text] of given.entries()) {
    const id = parseResourceId(text);
    if (id === undefined) {
      return wrong(
        `resourceids[${index}] is no resource id: /subscriptions/{id}/resourceGroups/{name}/providers/{provider}/{type}/{name}.`,
      );
    }
    if (id.subscriptionId.toLowerCase() !== subscriptionId.toLowerCase()) {
      return wrong(
        `resourceids[${index}] is not in the subscription of the request, which all resources have to be in.`,
      );
    }
    const [first = id] = ids;
    if (fullType(id).toLowerCase() !== fullType(first).toLowerCase()) {
      return wrong(
        `resourceids[${index}] is a ${fullType(id)}; all resources of a batch have one type, here ${fullType(first)}.`,
      );
    }
    ids.push(id);
  }
  return { kind: "resources", ids };
}
