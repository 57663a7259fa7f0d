import type { ParameterProblem, RequestFilter } from "../storage-analytics/request-filter.js";
import { filterParameters, parseRequestFilter } from "../storage-analytics/request-filter.js";
import { maxPageSize, parseContinuationToken, type RequestPlace } from "../storage-analytics/request-page.js";
import { usageGroupings } from "../storage-analytics/usage.js";
import { problem, type HttpProblem } from "./error-catalogue.js";
import { choiceParameter, integerParameter } from "./query-parameters.js";
import type { RowMediaType } from "./representation.js";
import { parseQuery, unsupported, type QueryParameter, type QueryParameters, type QueryValues } from "./query.js";

/** How a parameter that `parseRequestFilter` reads is described. */
export interface FilterDescription {
  readonly description: string;
  readonly schema: Readonly<Record<string, unknown>>;
  readonly example: string;
}

const text = { type: "string" };
const list = (about: string): string => `${about} Several values, separated by commas: any of them.`;

/** The filters of requests and usage; names and order are those of `filterParameters`. */
export const filterDescriptions: Readonly<Record<(typeof filterParameters)[number], FilterDescription>> = {
  from: {
    description: "Start of the request, inclusive: a time, or a UTC day.",
    schema: text,
    example: "2026-01-31T08:00:00Z",
  },
  to: { description: "Start of the request, exclusive. Default: now.", schema: text, example: "2026-01-31T09:00:00Z" },
  operation: { description: list("Operation as logged, such as `GetBlob`."), schema: text, example: "GetBlob,PutBlob" },
  status: {
    description: list("Request status as logged, such as `SASSuccess` or `BlobNotFound`."),
    schema: text,
    example: "AuthorizationError",
  },
  httpStatus: { description: list("HTTP status: `404`, `4xx` or `Unknown`."), schema: text, example: "4xx" },
  authentication: {
    description: list("`authenticated`, `sas`, `anonymous` or `bearer`."),
    schema: text,
    example: "anonymous",
  },
  clientIp: { description: "Client address, or a range of them.", schema: text, example: "10.0.0.0/8" },
  pathPrefix: {
    description: "Start of the object key, `/account/container/…`.",
    schema: text,
    example: "/devstoreaccount1/demo/",
  },
  clientRequestId: { description: "The client's own id of the request.", schema: text, example: "my-request-1" },
  minLatencyMs: {
    description: "Least end-to-end latency in milliseconds.",
    schema: { type: "integer", minimum: 0 },
    example: "100",
  },
};

/** Entries of a page of JSON where the caller gives no `limit`. NDJSON and CSV are for programs: as many as there can be. */
export const defaultPageSize = 100;

export const pageSize = (limit: number | undefined, type: RowMediaType): number =>
  limit ?? (type === "application/json" ? defaultPageSize : maxPageSize);

const continuation: QueryParameter<RequestPlace> = {
  description: "Where to go on: opaque, from the `nextLink` of the answer before.",
  expected: "the continuation of an earlier answer, unchanged",
  schema: text,
  example: "WzEsIjIwMjYtMDEtMzFUMDg6MDA6MDAuMDAwMDAwMFoiLCIwIiwwXQ",
  parse: (token) => {
    const outcome = parseContinuationToken(token);
    return outcome.kind === "place" ? outcome.place : undefined;
  },
};

/** Parameters of `…/requests` besides the filters. */
export const pageParameters = {
  limit: integerParameter("Entries of a page.", 1, maxPageSize, defaultPageSize),
  continuation,
};

/** Parameters of `…/usage` besides the filters. */
export const usageParameters = {
  by: { ...choiceParameter("What to group by.", usageGroupings, "operation"), required: true as const },
  pathDepth: integerParameter(
    "With `by=path`: segments of the object key that make a group; 2 for containers, queues and tables.",
    1,
    20,
    2,
  ),
};

export type FilteredQuery<P extends QueryParameters> =
  { readonly kind: "query"; readonly filter: RequestFilter; readonly values: QueryValues<P> } | HttpProblem;

/** Reads the filters of a query, and the other parameters of its route. */
export function parseFilteredQuery<P extends QueryParameters>(query: URLSearchParams, others: P): FilteredQuery<P> {
  const otherNames = Object.keys(others);
  const known: readonly string[] = [...filterParameters, ...otherNames];
  const unknown = [...query.keys()].find((name) => !known.includes(name));
  if (unknown !== undefined) return unsupported(unknown, known);
  // an empty value counts as absent, for every parameter alike
  const given = new URLSearchParams([...query].filter(([, value]) => value !== ""));
  const outcome = parseRequestFilter(given);
  if (outcome.kind === "invalid") return filterProblem(outcome.problems);
  const own = parseQuery(new URLSearchParams([...given].filter(([name]) => otherNames.includes(name))), others);
  return own.kind === "query" ? { kind: "query", filter: outcome.filter, values: own.values } : own;
}

function filterProblem([first]: readonly ParameterProblem[]): HttpProblem {
  if (first === undefined) throw new Error("reading a filter: it is invalid without a problem");
  const { parameter, message } = first;
  return problem("InvalidQueryParameterValue", `The query parameter ${parameter} ${message}.`, parameter);
}
