import fc from "fast-check";
import { expect, test } from "vitest";

import { parseTarget, readQuery } from "./request-path.js";

test.each([
  { target: "/a/b?x=1", path: "/a/b", encodedPath: "/a/b", query: "?x=1" },
  { target: "/a%20b", path: "/a b", encodedPath: "/a%20b", query: "" },
  { target: "/a%2Fb", path: "/a%2Fb", encodedPath: "/a%2Fb", query: "" },
  // encoding again leaves %XX as it is: not the same as what was sent (functions-host.md §6.2)
  { target: "/a%2541", path: "/a%41", encodedPath: "/a%41", query: "" },
  { target: "/100%25", path: "/100%", encodedPath: "/100%25", query: "" },
  { target: "/caf%C3%A9", path: "/café", encodedPath: "/caf%C3%A9", query: "" },
  { target: "/%C3%28", path: "/%C3%28", encodedPath: "/%C3%28", query: "" },
  { target: "/a/../b/./c", path: "/b/c", encodedPath: "/b/c", query: "" },
  { target: "/a/%2e%2e/b/..", path: "/", encodedPath: "/", query: "" },
  { target: "/../../etc", path: "/etc", encodedPath: "/etc", query: "" },
  { target: "//subscriptions/x", path: "/subscriptions/x", encodedPath: "/subscriptions/x", query: "" },
  { target: "/a//b", path: "/a//b", encodedPath: "/a//b", query: "" },
  { target: "http://other/path?q", path: "/path", encodedPath: "/path", query: "?q" },
])("$target is the path $path", ({ target, ...expected }) => {
  expect(parseTarget(target)).toEqual(expected);
});

test("a path that comes out of encoding is read as itself", () => {
  fc.assert(
    fc.property(fc.webPath(), (path) => {
      const once = parseTarget(path);
      expect(parseTarget(once.encodedPath.replaceAll("%25", "%2525")).path).toBe(
        parseTarget(path.replaceAll("%25", "%2525")).path,
      );
      expect(once.encodedPath).toMatch(/^\/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*$/);
    }),
  );
});

test.each([
  { query: "?x=1&x=2", values: { x: "1,2" } },
  { query: "?y", values: { y: "" } },
  { query: "?X=1&x=2", values: { X: "1,2" } },
  { query: "?a=1+2%20%C3%A9%", values: { a: "1 2 é%" } },
  { query: "?&&=v", values: { "": "v" } },
  { query: "", values: {} },
])("query $query is $values (functions-host.md §6.4)", ({ query, values }) => {
  expect(readQuery(query)).toEqual(values);
});
