import { type LogType } from "../../../shared/storage-analytics/log-blob.js";
import { type LogVersion, type Service } from "../../../shared/storage-analytics/log-entry.js";
import { type RequestCategory } from "../../../shared/storage-analytics/request-status.js";
import { type AuthenticationType } from "./authentication.js";

/** `Logging` of a service's properties. */
export interface LoggingSettings extends Readonly<Record<LogType, boolean>> {
  readonly version: LogVersion;
}

/** Nothing is logged: what Azure has until somebody sets it. */
export const loggingOff: LoggingSettings = { version: "1.0", read: false, write: false, delete: false };

/** Version 2.0 is for Blob and Queue only (reference §1.5), whatever the emulator let somebody store. */
export const logVersionOf = (service: Service, version: string | undefined): LogVersion =>
  version === "2.0" && service !== "table" ? "2.0" : "1.0";

export type LoggingDecision =
  | {
      readonly log: true;
      readonly reason:
        "credential" | "anonymous-success" | "anonymous-server-error" | "anonymous-timeout" | "anonymous-not-modified";
    }
  | { readonly log: false; readonly reason: "kind-off" | "anonymous-failure" };

/** What the decision goes by. */
export interface LoggableRequest {
  readonly kind: LogType;
  readonly authentication: AuthenticationType;
  readonly category: RequestCategory;
  readonly method: string;
  readonly status: number | undefined;
}

/**
 * Whether a request is logged (reference §1.3).
 *
 * With a credential (key, SAS, token): every ending, a signature that does not validate included, for a log that drops
 * those is of no use to whoever looks for an attack. Anonymous: successes, server errors, time-outs and GETs that end
 * in 304; a stranger's other failures do not fill the owner's log.
 */
export function decideLogging(request: LoggableRequest, settings: LoggingSettings): LoggingDecision {
  if (!settings[request.kind]) return { log: false, reason: "kind-off" };
  if (request.authentication !== "anonymous") return { log: true, reason: "credential" };
  switch (request.category) {
    case "Success":
      return { log: true, reason: "anonymous-success" };
    case "ServerOtherError":
      return { log: true, reason: "anonymous-server-error" };
    case "ClientTimeoutError":
    case "ServerTimeoutError":
      return { log: true, reason: "anonymous-timeout" };
    case "ClientOtherError":
      return request.status === 304 && request.method === "GET"
        ? { log: true, reason: "anonymous-not-modified" }
        : { log: false, reason: "anonymous-failure" };
    // 503 is a server's error for HTTP, but the documentation keeps throttling apart and does not list it
    case "ThrottlingError":
    case "AuthorizationError":
    case "NetworkError":
      return { log: false, reason: "anonymous-failure" };
    default:
      throw new Error(`no decision for ${JSON.stringify(request.category satisfies never)}`);
  }
}
