import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

import type { CredentialProblem } from "./credential-problem.js";
import type { Principal } from "./principal.js";
import { grantsTo, type RoleAssignment } from "./role-assignments.js";
import type { Role } from "./role.js";
import type { Scope } from "./scope.js";

/**
 * An API key as it is kept: enough to recognize it, not enough to make it.
 *
 * The text that its owner holds is `vigil1_<id>_<secret>`: `id` 16 characters of base32 (80 bits; one read finds the
 * key), `secret` 43 of base64url (256 bits).
 */
export interface ApiKey {
  readonly id: string;
  /** What it is for, in its maker's words. */
  readonly label: string;
  readonly role: Role;
  readonly scope: Scope;
  /** Base64, 16 bytes. */
  readonly salt: string;
  /** Base64 of {@link hashSecret}. */
  readonly hash: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | undefined;
  readonly revokedAt: Date | undefined;
}

export interface PresentedKey {
  readonly id: string;
  /** Secret. */
  readonly secret: string;
}

/** How every API key begins; scanners for leaked secrets go by it. */
export const apiKeyPrefix = "vigil1_";
const apiKeyForm = /^vigil1_([a-z2-7]{16})_([A-Za-z0-9_-]{43})$/;
const idBytes = 10;
const secretBytes = 32;
const saltBytes = 16;

/** Reads the text of a key; undefined if it is none. */
export function parseApiKey(text: string): PresentedKey | undefined {
  const [, id, secret] = apiKeyForm.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/**
 * Makes a key.
 * @param keySecret `VIGIL_KEY_SECRET`, the pepper of all hashes
 * @returns what to keep, and the text to show once
 */
export function createApiKey(
  keySecret: Uint8Array,
  about: Pick<ApiKey, "label" | "role" | "scope" | "createdAt" | "expiresAt">,
): { readonly key: ApiKey; readonly text: string } {
  const id = toBase32(randomBytes(idBytes));
  const secret = randomBytes(secretBytes).toString("base64url");
  const salt = randomBytes(saltBytes);
  const hash = hashSecret(keySecret, salt, secret).toString("base64");
  return {
    key: { ...about, id, salt: salt.toString("base64"), hash, revokedAt: undefined },
    text: `${apiKeyPrefix}${id}_${secret}`,
  };
}

/**
 * Recognizes a key.
 *
 * A fast hash is enough: the secret has 256 random bits, so there is nothing to guess. An id that nobody has costs the
 * same work and gets the same answer as a wrong secret; that a key was revoked or has expired hears only who holds it.
 * @param stored what is kept under the presented id, if anything
 */
export function recognizeApiKey(
  presented: PresentedKey,
  stored: ApiKey | undefined,
  keySecret: Uint8Array,
  assignments: readonly RoleAssignment[],
  now: Date,
): Principal {
  const nobody = (problem: CredentialProblem): Principal => ({ kind: "nobody", problem });
  const salt = Buffer.from(stored?.salt ?? "", "base64");
  const kept = Buffer.from(stored?.hash ?? "", "base64");
  const hash = hashSecret(keySecret, salt, presented.secret);
  const same = timingSafeEqual(hash, kept.length === hash.length ? kept : Buffer.alloc(hash.length));
  if (stored === undefined || !same) return nobody("unknown-key");
  if (stored.revokedAt !== undefined) return nobody("revoked-key");
  if (stored.expiresAt !== undefined && now.getTime() >= stored.expiresAt.getTime()) return nobody("expired-key");
  return {
    kind: "api-key",
    id: stored.id,
    name: stored.label,
    grants: [{ role: stored.role, scope: stored.scope, source: "key" }, ...grantsTo([stored.id], assignments)],
  };
}

/** HMAC-SHA-256 over salt and secret. The first line keeps it apart from other uses of the same key. */
function hashSecret(keySecret: Uint8Array, salt: Uint8Array, secret: string): Buffer {
  return createHmac("sha256", keySecret).update("vigil api key 1\n").update(salt).update(secret).digest();
}

/** RFC 4648, lower case, for whole groups of 5 bits. */
function toBase32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{5}/g) ?? []).map((group) => "abcdefghijklmnopqrstuvwxyz234567"[parseInt(group, 2)]).join("");
}
