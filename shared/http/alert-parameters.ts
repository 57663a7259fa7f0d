import { checkApiVersion } from "../arm/api-version.js";
import { armError, type ArmError } from "../arm/arm-error.js";
import { readQueryParameters, type QueryParameters } from "../arm/query-parameters.js";
import type { Answer, Call, Ending } from "./answer.js";

/** A type of resource, and the api-versions that it is known in. */
export interface VersionedType {
  readonly type: string;
  readonly versions: readonly string[];
}

/** The answer to requests about a resource, once their version is one that Vigil speaks. */
export const answerVersioned =
  (of: VersionedType, answer: (call: Call, parameters: QueryParameters) => Promise<Ending>): Answer =>
  async (call) => {
    const read = readVersionedQuery(call.query, of);
    return read.kind === "arm-error" ? read : await answer(call, read.parameters);
  };

function readVersionedQuery(
  query: URLSearchParams,
  { type, versions }: VersionedType,
): { readonly kind: "parameters"; readonly parameters: QueryParameters } | ArmError {
  const read = readQueryParameters(query);
  if (read.kind === "arm-error") return read;
  const version = checkApiVersion(read.parameters.get("api-version"), type, versions);
  return version.kind === "arm-error" ? version : read;
}

/**
 * Whether a conditional request holds (RFC 9110 §13.1).
 * @param etag of what there is; undefined: nothing
 */
export function checkPreconditions(
  headers: { get(name: string): string | null },
  etag: string | undefined,
): ArmError | undefined {
  const ifMatch = headers.get("if-match");
  const ifNoneMatch = headers.get("if-none-match");
  const isOneOf = (list: string): boolean =>
    etag !== undefined && (list.trim() === "*" || list.split(/,\s*(?=(?:W\/)?")/).some((each) => each.trim() === etag));
  if (ifMatch !== null && !isOneOf(ifMatch)) {
    const is = etag === undefined ? "there is none" : "it has changed since";
    return armError("PreconditionFailed", `If-Match does not hold: ${is}. Read it again.`, "If-Match");
  }
  if (ifNoneMatch !== null && isOneOf(ifNoneMatch)) {
    return armError("PreconditionFailed", "If-None-Match does not hold: it is there already.", "If-None-Match");
  }
  return undefined;
}
