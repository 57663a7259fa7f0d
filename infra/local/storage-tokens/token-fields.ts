import type { TokenClaims } from "../../../shared/access/token.js";
import type { LogEntry } from "../../../shared/storage-analytics/log-entry.js";

/** Fields 31 to 36 and 38 of a 2.0 log entry: what the bearer token said of its holder. */
export type TokenFields = Pick<
  LogEntry,
  "userObjectId" | "tenantId" | "applicationId" | "audience" | "issuer" | "userPrincipalName" | "authorizationDetail"
>;

/**
 * How the service logs a token.
 *
 * Field 38 stays empty: it lists the Azure role assignments that let the request through, and the emulator has none.
 * Source: "Storage Analytics log format", version 2.0; `reference/storage-analytics.md` §1.5.
 */
export function fieldsOfToken(claims: TokenClaims): TokenFields {
  return {
    userObjectId: claims.oid,
    tenantId: claims.tid,
    applicationId: claims.appid ?? claims.azp ?? "",
    audience: claims.aud,
    issuer: claims.iss,
    userPrincipalName: claims.upn ?? "",
    authorizationDetail: "",
  };
}
