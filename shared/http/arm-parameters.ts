import { checkApiVersion } from "../arm/api-version.js";
import { armError, type ArmError } from "../arm/arm-error.js";
import { readQueryParameters, type QueryParameters } from "../arm/query-parameters.js";
import { metricsApiVersions, type MetricsApi } from "../metrics/metrics-api-versions.js";
import type { Call } from "./answer.js";
import { readJsonBody } from "./json-body.js";

type Read = { readonly kind: "parameters"; readonly parameters: QueryParameters } | ArmError;

/** Parameters of the query and of the body, once the version is one that Vigil speaks. */
export async function readArmParameters(call: Call, api: MetricsApi): Promise<Read> {
  if (call.request.method !== "POST") return readArmQuery(call, api);
  const body = await readJsonBody(call.request);
  if (body.kind === "arm-error") return body;
  const given = body.value ?? {};
  if (typeof given !== "object" || Array.isArray(given)) {
    return armError("InvalidRequestContent", 'The body should be an object, such as {"metricNames":"Transactions"}.');
  }
  return readArmQuery(call, api, given as Readonly<Record<string, unknown>>);
}

/** Parameters of the query, for requests whose body holds something else. */
export function readArmQuery({ query }: Call, api: MetricsApi, body: Readonly<Record<string, unknown>> = {}): Read {
  const read = readQueryParameters(query, body);
  if (read.kind === "arm-error") return read;
  const { type, versions } = metricsApiVersions[api];
  const version = checkApiVersion(read.parameters.get("api-version"), type, versions);
  return version.kind === "arm-error" ? version : read;
}
