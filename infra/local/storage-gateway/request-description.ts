import { type Authentication, readAuthentication } from "./authentication.js";
import { type Exchange } from "./exchange.js";
import { classifyRequest, type Operation } from "./operation-matchers.js";
import { type Headers, indexHeaders } from "./raw-headers.js";
import { parseRequestAddress, type RequestAddress, type Resource } from "./request-address.js";
import { errorCodeOf, type Outcome } from "./request-status.js";

/** An exchange, read: what it asked for, on whose authority, and how it ended. */
export interface RequestDescription {
  readonly exchange: Exchange;
  readonly requestHeaders: Headers;
  readonly responseHeaders: Headers;
  readonly address: RequestAddress;
  readonly operation: Operation;
  readonly resource: Resource;
  readonly authentication: Authentication;
  /** Effective x-ms-version, `""` if neither side names one. */
  readonly version: string;
  readonly outcome: Outcome;
}

/** Reads an exchange; everything about it that more than one field or decision needs. */
export function describeRequest(exchange: Exchange): RequestDescription {
  const requestHeaders = indexHeaders(exchange.requestHeaders);
  const responseHeaders = indexHeaders(exchange.responseHeaders);
  const address = parseRequestAddress(exchange.service, exchange.target, requestHeaders.get("host") ?? "");
  const { operation, resource } = classifyRequest(exchange.service, {
    method: exchange.method,
    address,
    headers: requestHeaders,
  });
  const endToEndMs = Math.max(0, exchange.endedAt - exchange.startedAt);
  return {
    exchange,
    requestHeaders,
    responseHeaders,
    address,
    operation,
    resource: nameByBody(operation.name, resource, exchange.requestBody),
    authentication: readAuthentication(requestHeaders, address.query),
    version: effectiveVersion(requestHeaders, responseHeaders, address.query),
    outcome: {
      ending: exchange.ending,
      status: exchange.status,
      errorCode: errorCodeOf(responseHeaders),
      endToEndMs,
      serverMs: Math.min(endToEndMs, Math.max(0, endToEndMs - exchange.waitedForClientMs)),
    },
  };
}

/** `x-ms-version`, else what a SAS says; a request without any is served in the version that the response names. */
function effectiveVersion(request: Headers, response: Headers, query: RequestAddress["query"]): string {
  const candidates = [
    request.get("x-ms-version"),
    query.get("api-version"),
    query.get("sv"),
    response.get("x-ms-version"),
  ];
  return candidates.find((version) => version !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(version)) ?? "";
}

/** Create Table and Insert Entity name their target in the body alone; without it the path has to do. */
export function nameByBody(operation: string, resource: Resource, body: Uint8Array | string | undefined): Resource {
  if (body === undefined) return resource;
  if (operation === "CreateTable") {
    const { TableName: table } = parseJsonObject(body);
    return typeof table === "string" ? { kind: "table", table } : resource;
  }
  if (operation === "InsertEntity" && resource.kind === "table") {
    const { PartitionKey: partitionKey, RowKey: rowKey } = parseJsonObject(body);
    return typeof partitionKey === "string" && typeof rowKey === "string"
      ? { kind: "entity", table: resource.table, partitionKey, rowKey }
      : resource;
  }
  return resource;
}

/** @returns an empty object for anything that is no JSON object */
function parseJsonObject(body: Uint8Array | string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(typeof body === "string" ? body : new TextDecoder().decode(body));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
