import { type LogEntry } from "../../../shared/storage-analytics/log-entry.js";
import { type AuthenticationType, readAuthentication } from "./authentication.js";
import { type BatchPart, parseBatchParts } from "./batch-parts.js";
import { formatLastModified, neutralize } from "./field-text.js";
import { formatObjectKey } from "./object-key.js";
import { classifyRequest } from "./operation-matchers.js";
import { parseRequestAddress, type RequestAddress } from "./request-address.js";
import { nameByBody, type RequestDescription } from "./request-description.js";
import { errorCodeOf, formatRequestStatus } from "./request-status.js";

/** What an operation inside a batch has of its own; all else repeats the entry of the whole request. */
export type SubOperation = Pick<
  LogEntry,
  | "operationType"
  | "operationCount"
  | "requestStatus"
  | "httpStatusCode"
  | "authenticationType"
  | "requestedObjectKey"
  | "etagIdentifier"
  | "lastModifiedTime"
>;

/**
 * The operations inside an entity group transaction or a blob batch, 1 to n in the order of the request.
 *
 * A transaction is done as a whole: if it was done, each of its commands is logged with the status of the whole
 * (reference §1.9); if one command failed, nothing was changed, and that command alone is logged, as what it failed
 * with. In a blob batch every request ends for itself. Without the bodies there is nothing to tell.
 */
export function subOperations(request: RequestDescription): readonly SubOperation[] {
  const { operation, exchange, outcome, requestHeaders, responseHeaders } = request;
  const batch = operation.name === "EntityGroupTransaction" || operation.name === "SubmitBatch";
  if (!batch || outcome.ending !== "completed" || exchange.status !== 202) return [];
  const commands = parseBatchParts(exchange.requestBody, requestHeaders.get("content-type") ?? "");
  const replies = parseBatchParts(exchange.responseBody, responseHeaders.get("content-type") ?? "");
  return operation.name === "SubmitBatch"
    ? blobOperations(request, commands, replies)
    : tableOperations(request, commands, replies);
}

function tableOperations(
  request: RequestDescription,
  commands: readonly BatchPart[],
  replies: readonly BatchPart[],
): readonly SubOperation[] {
  const authenticationType = request.authentication.type;
  const failure = replies.find((reply) => (statusOf(reply) ?? 0) >= 400);
  if (failure !== undefined) {
    const index = failedIndex(failure);
    const command = commands[index];
    if (command === undefined) return [];
    const end = endOf(request, failure, authenticationType);
    return [{ ...describeCommand(request, command, index + 1), authenticationType, ...end }];
  }
  return commands.map((command, index) => ({
    ...describeCommand(request, command, index + 1),
    authenticationType,
    ...modified(replies[index]),
  }));
}

function blobOperations(
  request: RequestDescription,
  commands: readonly BatchPart[],
  replies: readonly BatchPart[],
): readonly SubOperation[] {
  const byId = new Map(replies.filter(({ contentId }) => contentId !== "").map((reply) => [reply.contentId, reply]));
  return commands.map((command, index) => {
    const authentication = authenticationOf(request, command);
    const reply = byId.get(command.contentId) ?? replies[index];
    return {
      ...describeCommand(request, command, index + 1),
      authenticationType: authentication,
      ...(reply === undefined ? {} : endOf(request, reply, authentication)),
    };
  });
}

type Command = Omit<SubOperation, "authenticationType">;

function describeCommand(request: RequestDescription, command: BatchPart, count: number): Command {
  const { exchange, address, authentication, outcome, version } = request;
  const { operation, resource } = classifyRequest(exchange.service, {
    method: command.startLine.split(" ", 1)[0] ?? "",
    address: addressOf(request, command),
    headers: command.headers,
  });
  return {
    operationType: operation.name,
    operationCount: count,
    requestStatus: formatRequestStatus(outcome, authentication.type, version),
    httpStatusCode: exchange.status?.toString() ?? "",
    requestedObjectKey: formatObjectKey(address.account, nameByBody(operation.name, resource, command.body)),
    etagIdentifier: "",
    lastModifiedTime: "",
  };
}

const addressOf = ({ exchange, requestHeaders }: RequestDescription, command: BatchPart): RequestAddress =>
  parseRequestAddress(exchange.service, command.startLine.split(" ")[1] ?? "", requestHeaders.get("host") ?? "");

/** A request inside a blob batch is authorised for itself, one without own credentials by the batch. */
function authenticationOf(request: RequestDescription, command: BatchPart): AuthenticationType {
  const own = readAuthentication(command.headers, addressOf(request, command).query).type;
  return own === "anonymous" ? request.authentication.type : own;
}

const statusOf = (reply: BatchPart): number | undefined => {
  const code = /^HTTP\/\d(?:\.\d)? (\d{3})/.exec(reply.startLine)?.[1];
  return code === undefined ? undefined : Number(code);
};

function modified(reply: BatchPart | undefined): Pick<SubOperation, "etagIdentifier" | "lastModifiedTime"> {
  const etag = neutralize(reply?.headers.get("etag") ?? "");
  return { etagIdentifier: etag, lastModifiedTime: formatLastModified(reply?.headers.get("last-modified"), etag) };
}

/** How an operation ended that has a reply of its own. */
function endOf(
  request: RequestDescription,
  reply: BatchPart,
  authentication: AuthenticationType,
): Pick<SubOperation, "requestStatus" | "httpStatusCode" | "etagIdentifier" | "lastModifiedTime"> {
  const status = statusOf(reply);
  const outcome = { ...request.outcome, status, errorCode: errorCodeOf(reply.headers) || codeInBody(reply.body) };
  return {
    requestStatus: formatRequestStatus(outcome, authentication, request.version),
    httpStatusCode: status?.toString() ?? "",
    ...modified(reply),
  };
}

/** `{"odata.error":{"code":"EntityAlreadyExists","message":{…,"value":"0:The specified …`, as JSON or in Atom's XML. */
const codeInBody = (body: string): string =>
  /"code"\s*:\s*"(\w+)"/.exec(body)?.[1] ?? /<(?:\w+:)?code>(\w+)</i.exec(body)?.[1] ?? "";

/** The message of a failed transaction begins with the number of the command, from 0. */
function failedIndex(reply: BatchPart): number {
  const index = /"value"\s*:\s*"(\d+):/.exec(reply.body)?.[1] ?? /<(?:\w+:)?message[^>]*>(\d+):/i.exec(reply.body)?.[1];
  return index === undefined ? 0 : Number(index);
}
