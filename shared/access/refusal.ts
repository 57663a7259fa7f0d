import { credentialProblems, localityProblems } from "./credential-problem.js";
import type { Denial } from "./decision.js";

/** Codes of refusals, those of Azure Resource Manager, with their HTTP status. */
export const refusalStatuses = {
  AuthenticationFailed: 401,
  InvalidAuthenticationToken: 401,
  ExpiredAuthenticationToken: 401,
  AuthorizationFailed: 403,
  DevelopmentModeIsLocal: 403,
} as const;

export type RefusalCode = keyof typeof refusalStatuses;

/** The answer to a caller who is not let in. */
export interface Refusal {
  readonly status: 401 | 403;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly error: { readonly code: RefusalCode; readonly message: string } };
}

/** What a challenge tells a client about where tokens come from. */
export interface Challenge {
  readonly authorizeUrl: string;
  /** Vigil's own audience, such as `api://…`. */
  readonly resourceId: string;
}

/** Problems of a request rather than of its token, for which RFC 6750 has another code. */
const invalidRequests: ReadonlySet<string> = new Set(["doubled-credential", "credential-in-url"]);

/**
 * Puts a refusal into words: what is missing, never what exists. A 403 is the same for a name that isn't there and for
 * one that the caller has no role on.
 *
 * The challenge is that of RFC 6750, §3, with Azure's `authorization_uri`
 * and `resource_id`.
 * @param challenge undefined where no tokens are accepted
 */
export function refuse(decision: Denial, challenge: Challenge | undefined): Refusal {
  const where = challenge && [
    ["authorization_uri", challenge.authorizeUrl],
    ["resource_id", challenge.resourceId],
  ];
  const answer = (code: RefusalCode, message: string, error: readonly string[][]): Refusal => ({
    status: refusalStatuses[code],
    headers: { "www-authenticate": challengeOf([...(where ?? []), ...error]), "cache-control": "no-store" },
    body: { error: { code, message } },
  });
  if ("needed" in decision) {
    const message = `This needs the role ${decision.needed}, or one that includes it, on the resource that the request is about.`;
    const error = [
      ["error", "insufficient_scope"],
      ["error_description", message],
      ["scope", decision.needed],
    ];
    return answer("AuthorizationFailed", message, error);
  }
  if (decision.status === 403) {
    const headers = { "cache-control": "no-store" };
    const code = "DevelopmentModeIsLocal";
    const error = { code, message: localityProblems[decision.reason] } as const;
    return { status: refusalStatuses[code], headers, body: { error } };
  }
  const message = credentialProblems[decision.reason];
  if (decision.reason === "no-credential") return answer("AuthenticationFailed", message, []);
  const error = [
    ["error", invalidRequests.has(decision.reason) ? "invalid_request" : "invalid_token"],
    ["error_description", message],
  ];
  return answer(
    decision.reason === "expired" ? "ExpiredAuthenticationToken" : "InvalidAuthenticationToken",
    message,
    error,
  );
}

function challengeOf(parameters: readonly (readonly string[])[]): string {
  const pairs = [["realm", "vigil"], ...parameters].map(([name = "", value = ""]) => `${name}="${quote(value)}"`);
  return `Bearer ${pairs.join(", ")}`;
}

/** For a quoted-string of HTTP; all texts are Vigil's own or checked settings, so nothing else can be in them. */
const quote = (text: string): string => text.replace(/[^\x20-\x7e]/g, "").replace(/["\\]/g, "\\$&");
