import { armError, type ArmError } from "./arm-error.js";

/** Longest value of a parameter; a filter with a hundred values fits. */
export const maxParameterLength = 16_384;

/** Parameters by name in lower case; `$filter` and `filter` are one. */
export type QueryParameters = ReadonlyMap<string, string>;

/** Clients differ in the case of names, in `$`, and in whether they encode them. */
const nameOf = (name: string): string => name.toLowerCase().replace(/^\$/, "");

/**
 * Reads the parameters of a request.
 * @param query pairs, already percent-decoded (as `URLSearchParams` does)
 * @param body further parameters from a JSON body; the same one in both places is an error, as in Azure
 */
export function readQueryParameters(
  query: Iterable<readonly [string, string]>,
  body: Readonly<Record<string, unknown>> = {},
): { readonly kind: "parameters"; readonly parameters: QueryParameters } | ArmError {
  const parameters = new Map<string, string>();
  const values: (readonly [string, unknown])[] = [...query, ...Object.entries(body)];
  for (const [written, value] of values) {
    const name = nameOf(written);
    if (parameters.has(name)) return armError("BadRequest", `The parameter '${name}' is given more than once.`, name);
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") {
      return armError("BadRequest", `The parameter '${name}' should be a text.`, name);
    }
    const text = String(value);
    if (text.length > maxParameterLength) {
      return armError(
        "BadRequest",
        `The parameter '${name}' has ${text.length} characters; the limit is ${maxParameterLength}.`,
        name,
      );
    }
    parameters.set(name, text);
  }
  return { kind: "parameters", parameters };
}
