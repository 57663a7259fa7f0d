import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { parseConstraint } from "./route-constraints.js";
import { matchTemplate } from "./route-match.js";
import { buildRoutes, compareNames, type HttpFunction, matchRoute } from "./route-table.js";
import { parseTemplate } from "./route-template.js";

function match(template: string, path: string): Readonly<Record<string, string>> | undefined {
  const parsed = parseTemplate(template);
  if (parsed.kind === "invalid") throw new Error(parsed.reason);
  return matchTemplate(parsed.template, path);
}

const httpFunction = (name: string, route: string | undefined, methods?: readonly string[]): HttpFunction => ({
  name,
  file: "app.js",
  trigger: { kind: "http", bindingName: "request", route, methods },
  outputs: [],
  disabled: false,
  metadata: { name, bindings: {} },
  callback: () => undefined,
});

describe("route templates (functions-host.md §6.2)", () => {
  test.each([
    { template: "a/{x}", path: "/a/1", values: { x: "1" } },
    { template: "a/{x}", path: "/A/1/", values: { x: "1" } },
    { template: "a/{x}", path: "/a", values: undefined },
    { template: "a/{x}", path: "/a/", values: undefined },
    { template: "a/{x}", path: "/a/1/2", values: undefined },
    { template: "a/{x}", path: "/a//", values: undefined },
    { template: "a/{x?}", path: "/a", values: {} },
    { template: "a/{x?}", path: "/a/1", values: { x: "1" } },
    { template: "a/{x=1}", path: "/a", values: { x: "1" } },
    { template: "a/{x=1}/{y=2}", path: "/a/5", values: { x: "5", y: "2" } },
    { template: "s/{*x}", path: "/s", values: {} },
    { template: "s/{*x}", path: "/s/", values: {} },
    { template: "s/{**x}", path: "/s/a/b/", values: { x: "a/b/" } },
    { template: "s/{*x}", path: "/s//a", values: undefined },
    { template: "s/{*x}", path: "/s/a//b", values: { x: "a//b" } },
    { template: "{*x}", path: "/", values: {} },
    { template: "", path: "/", values: {} },
    { template: "{a}.{b}", path: "/x.y.z", values: { a: "x.y", b: "z" } },
    { template: "{a}.{b?}", path: "/x", values: { a: "x" } },
    { template: "{a}.{b?}", path: "/x.y", values: { a: "x", b: "y" } },
    { template: "v{n}", path: "/v12", values: { n: "12" } },
    { template: "v{n}", path: "/v", values: undefined },
    { template: "v{n:int}-end", path: "/V12-END", values: { n: "12" } },
    { template: "{x:int:min(1)}", path: "/0", values: undefined },
    { template: "{x:int:min(1)}", path: "/7", values: { x: "7" } },
    { template: "{x:int?}", path: "/", values: {} },
    { template: "{{a}}", path: "/{a}", values: {} },
    { template: "{x:regex(^\\d{{2}}$)}", path: "/42", values: { x: "42" } },
    { template: "{x:regex(^\\d{{2}}$)}", path: "/423", values: undefined },
    { template: "a/{x}/b", path: "/a/%2F/b", values: { x: "%2F" } },
    { template: "$batch", path: "/$batch", values: {} },
    { template: "v1.0/{*path}", path: "/v1.0/auditLogs/signIns", values: { path: "auditLogs/signIns" } },
  ])("$template on $path gives $values", ({ template, path, values }) => {
    expect(match(template, path)).toEqual(values);
  });

  test.each([
    { template: "a//b", reason: "empty segment" },
    { template: "{x}/{X}", reason: "twice" },
    { template: "{*x}/b", reason: "last segment" },
    { template: "{x?}/b", reason: "last in the path" },
    { template: "{x}{y}", reason: "literal between" },
    { template: "{x:unknown}", reason: "unknown constraint" },
    { template: "{x:min(a)}", reason: "unknown constraint" },
    { template: "{x:regex(()}", reason: "" },
    { template: "{x", reason: "not closed" },
    { template: "x}", reason: "without '{'" },
    { template: "{}", reason: "parameter name" },
    { template: "{x=1?}", reason: "optional" },
    { template: "a?b", reason: "'?'" },
  ])("$template is refused: $reason", ({ template, reason }) => {
    const parsed = parseTemplate(template);
    expect(parsed.kind).toBe("invalid");
    expect(parsed.kind === "invalid" && parsed.reason).toContain(reason);
  });

  const accepted: [string, readonly string[], readonly string[]][] = [
    ["int", ["0", "-2147483648", "+5", "2147483647"], ["2147483648", "1.0", "", "x"]],
    ["long", ["9223372036854775807"], ["9223372036854775808"]],
    ["bool", ["true", "False"], ["1", "yes"]],
    ["datetime", ["2026-01-01", "2026-01-01 10:00"], ["tomorrow"]],
    ["decimal", ["1.5", "-3"], ["1e5", "x"]],
    ["double", ["1e5", "-0.5"], ["x"]],
    ["float", ["1.25"], ["1.2.3"]],
    [
      "guid",
      ["00000000-0000-0000-0000-000000000000", "{00000000-0000-0000-0000-000000000000}", "0".repeat(32)],
      ["0-0"],
    ],
    ["alpha", ["abC", ""], ["a1", "é"]],
    ["minlength(2)", ["ab"], ["a"]],
    ["maxlength(2)", ["ab", ""], ["abc"]],
    ["length(2)", ["ab"], ["a", "abc"]],
    ["length(1,2)", ["a", "ab"], ["", "abc"]],
    ["min(3)", ["3", "99"], ["2", "x"]],
    ["max(3)", ["3", "-1"], ["4"]],
    ["range(1,3)", ["1", "3"], ["0", "4"]],
    ["required", ["a"], [""]],
    ["regex(^a)", ["Abc"], ["ba"]],
    ["file", ["a.txt", "a/b.c"], ["a", "a.", "a.b/c"]],
    ["nonfile", ["a"], ["a.txt"]],
  ];
  test.each(accepted)("constraint %s takes %j and refuses %j", (text, good, bad) => {
    const constraint = parseConstraint(text);
    expect(good.filter((value) => constraint?.(value) !== true)).toEqual([]);
    expect(bad.filter((value) => constraint?.(value) === true)).toEqual([]);
  });

  test("any path goes through a catch-all unchanged, unless it begins with a slash of its own", () => {
    fc.assert(
      fc.property(
        fc.string().filter((path) => path !== "" && !path.startsWith("/")),
        (path) => {
          expect(match("s/{*rest}", `/s/${path}`)).toEqual({ rest: path });
        },
      ),
    );
  });
});

