import { type Headers } from "./raw-headers.js";
import { type RequestAddress } from "./request-address.js";

export type AuthenticationType = "authenticated" | "sas" | "anonymous" | "bearer";

/** How a request says that it is authorised; whether that is true, its status tells. */
export interface Authentication {
  readonly type: AuthenticationType;
  /** Account that a shared key is said to belong to; `""` for the other types. */
  readonly claimedAccount: string;
}

/**
 * Reads what a request claims: the `Authorization` header if there is one, else a SAS in its query.
 * The service decides by the same order.
 */
export function readAuthentication(headers: Headers, query: RequestAddress["query"]): Authentication {
  const authorization = headers.get("authorization")?.trim() ?? "";
  const scheme = /^[^\s]*/.exec(authorization)?.[0].toLowerCase() ?? "";
  if (scheme === "sharedkey" || scheme === "sharedkeylite") {
    const account = authorization.slice(scheme.length).trim().split(":", 1)[0] ?? "";
    return { type: "authenticated", claimedAccount: account.slice(0, maxAccountLength) };
  }
  if (scheme === "bearer") return { type: "bearer", claimedAccount: "" };
  // a scheme that no storage service knows is a claim nevertheless: it must not be filed as an anonymous failure
  if (scheme !== "") return { type: "authenticated", claimedAccount: "" };
  return { type: query.has("sig") ? "sas" : "anonymous", claimedAccount: "" };
}

/** Characters; account names have 24 at most, an emulator's may be longer. */
const maxAccountLength = 64;
