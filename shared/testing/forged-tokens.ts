import { createHmac, createSign, generateKeyPairSync, randomUUID, type KeyObject } from "node:crypto";

import { importJWK, type JWK } from "jose";

import type { CredentialProblem } from "../access/credential-problem.js";
import type { SigningKeys } from "../access/token.js";

/** A stand-in for a tenant's authority whose key is at hand, so that tests can sign what an authority never would. */
export interface TokenForge {
  readonly keyId: string;
  readonly publicJwk: JWK;
  /** The keys as a verifier looks them up; counts nothing, reads nothing. */
  readonly keys: SigningKeys;
  /** A token that is right in everything, but for the claims and header parameters that are given; undefined removes. */
  sign(claims?: Changes, header?: Changes): string;
}

type Changes = Readonly<Record<string, unknown>>;

/** What a valid token of the forge says. */
export interface ForgeOptions {
  readonly tenantId: string;
  readonly issuer: string;
  readonly audience: string;
  readonly now: Date;
}

const encode = (value: unknown): string =>
  (typeof value === "string" ? Buffer.from(value) : Buffer.from(JSON.stringify(value))).toString("base64url");

const signRs256 = (content: string, key: KeyObject): string =>
  createSign("RSA-SHA256").update(content).sign(key).toString("base64url");

const bits = 2048;
/** Characters of a claim that make a token longer than any that is taken, in a request that still reaches the app. */
const tooLong = 9_500;
const second = (at: Date): number => Math.floor(at.getTime() / 1000);

/** Makes a forge with a fresh key. */
export async function openTokenForge(options: ForgeOptions): Promise<TokenForge> {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: bits });
  const keyId = randomUUID();
  const publicJwk: JWK = { ...(publicKey.export({ format: "jwk" }) as JWK), kid: keyId, use: "sig", alg: "RS256" };
  const imported = await importJWK(publicJwk, "RS256");
  if (imported instanceof Uint8Array) throw new Error("importing a public RSA key");
  return {
    keyId,
    publicJwk,
    keys: (id) => Promise.resolve(id === keyId ? imported : undefined),
    sign: (claims = {}, header = {}) => signWith(privateKey, options, claims, { kid: keyId, ...header }),
  };
}

function signWith(key: KeyObject, options: ForgeOptions, claims: Changes, header: Changes): string {
  const content = `${encode({ alg: "RS256", typ: "JWT", ...header })}.${encode(validClaims(options, claims))}`;
  return `${content}.${signRs256(content, key)}`;
}

function validClaims({ tenantId, issuer, audience, now }: ForgeOptions, changes: Changes): object {
  return {
    ...{ iss: issuer, aud: audience, tid: tenantId, iat: second(now), nbf: second(now), exp: second(now) + 3600 },
    ...{ oid: "00000000-0000-4000-8000-0000000000f0", appid: "00000000-0000-4000-8000-0000000000f1" },
    roles: ["Vigil.Owner"],
    ver: "1.0",
    ...changes,
  };
}

export interface ForgedToken {
  readonly name: string;
  readonly token: string;
  readonly reason: CredentialProblem;
}

const otherTenant = "00000000-0000-4000-8000-0000000000ff";

/**
 * Tokens that must not open anything, each with why. Used wherever a token is taken: by the verifier itself, over
 * HTTP, and by the storage gateway.
 * @param audiences other audiences that exist in the tenant and are not the verifier's
 */
