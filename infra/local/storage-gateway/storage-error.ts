import { randomUUID } from "node:crypto";
import { type Service } from "../../../shared/storage-analytics/log-entry.js";
import { type Answer } from "./interception.js";
import { indexHeaders } from "./raw-headers.js";

/** An error of the storage services, as the REST reference lists them ("Common REST API error codes"). */
export interface StorageError {
  readonly status: 400 | 401 | 403 | 413 | 503;
  readonly code: string;
  readonly message: string;
  /** More elements of the error document, such as `XmlNodeName`. */
  readonly details?: Readonly<Record<string, string>>;
  /** More headers, names and values alternating. */
  readonly headers?: readonly string[];
}

const reasons = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  413: "Request Entity Too Large",
  503: "Service Unavailable",
} as const;

/**
 * An error answer in the service's own shape ("Status and error codes"): `Error` with Code and Message for Blob and
 * Queue; for Table the OData form, as JSON where the caller accepts JSON.
 */
export function answerWithError(service: Service, error: StorageError, requestHeaders: readonly string[]): Answer {
  const headers = indexHeaders(requestHeaders);
  const requestId = randomUUID();
  const now = new Date();
  const message = `${error.message}\nRequestId:${requestId}\nTime:${now.toISOString()}`;
  const [contentType, text] = documentOf(service, error, message, headers.get("accept"));
  const body = Buffer.from(text);
  const version = headers.get("x-ms-version");
  const clientRequestId = headers.get("x-ms-client-request-id");
  return {
    status: error.status,
    reason: reasons[error.status],
    headers: [
      ...["Content-Length", String(body.length), "Content-Type", contentType],
      ...["Server", "Vigil-Storage-Gateway", "x-ms-request-id", requestId],
      ...(clientRequestId === undefined ? [] : ["x-ms-client-request-id", clientRequestId]),
      ...(version === undefined ? [] : ["x-ms-version", version]),
      ...["x-ms-error-code", error.code, "Date", now.toUTCString()],
      ...(error.headers ?? []),
    ],
    body,
  };
}

const xmlDeclaration = '<?xml version="1.0" encoding="utf-8"?>';

function documentOf(
  service: Service,
  { code, details = {} }: StorageError,
  message: string,
  accept: string | undefined,
): readonly [contentType: string, text: string] {
  const more = Object.entries(details).map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`);
  if (service !== "table") {
    const document = `<Error><Code>${code}</Code><Message>${escapeXml(message)}</Message>${more.join("")}</Error>`;
    return ["application/xml", xmlDeclaration + document];
  }
  if (accept !== undefined && /json/i.test(accept)) {
    const document = { "odata.error": { code, message: { lang: "en-US", value: message }, ...details } };
    return ["application/json;odata=minimalmetadata;streaming=true;charset=utf-8", JSON.stringify(document)];
  }
  const namespace = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata";
  const text = `<m:message xml:lang="en-US">${escapeXml(message)}</m:message>`;
  return [
    "application/xml;charset=utf-8",
    `${xmlDeclaration}<m:error xmlns:m="${namespace}"><m:code>${code}</m:code>${text}${more.join("")}</m:error>`,
  ];
}

export const escapeXml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
