import { describe, expect, test } from "vitest";

import { accessRules, compareWithOpenApi, findAccessRule, leastRoleOf, scopeOf } from "./routes.js";

const resourceId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/devstoreaccount1";
const known = { accounts: [{ name: "devstoreaccount1", resourceId }] };

test("each route asks for this role", () => {
  expect(accessRules.map((rule) => `${rule.method} ${rule.path}: ${leastRoleOf(rule) ?? "nothing"}`)).toEqual([
    "GET /health: nothing",
    "GET /openapi.json: nothing",
    "GET /storage-analytics/{account}: Vigil.Reader",
    "GET /storage-analytics/{account}/{service}/requests: Vigil.Reader",
    "GET /storage-analytics/{account}/{service}/usage: Vigil.Reader",
  ]);
});

test("no route has two rules", () => {
  const names = accessRules.map(({ method, path }) => `${method} ${path}`);
  expect(new Set(names).size).toBe(names.length);
});

describe("a route without a rule", () => {
  test.each([
    { method: "POST", path: "/health" },
    { method: "GET", path: "/storage-analytics/{account}/{service}" },
    { method: "get", path: "/health" },
  ])("$method $path is a fault, not an open door", ({ method, path }) => {
    expect(() => findAccessRule(method, path)).toThrow(`route ${method} ${path} has no row`);
  });
});

describe("the scope of a request", () => {
  test.each([
    { kind: "root", name: undefined, id: "/" },
    { kind: "root", name: "devstoreaccount1", id: "/" },
    { kind: "storage-account", name: "devstoreaccount1", id: resourceId },
    { kind: "storage-account", name: "DevStoreAccount1", id: resourceId },
    { kind: "storage-account", name: "unknown", id: "/" },
    { kind: "storage-account", name: undefined, id: "/" },
  ] as const)("$kind $name is $id", ({ kind, name, id }) => {
    expect(scopeOf(kind, name, known).id).toBe(id);
  });
});

describe("compared with a description of the API", () => {
  const paths = Object.fromEntries(accessRules.map(({ path }) => [path, { get: {} }]));

  test("nothing is missing where both agree", () => {
    expect(compareWithOpenApi({ paths })).toEqual({ withoutRule: [], withoutRoute: [] });
  });

  test("routes without a rule and rules without a route are named", () => {
    const rest = Object.fromEntries(Object.entries(paths).filter(([path]) => path !== "/health"));
    const description = { paths: { ...rest, "/new": { get: {}, post: {}, trace: {}, parameters: [] } } };
    expect(compareWithOpenApi(description)).toEqual({
      withoutRule: ["GET /new", "POST /new", "TRACE /new"],
      withoutRoute: ["GET /health"],
    });
  });
});
