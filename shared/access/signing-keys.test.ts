import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { openTokenForge } from "../testing/forged-tokens.js";
import { keysCooldownMs, keysFreshMs, keysStaleMs, signingKeysAt } from "./signing-keys.js";

const options = { tenantId: "t", issuer: "i", audience: "a", now: new Date(0) };

/** A real authority's key address, whose answers tests choose. */
let server: Server;
let url: URL;
let answer: { status: number; body: unknown };
let requests: number;
let now: number;

beforeEach(async () => {
  [requests, now] = [0, 0];
  server = createServer((_, response) => {
    requests += 1;
    response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`);
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

const forge = () => openTokenForge(options);
const open = (cooldownMs = 0) => signingKeysAt(url, { cooldownMs, now: () => now });

describe("signing keys", () => {
  test("are read once and kept, however many ask at the same time", async () => {
    const one = await forge();
    answer = { status: 200, body: { keys: [one.publicJwk] } };
    const keys = open(keysCooldownMs);
    const found = await Promise.all(Array.from({ length: 20 }, () => keys(one.keyId)));
    expect(found.every((key) => key?.type === "public")).toBe(true);
    now = keysFreshMs - 1;
    await keys(one.keyId);
    expect(requests).toBe(1);
  });

  test("are read again when a token names a new one", async () => {
    const [before, after] = await Promise.all([forge(), forge()]);
    answer = { status: 200, body: { keys: [before.publicJwk] } };
    const keys = open();
    await keys(before.keyId);
    answer = { status: 200, body: { keys: [before.publicJwk, after.publicJwk] } };
    expect(await keys(after.keyId)).toBeDefined();
    expect(requests).toBe(2);
  });

  test("are not read again for each made-up key id", async () => {
    const one = await forge();
    answer = { status: 200, body: { keys: [one.publicJwk] } };
    const keys = open(keysCooldownMs);
    for (let n = 0; n < 10; n++) expect(await keys(`made-up-${n}`)).toBeUndefined();
    expect(requests).toBe(1);
  });

  test("that were taken back are gone after an hour", async () => {
    const [before, after] = await Promise.all([forge(), forge()]);
    answer = { status: 200, body: { keys: [before.publicJwk] } };
    const keys = open();
    await keys(before.keyId);
    answer = { status: 200, body: { keys: [after.publicJwk] } };
    expect(await keys(before.keyId)).toBeDefined();
    now = keysFreshMs;
    expect(await keys(before.keyId)).toBeUndefined();
  });

  test("serve on for a day while the authority fails, asked once per cool-down", async () => {
    const one = await forge();
    answer = { status: 200, body: { keys: [one.publicJwk] } };
    const keys = open(keysCooldownMs);
    await keys(one.keyId);
    answer = { status: 503, body: {} };
    now = keysStaleMs - keysCooldownMs;
    for (let n = 0; n < 5; n++) expect(await keys(one.keyId)).toBeDefined();
    expect(requests).toBe(2);
    now = keysStaleMs;
    await expect(keys(one.keyId)).rejects.toThrow(/reading the signing keys at http:\/\/127/);
  });

  test.each([
    { name: "an error", status: 500, body: {} },
    { name: "a redirect", status: 302, body: {} },
    { name: "no key set", status: 200, body: { hello: "world" } },
  ])("that never could be read, because the answer is $name, are a fault", async ({ status, body }) => {
    answer = { status, body };
    await expect(open()("any")).rejects.toThrow(/reading the signing keys/);
  });
});
