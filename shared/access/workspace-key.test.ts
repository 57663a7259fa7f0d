import { createHmac } from "node:crypto";

import { describe, expect, test } from "vitest";

import {
  deriveWorkspaceKey,
  parseWorkspaceSignature,
  recognizeWorkspace,
  signatureLifetimeMs,
  workspaceKeyBytes,
} from "./workspace-key.js";

const keySecret = Buffer.alloc(32, 1);
const customerId = "00000000-0000-4000-8000-00000000000A";
const otherId = "00000000-0000-4000-8000-00000000000B";
const resource = (name: string): string =>
  `/subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/${name}`;
const workspaces = [
  { customerId: customerId.toLowerCase(), resourceId: resource("one") },
  { customerId: otherId.toLowerCase(), resourceId: resource("two") },
];
const now = new Date("2026-11-24T08:00:00Z");
const body = Buffer.from('[{"name":"Zoë"}]');

/** As the samples of Microsoft's documentation do it: in base64 to the client, decoded there. */
function clientSignature(keyText: string, date: string, contentLength = body.length): string {
  const toSign = `POST\n${contentLength}\napplication/json\nx-ms-date:${date}\n/api/logs`;
  return createHmac("sha256", Buffer.from(keyText, "base64")).update(toSign, "utf8").digest("base64");
}

const keyText = (id: string, version = 1, secret = keySecret) =>
  deriveWorkspaceKey(secret, id, version).toString("base64");
const date = now.toUTCString();

describe("a shared key of a workspace", () => {
  test("has the length of Azure's", () => {
    expect(deriveWorkspaceKey(keySecret, customerId, 1)).toHaveLength(workspaceKeyBytes);
    expect(keyText(customerId)).toHaveLength(88);
  });

  test("differs by workspace, version and secret, and not by the case of the id", () => {
    const keys = [
      keyText(customerId),
      keyText(otherId),
      keyText(customerId, 2),
      keyText(customerId, 1, Buffer.alloc(32, 2)),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(keyText(customerId.toLowerCase())).toBe(keyText(customerId));
  });
});

describe("a signed post", () => {
  const at = (ms: number): string => new Date(now.getTime() + ms).toUTCString();
  const cases = [
    { name: "is from its workspace", signature: clientSignature(keyText(customerId), date), problem: undefined },
    {
      name: "with a newer version of the key",
      signature: clientSignature(keyText(customerId, 2), date),
      problem: undefined,
    },
    {
      name: "with a version that is not accepted",
      signature: clientSignature(keyText(customerId, 3), date),
      problem: "unknown-key",
    },
    {
      name: "with the key of another workspace",
      signature: clientSignature(keyText(otherId), date),
      problem: "unknown-key",
    },
    {
      name: "of a workspace that is not configured",
      id: "00000000-0000-4000-8000-00000000000C",
      signature: clientSignature(keyText("00000000-0000-4000-8000-00000000000C"), date),
      problem: "unknown-key",
    },
    {
      name: "signed over characters instead of bytes",
      signature: clientSignature(keyText(customerId), date, body.toString().length),
      problem: "unknown-key",
    },
    {
      name: "as old as is accepted",
      date: at(-signatureLifetimeMs),
      signature: clientSignature(keyText(customerId), at(-signatureLifetimeMs)),
      problem: undefined,
    },
    {
      name: "too old",
      date: at(-signatureLifetimeMs - 1000),
      signature: clientSignature(keyText(customerId), at(-signatureLifetimeMs - 1000)),
      problem: "stale-date",
    },
    {
      name: "from the future",
      date: at(signatureLifetimeMs + 1000),
      signature: clientSignature(keyText(customerId), at(signatureLifetimeMs + 1000)),
      problem: "stale-date",
    },
    {
      name: "whose date is none",
      date: "yesterday",
      signature: clientSignature(keyText(customerId), "yesterday"),
      problem: "stale-date",
    },
  ] as const;

  test.each(cases)("$name: $problem", (row) => {
    const id = "id" in row ? row.id : customerId;
    const presented = parseWorkspaceSignature(`SharedKey ${id}:${row.signature}`) ?? expect.fail("no signature");
    const post = {
      path: "/api/logs",
      contentLength: body.length,
      contentType: "application/json",
      date: "date" in row ? row.date : date,
    };
    const principal = recognizeWorkspace(presented, post, workspaces, keySecret, [1, 2], now);
    if (row.problem !== undefined) {
      expect(principal).toEqual({ kind: "nobody", problem: row.problem });
      return;
    }
    expect(principal).toMatchObject({
      kind: "workspace-key",
      id: customerId.toLowerCase(),
      grants: [{ role: "Vigil.Ingest", scope: { id: resource("one") } }],
    });
  });
});

test.each([
  "",
  `SharedKey ${customerId}`,
  `SharedKey ${customerId}:`,
  `SharedKey devstoreaccount1:${Buffer.alloc(32).toString("base64")}`,
  `SharedKey ${customerId}:${Buffer.alloc(31).toString("base64")}`,
  `SharedKey ${customerId}:${Buffer.alloc(64).toString("base64")}`,
  `SharedKeyLite ${customerId}:${Buffer.alloc(32).toString("base64")}`,
])("%j is no signature of a workspace", (text) => {
  expect(parseWorkspaceSignature(text)).toBeUndefined();
});
