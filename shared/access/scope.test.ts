import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { contains, maxScopeLength, parseScope, rootScope } from "./scope.js";

const scope = (text: string) => parseScope(text) ?? expect.fail(`no scope: ${text}`);
const group = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local";
const account = `${group}/providers/Microsoft.Storage/storageAccounts/devstoreaccount1`;

describe("a role holds at its scope and below", () => {
  test.each([
    { outer: "/", inner: "/", holds: true },
    { outer: "/", inner: account, holds: true },
    { outer: account, inner: "/", holds: false },
    { outer: group, inner: account, holds: true },
    { outer: `${group}/`, inner: account, holds: true },
    { outer: account, inner: group, holds: false },
    { outer: account, inner: account, holds: true },
    { outer: account.toUpperCase(), inner: account, holds: true },
    { outer: account, inner: account.toUpperCase(), holds: true },
    { outer: group, inner: `${group}2/providers/Microsoft.Storage/storageAccounts/a`, holds: false },
    { outer: account, inner: `${account}2`, holds: false },
    { outer: account, inner: `${account}/blobServices/default`, holds: true },
    // U+212A, the Kelvin sign, is no k
    { outer: `${group}/providers/x/y/k`, inner: `${group}/providers/x/y/\u212a`, holds: false },
    { outer: `${group}/providers/x/y/I`, inner: `${group}/providers/x/y/\u0131`, holds: false },
  ])("$outer over $inner: $holds", ({ outer, inner, holds }) => {
    expect(contains(scope(outer), scope(inner))).toBe(holds);
  });

  test("what is nested holds at every level above it and at none below", () => {
    const segment = fc.stringMatching(/^[a-zA-Z0-9._-]{1,12}$/).filter((text) => !/^\.{1,2}$/.test(text));
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 8 }), fc.nat(7), (segments, cut) => {
        const inner = scope(`/${segments.join("/")}`);
        const outer = scope(`/${segments.slice(0, Math.min(cut, segments.length)).join("/")}`);
        expect(contains(outer, inner)).toBe(true);
        expect(contains(inner, outer)).toBe(outer.segments.length === inner.segments.length);
      }),
    );
  });
});

describe("what is no scope is refused", () => {
  test.each([
    "",
    "subscriptions/a",
    "//subscriptions/a",
    "/subscriptions//a",
    "/subscriptions/a//",
    "/subscriptions/../a",
    "/subscriptions/.",
    "/subscriptions/a%2fb",
    "/subscriptions/a?x",
    "/subscriptions/a#x",
    "/subscriptions/*",
    "/subscriptions/a\\b",
    "/subscriptions/a\n",
    "/subscriptions/ /b",
    `/${"a".repeat(maxScopeLength)}`,
  ])("%j", (text) => {
    expect(parseScope(text)).toBeUndefined();
  });

  test("the longest one allowed is read", () => {
    expect(parseScope(`/${"a".repeat(maxScopeLength - 1)}`)).toBeDefined();
    expect(parseScope("/")).toEqual(rootScope);
  });
});
