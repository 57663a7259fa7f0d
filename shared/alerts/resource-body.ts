import { armError, type ArmError } from "../arm/arm-error.js";

/** The members of a JSON object. */
export type Members = Readonly<Record<string, unknown>>;

export const isMembers = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A member by its name, without case. */
export const memberOf = (body: Members, name: string): unknown =>
  Object.entries(body).find(([written]) => written.toLowerCase() === name.toLowerCase())?.[1];

/** For a body that is no object, or lacks `properties`. */
export const noProperties = armError("InvalidRequestContent", "The body must be a JSON object with 'properties'.");

/** What Azure Resource Manager itself looks for in the body of a PUT, before a provider sees it. */
export function checkPutBody(body: unknown): ArmError | undefined {
  if (!isMembers(body)) return noProperties;
  const location = memberOf(body, "location");
  if (location === undefined || location === null || location === "") {
    return armError("LocationRequired", "The location property is required for this definition.", "location");
  }
  return isMembers(memberOf(body, "properties")) ? undefined : noProperties;
}

/** The `properties` of a PATCH; none is an empty object. */
export function patchedProperties(body: Members): { readonly kind: "members"; readonly members: Members } | ArmError {
  const written = memberOf(body, "properties") ?? {};
  if (isMembers(written)) return { kind: "members", members: written };
  return armError("InvalidRequestContent", "The property 'properties' of the body must be an object.", "properties");
}

/** The members of a patch in place of those with the same name in another case. */
export function mergeMembers(stored: object, patch: Members, except: readonly string[] = []): Members {
  const changes = Object.entries(patch).filter(([name]) => !except.includes(name.toLowerCase()));
  const changed = new Set(changes.map(([name]) => name.toLowerCase()));
  const kept = Object.entries(stored).filter(([name]) => !changed.has(name.toLowerCase()));
  return Object.fromEntries([...kept, ...changes]);
}
