import { alertAccessRules } from "./alert-routes.js";
import type { Requirement } from "./decision.js";
import { leastRole, type Role } from "./role.js";
import { formatResourceId } from "../arm/resource-id.js";
import { ownResourceOfPath, resourceOfPath, resourcePaths, type PathValues } from "../arm/resource-path.js";
import { parseScope, rootScope, type Scope } from "./scope.js";

/** What a request's scope is made of. */
export type ScopeKind =
  | "root"
  /** `{account}` of the path. */
  | "storage-account"
  /** The resource that an ARM path names. */
  | "resource"
  /** All of `{subscriptionId}` of the path. */
  | "subscription"
  /**
   * `{subscriptionId}` of the path, for requests about several resources in it: whoever may do this on all of it, or on
   * something below, is let in, and asked again for each resource.
   */
  | "within-subscription"
  /** The same for `{resourceGroup}`. */
  | "within-resource-group"
  /** The rule or group that the path names. */
  | "own-resource";

/** What one operation of `/openapi.json` asks for. */
export interface AccessRule {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** As in `/openapi.json`, with its parameters in braces. */
  readonly path: string;
  readonly action: Requirement;
  readonly scope: ScopeKind;
}

/**
 * The lock on every route. A route without a row is not answered; a test compares this with `/openapi.json`.
 *
 * `/health` tells anonymous callers the status alone; its details are for whoever may `read` at the root.
 */
export const accessRules: readonly AccessRule[] = [
  { method: "GET", path: "/health", action: "public", scope: "root" },
  { method: "GET", path: "/openapi.json", action: "public", scope: "root" },
  { method: "GET", path: "/storage-analytics/{account}", action: "read", scope: "storage-account" },
  { method: "GET", path: "/storage-analytics/{account}/{service}/requests", action: "read", scope: "storage-account" },
  { method: "GET", path: "/storage-analytics/{account}/{service}/usage", action: "read", scope: "storage-account" },
  { method: "GET", path: "/storage-analytics/{account}/{service}/metrics", action: "read", scope: "storage-account" },
  {
    method: "GET",
    path: "/storage-analytics/{account}/{service}/metrics.svg",
    action: "read",
    scope: "storage-account",
  },
  { method: "GET", path: "/storage-analytics/{account}/{service}/capacity", action: "read", scope: "storage-account" },
  {
    method: "POST",
    path: "/subscriptions/{subscriptionId}/metrics:getBatch",
    action: "read",
    scope: "within-subscription",
  },
  {
    method: "GET",
    path: "/subscriptions/{subscriptionId}/providers/Microsoft.Insights/metrics",
    action: "read",
    scope: "within-subscription",
  },
  {
    method: "POST",
    path: "/subscriptions/{subscriptionId}/providers/Microsoft.Insights/metrics",
    action: "read",
    scope: "within-subscription",
  },
  ...resourcePaths.flatMap((resource): readonly AccessRule[] => {
    const insights = `${resource}/providers/Microsoft.Insights`;
    return [
      { method: "GET", path: `${insights}/metrics`, action: "read", scope: "resource" },
      { method: "POST", path: `${insights}/metrics`, action: "read", scope: "resource" },
      { method: "GET", path: `${insights}/metricDefinitions`, action: "read", scope: "resource" },
      { method: "GET", path: `${insights}/metricNamespaces`, action: "read", scope: "resource" },
    ];
  }),
  ...alertAccessRules,
];

/** Whether it is enough to have the role on something in the scope. */
export const isWithinScope = ({ scope }: AccessRule): boolean => scope.startsWith("within-");

/** The least role that a rule asks for; undefined: none. */
export const leastRoleOf = ({ action }: AccessRule): Role | undefined =>
  action === "public" ? undefined : leastRole(action);

/**
 * The rule of a route.
 * @throws for a route without one, which would stand open or closed by accident
 */
export function findAccessRule(method: string, path: string, rules: readonly AccessRule[] = accessRules): AccessRule {
  const rule = rules.find((each) => each.method === method && each.path === path);
  if (rule === undefined) throw new Error(`route ${method} ${path} has no row in the table of access rules`);
  return rule;
}

/** What names in paths stand for. */
export interface KnownResources {
  readonly accounts: readonly { readonly name: string; readonly resourceId: string }[];
}

/**
 * What a request is about, as a scope.
 *
 * A name that is not configured is about the root: whoever may see everything learns that it isn't there, and
 * everybody else what they would for a name that is.
 */
export function scopeOf(kind: ScopeKind, values: PathValues, known: KnownResources): Scope {
  switch (kind) {
    case "root":
      return rootScope;
    case "storage-account": {
      const account = known.accounts.find((each) => each.name === values["account"]?.toLowerCase());
      return (account && parseScope(account.resourceId)) ?? rootScope;
    }
    case "resource":
      return parseScope(formatResourceId(resourceOfPath(values))) ?? rootScope;
    case "subscription":
    case "within-subscription":
      return parseScope(`/subscriptions/${values["subscriptionId"] ?? ""}`) ?? rootScope;
    case "within-resource-group":
      return (
        parseScope(
          `/subscriptions/${values["subscriptionId"] ?? ""}/resourceGroups/${values["resourceGroup"] ?? ""}`,
        ) ?? rootScope
      );
    case "own-resource":
      return parseScope(formatResourceId(ownResourceOfPath(values))) ?? rootScope;
    default:
      throw new Error(`unknown kind of scope ${JSON.stringify(kind satisfies never)}`);
  }
}

/** All that a path item of OpenAPI 3.1 can have, those that no rule may name included. */
const methods = ["get", "post", "put", "patch", "delete", "head", "options", "trace"] as const;

/**
 * Compares the table with the description of the API.
 * @returns `METHOD /path` of what stands in one of them only
 */
export function compareWithOpenApi(
  description: { readonly paths: Readonly<Record<string, object>> },
  rules: readonly AccessRule[] = accessRules,
): { readonly withoutRule: readonly string[]; readonly withoutRoute: readonly string[] } {
  const routes = Object.entries(description.paths).flatMap(([path, operations]) =>
    methods.filter((method) => method in operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const ruled = rules.map(({ method, path }) => `${method} ${path}`);
  return {
    withoutRule: routes.filter((route) => !ruled.includes(route)),
    withoutRoute: ruled.filter((rule) => !routes.includes(rule)),
  };
}
