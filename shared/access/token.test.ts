import { beforeAll, describe, expect, test } from "vitest";

import { forgedTokens, openTokenForge, type ForgeOptions, type TokenForge } from "../testing/forged-tokens.js";
import { clockSkewSeconds, maxTokenLength, verifyToken, type TokenExpectations } from "./token.js";

const now = new Date("2026-11-24T08:00:00Z");
const second = now.getTime() / 1000;
const tenantId = "00000000-0000-4000-8000-00000000000a";
const audience = "api://00000000-0000-4000-8000-00000000000b";
const issuers = [`https://sts.windows.net/${tenantId}/`, `https://login.microsoftonline.com/${tenantId}/v2.0`];
const expected: TokenExpectations = { tenantId, issuers, audiences: [audience, "https://management.azure.com"] };
const options: ForgeOptions = { tenantId, issuer: issuers[0] ?? "", audience, now };

let forge: TokenForge;
beforeAll(async () => {
  forge = await openTokenForge(options);
});
const verify = (token: string) => verifyToken(token, forge.keys, expected, now);

describe("a token is accepted", () => {
  test.each([
    { name: "of version 1", claims: {} },
    { name: "of version 2", claims: { iss: issuers[1], ver: "2.0", appid: undefined, azp: tenantId } },
    { name: "for another accepted audience", claims: { aud: "https://management.azure.com" } },
    { name: "for that audience with a slash", claims: { aud: "https://management.azure.com/" } },
    { name: "whose tenant is in capitals", claims: { tid: tenantId.toUpperCase() } },
    { name: "from an authority whose clock is ahead", claims: { nbf: second + clockSkewSeconds } },
    { name: "that expired within the skew", claims: { exp: second - clockSkewSeconds + 1 } },
  ])("$name", async ({ claims }) => {
    expect(await verify(forge.sign(claims))).toMatchObject({
      kind: "valid",
      claims: { tid: expect.any(String) as string },
    });
  });

  test("up to the greatest length", async () => {
    const room = maxTokenLength - forge.sign({ padding: "" }).length;
    const longest = forge.sign({ padding: "x".repeat(Math.floor((room * 3) / 4) - 3) });
    expect(longest.length).toBeGreaterThan(maxTokenLength - 10);
    expect(longest.length).toBeLessThanOrEqual(maxTokenLength);
    expect(await verify(longest)).toMatchObject({ kind: "valid" });
  });
});

describe("a token is refused just beyond the skew", () => {
  test.each([
    { claims: { nbf: second + clockSkewSeconds + 1 }, reason: "not-yet-valid" },
    { claims: { exp: second - clockSkewSeconds }, reason: "expired" },
  ])("$reason", async ({ claims, reason }) => {
    expect(await verify(forge.sign(claims))).toEqual({ kind: "invalid", reason });
  });
});

test("every forged token is refused, and for the right reason", async () => {
  const forged = forgedTokens(forge, options, ["https://graph.microsoft.com", "https://storage.azure.com", "*"]);
  const found = await Promise.all(forged.map(async ({ name, token }) => ({ name, ...(await verify(token)) })));
  expect(found).toEqual(forged.map(({ name, reason }) => ({ name, kind: "invalid", reason })));
  expect(new Set(forged.map(({ token }) => token)).size).toBe(forged.length);
});

test("keys are looked up by the key id alone, and not before the algorithm is right", async () => {
  const asked: string[] = [];
  const keys = (keyId: string) => {
    asked.push(keyId);
    return forge.keys(keyId);
  };
  await verifyToken(forge.sign({}, { alg: "none" }), keys, expected, now);
  await verifyToken(forge.sign({}, { jku: "https://127.0.0.1:1/", jwk: forge.publicJwk }), keys, expected, now);
  expect(asked).toEqual([forge.keyId]);
});

test("when the keys can't be read, that is a fault and no verdict", async () => {
  const keys = () => Promise.reject(new Error("no network"));
  await expect(verifyToken(forge.sign(), keys, expected, now)).rejects.toThrow("no network");
});
