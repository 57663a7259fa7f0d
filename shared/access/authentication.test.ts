import { beforeAll, describe, expect, test } from "vitest";

import { forgedTokens, openTokenForge, type ForgeOptions, type TokenForge } from "../testing/forged-tokens.js";
import { createApiKey } from "./api-key.js";
import { authenticate, type Recognition } from "./authentication.js";
import { authorityOf, publicAuthorityHost } from "./authority.js";
import { rootScope } from "./scope.js";
import { maxTokenLength } from "./token.js";

const now = new Date("2026-11-24T08:00:00Z");
const tenantId = "00000000-0000-4000-8000-00000000000a";
const authority = authorityOf(publicAuthorityHost, tenantId);
const audience = "api://00000000-0000-4000-8000-00000000000b";
const options: ForgeOptions = { tenantId, issuer: authority.issuers[0] ?? "", audience, now };
const keySecret = Buffer.alloc(32, 1);
const apiKey = createApiKey(keySecret, {
  ...{ label: "grafana", role: "Vigil.Reader", scope: rootScope, createdAt: now, expiresAt: undefined },
});
const otherKey = createApiKey(keySecret, { ...apiKey.key });
const signature = Buffer.alloc(32).toString("base64");

let forge: TokenForge;
let recognition: Recognition;
beforeAll(async () => {
  forge = await openTokenForge(options);
  recognition = {
    tokens: {
      authority,
      keys: forge.keys,
      ownAudiences: [audience],
      furtherAudiences: ["https://management.azure.com"],
    },
    apiKeys: { keySecret, find: (id) => Promise.resolve(id === apiKey.key.id ? apiKey.key : undefined) },
    assignments: [],
  };
});

type HeaderList = [string, string][];
const request = (headers: HeaderList, query = "") => ({
  url: `https://vigil.example/health${query}`,
  headers: new Headers(headers),
});
const bearer = (value: string): [string, string] => ["Authorization", `Bearer ${value}`];

describe("a caller is known", () => {
  test.each([
    { by: "a token", headers: () => [bearer(forge.sign())], kind: "application" },
    {
      by: "a token, scheme in lower case",
      headers: () => [["authorization", `bearer ${forge.sign()}`]],
      kind: "application",
    },
    { by: "a token of a user", headers: () => [bearer(forge.sign({ scp: "access" }))], kind: "user" },
    { by: "an API key as bearer", headers: () => [bearer(apiKey.text)], kind: "api-key" },
    { by: "an API key in its own header", headers: () => [["X-Api-Key", apiKey.text]], kind: "api-key" },
  ] as { by: string; headers: () => HeaderList; kind: string }[])("by $by", async ({ headers, kind }) => {
    expect(await authenticate(request(headers()), recognition, now)).toMatchObject({ kind });
  });
});

describe("nobody is known", () => {
  test.each([
    { by: "nothing", headers: () => [], problem: "no-credential" },
    { by: "an empty header", headers: () => [["Authorization", "  "]], problem: "no-credential" },
    { by: "two tokens", headers: () => [bearer(forge.sign()), bearer(forge.sign())], problem: "doubled-credential" },
    { by: "a token and rubbish", headers: () => [bearer(forge.sign()), bearer("x")], problem: "doubled-credential" },
    {
      by: "a token and a key",
      headers: () => [bearer(forge.sign()), ["X-Api-Key", apiKey.text]],
      problem: "doubled-credential",
    },
    {
      by: "two keys",
      headers: () => [
        ["X-Api-Key", apiKey.text],
        ["X-Api-Key", apiKey.text],
      ],
      problem: "doubled-credential",
    },
    { by: "the word alone", headers: () => [["Authorization", "Bearer"]], problem: "malformed-credential" },
    { by: "two words", headers: () => [bearer(`${forge.sign()} x`)], problem: "malformed-credential" },
    { by: "a password", headers: () => [["Authorization", "Basic dTpw"]], problem: "unknown-scheme" },
    { by: "a token without its scheme", headers: () => [["Authorization", forge.sign()]], problem: "unknown-scheme" },
    { by: "a cut key", headers: () => [bearer(apiKey.text.slice(0, -1))], problem: "malformed-credential" },
    { by: "another's key", headers: () => [bearer(otherKey.text)], problem: "unknown-key" },
    {
      by: "the id of one key with the secret of another",
      headers: () => [bearer(apiKey.text.slice(0, 24) + otherKey.text.slice(24))],
      problem: "unknown-key",
    },
    {
      by: "a workspace's signature, which opens one route only",
      headers: () => [["Authorization", `SharedKey ${tenantId}:${signature}`]],
      problem: "unknown-scheme",
    },
    {
      by: "a storage account's signature",
      headers: () => [["Authorization", `SharedKey devstoreaccount1:${signature}`]],
      problem: "malformed-credential",
    },
    { by: "far too much", headers: () => [bearer("a".repeat(maxTokenLength + 1))], problem: "oversize-credential" },
    ...["access_token", "Access_Token", "token", "api-key", "authorization"].map((name) => ({
      by: `a token in the query as ${name}`,
      headers: () => [],
      query: () => `?${name}=${forge.sign()}`,
      problem: "credential-in-url",
    })),
    {
      by: "a token in the query besides a right one",
      headers: () => [bearer(forge.sign())],
      query: () => `?access_token=${forge.sign()}`,
      problem: "credential-in-url",
    },
  ] as { by: string; headers: () => HeaderList; query?: () => string; problem: string }[])(
    "by $by",
    async ({ headers, query, problem }) => {
      const principal = await authenticate(request(headers(), query?.()), recognition, now);
      expect(principal).toEqual({ kind: "nobody", problem });
    },
  );

  test("by any forged token", async () => {
    const forged = forgedTokens(forge, options, ["https://graph.microsoft.com"]);
    for (const { name, token, reason } of forged) {
      const principal = await authenticate(request([bearer(token)]), recognition, now);
      expect({ name, principal }).toEqual({ name, principal: { kind: "nobody", problem: reason } });
    }
  });

  test("where tokens or keys are not configured", async () => {
    const none: Recognition = { tokens: undefined, apiKeys: undefined, assignments: [] };
    expect(await authenticate(request([bearer(forge.sign())]), none, now)).toMatchObject({ problem: "tokens-off" });
    expect(await authenticate(request([bearer(apiKey.text)]), none, now)).toMatchObject({ problem: "keys-off" });
  });
});

describe("roles in a token", () => {
  test.each([
    { aud: audience, grants: 1 },
    { aud: "https://management.azure.com", grants: 0 },
  ])("for $aud give $grants grants", async ({ aud, grants }) => {
    const principal = await authenticate(request([bearer(forge.sign({ aud }))]), recognition, now);
    expect(principal.kind === "nobody" ? principal : principal.grants).toHaveLength(grants);
  });
});

test("kept keys that can't be read are a fault and no verdict", async () => {
  const find = () => Promise.reject(new Error("storage is away"));
  const broken = { ...recognition, apiKeys: { keySecret, find } };
  await expect(authenticate(request([bearer(apiKey.text)]), broken, now)).rejects.toThrow("storage is away");
});
