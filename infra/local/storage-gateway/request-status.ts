import { type RequestCategory } from "../../../shared/storage-analytics/request-status.js";
import { type AuthenticationType } from "./authentication.js";
import { type Exchange } from "./exchange.js";
import { type Headers } from "./raw-headers.js";

/** From this x-ms-version on an expected failure is logged by its error code instead of `ClientOtherError`. */
const firstVersionWithCodes = "2017-04-17";

const prefixes: Readonly<Record<AuthenticationType, string>> = {
  authenticated: "",
  sas: "SAS",
  anonymous: "Anonymous",
  bearer: "OAuth",
};

/** What a status is derived from; a sub-operation of a batch has a status and code of its own. */
export interface Outcome {
  readonly ending: Exchange["ending"];
  readonly status: number | undefined;
  /** `x-ms-error-code`, `""` if there is none. */
  readonly errorCode: string;
  readonly endToEndMs: number;
  readonly serverMs: number;
}

export const errorCodeOf = (responseHeaders: Headers): string => responseHeaders.get("x-ms-error-code") ?? "";

/** The category of an outcome. Any 401 or 403 is `AuthorizationError`, a signature that does not validate included. */
export function categorize({ ending, status, errorCode, endToEndMs, serverMs }: Outcome): RequestCategory {
  if (ending !== "completed" || status === undefined) return "NetworkError";
  if (status >= 200 && status < 300) return "Success";
  if (status === 401 || status === 403) return "AuthorizationError";
  if (status === 503) return "ThrottlingError";
  if (status === 500 && errorCode === "OperationTimedOut") {
    return endToEndMs - serverMs > serverMs ? "ClientTimeoutError" : "ServerTimeoutError";
  }
  return status >= 500 ? "ServerOtherError" : "ClientOtherError";
}

/**
 * Field request-status: the category with the prefix of the authentication, or the bare error code of an expected
 * failure from x-ms-version 2017-04-17 on.
 * @param version effective x-ms-version, `""` if unknown
 */
export function formatRequestStatus(outcome: Outcome, authentication: AuthenticationType, version: string): string {
  const category = categorize(outcome);
  if (category === "ClientOtherError" && version >= firstVersionWithCodes) {
    if (/^[A-Za-z]\w*$/.test(outcome.errorCode)) return outcome.errorCode;
    if (outcome.status === 304) return "ConditionNotMet";
  }
  return prefixes[authentication] + category;
}
