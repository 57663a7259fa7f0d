import { describe, expect, test } from "vitest";

import { resourcePaths } from "../arm/resource-path.js";
import { alertAccessRules } from "./alert-routes.js";
import { accessRules, compareWithOpenApi, findAccessRule, leastRoleOf, scopeOf } from "./routes.js";

const resourceId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/devstoreaccount1";
const resource = { subscriptionId: "s", resourceGroup: "g", provider: "P", type: "t", name: "n" };
const known = { accounts: [{ name: "devstoreaccount1", resourceId }] };

const nameOf = (path: string): string => path.replace(/^.*?\/providers\/[^/]+/, "");
/** Of rules, groups and alerts: what takes more than reading. */
const alertRoles: Readonly<Record<string, string>> = {
  "PUT /metricAlerts/{ruleName}": "Vigil.Contributor",
  "PATCH /metricAlerts/{ruleName}": "Vigil.Contributor",
  "DELETE /metricAlerts/{ruleName}": "Vigil.Contributor",
  "PUT /actionGroups/{actionGroupName}": "Vigil.Contributor",
  "PATCH /actionGroups/{actionGroupName}": "Vigil.Contributor",
  "DELETE /actionGroups/{actionGroupName}": "Vigil.Contributor",
  "POST /actionGroups/{actionGroupName}/subscribe": "Vigil.Contributor",
  "POST /actionGroups/{actionGroupName}/createNotifications": "Vigil.Contributor",
  "POST /createNotifications": "Vigil.Contributor",
  "PUT /actionRules/{processingRuleName}": "Vigil.Contributor",
  "PATCH /actionRules/{processingRuleName}": "Vigil.Contributor",
  "DELETE /actionRules/{processingRuleName}": "Vigil.Contributor",
  "POST /alerts/{alertId}/changestate": "Vigil.Operator",
  "POST /alerts/{alertId}/deliveries/{deliveryId}/replay": "Vigil.Operator",
  "POST /alerts/{alertId}/deliveries/{deliveryId}/drop": "Vigil.Operator",
};

test("each route asks for this role", () => {
  expect(accessRules.map((rule) => `${rule.method} ${rule.path}: ${leastRoleOf(rule) ?? "nothing"}`)).toEqual([
    "GET /health: nothing",
    "GET /openapi.json: nothing",
    "GET /storage-analytics/{account}: Vigil.Reader",
    "GET /storage-analytics/{account}/{service}/requests: Vigil.Reader",
    "GET /storage-analytics/{account}/{service}/usage: Vigil.Reader",
    "GET /storage-analytics/{account}/{service}/metrics: Vigil.Reader",
    "GET /storage-analytics/{account}/{service}/metrics.svg: Vigil.Reader",
    "GET /storage-analytics/{account}/{service}/capacity: Vigil.Reader",
    "POST /subscriptions/{subscriptionId}/metrics:getBatch: Vigil.Reader",
    "GET /subscriptions/{subscriptionId}/providers/Microsoft.Insights/metrics: Vigil.Reader",
    "POST /subscriptions/{subscriptionId}/providers/Microsoft.Insights/metrics: Vigil.Reader",
    ...resourcePaths.flatMap((path) =>
      ["GET %/metrics", "POST %/metrics", "GET %/metricDefinitions", "GET %/metricNamespaces"].map(
        (route) => `${route.replace("%", `${path}/providers/Microsoft.Insights`)}: Vigil.Reader`,
      ),
    ),
    ...alertAccessRules.map(
      (rule) => `${rule.method} ${rule.path}: ${alertRoles[`${rule.method} ${nameOf(rule.path)}`] ?? "Vigil.Reader"}`,
    ),
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
    { kind: "root", values: {}, id: "/" },
    { kind: "root", values: { account: "devstoreaccount1" }, id: "/" },
    { kind: "storage-account", values: { account: "devstoreaccount1" }, id: resourceId },
    { kind: "storage-account", values: { account: "DevStoreAccount1" }, id: resourceId },
    { kind: "storage-account", values: { account: "unknown" }, id: "/" },
    { kind: "storage-account", values: {}, id: "/" },
    { kind: "resource", values: resource, id: "/subscriptions/s/resourceGroups/g/providers/P/t/n" },
    {
      kind: "resource",
      values: { ...resource, childType: "u", childName: "default" },
      id: "/subscriptions/s/resourceGroups/g/providers/P/t/n/u/default",
    },
    // no id at all, so nobody but who may see everything is let in
    { kind: "resource", values: { ...resource, name: "a*b" }, id: "/" },
    { kind: "resource", values: {}, id: "/" },
    { kind: "within-subscription", values: { subscriptionId: "s" }, id: "/subscriptions/s" },
    { kind: "within-subscription", values: { subscriptionId: ".." }, id: "/" },
    {
      kind: "within-resource-group",
      values: { subscriptionId: "s", resourceGroup: "g" },
      id: "/subscriptions/s/resourceGroups/g",
    },
    { kind: "subscription", values: { subscriptionId: "s" }, id: "/subscriptions/s" },
    { kind: "within-resource-group", values: { subscriptionId: "s", resourceGroup: "a*b" }, id: "/" },
    {
      kind: "own-resource",
      values: { subscriptionId: "s", resourceGroup: "g", ruleName: "r" },
      id: "/subscriptions/s/resourceGroups/g/providers/Microsoft.Insights/metricAlerts/r",
    },
    { kind: "own-resource", values: { subscriptionId: "s", resourceGroup: "g", actionGroupName: "a*b" }, id: "/" },
  ] as const)("$kind $values is $id", ({ kind, values, id }) => {
    expect(scopeOf(kind, values, known).id).toBe(id);
  });
});

describe("compared with a description of the API", () => {
  const paths: Record<string, Record<string, object>> = {};
  for (const { method, path } of accessRules) (paths[path] ??= {})[method.toLowerCase()] = {};

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
