/**
 * Why a request's credential makes nobody known, and how the answer puts it. One catalogue for all ways to come in;
 * no text says whether an account, a workspace or a key exists.
 */
export const credentialProblems = {
  "no-credential": "Send an Entra ID access token or an API key as Authorization: Bearer.",
  "doubled-credential": "Send one credential, once.",
  "credential-in-url": "Send the credential in the Authorization header; URLs end up in logs.",
  "unknown-scheme": "Send an Entra ID access token or an API key as Authorization: Bearer.",
  "malformed-credential": "The credential is neither an access token nor an API key.",
  "oversize-credential": "The credential is larger than any that is accepted.",
  "tokens-off": "Access tokens are not accepted here.",
  "algorithm-not-allowed": "The token must be signed with RS256.",
  "critical-header": "The token has a critical header parameter, which is not supported.",
  "unknown-signing-key": "The token was not signed with a key of the tenant.",
  "wrong-signature": "The token's signature is wrong.",
  "missing-claim": "A claim that access tokens have is missing or malformed.",
  "not-an-access-token": "An access token is needed; this is another kind of token.",
  "wrong-issuer": "The token was not issued by the tenant's authority.",
  "wrong-tenant": "The token was issued for another tenant.",
  "wrong-audience": "The token was issued for another application.",
  "not-yet-valid": "The token is not valid yet.",
  expired: "The token has expired.",
  "keys-off": "API keys are not accepted here.",
  "unknown-key": "The API key is not valid.",
  "revoked-key": "The API key has been revoked.",
  "expired-key": "The API key has expired.",
  "stale-date": "x-ms-date must be within 15 minutes of now.",
} as const;

export type CredentialProblem = keyof typeof credentialProblems;

/** Why a request is refused in development mode, where no credential would help it. */
export const localityProblems = {
  "foreign-host": "In development mode the URL must name this machine: localhost or 127.0.0.1.",
  forwarded: "In development mode a request that a proxy has passed on is refused.",
} as const;

export type LocalityProblem = keyof typeof localityProblems;

export const isLocalityProblem = (problem: CredentialProblem | LocalityProblem): problem is LocalityProblem =>
  problem in localityProblems;
