import { armError, type ArmError } from "./arm-error.js";

const form = /^\d{4}-\d{2}-\d{2}(?:-(?:preview|alpha|beta|rc|privatepreview))?$/i;

/**
 * Checks the `api-version` of a request.
 * @param type that is asked for, such as `Microsoft.Insights/metrics`
 * @param supported versions, oldest first
 * @returns the version in lower case
 */
export function checkApiVersion(
  version: string | undefined,
  type: string,
  supported: readonly string[],
): { readonly kind: "version"; readonly version: string } | ArmError {
  if (version === undefined || version === "") {
    return armError(
      "MissingApiVersionParameter",
      "The api-version query parameter (?api-version=) is required for all requests.",
      "api-version",
    );
  }
  const known = `The supported api-versions are '${supported.join(", ")}'.`;
  if (!form.test(version)) {
    return armError("InvalidApiVersionParameter", `The api-version '${version}' is invalid. ${known}`, "api-version");
  }
  if (!supported.includes(version.toLowerCase())) {
    return armError(
      "NoRegisteredProviderFound",
      `No registered resource provider found for location 'global' and API version '${version}' for type '${type}'. ${known}`,
      "api-version",
    );
  }
  return { kind: "version", version: version.toLowerCase() };
}
