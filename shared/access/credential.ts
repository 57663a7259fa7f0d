import { apiKeyPrefix, parseApiKey, type PresentedKey } from "./api-key.js";
import type { CredentialProblem } from "./credential-problem.js";
import { maxTokenLength } from "./token.js";
import { parseWorkspaceSignature, type WorkspaceSignature } from "./workspace-key.js";

/** What a request shows to be let in. */
export type Credential =
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "api-key"; readonly key: PresentedKey }
  | { readonly kind: "workspace-signature"; readonly signature: WorkspaceSignature }
  | { readonly kind: "unusable"; readonly problem: CredentialProblem };

/** Query parameters in which people put credentials; filters of Vigil's own routes have none of these names. */
const credentialParameters = new Set([
  ...["access_token", "accesstoken", "token", "id_token", "bearer_token", "authorization"],
  ...["api_key", "apikey", "api-key", "x-api-key", "subscription-key"],
]);

const unusable = (problem: CredentialProblem): Credential => ({ kind: "unusable", problem });

/**
 * Reads a request's credential: `Authorization: Bearer` with an access token or an API key, `X-Api-Key` with an API
 * key, or `Authorization: SharedKey` with the signature of a workspace.
 *
 * There is exactly one, or none counts: with two, a proxy in front could have checked the other one. HTTP libraries
 * join repeated headers with a comma, which no credential has.
 */
export function readCredential(request: {
  readonly url: string;
  readonly headers: { get(name: string): string | null };
}): Credential {
  const { searchParams } = new URL(request.url);
  if ([...searchParams.keys()].some((name) => credentialParameters.has(name.toLowerCase()))) {
    return unusable("credential-in-url");
  }
  const authorization = request.headers.get("authorization")?.trim() ?? "";
  const apiKey = request.headers.get("x-api-key")?.trim() ?? "";
  if (authorization === "" && apiKey === "") return unusable("no-credential");
  if ((authorization !== "" && apiKey !== "") || authorization.includes(",") || apiKey.includes(",")) {
    return unusable("doubled-credential");
  }
  return apiKey === "" ? readAuthorization(authorization) : readApiKey(apiKey);
}

function readAuthorization(authorization: string): Credential {
  const [, scheme = "", value = ""] = /^(\S+)[ \t]*(.*)$/s.exec(authorization) ?? [];
  switch (scheme.toLowerCase()) {
    case "bearer":
      if (value.length > maxTokenLength) return unusable("oversize-credential");
      if (value.startsWith(apiKeyPrefix)) return readApiKey(value);
      return value === "" || /\s/.test(value) ? unusable("malformed-credential") : { kind: "token", token: value };
    case "sharedkey": {
      const signature = parseWorkspaceSignature(`SharedKey ${value}`);
      return signature === undefined ? unusable("malformed-credential") : { kind: "workspace-signature", signature };
    }
    default:
      return unusable("unknown-scheme");
  }
}

function readApiKey(text: string): Credential {
  const key = parseApiKey(text);
  return key === undefined ? unusable("malformed-credential") : { kind: "api-key", key };
}
