import { Ajv } from "ajv";
import { compactVerify, decodeProtectedHeader, errors, type CryptoKey, type JWSHeaderParameters } from "jose";

import type { CredentialProblem } from "./credential-problem.js";

/** Claims of an Entra ID access token that Vigil reads; v1 and v2 differ in a few names. */
export interface TokenClaims {
  readonly iss: string;
  readonly aud: string;
  /** Seconds since 1970, like `nbf` and `iat`. */
  readonly exp: number;
  readonly nbf: number;
  readonly iat: number;
  readonly tid: string;
  readonly oid: string;
  /** The application that asked for it: `appid` in v1 tokens, `azp` in v2 ones. */
  readonly appid?: string;
  readonly azp?: string;
  /** There in tokens that act for a user. */
  readonly scp?: string;
  readonly roles?: readonly string[];
  /** Object ids; absent in tokens of members of more than some 200 groups (`_claim_names`), who then have none here. */
  readonly groups?: readonly string[];
  readonly upn?: string;
  readonly preferred_username?: string;
  readonly app_displayname?: string;
}

/** Finds the public key for a header's `kid`; undefined: the tenant has no such key. */
export type SigningKeys = (keyId: string) => Promise<CryptoKey | undefined>;

/** What a token must say to be accepted. */
export interface TokenExpectations {
  readonly tenantId: string;
  /** Compared exactly. */
  readonly issuers: readonly string[];
  /** Compared exactly, but for one slash at the end, which clients add or leave out of the same name. */
  readonly audiences: readonly string[];
}

export type VerifiedToken =
  | { readonly kind: "valid"; readonly claims: TokenClaims }
  | { readonly kind: "invalid"; readonly reason: CredentialProblem };

/**
 * Characters. Entra ID's tokens with 200 groups have some 10,000. Node reads at most 16 KiB of headers and answers 431
 * beyond them: the limit is below that, so that it is ours that is met.
 */
export const maxTokenLength = 12_288;
/** How far the clocks of the issuer and of this machine may differ, in seconds; for `nbf` and `exp` alike. */
export const clockSkewSeconds = 60;

/** The one algorithm that Entra ID signs access tokens with. */
const algorithm = "RS256";

const guid = "^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$";
const seconds = { type: "integer", minimum: 0 } as const;
const text = { type: "string", minLength: 1, maxLength: 1_024 } as const;
const hasClaims = new Ajv({ strict: true }).compile<TokenClaims>({
  type: "object",
  required: ["iss", "aud", "exp", "nbf", "iat", "tid", "oid"],
  properties: {
    ...{ iss: text, aud: text, exp: seconds, nbf: seconds, iat: seconds },
    ...{ tid: { type: "string", pattern: guid }, oid: { type: "string", pattern: guid } },
    ...{ appid: { type: "string", pattern: guid }, azp: { type: "string", pattern: guid } },
    ...{ scp: text, upn: text, preferred_username: text, app_displayname: text },
    roles: { type: "array", items: { type: "string" } },
    groups: { type: "array", items: { type: "string" } },
  },
});

const invalid = (reason: CredentialProblem): VerifiedToken => ({ kind: "invalid", reason });

/**
 * Verifies an Entra ID access token: signature first, then each claim, so that a forged token learns nothing.
 *
 * The key is only ever looked up by `kid` among the tenant's keys; `jwk`, `jku`, `x5u` and `x5c` in the header are
 * never read. Source: "Validate tokens", Microsoft identity platform documentation; RFC 8725.
 * @throws whatever `keys` throws when the tenant's keys can't be read: that is no fault of the token
 */
export async function verifyToken(
  token: string,
  keys: SigningKeys,
  expected: TokenExpectations,
  now: Date,
): Promise<VerifiedToken> {
  if (token.length > maxTokenLength) return invalid("oversize-credential");
  const header = readHeader(token);
  if (header === undefined) return invalid("malformed-credential");
  if (header.alg !== algorithm) return invalid("algorithm-not-allowed");
  if (header.crit !== undefined) return invalid("critical-header");
  if (typeof header.kid !== "string" || header.kid === "") return invalid("unknown-signing-key");
  const key = await keys(header.kid);
  if (key === undefined) return invalid("unknown-signing-key");
  const payload = await readSigned(token, key);
  if (payload === undefined) return invalid("wrong-signature");
  return checkClaims(payload, expected, now);
}

function readHeader(token: string): JWSHeaderParameters | undefined {
  if (!/^[\w-]+\.[\w-]+\.[\w-]*$/.test(token)) return undefined;
  try {
    return decodeProtectedHeader(token);
  } catch (error) {
    // how jose says that a header is no JSON object
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

async function readSigned(token: string, key: CryptoKey): Promise<Uint8Array | undefined> {
  try {
    return (await compactVerify(token, key, { algorithms: [algorithm] })).payload;
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWSInvalid) return undefined;
    throw new Error("verifying the signature of a token", { cause: error });
  }
}

function checkClaims(payload: Uint8Array, expected: TokenExpectations, now: Date): VerifiedToken {
  const claims = parseJson(payload);
  if (!hasClaims(claims)) return invalid("missing-claim");
  if (!expected.issuers.includes(claims.iss)) return invalid("wrong-issuer");
  if (claims.tid.toLowerCase() !== expected.tenantId.toLowerCase()) return invalid("wrong-tenant");
  if (!namesAudience(claims.aud, expected.audiences)) return invalid("wrong-audience");
  const second = Math.floor(now.getTime() / 1000);
  if (second + clockSkewSeconds < claims.nbf) return invalid("not-yet-valid");
  if (second - clockSkewSeconds >= claims.exp) return invalid("expired");
  // an ID token has the same issuer, and the application itself as its audience, but names no client application
  if (claims.appid === undefined && claims.azp === undefined) return invalid("not-an-access-token");
  return { kind: "valid", claims };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    // bad UTF-8 is a TypeError
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Whether an audience is one of these, a slash at the end aside. */
export function namesAudience(audience: string, audiences: readonly string[]): boolean {
  return audiences.some((each) => withoutSlash(each) === withoutSlash(audience));
}

const withoutSlash = (uri: string): string => (uri.endsWith("/") ? uri.slice(0, -1) : uri);