export function forgedTokens(forge: TokenForge, options: ForgeOptions, audiences: readonly string[]): ForgedToken[] {
  const attacker = generateKeyPairSync("rsa", { modulusLength: bits });
  const attackerJwk = attacker.publicKey.export({ format: "jwk" });
  const bySomebody = (header: Changes, claims: Changes = {}): string =>
    signWith(attacker.privateKey, options, claims, header);
  const kid = forge.keyId;
  const now = second(options.now);
  const valid = forge.sign();
  const [header = "", payload = "", signature = ""] = valid.split(".");
  const richer = encode(validClaims(options, { oid: otherTenant }));
  const hmacKeys = {
    "the modulus": String(forge.publicJwk.n),
    "the JWK as text": JSON.stringify(forge.publicJwk),
  };
  const hs256 = (key: string): string => {
    const content = `${encode({ alg: "HS256", typ: "JWT", kid })}.${payload}`;
    return `${content}.${createHmac("sha256", key).update(content).digest("base64url")}`;
  };
  const forged = (name: string, token: string, reason: CredentialProblem): ForgedToken => ({ name, token, reason });

  return [
    forged("alg none, no signature", `${encode({ alg: "none", kid })}.${payload}.`, "algorithm-not-allowed"),
    forged("alg nOnE, no signature", `${encode({ alg: "nOnE", kid })}.${payload}.`, "algorithm-not-allowed"),
    forged(
      "alg none, a real signature",
      `${encode({ alg: "none", kid })}.${payload}.${signature}`,
      "algorithm-not-allowed",
    ),
    ...Object.entries(hmacKeys).map(([what, key]) =>
      forged(`HS256 with ${what} of the public key as secret`, hs256(key), "algorithm-not-allowed"),
    ),
    ...["RS384", "PS256", "ES256", "EdDSA", "dir"].map((alg) =>
      forged(`alg ${alg}`, forge.sign({}, { alg }), "algorithm-not-allowed"),
    ),
    forged("alg is a list", forge.sign({}, { alg: ["RS256"] }), "algorithm-not-allowed"),
    forged("no alg", forge.sign({}, { alg: undefined }), "algorithm-not-allowed"),
    forged("another's key under the tenant's key id", bySomebody({ kid }), "wrong-signature"),
    forged("another's key under its own id", bySomebody({ kid: "mine" }), "unknown-signing-key"),
    forged("another's key, embedded as jwk", bySomebody({ kid: "mine", jwk: attackerJwk }), "unknown-signing-key"),
    forged("another's key, embedded as jwk, the tenant's id", bySomebody({ kid, jwk: attackerJwk }), "wrong-signature"),
    forged("another's key, by jku", bySomebody({ kid, jku: "https://127.0.0.1:1/keys" }), "wrong-signature"),
    forged("another's key, by x5u", bySomebody({ kid, x5u: "https://127.0.0.1:1/cert" }), "wrong-signature"),
    forged("no key id", forge.sign({}, { kid: undefined }), "unknown-signing-key"),
    forged("a path as key id", bySomebody({ kid: "../../../../dev/null" }), "unknown-signing-key"),
    forged("a critical header", forge.sign({}, { crit: ["exp"], exp: 1 }), "critical-header"),
    forged("an unencoded payload", forge.sign({}, { crit: ["b64"], b64: false }), "critical-header"),
    forged("claims changed after signing", `${header}.${richer}.${signature}`, "wrong-signature"),
    forged(
      "header changed after signing",
      `${encode({ alg: "RS256", kid })}.${payload}.${signature}`,
      "wrong-signature",
    ),
    forged("signature cut off", `${header}.${payload}.`, "wrong-signature"),
    forged(
      "signature of other claims",
      `${header}.${payload}.${forge.sign({ a: 1 }).split(".")[2] ?? ""}`,
      "wrong-signature",
    ),
    forged("two parts", `${header}.${payload}`, "malformed-credential"),
    forged("five parts, as of an encrypted token", `${valid}.a.b`, "malformed-credential"),
    forged("header is no JSON", `${encode("{")}.${payload}.${signature}`, "malformed-credential"),
    forged("header is a list", `${encode([])}.${payload}.${signature}`, "malformed-credential"),
    forged("header is null", `${encode(null)}.${payload}.${signature}`, "malformed-credential"),
    forged("padded base64", `${header}=.${payload}.${signature}`, "malformed-credential"),
    forged("expired", forge.sign({ exp: now - 3600, nbf: now - 7200 }), "expired"),
    forged("not yet valid", forge.sign({ nbf: now + 3600, exp: now + 7200 }), "not-yet-valid"),
    forged("never expires", forge.sign({ exp: undefined }), "missing-claim"),
    forged("expiry as text", forge.sign({ exp: String(now + 3600) }), "missing-claim"),
    forged("expiry beyond numbers", forge.sign({ exp: Number.MAX_VALUE, nbf: "0" }), "missing-claim"),
    ...audiences.map((aud) => forged(`for ${aud}`, forge.sign({ aud }), "wrong-audience")),
    forged("audience that begins alike", forge.sign({ aud: `${options.audience}.evil.example` }), "wrong-audience"),
    forged("audience among others", forge.sign({ aud: [options.audience, "x"] }), "missing-claim"),
    forged("no audience", forge.sign({ aud: undefined }), "missing-claim"),
    ...[
      options.issuer.replace(options.tenantId, otherTenant),
      `https://sts.windows.net.evil.example/${options.tenantId}/`,
      `https://evil.example/${options.tenantId}/v2.0`,
      options.issuer.replace(/^https/, "http"),
      "https://login.microsoftonline.com/common/v2.0",
    ].map((iss) => forged(`issued by ${iss}`, forge.sign({ iss }), "wrong-issuer")),
    forged("no issuer", forge.sign({ iss: undefined }), "missing-claim"),
    forged("of another tenant", forge.sign({ tid: otherTenant }), "wrong-tenant"),
    forged("of no tenant", forge.sign({ tid: undefined }), "missing-claim"),
    forged("of nobody", forge.sign({ oid: undefined }), "missing-claim"),
    forged("an ID token", forge.sign({ appid: undefined, nonce: "n" }), "not-an-access-token"),
    forged("too long", forge.sign({ padding: "x".repeat(tooLong) }), "oversize-credential"),
  ];
}
