import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { forgedTokens, openTokenForge, type ForgeOptions, type TokenForge } from "../testing/forged-tokens.js";
import { readAccessSettings, type AccessSettings } from "./access-settings.js";
import { createApiKey } from "./api-key.js";
import { openDoor, type Door, type DoorOptions } from "./door.js";
import { parseScope, rootScope } from "./scope.js";

const now = new Date("2026-11-24T08:00:00Z");
const tenantId = "00000000-0000-4000-8000-00000000000a";
const clientId = "00000000-0000-4000-8000-00000000000b";
const reader = "00000000-0000-4000-8000-0000000000e1";
const accountOf = (name: string): string =>
  `/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/${name}`;
const options: ForgeOptions = {
  ...{ tenantId, issuer: `https://sts.windows.net/${tenantId}/`, audience: `api://${clientId}`, now },
};
const keySecret = Buffer.alloc(32, 1);
const oneScope = parseScope(accountOf("one")) ?? rootScope;
const apiKey = createApiKey(keySecret, {
  ...{ label: "one", role: "Vigil.Reader", scope: oneScope, createdAt: now, expiresAt: undefined },
});

let forge: TokenForge;
let authority: Server;
let access: AccessSettings;
beforeAll(async () => {
  forge = await openTokenForge(options);
  authority = createServer((_, response) => response.end(JSON.stringify({ keys: [forge.publicJwk] })));
  await new Promise<void>((resolve) => authority.listen(0, "127.0.0.1", resolve));
  const read = readAccessSettings(
    {
      VIGIL_TENANT_ID: tenantId,
      VIGIL_CLIENT_ID: clientId,
      VIGIL_AUTHORITY_HOST: `http://127.0.0.1:${(authority.address() as AddressInfo).port}`,
      VIGIL_KEY_SECRET: keySecret.toString("base64"),
      VIGIL_ROLE_ASSIGNMENTS: [{ principalId: reader, role: "Vigil.Reader", scope: accountOf("one") }],
    },
    "entra",
  );
  if (read.kind === "invalid") throw new Error(read.problem);
  access = read.settings;
});
afterAll(() => new Promise((resolve) => authority.close(resolve)));

const open = (changes: Partial<DoorOptions> = {}): Door =>
  openDoor({
    auth: "entra",
    access,
    resources: { accounts: ["one", "two"].map((name) => ({ name, resourceId: accountOf(name) })) },
    findApiKey: (id) => Promise.resolve(id === apiKey.key.id ? apiKey.key : undefined),
    clock: () => now,
    ...changes,
  });
const visit = (headers: Record<string, string>, url = "https://vigil.example/x") => ({
  url,
  headers: new Headers(headers),
});
const bearer = (value: string) => visit({ authorization: `Bearer ${value}` });
const account = (name: string) => ({ method: "GET", path: "/storage-analytics/{account}", values: { account: name } });

describe("a caller comes in, or not", () => {
  test.each([
    { who: "an owner by token", by: () => bearer(forge.sign()), to: "one", reason: "token-role" },
    { who: "an owner by token", by: () => bearer(forge.sign()), to: "nothing", reason: "token-role" },
    {
      who: "a reader of one",
      by: () => bearer(forge.sign({ oid: reader, roles: [] })),
      to: "one",
      reason: "assignment-role",
    },
    {
      who: "a reader of one",
      by: () => bearer(forge.sign({ oid: reader, roles: [] })),
      to: "two",
      reason: "role-elsewhere",
    },
    {
      who: "a reader of one",
      by: () => bearer(forge.sign({ oid: reader, roles: [] })),
      to: "nothing",
      reason: "role-elsewhere",
    },
    { who: "a key for one", by: () => bearer(apiKey.text), to: "one", reason: "key-role" },
    { who: "a key for one", by: () => bearer(apiKey.text), to: "two", reason: "role-elsewhere" },
    { who: "somebody without a role", by: () => bearer(forge.sign({ roles: [] })), to: "one", reason: "no-role" },
    { who: "nobody", by: () => visit({}), to: "one", reason: "no-credential" },
  ])("$who to $to: $reason", async ({ by, to, reason }) => {
    const entrance = await open().enter(by(), account(to));
    expect(entrance.decision.reason).toBe(reason);
    expect(entrance.kind).toBe(entrance.decision.allowed ? "open" : "closed");
  });

  test("with the same answer for what is another's and for what isn't there", async () => {
    const by = () => bearer(forge.sign({ oid: reader, roles: [] }));
    const [other, missing] = [await open().enter(by(), account("two")), await open().enter(by(), account("missing"))];
    if (other.kind === "open" || missing.kind === "open") expect.fail("the door is open");
    expect(other.refusal).toEqual(missing.refusal);
    expect(other.refusal.status).toBe(403);
  });

  test("with no forged token", async () => {
    const door = open();
    for (const { name, token } of forgedTokens(forge, options, ["https://graph.microsoft.com"])) {
      const entrance = await door.enter(bearer(token), account("one"));
      expect({ name, status: entrance.kind === "closed" ? entrance.refusal.status : 200 }).toEqual({
        name,
        status: 401,
      });
    }
  });

  test("anonymously only where the table says public", async () => {
    const door = open();
    for (const path of ["/health", "/openapi.json"]) {
      expect(await door.enter(visit({}), { method: "GET", path, values: {} })).toMatchObject({ kind: "open" });
    }
    await expect(door.enter(visit({}), { method: "GET", path: "/new", values: {} })).rejects.toThrow(/no row/);
  });
});

describe("in development mode", () => {
  const local = (headers: Record<string, string>) => visit(headers, "http://127.0.0.1:7071/storage-analytics/one");
  test.each([
    { name: "this machine", by: local({}), kind: "open", status: undefined },
    { name: "this machine with a token", by: local({ authorization: "Bearer x" }), kind: "open", status: undefined },
    { name: "a proxy", by: local({ "x-forwarded-for": "1.2.3.4" }), kind: "closed", status: 403 },
    { name: "another host's name", by: visit({}, "http://evil.example/"), kind: "closed", status: 403 },
  ])("$name finds the door $kind", async ({ by, kind, status }) => {
    const entrance = await open({ auth: "development" }).enter(by, account("one"));
    expect(entrance.kind).toBe(kind);
    expect(entrance.kind === "closed" ? entrance.refusal.status : undefined).toBe(status);
  });
});

test("when VIGIL_AUTH is not set, right tokens and keys come in no more than anybody", async () => {
  const door = open({ auth: undefined });
  for (const by of [bearer(forge.sign()), bearer(apiKey.text), visit({}, "http://127.0.0.1/")]) {
    expect(await door.enter(by, account("one"))).toMatchObject({ kind: "closed", refusal: { status: 401 } });
  }
});
