import { createHash } from "node:crypto";

import { authorityOf } from "../../../shared/access/authority.js";
import { credentialProblems, type CredentialProblem } from "../../../shared/access/credential-problem.js";
import { signingKeysAt, type SigningKeysOptions } from "../../../shared/access/signing-keys.js";
import { clockSkewSeconds, maxTokenLength, verifyToken, type SigningKeys } from "../../../shared/access/token.js";
import type { Service } from "../../../shared/storage-analytics/log-entry.js";
import { fieldsOfToken, type TokenFields } from "./token-fields.js";

export type StorageTokenVerdict =
  /** `expiresAt`: milliseconds since 1970, from which on it has to be looked at again. */
  | { readonly kind: "valid"; readonly fields: TokenFields; readonly expiresAt: number }
  | { readonly kind: "invalid"; readonly reason: CredentialProblem };

/** What a storage service answers to a token that it doesn't take. */
export interface StorageTokenRefusal {
  readonly status: 401;
  readonly code: "InvalidAuthenticationInfo";
  readonly message: string;
  readonly details: { readonly AuthenticationErrorDetail: string };
  /** Value of `WWW-Authenticate`. */
  readonly challenge: string;
}

/** Valid tokens that are remembered, so that their next requests need not wait for a signature. */
export const maxRememberedTokens = 1_000;

const storageResource = "https://storage.azure.com";
/** Application id of Azure Storage: as an audience it means the same. */
const storageApplication = "e406a681-f3d4-42a8-90b6-c2b029497af1";

/** Where the token of a request is meant for. */
export interface TokenTarget {
  readonly account: string;
  readonly service: Service;
}

/**
 * Checks the bearer tokens of storage requests as Azure does and Azurite doesn't: signature, issuer, tenant, audience
 * (all of storage, or this account's service), lifetime.
 */
export class StorageTokens {
  readonly #keys: SigningKeys;
  readonly #tenantId: string;
  readonly #issuers: readonly string[];
  readonly #authorizeUrl: string;
  /** By hash of token and target; oldest first. */
  readonly #valid = new Map<string, StorageTokenVerdict & { readonly kind: "valid" }>();

  /** @param authorityHost URL of the identity provider */
  constructor(authorityHost: string, tenantId: string, options: SigningKeysOptions = {}) {
    const authority = authorityOf(authorityHost, tenantId);
    this.#keys = signingKeysAt(authority.keysUrl, options);
    this.#tenantId = authority.tenantId;
    this.#issuers = authority.issuers;
    this.#authorizeUrl = authority.authorizeUrl;
  }

  /** The verdict on a token that was found valid a moment ago; undefined: it has to be checked. */
  recall(token: string, target: TokenTarget, now: Date): (StorageTokenVerdict & { kind: "valid" }) | undefined {
    const name = nameOf(token, target);
    const found = this.#valid.get(name);
    if (found === undefined || now.getTime() < found.expiresAt) return found;
    this.#valid.delete(name);
    return undefined;
  }

  /** @throws when the identity provider's keys can't be read */
  async check(token: string, target: TokenTarget, now: Date): Promise<StorageTokenVerdict> {
    if (token.length > maxTokenLength) return { kind: "invalid", reason: "oversize-credential" };
    const known = this.recall(token, target, now);
    if (known !== undefined) return known;
    const own = `https://${target.account}.${target.service}.core.windows.net`;
    const audiences = [storageResource, storageApplication, own];
    const expected = { tenantId: this.#tenantId, issuers: this.#issuers, audiences };
    const verified = await verifyToken(token, this.#keys, expected, now);
    if (verified.kind === "invalid") return verified;
    const { claims } = verified;
    const expiresAt = (claims.exp + clockSkewSeconds) * 1000;
    const verdict = { kind: "valid", fields: fieldsOfToken(claims), expiresAt } as const;
    this.#remember(nameOf(token, target), verdict);
    return verdict;
  }

  /** The service's answer to an invalid token. */
  refuse(reason: CredentialProblem): StorageTokenRefusal {
    return {
      status: 401,
      code: "InvalidAuthenticationInfo",
      message:
        "Server failed to authenticate the request. Please refer to the information in the www-authenticate header.",
      details: { AuthenticationErrorDetail: credentialProblems[reason] },
      challenge: `Bearer authorization_uri=${this.#authorizeUrl} resource_id=${storageResource}`,
    };
  }

  #remember(name: string, verdict: StorageTokenVerdict & { readonly kind: "valid" }): void {
    const [oldest] = this.#valid.keys();
    if (this.#valid.size >= maxRememberedTokens && oldest !== undefined) this.#valid.delete(oldest);
    this.#valid.set(name, verdict);
  }
}

/** Tokens themselves are not kept. */
function nameOf(token: string, { account, service }: TokenTarget): string {
  return createHash("sha256").update(`${account}\n${service}\n${token}`).digest("base64");
}
