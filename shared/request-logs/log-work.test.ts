import { expect, test } from "vitest";

import {
  groupForMessages,
  maxBlobsOfMessage,
  maxBytesOfMessage,
  parseLogBlobsMessage,
  readLogBlobsWork,
} from "./log-work.js";

const accounts = new Set(["account"]);
const blob = "blob/2026/01/31/0800/000007.log";
const planned = `W/"datetime'2026-01-31T08%3A00%3A00.1234567Z'"`;
const other = "blob/2026/01/31/0800/000008.log";
const first = { name: blob, etag: "0x8D", planned };
const work = readLogBlobsWork("account", [first, { name: other, etag: "0x8E" }]);

const of = (...blobs: readonly object[]) => ({ work: { ...work, blobs } });

test("a message that was sent is understood", () => {
  expect(parseLogBlobsMessage({ work }, accounts)).toEqual({
    kind: "work",
    work: {
      account: "account",
      blobs: [
        { ...first, blob: { service: "blob", hour: new Date("2026-01-31T08:00:00Z"), counter: 7 } },
        { name: other, etag: "0x8E", blob: { service: "blob", hour: new Date("2026-01-31T08:00:00Z"), counter: 8 } },
      ],
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
  { message: of({ ...first, name: "blob/2026/02/30/0800/000007.log" }), reason: /not the name of a log blob/ },
  { message: of({ ...first, name: "x".repeat(100) }), reason: /blobs\/0\/name/ },
  { message: of({ ...first, etag: "../x" }), reason: /blobs\/0\/etag/ },
  { message: of({ ...first, planned: "a\r\nb: c" }), reason: /blobs\/0\/planned/ },
  { message: of(first, { ...first, etag: "0x8E" }), reason: /one twice/ },
  { message: of(), reason: /work\/blobs/ },
  { message: of(...Array.from({ length: maxBlobsOfMessage + 1 }, () => first)), reason: /work\/blobs/ },
])("$message is rejected: $reason", ({ message, reason }) => {
  const parsed = parseLogBlobsMessage(message, accounts);
  expect(parsed.kind === "rejected" && parsed.reason).toMatch(reason);
});

test("blobs share a message as far as their number and bytes allow, and a large one is alone", () => {
  const small = (count: number) => Array.from({ length: count }, () => ({ size: 1 }));
  const sizesOf = (blobs: readonly { readonly size: number }[]) => groupForMessages(blobs).map(({ length }) => length);
  expect(sizesOf([])).toEqual([]);
  expect(sizesOf(small(maxBlobsOfMessage))).toEqual([maxBlobsOfMessage]);
  expect(sizesOf(small(maxBlobsOfMessage + 1))).toEqual([maxBlobsOfMessage, 1]);
  const half = { size: maxBytesOfMessage / 2 };
  expect(sizesOf([half, half, ...small(1)])).toEqual([2, 1]);
  expect(sizesOf([...small(2), { size: 10 * maxBytesOfMessage }, ...small(2)])).toEqual([2, 1, 2]);
});

test("a message of as many blobs as there may be fits a queue", () => {
  const name = `table/2026/12/31/2300/${"9".repeat(6)}.log`;
  const blobs = Array.from({ length: maxBlobsOfMessage }, () => ({
    name,
    etag: "0".repeat(64),
    planned: "W".repeat(128),
  }));
  const text = Buffer.from(JSON.stringify({ work: readLogBlobsWork("a".repeat(24), blobs) })).toString("base64");
  expect(text.length).toBeLessThan(64 * 1024);
});
