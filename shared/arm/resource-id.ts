/** An ARM resource id, parsed. Everything compares without case and is kept as it was written. */
export interface ResourceId {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  /** `Microsoft.Storage` */
  readonly provider: string;
  /** `storageAccounts/blobServices` */
  readonly type: string;
  /** One for each segment of `type`. */
  readonly names: readonly string[];
}

/** Longest id; Azure's own limit for a URL path is below. */
export const maxResourceIdLength = 2_048;
const segmentForm = /^[^/?#\\%<>*&:\u0000-\u001f\u007f]+$/;

/**
 * Reads `/subscriptions/{s}/resourceGroups/{g}/providers/{provider}/{type}/{name}[/{type}/{name}…]`, decoded. Clients send
 * it with one leading slash, with two, or without.
 * @returns undefined if it is no id of a resource in a resource group
 */
export function parseResourceId(text: string): ResourceId | undefined {
  if (text.length > maxResourceIdLength) return undefined;
  const segments = text.replace(/^\/+/, "").replace(/\/$/, "").split("/");
  if (!segments.every((segment) => segmentForm.test(segment) && segment !== "." && segment !== "..")) return undefined;
  const [subscriptions, subscriptionId, groups, resourceGroup, providers, provider, ...rest] = segments;
  const is = (segment: string | undefined, name: string): boolean => segment?.toLowerCase() === name;
  if (!is(subscriptions, "subscriptions") || !is(groups, "resourcegroups") || !is(providers, "providers"))
    return undefined;
  if (subscriptionId === undefined || resourceGroup === undefined || provider === undefined) return undefined;
  if (rest.length === 0 || rest.length % 2 !== 0) return undefined;
  const type = rest.filter((_, index) => index % 2 === 0).join("/");
  return { subscriptionId, resourceGroup, provider, type, names: rest.filter((_, index) => index % 2 === 1) };
}

/** @returns the id with a leading slash */
export function formatResourceId({ subscriptionId, resourceGroup, provider, type, names }: ResourceId): string {
  const pairs = type.split("/").map((each, index) => `${each}/${names[index] ?? ""}`);
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/${provider}/${pairs.join("/")}`;
}

/** `Microsoft.Storage/storageAccounts/blobServices` */
export const fullType = ({ provider, type }: ResourceId): string => `${provider}/${type}`;

export const isSameResource = (left: string, right: string): boolean => foldId(left) === foldId(right);

/**
 * An id as it compares: without leading slashes and without case. Only ASCII is folded, as where access is decided:
 * letters that are two for Azure are two here.
 */
export const foldId = (id: string): string =>
  id.replace(/^\/+/, "").replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