describe("route order and conflicts (functions-host.md §6.1)", () => {
  test("functions are tried by name, ordinal and without case: '-' before digits before letters before '_'", () => {
    expect(["b_1", "B1", "a", "b-1", "bA"].sort(compareNames)).toEqual(["a", "b-1", "B1", "bA", "b_1"]);
  });

  test("the first that matches wins, without a rule for the more specific one, and the shadow is reported", () => {
    const built = buildRoutes([httpFunction("b", "items/recent"), httpFunction("a", "items/{id}")], "");
    expect(matchRoute(built.routes, "GET", "/items/recent")).toMatchObject({ function: { name: "a" } });
    expect(built.warnings).toEqual([expect.stringContaining("of function 'b' is shadowed by 'items/{id}' of 'a'")]);
  });

  test.each([
    { first: "items/{id:int}", second: "items/recent", shadowed: false },
    { first: "{*all}", second: "deep/{*path}", shadowed: true },
    { first: "deep/{one}", second: "deep/{*path}", shadowed: false },
    { first: "deep/{*path}", second: "{*all}", shadowed: false },
    { first: "x/{a}", second: "x/{b}", shadowed: true },
  ])("$first before $second: shadowed is $shadowed", ({ first, second, shadowed }) => {
    const built = buildRoutes([httpFunction("a", first), httpFunction("b", second)], "");
    expect(built.warnings.length > 0).toBe(shadowed);
  });

  test("a wrong method is no match, and the functions that it would have been are named", () => {
    const { routes } = buildRoutes([httpFunction("a", "x", ["GET"]), httpFunction("b", "x", ["PUT"])], "");
    expect(matchRoute(routes, "put", "/x")).toMatchObject({ function: { name: "b" } });
    expect(matchRoute(routes, "HEAD", "/x")).toEqual({ kind: "none", wrongMethod: ["a", "b"] });
  });

  test.each([
    { route: undefined, prefix: "api", path: "/api/fn" },
    { route: "", prefix: "", path: "/fn" },
    { route: "/", prefix: "", path: "/" },
    { route: "/lead", prefix: "/api/", path: "/api/lead" },
  ])("route $route with prefix '$prefix' answers $path", ({ route, prefix, path }) => {
    const { routes, problems } = buildRoutes([httpFunction("fn", route)], prefix);
    expect(problems).toEqual([]);
    expect(matchRoute(routes, "GET", path).kind).toBe("matched");
  });

  test.each([
    { routes: ["X/{a}", "/x/{A}/"], methods: [["GET"], ["GET", "PUT"]], reason: "conflicts with the route defined by" },
    { routes: ["administrator/x"], methods: [["GET"]], reason: "built in routes" },
    { routes: ["runtime"], methods: [["GET"]], reason: "built in routes" },
  ])("$routes: $reason", ({ routes, methods, reason }) => {
    const functions = routes.map((route, index) => httpFunction(`f${index}`, route, methods[index]));
    expect(buildRoutes(functions, "api").problems).toEqual([
      expect.objectContaining({ reason: expect.stringContaining(reason) as unknown }),
    ]);
  });

  test("the same route with other methods is no conflict", () => {
    const functions = [httpFunction("a", "x", ["GET"]), httpFunction("b", "x", ["POST"])];
    expect(buildRoutes(functions, "").problems).toEqual([]);
  });
});
