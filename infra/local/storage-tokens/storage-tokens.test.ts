import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

import {
  forgedTokens,
  openTokenForge,
  type ForgeOptions,
  type TokenForge,
} from "../../../shared/testing/forged-tokens.js";
import { clockSkewSeconds } from "../../../shared/access/token.js";
import { maxRememberedTokens, StorageTokens } from "./storage-tokens.js";

const now = new Date("2026-11-24T08:00:00Z");
const second = now.getTime() / 1000;
const tenantId = "00000000-0000-4000-8000-00000000000a";
const issuer = `https://sts.windows.net/${tenantId}/`;
const options: ForgeOptions = { tenantId, issuer, audience: "https://storage.azure.com", now };
const target = { account: "devstoreaccount1", service: "blob" } as const;

let forge: TokenForge;
let server: Server;
let requests = 0;
let host: string;
let tokens: StorageTokens;
beforeAll(async () => {
  forge = await openTokenForge(options);
  server = createServer((_, response) => {
    requests += 1;
    response.end(JSON.stringify({ keys: [forge.publicJwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  tokens = new StorageTokens(host, tenantId);
});

describe("a token's audience", () => {
  test.each([
    { aud: "https://storage.azure.com", kind: "valid" },
    { aud: "https://storage.azure.com/", kind: "valid" },
    { aud: "e406a681-f3d4-42a8-90b6-c2b029497af1", kind: "valid" },
    { aud: "https://devstoreaccount1.blob.core.windows.net", kind: "valid" },
    { aud: "https://devstoreaccount1.blob.core.windows.net/", kind: "valid" },
    { aud: "https://devstoreaccount1.queue.core.windows.net", kind: "invalid" },
    { aud: "https://other.blob.core.windows.net", kind: "invalid" },
    { aud: "https://management.azure.com", kind: "invalid" },
  ])("$aud is $kind for the blob service of an account", async ({ aud, kind }) => {
    expect(await tokens.check(forge.sign({ aud }), target, now)).toMatchObject({ kind });
  });
});

test("no forged token gets in, and each for its own reason", async () => {
  const forged = forgedTokens(forge, options, ["https://graph.microsoft.com"]);
  for (const { name, token, reason } of forged) {
    expect({ name, verdict: await tokens.check(token, target, now) }).toEqual({
      name,
      verdict: { kind: "invalid", reason },
    });
    expect(tokens.recall(token, target, now)).toBeUndefined();
  }
});

describe("the log gets from a token", () => {
  const application = {
    userObjectId: "00000000-0000-4000-8000-0000000000f0",
    tenantId,
    applicationId: "00000000-0000-4000-8000-0000000000f1",
    audience: "https://storage.azure.com",
    issuer,
    userPrincipalName: "",
    authorizationDetail: "",
  };
  test.each([
    { of: "an application", claims: {}, fields: application },
    {
      of: "a user",
      claims: { upn: "ann@contoso.com" },
      fields: { ...application, userPrincipalName: "ann@contoso.com" },
    },
    {
      of: "version 2",
      claims: { appid: undefined, azp: tenantId },
      fields: { ...application, applicationId: tenantId },
    },
  ])("of $of these fields", async ({ claims, fields }) => {
    expect(await tokens.check(forge.sign(claims), target, now)).toMatchObject({ kind: "valid", fields });
  });
});

describe("a valid token is remembered", () => {
  test("for its own account and service, until it expires", async () => {
    const token = forge.sign();
    const verdict = await tokens.check(token, target, now);
    expect(tokens.recall(token, target, now)).toBe(verdict);
    expect(tokens.recall(token, { ...target, account: "other" }, now)).toBeUndefined();
    expect(tokens.recall(token, { ...target, service: "queue" }, now)).toBeUndefined();
    const end = (second + 3600 + clockSkewSeconds) * 1000;
    expect(tokens.recall(token, target, new Date(end - 1))).toBe(verdict);
    expect(tokens.recall(token, target, new Date(end))).toBeUndefined();
    expect(await tokens.check(token, target, new Date(end))).toEqual({ kind: "invalid", reason: "expired" });
  });

  test("and so are not more than there is room for", async () => {
    const first = forge.sign({ n: 0 });
    await tokens.check(first, target, now);
    const asked = requests;
    for (let n = 1; n < maxRememberedTokens; n++) {
      await tokens.check(first, { ...target, account: `account${n}` }, now);
    }
    expect(tokens.recall(first, target, now)).toBeDefined();
    await tokens.check(first, { ...target, account: "one more" }, now);
    expect(tokens.recall(first, target, now)).toBeUndefined();
    expect(requests).toBe(asked);
  });
});

test("the refusal is the storage services' own", () => {
  expect(tokens.refuse("wrong-signature")).toEqual({
    status: 401,
    code: "InvalidAuthenticationInfo",
    message: expect.stringMatching(/^Server failed to authenticate the request/) as string,
    details: { AuthenticationErrorDetail: "The token's signature is wrong." },
    challenge: `Bearer authorization_uri=${host}/${tenantId}/oauth2/v2.0/authorize resource_id=https://storage.azure.com`,
  });
});
