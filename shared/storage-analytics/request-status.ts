import { type LogEntry } from "./log-entry.js";

/** What became of a request: the eight categories behind the 24 documented statuses. */
export const requestCategories = [
  "Success",
  "ThrottlingError",
  "ClientTimeoutError",
  "ServerTimeoutError",
  "ClientOtherError",
  "ServerOtherError",
  "AuthorizationError",
  "NetworkError",
] as const;
export type RequestCategory = (typeof requestCategories)[number];

/** Prefix of the metrics counter that a request belongs to. There are no OAuth counters: those have none. */
export type CounterPrefix = "" | "SAS" | "Anonymous";

/** Value of the ResponseType dimension of today's storage metrics; the ones that a log can tell apart. */
export type ResponseType = Exclude<RequestCategory, "ThrottlingError"> | "ServerBusyError" | "ClientThrottlingError";

export interface RequestClass {
  readonly category: RequestCategory;
  readonly prefix: CounterPrefix;
  readonly responseType: ResponseType;
}

type ClassifiedFields = Pick<
  LogEntry,
  "requestStatus" | "httpStatusCode" | "endToEndLatencyMs" | "serverLatencyMs" | "authenticationType"
>;

/** `OAuth`, `SAS` or `Anonymous`, then `Ip` (refused by the firewall), stand before a category. */
const statusPrefix = /^(OAuth|SAS|Anonymous)?(?:Ip(?=AuthorizationError$))?/;

/**
 * Classifies a request as Azure's metrics do. From x-ms-version 2017-04-17 on the status of a failure is a storage
 * error code, and the HTTP status decides. A 304 is a `ClientOtherError`, unless the log itself calls it a success.
 * Source: request status messages of "Storage Analytics logged operations and status messages".
 */
export function classifyRequest(entry: ClassifiedFields): RequestClass {
  const category = categoryOf(entry.requestStatus, entry.httpStatusCode, waitedForClient(entry));
  const prefix = counterPrefix(entry.authenticationType, entry.requestStatus);
  return { category, prefix, responseType: responseTypeOf(category, entry.httpStatusCode) };
}

/** Whether a request failed: its category is another than `Success`. */
export const isError = (entry: ClassifiedFields): boolean => classifyRequest(entry).category !== "Success";

/** Whether most of the time went into reading the request and sending the response. */
export function waitedForClient({
  endToEndLatencyMs = 0,
  serverLatencyMs = 0,
}: Pick<LogEntry, "endToEndLatencyMs" | "serverLatencyMs">): boolean {
  return endToEndLatencyMs - serverLatencyMs > serverLatencyMs;
}

/** @param clientWasSlow tells a time-out of the client from one of the server where only an error code is logged */
export function categoryOf(requestStatus: string, httpStatusCode: string, clientWasSlow: boolean): RequestCategory {
  const status = requestStatus.replace(statusPrefix, "");
  const named = requestCategories.find((category) => category === status);
  if (named !== undefined) return named;
  switch (httpStatusCode) {
    case "503":
      return "ThrottlingError";
    case "401":
    case "403":
      return "AuthorizationError";
    case "500":
      if (status === "OperationTimedOut") return clientWasSlow ? "ClientTimeoutError" : "ServerTimeoutError";
  }
  switch (/^\d{3}$/.test(httpStatusCode) ? httpStatusCode.charAt(0) : "") {
    case "2":
      return "Success";
    case "3":
    case "4":
      return "ClientOtherError";
    case "5":
      return "ServerOtherError";
    default:
      return "NetworkError"; // `Unknown`: the connection broke before a status was sent
  }
}

function counterPrefix(authenticationType: string, requestStatus: string): CounterPrefix {
  switch (authenticationType) {
    case "sas":
      return "SAS";
    case "anonymous":
      return "Anonymous";
    case "authenticated":
    case "bearer":
      return "";
    default: {
      const named = statusPrefix.exec(requestStatus)?.[1];
      return named === "SAS" || named === "Anonymous" ? named : "";
    }
  }
}

/** Both kinds of throttling are one category; 503 tells the service's own from that of a client over its limits. */
export function responseTypeOf(category: RequestCategory, httpStatusCode: string): ResponseType {
  if (category !== "ThrottlingError") return category;
  return httpStatusCode === "503" ? "ServerBusyError" : "ClientThrottlingError";
}
