import { createRemoteJWKSet, customFetch, errors, type FetchImplementation } from "jose";

import type { SigningKeys } from "./token.js";

/** How long keys are used without asking again, in milliseconds. Entra ID publishes new keys days before it uses them. */
export const keysFreshMs = 60 * 60_000;
/** Time between two questions because of an unknown key id, in milliseconds: a made-up one must not cost a call each. */
export const keysCooldownMs = 30_000;
/** How long the last known keys serve while the authority doesn't answer, in milliseconds. */
export const keysStaleMs = 24 * 60 * 60_000;
const timeoutMs = 5_000;

export interface SigningKeysOptions {
  /** For TLS under an authority that this process doesn't trust as a whole; otherwise the global `fetch`. */
  readonly fetch?: FetchImplementation;
  readonly cooldownMs?: number;
  readonly freshMs?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** The tenant's authority does not answer, or not with keys. */
export class SigningKeysUnreadable extends Error {
  override readonly name = "SigningKeysUnreadable";
}

/**
 * The public keys at a JWKS address, asked for at first use, again when they are an hour old, and when a token names
 * one that is not among them (a rotation).
 *
 * While the authority doesn't answer, known keys go on for a day; with none known, a look-up throws
 * {@link SigningKeysUnreadable}.
 */
export function signingKeysAt(url: URL, options: SigningKeysOptions = {}): SigningKeys {
  const { cooldownMs = keysCooldownMs, freshMs = keysFreshMs, now = Date.now } = options;
  const remote = createRemoteJWKSet(url, {
    // age is looked after here: jose would give up known keys with the first failed refresh
    cacheMaxAge: Infinity,
    cooldownDuration: cooldownMs,
    timeoutDuration: timeoutMs,
    ...(options.fetch && { [customFetch]: options.fetch }),
  });
  let read: number | undefined;
  let tried = -Infinity;

  const refresh = async (): Promise<void> => {
    const at = now();
    if (read !== undefined && (at - read < freshMs || (at - tried < cooldownMs && at - read < keysStaleMs))) return;
    tried = at;
    try {
      await remote.reload();
      read = at;
    } catch (error) {
      if (read !== undefined && at - read < keysStaleMs) return;
      throw new SigningKeysUnreadable(`reading the signing keys at ${url.origin}${url.pathname}`, { cause: error });
    }
  };

  return async (keyId) => {
    await refresh();
    try {
      return await remote({ alg: "RS256", kid: keyId });
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return undefined;
      throw new SigningKeysUnreadable(`looking for a signing key at ${url.origin}${url.pathname}`, { cause: error });
    }
  };
}
