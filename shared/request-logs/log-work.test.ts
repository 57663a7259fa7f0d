import { expect, test } from "vitest";

import { parseLogBlobMessage, readLogBlobWork } from "./log-work.js";

const accounts = new Set(["account"]);
const blob = "blob/2026/01/31/0800/000007.log";
const planned = `W/"datetime'2026-01-31T08%3A00%3A00.1234567Z'"`;
const work = readLogBlobWork("account", blob, "0x8D", planned);

test("a message that was sent is understood", () => {
  expect(parseLogBlobMessage({ work }, accounts)).toEqual({
    kind: "work",
    work: {
      account: "account",
      name: blob,
      etag: "0x8D",
      planned,
      blob: { service: "blob", hour: new Date("2026-01-31T08:00:00Z"), counter: 7 },
    },
  });
});

test.each([
  { message: undefined, reason: /object/ },
  { message: "text", reason: /object/ },
  { message: {}, reason: /work/ },
  { message: { work: { ...work, kind: "delete-log-blob" } }, reason: /work\/kind/ },
  { message: { work: { ...work, account: "a'or'1" } }, reason: /work\/account/ },
  { message: { work: { ...work, account: "another" } }, reason: /another is not in VIGIL_ACCOUNTS/ },
  { message: { work: { ...work, blob: "blob/2026/02/30/0800/000007.log" } }, reason: /not the name of a log blob/ },
  { message: { work: { ...work, blob: "x".repeat(100) } }, reason: /work\/blob/ },
  { message: { work: { ...work, etag: "../x" } }, reason: /work\/etag/ },
  { message: { work: { ...work, planned: "a\r\nb: c" } }, reason: /work\/planned/ },
])("$message is rejected: $reason", ({ message, reason }) => {
  const parsed = parseLogBlobMessage(message, accounts);
  expect(parsed.kind === "rejected" && parsed.reason).toMatch(reason);
});
