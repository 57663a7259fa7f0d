import fc from "fast-check";
import { expect, test } from "vitest";
import { type Service } from "../../../shared/storage-analytics/log-entry.js";
import { parseRequestAddress, type Resource } from "./request-address.js";

const cases: readonly (readonly [string, Service, string, string, string, Resource])[] = [
  ["path style", "blob", "127.0.0.1:10000", "/acc/c/b/x.txt", "acc", { kind: "blob", container: "c", blob: "b/x.txt" }],
  ["localhost", "blob", "localhost:10000", "/acc/c", "acc", { kind: "container", container: "c" }],
  ["IPv6", "blob", "[::1]:10000", "/acc/c", "acc", { kind: "container", container: "c" }],
  ["Docker's host", "blob", "host.docker.internal", "/acc/c", "acc", { kind: "container", container: "c" }],
  ["host style", "blob", "acc.blob.localhost:10000", "/c/b", "acc", { kind: "blob", container: "c", blob: "b" }],
  ["production host", "queue", "acc.queue.core.windows.net", "/q/messages", "acc", { kind: "messages", queue: "q" }],
  ["secondary path", "blob", "127.0.0.1", "/acc-secondary/c/b", "acc", { kind: "blob", container: "c", blob: "b" }],
  ["secondary host", "table", "acc-secondary.table.x", "/t()", "acc", { kind: "table", table: "t" }],
  ["account alone", "blob", "127.0.0.1", "/acc", "acc", { kind: "service" }],
  ["account and slash", "table", "127.0.0.1", "/acc/", "acc", { kind: "service" }],
  ["no path", "blob", "127.0.0.1", "/", "", { kind: "service" }],
  ["encoded slash", "blob", "127.0.0.1", "/acc%2Fc%2fb", "acc", { kind: "blob", container: "c", blob: "b" }],
  ["backslash", "blob", "127.0.0.1", "/acc/c/a%5Cb", "acc", { kind: "blob", container: "c", blob: "a/b" }],
  ["double slash", "blob", "127.0.0.1", "/acc/c//b", "acc", { kind: "blob", container: "c", blob: "/b" }],
  ["empty container", "blob", "127.0.0.1", "/acc//b", "acc", { kind: "other", path: "/b" }],
  ["asterisk", "blob", "127.0.0.1", "*", "*", { kind: "service" }],
  [
    "absolute target",
    "table",
    "ignored",
    "http://127.0.0.1:10002/acc/t(PartitionKey='p''q',RowKey='')",
    "acc",
    { kind: "entity", table: "t", partitionKey: "p'q", rowKey: "" },
  ],
];

test.each(cases)("%s (%s, %s, %s)", (_what, service, host, target, account, resource) => {
  expect(parseRequestAddress(service, target, host)).toMatchObject({ account, resource });
});

test("keys of an entity come out of the path as they went into it", () => {
  const key = fc.string({ unit: "grapheme", maxLength: 20 });
  fc.assert(
    fc.property(key, key, (partitionKey, rowKey) => {
      const quoted = (text: string): string => encodeURIComponent(text.replaceAll("'", "''"));
      const target = `/acc/t(PartitionKey='${quoted(partitionKey)}',RowKey='${quoted(rowKey)}')`;
      expect(parseRequestAddress("table", target, "127.0.0.1").resource).toEqual({
        kind: "entity",
        table: "t",
        partitionKey,
        rowKey,
      });
    }),
  );
});

test("no target and no host make it throw", () => {
  const text = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(fc.constantFrom("blob", "queue", "table"), text, text, (service, target, host) => {
      expect(parseRequestAddress(service, target, host).account).toBeTypeOf("string");
    }),
  );
});
