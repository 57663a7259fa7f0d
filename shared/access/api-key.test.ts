import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { apiKeyPrefix, createApiKey, parseApiKey, recognizeApiKey, type ApiKey } from "./api-key.js";
import { rootScope } from "./scope.js";

const keySecret = Buffer.alloc(32, 1);
const createdAt = new Date("2026-11-24T08:00:00Z");
const about = { label: "grafana", role: "Vigil.Reader", scope: rootScope, createdAt, expiresAt: undefined } as const;

const made = createApiKey(keySecret, about);
const presented = parseApiKey(made.text) ?? expect.fail("the text of a new key is one");
const later = new Date("2026-11-25T08:00:00Z");

describe("a key's text", () => {
  test("has its id and its secret, and reads back", () => {
    expect(made.text).toMatch(/^vigil1_[a-z2-7]{16}_[A-Za-z0-9_-]{43}$/);
    expect(presented.id).toBe(made.key.id);
  });

  test("is not in what is kept", () => {
    expect(JSON.stringify(made.key)).not.toContain(presented.secret);
    expect(Buffer.from(made.key.hash, "base64").toString("base64url")).not.toContain(presented.secret);
  });

  test("and the hash of it are different for each key", () => {
    const keys = Array.from({ length: 50 }, () => createApiKey(keySecret, about));
    for (const part of [keys.map(({ text }) => text), keys.map(({ key }) => key.id), keys.map(({ key }) => key.hash)]) {
      expect(new Set(part).size).toBe(keys.length);
    }
  });

  test.each(["", apiKeyPrefix, made.text.slice(0, -1), `${made.text}A`, ` ${made.text}`, `${made.text}\n`])(
    "%j is none",
    (text) => {
      expect(parseApiKey(text)).toBeUndefined();
    },
  );
});

describe("a key is recognized", () => {
  const recognize = (stored: ApiKey | undefined, secret = presented.secret, pepper = keySecret) =>
    recognizeApiKey({ id: presented.id, secret }, stored, pepper, [], later);
  const other = "A".repeat(43);

  test.each([
    { name: "that is right", stored: made.key, problem: undefined },
    { name: "that nobody has", stored: undefined, problem: "unknown-key" },
    { name: "with another secret", stored: made.key, secret: other, problem: "unknown-key" },
    { name: "hashed with another pepper", stored: made.key, pepper: Buffer.alloc(32, 2), problem: "unknown-key" },
    { name: "with another salt", stored: { ...made.key, salt: "AAAA" }, problem: "unknown-key" },
    { name: "whose kept hash is empty", stored: { ...made.key, hash: "" }, problem: "unknown-key" },
    { name: "that was revoked", stored: { ...made.key, revokedAt: createdAt }, problem: "revoked-key" },
    {
      name: "that was revoked, by somebody who guesses",
      stored: { ...made.key, revokedAt: createdAt },
      secret: other,
      problem: "unknown-key",
    },
    { name: "that expires now", stored: { ...made.key, expiresAt: later }, problem: "expired-key" },
    {
      name: "that expires in a moment",
      stored: { ...made.key, expiresAt: new Date(later.getTime() + 1) },
      problem: undefined,
    },
  ] as const)("$name: $problem", (row) => {
    const principal = recognize(
      row.stored,
      "secret" in row ? row.secret : undefined,
      "pepper" in row ? row.pepper : undefined,
    );
    if (row.problem === undefined)
      expect(principal).toMatchObject({ kind: "api-key", id: made.key.id, name: "grafana" });
    else expect(principal).toEqual({ kind: "nobody", problem: row.problem });
  });

  test("with its own role and those assigned to it", () => {
    const assignment = { principalId: made.key.id, role: "Vigil.Ingest", scope: rootScope } as const;
    const principal = recognizeApiKey(presented, made.key, keySecret, [assignment], later);
    expect(principal).toMatchObject({
      grants: [
        { role: "Vigil.Reader", source: "key" },
        { role: "Vigil.Ingest", source: "assignment" },
      ],
    });
  });

  test("by no secret but its own", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_-]{43}$/), (secret) => {
        const principal = recognize(made.key, secret);
        expect(principal.kind).toBe(secret === presented.secret ? "api-key" : "nobody");
      }),
      { numRuns: 200 },
    );
  });
});
