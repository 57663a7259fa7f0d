import { type IncomingMessage } from "node:http";

import { type HttpData, type NullableString, type TypedData } from "../app/core-types.js";
import { type RequestTarget, readQuery } from "./request-path.js";
import { type RouteValues } from "./route-match.js";

/** What the host knows of a request before a function runs. */
export type HttpRequestFacts = {
  /** Upper case. */
  readonly method: string;
  readonly scheme: "http" | "https";
  /** Host header as sent. */
  readonly host: string;
  readonly target: RequestTarget;
  /** Lower-case names; several values joined with a comma (§6.4). */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
};

export function readRequest(request: IncomingMessage, target: RequestTarget): HttpRequestFacts {
  const headers: Record<string, string> = {};
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    // several Cookie lines are one list of pairs; every other header is a comma list
    if (values !== undefined) headers[name] = values.join(name === "cookie" ? "; " : ",");
  }
  return {
    method: (request.method ?? "GET").toUpperCase(),
    scheme: "encrypted" in request.socket ? "https" : "http",
    host: request.headers.host ?? "localhost",
    target,
    headers,
    query: readQuery(target.query),
  };
}

/** The URL a handler sees. */
export function requestUrl(facts: HttpRequestFacts): string {
  return `${facts.scheme}://${facts.host}${facts.target.encodedPath}${facts.target.query}`;
}

/** A whole request as the real host sends it to the worker (§6.4).
 * @param body undefined when there was no Content-Length above zero
 */
export function toHttpData(facts: HttpRequestFacts, params: RouteValues, body: Buffer | undefined): HttpData {
  return {
    method: facts.method,
    url: requestUrl(facts),
    headers: {},
    query: {},
    params: {},
    nullableHeaders: nullable(facts.headers),
    nullableQuery: nullable(facts.query),
    nullableParams: nullable(params),
    ...(body === undefined ? {} : { body: { bytes: body } }),
  };
}

function nullable(values: Readonly<Record<string, string>>): Record<string, NullableString> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]));
}

/** Binding data of an HTTP trigger: top-level properties of a JSON body, query, route, `Headers` and `Query` (§6.6, §9.1). */
export function httpBindingData(
  facts: HttpRequestFacts,
  params: RouteValues,
  body: Buffer | undefined,
): Readonly<Record<string, unknown>> {
  return { ...jsonProperties(facts, body), ...facts.query, ...params, Headers: facts.headers, Query: facts.query };
}

/** Trigger metadata of a streamed request, from which the library takes headers and `params` (§6.6). */
export function streamingMetadata(bindingData: Readonly<Record<string, unknown>>): Record<string, TypedData> {
  const metadata: Record<string, TypedData> = {};
  for (const [name, value] of Object.entries(bindingData)) {
    if (typeof value === "string") metadata[name] = { string: value };
    else if (value !== null && value !== undefined) metadata[name] = { json: JSON.stringify(value) };
  }
  return metadata;
}

export function isJson(headers: Readonly<Record<string, string>>): boolean {
  return /^\s*(?:application|text)\/(?:[\w.+-]*\+)?json\b/i.test(headers["content-type"] ?? "");
}

function jsonProperties(facts: HttpRequestFacts, body: Buffer | undefined): Record<string, unknown> {
  if (body === undefined || !isJson(facts.headers)) return {};
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {}; // not JSON after all: the handler will say so, binding data just lacks it
  }
}
