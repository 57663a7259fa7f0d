import { expect, test } from "vitest";

import { matchRoute, type Route } from "./route.js";

const route = (path: string): Route => ({
  operationId: path,
  method: "GET",
  path,
  summary: "",
  description: "",
  pathParameters: {},
  queryParameters: {},
  answers: {},
  statuses: [200],
  errors: [],
});
const routes = ["/a/{x}", "/a/b", "/a/{x}/c", "/{y}/b/c"].map(route);

test.each([
  { path: ["a", "b"], found: "/a/b", values: {} },
  { path: ["a", "z"], found: "/a/{x}", values: { x: "z" } },
  { path: ["a", "{x}"], found: "/a/{x}", values: { x: "{x}" } },
  { path: ["a", "z", "c"], found: "/a/{x}/c", values: { x: "z" } },
  { path: ["A", "B"], found: "/a/b", values: {} },
  { path: ["A", "Z", "C"], found: "/a/{x}/c", values: { x: "Z" } },
  { path: ["a"], found: undefined, values: undefined },
  { path: ["a", "b", "c", "d"], found: undefined, values: undefined },
  { path: [], found: undefined, values: undefined },
])("$path is $found", ({ path, found, values }) => {
  const match = matchRoute(routes, "GET", path);
  expect(match?.route.path).toBe(found);
  expect(match?.values).toEqual(values);
});
