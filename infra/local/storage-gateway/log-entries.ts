import { type LogEntry, type LogVersion } from "../../../shared/storage-analytics/log-entry.js";
import { type TokenFields } from "../storage-tokens/token-fields.js";
import { formatConditions } from "./conditions.js";
import { type Exchange } from "./exchange.js";
import { formatLastModified, neutralize, toBare } from "./field-text.js";
import { formatStartTime } from "./http-dates.js";
import { formatCopySourceKey, formatObjectKey } from "./object-key.js";
import { type Headers } from "./raw-headers.js";
import { describeRequest, type RequestDescription } from "./request-description.js";
import { formatRequestStatus } from "./request-status.js";
import { redactSignatures } from "./signature-redaction.js";
import { subOperations } from "./sub-operations.js";

export interface EntryOptions {
  readonly version: LogVersion;
  /** GUID for an exchange that brought none: it broke, or the emulator answered with a constant. */
  readonly newRequestId: () => string;
}

const noToken: TokenFields = {
  userObjectId: "",
  tenantId: "",
  applicationId: "",
  audience: "",
  issuer: "",
  userPrincipalName: "",
  authorizationDetail: "",
};

/** Characters of `Referer` and `x-ms-client-request-id` that are kept. */
export const maxHeaderFieldLength = 1024;

const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Operations for which the service computes an MD5 of what it received. */
const hashing = new Set(["PutBlob", "PutBlock", "PutPage", "AppendBlock"]);

/** Operations that return many objects: they have no ETag and no last-modified time in the log. */
const plural = new Set([
  ...["ListContainers", "ListBlobs", "FindBlobsByTags", "ListQueues", "QueryTables", "QueryEntities"],
  ...["GetMessage", "GetMessages", "PeekMessage", "PeekMessages", "EntityGroupTransaction", "SubmitBatch"],
]);

/**
 * All log entries of one exchange, operation 0 first: one for most requests, three for a copy, one more for each
 * operation in a batch (reference §1.9).
 */
export const describeExchange = (exchange: Exchange, options: EntryOptions): readonly LogEntry[] =>
  entriesOf(describeRequest(exchange), options);

/** @param request as `describeRequest` read it */
export function entriesOf(request: RequestDescription, options: EntryOptions): readonly LogEntry[] {
  const main = mainEntry(request, options);
  const source = request.requestHeaders.get("x-ms-copy-source");
  if (request.operation.name === "CopyBlob" && source !== undefined) {
    const part = { ...main, etagIdentifier: "", lastModifiedTime: "" };
    const sourceKey = formatCopySourceKey(neutralize(source), request.version);
    return [
      main,
      { ...part, operationType: "CopyBlobSource", operationCount: 1, requestedObjectKey: sourceKey },
      { ...part, operationType: "CopyBlobDestination", operationCount: 2 },
    ];
  }
  return [main, ...subOperations(request).map((operation) => ({ ...main, ...operation }))];
}

function mainEntry(request: RequestDescription, options: EntryOptions): LogEntry {
  const { exchange, requestHeaders, responseHeaders, address, operation, authentication, outcome } = request;
  // anybody may paste a URL with a SAS into any header
  const text = (name: string): string => {
    const value = requestHeaders.get(name) ?? "";
    return value === "" ? "" : redactSignatures(neutralize(value));
  };
  const requestId = responseHeaders.get("x-ms-request-id") ?? "";
  const many = plural.has(operation.name);
  const etag = many ? "" : neutralize(responseHeaders.get("etag") ?? "");
  const requestMd5 = text("content-md5") || text("x-ms-content-md5");
  const succeeded = exchange.status !== undefined && exchange.status < 300;
  const token = options.version === "2.0" ? (exchange.token ?? noToken) : noToken;
  return {
    version: options.version,
    requestStartTime: formatStartTime(exchange.startedAt),
    operationType: operation.name,
    requestStatus: formatRequestStatus(outcome, authentication.type, request.version),
    httpStatusCode: exchange.status?.toString() ?? "Unknown",
    endToEndLatencyMs: Math.floor(outcome.endToEndMs),
    serverLatencyMs: Math.floor(outcome.serverMs),
    authenticationType: authentication.type,
    requesterAccountName: requesterOf(request),
    ownerAccountName: toBare(address.account),
    serviceType: exchange.service,
    requestUrl: formatRequestUrl(exchange, requestHeaders),
    requestedObjectKey: formatObjectKey(address.account, request.resource),
    requestIdHeader: guid.test(requestId) ? requestId.toLowerCase() : options.newRequestId(),
    operationCount: 0,
    requesterIpAddress: formatClient(exchange.clientAddress, exchange.clientPort),
    requestVersionHeader: request.version,
    requestHeaderSize: exchange.requestHeaderSize,
    requestPacketSize: exchange.requestBodySize,
    responseHeaderSize: exchange.responseHeaderSize,
    responsePacketSize: exchange.responseBodySize,
    requestContentLength: contentLengthOf(requestHeaders) ?? exchange.requestBodySize,
    requestMd5,
    // where the service does not name it, it is the client's: it would have refused a wrong one
    serverMd5:
      succeeded && hashing.has(operation.name)
        ? neutralize(responseHeaders.get("content-md5") ?? exchange.bodyMd5 ?? requestMd5)
        : "",
    etagIdentifier: etag,
    lastModifiedTime: many ? "" : formatLastModified(responseHeaders.get("last-modified"), etag),
    conditionsUsed: neutralize(formatConditions(requestHeaders)),
    userAgentHeader: text("user-agent"),
    referrerHeader: text("referer").slice(0, maxHeaderFieldLength),
    clientRequestId: text("x-ms-client-request-id").slice(0, maxHeaderFieldLength),
    userObjectId: token.userObjectId,
    tenantId: token.tenantId,
    applicationId: token.applicationId,
    audience: token.audience,
    issuer: token.issuer,
    userPrincipalName: token.userPrincipalName,
    authorizationDetail: token.authorizationDetail,
  };
}

function requesterOf({ authentication, address, exchange: { status } }: RequestDescription): string {
  if (authentication.type === "authenticated") return toBare(authentication.claimedAccount);
  // a token names no account: the owner stands for its holder, unless it was refused
  return authentication.type === "bearer" && status !== 401 && status !== 403 ? toBare(address.account) : "";
}

/** The URL as received: scheme and `Host` in front of the target, which keeps its encoding. */
function formatRequestUrl(exchange: Exchange, headers: Headers): string {
  const target = /^[a-z][a-z0-9+.-]*:\/\//i.test(exchange.target)
    ? exchange.target
    : `${exchange.secure ? "https" : "http"}://${headers.get("host") ?? ""}${exchange.target}`;
  return redactSignatures(neutralize(target));
}

/** `ip:port`, IPv6 in brackets; IPv4 that arrived on an IPv6 socket is shown as IPv4. */
function formatClient(address: string, port: number): string {
  const ip = address.replace(/^::ffff:(?=\d{1,3}(?:\.\d{1,3}){3}$)/i, "");
  return `${ip.includes(":") ? `[${ip}]` : ip}:${port}`;
}

function contentLengthOf(headers: Headers): number | undefined {
  const length = headers.get("content-length")?.trim();
  const value = length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined;
  return value !== undefined && Number.isSafeInteger(value) ? value : undefined;
}
