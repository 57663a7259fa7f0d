import { recognizeApiKey, type ApiKey } from "./api-key.js";
import type { Authority } from "./authority.js";
import { readCredential } from "./credential.js";
import { nobody, principalOfToken, type Principal } from "./principal.js";
import type { RoleAssignment } from "./role-assignments.js";
import { namesAudience, verifyToken, type SigningKeys } from "./token.js";

/** What callers are recognized by; a part that is not configured is undefined, and such credentials are refused. */
export interface Recognition {
  readonly tokens:
    | {
        readonly authority: Authority;
        readonly keys: SigningKeys;
        /** Names of Vigil itself: roles in tokens for one of them count. */
        readonly ownAudiences: readonly string[];
        /** Names of others (`VIGIL_AUDIENCES`) for which clients with a fixed scope ask. */
        readonly furtherAudiences: readonly string[];
      }
    | undefined;
  readonly apiKeys:
    | {
        /** `VIGIL_KEY_SECRET`. */
        readonly keySecret: Uint8Array;
        readonly find: (id: string) => Promise<ApiKey | undefined>;
      }
    | undefined;
  readonly assignments: readonly RoleAssignment[];
}

/**
 * Finds out who is calling.
 *
 * A workspace's signature covers the body's length, which only the route that takes it knows: it is read there by
 * `recognizeWorkspace`, and here it makes nobody known.
 * @throws when the tenant's keys or the kept API keys can't be read: a fault, neither a yes nor a no
 */
export async function authenticate(
  request: Parameters<typeof readCredential>[0],
  { tokens, apiKeys, assignments }: Recognition,
  now: Date,
): Promise<Principal> {
  const credential = readCredential(request);
  switch (credential.kind) {
    case "unusable":
      return nobody(credential.problem);
    case "workspace-signature":
      return nobody("unknown-scheme");
    case "api-key": {
      if (apiKeys === undefined) return nobody("keys-off");
      const stored = await apiKeys.find(credential.key.id);
      return recognizeApiKey(credential.key, stored, apiKeys.keySecret, assignments, now);
    }
    case "token": {
      if (tokens === undefined) return nobody("tokens-off");
      const { authority, keys, ownAudiences, furtherAudiences } = tokens;
      const expected = { ...authority, audiences: [...ownAudiences, ...furtherAudiences] };
      const verified = await verifyToken(credential.token, keys, expected, now);
      if (verified.kind === "invalid") return nobody(verified.reason);
      return principalOfToken(verified.claims, namesAudience(verified.claims.aud, ownAudiences), assignments);
    }
    default:
      throw new Error(`unknown credential ${JSON.stringify(credential satisfies never)}`);
  }
}
