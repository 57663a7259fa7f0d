import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { maxSegmentLength, maxSegments, parseUrlPath } from "./url-path.js";

const parse = (path: string): readonly string[] | string => {
  const parsed = parseUrlPath(`http://localhost:7071${path}`);
  return parsed.kind === "path" ? parsed.segments : parsed.reason;
};

describe("a path is split and decoded once", () => {
  test.each([
    { path: "/", segments: [] },
    { path: "/health", segments: ["health"] },
    { path: "/a/b/", segments: ["a", "b"] },
    { path: "/a/b?x=/c/d", segments: ["a", "b"] },
    { path: "/a/b#/c", segments: ["a", "b"] },
    { path: "/a/%C3%A4", segments: ["a", "ä"] },
    { path: "/a/%2525", segments: ["a", "%25"] },
    { path: "/a/b+c", segments: ["a", "b+c"] },
    { path: "/a/./b", segments: ["a", "b"] },
    { path: "/a/x/../b", segments: ["a", "b"] },
    { path: "/a/x/%2e%2E/b", segments: ["a", "b"] },
    { path: "/../../a", segments: ["a"] },
    { path: "/a\\b", segments: ["a", "b"] },
  ])("$path", ({ path, segments }) => {
    expect(parse(path)).toEqual(segments);
  });
});

describe("what two readers could read differently is refused", () => {
  test.each([
    { path: "//a", reason: "it has an empty segment" },
    { path: "/a//b", reason: "it has an empty segment" },
    { path: "/a/b//", reason: "it has an empty segment" },
    { path: "/a/%2Fb", reason: "it has an encoded slash" },
    { path: "/a/..%2f..%2fb", reason: "it has an encoded slash" },
    { path: "/a/%5Cb", reason: "it has an encoded slash" },
    { path: "/a/%00", reason: "it has a control character" },
    { path: "/a/%0d%0aHost:", reason: "it has a control character" },
    { path: "/a/%", reason: "it has a % that begins no UTF-8 escape" },
    { path: "/a/%zz", reason: "it has a % that begins no UTF-8 escape" },
    { path: "/a/%ff", reason: "it has a % that begins no UTF-8 escape" },
    { path: "/a/%C0%AE", reason: "it has a % that begins no UTF-8 escape" },
    { path: `/${"a/".repeat(maxSegments)}a`, reason: `it has more than ${maxSegments} segments` },
    {
      path: `/${"a".repeat(maxSegmentLength + 1)}`,
      reason: `a segment has more than ${maxSegmentLength} characters`,
    },
  ])("$path: $reason", ({ path, reason }) => {
    expect(parse(path)).toBe(reason);
  });
});

// the URL parser resolves dot segments
const segment = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).filter((text) => !/^\.{1,2}$/.test(text));

test("every segment that is accepted comes back as it was encoded", () => {
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 6 }), (segments) => {
      const parsed = parseUrlPath(`http://localhost/${segments.map(encodeURIComponent).join("/")}`);
      if (parsed.kind === "path") expect(parsed.segments).toEqual(segments);
    }),
  );
});
