import { type FunctionDefinition, type HttpTrigger } from "../app/function-definition.js";
import { matchTemplate, type RouteValues } from "./route-match.js";
import { parseTemplate, type RouteTemplate } from "./route-template.js";

export type HttpFunction = FunctionDefinition<HttpTrigger>;
export type Route = {
  readonly function: HttpFunction;
  readonly template: RouteTemplate;
  readonly methods: ReadonlySet<string> | undefined;
};

export type RouteMatch =
  | { readonly kind: "matched"; readonly function: HttpFunction; readonly values: RouteValues }
  /** @property wrongMethod functions whose route matches while their methods do not */
  | { readonly kind: "none"; readonly wrongMethod: readonly string[] };

/** First segments that the host keeps for itself, by text prefix (§6.1). */
const reservedPrefixes = ["admin", "runtime"];

/** Order in which the real host tries functions: by name, comparing upper-cased code units (§6.1). */
export function compareNames(a: string, b: string): number {
  const [first, second] = [a.toUpperCase(), b.toUpperCase()];
  return first < second ? -1 : first > second ? 1 : 0;
}

export type BuiltRoutes = {
  readonly routes: readonly Route[];
  readonly problems: readonly { readonly function: HttpFunction; readonly reason: string }[];
  readonly warnings: readonly string[];
};

/** Builds the routes in the order in which they are tried, and finds conflicts and shadowed ones. */
export function buildRoutes(functions: readonly HttpFunction[], routePrefix: string): BuiltRoutes {
  const sorted = [...functions].sort((a, b) => compareNames(a.name, b.name));
  const routes: Route[] = [];
  const problems: { function: HttpFunction; reason: string }[] = [];
  const warnings: string[] = [];
  for (const each of sorted) {
    const route = (each.trigger.route ?? "") === "" ? each.name : (each.trigger.route ?? "");
    const prefix = routePrefix.replace(/^\/+|\/+$/g, "");
    const full = [prefix, route.replace(/^\/+/, "")].filter((part) => part !== "").join("/");
    const parsed = parseTemplate(full);
    if (parsed.kind === "invalid") {
      problems.push({ function: each, reason: `route '${route}': ${parsed.reason}` });
      continue;
    }
    const plain = route.replace(/^\/+/, "").toLowerCase();
    const methods = each.trigger.methods === undefined ? undefined : new Set(each.trigger.methods);
    const candidate: Route = { function: each, template: parsed.template, methods };
    if (reservedPrefixes.some((reserved) => plain.startsWith(reserved))) {
      const reason = `The route '${route}' conflicts with one or more built in routes (the host keeps everything that begins with 'admin' or 'runtime').`;
      problems.push({ function: each, reason });
      continue;
    }
    const conflict = routes.find(
      (other) => sameText(other.template, parsed.template) && sharesMethod(other, candidate),
    );
    if (conflict !== undefined) {
      const reason = `The route specified conflicts with the route defined by function '${conflict.function.name}'.`;
      problems.push({ function: each, reason });
      continue;
    }
    const shadow = routes.find((other) => sharesMethod(other, candidate) && shadows(other.template, parsed.template));
    if (shadow !== undefined) {
      warnings.push(
        `Route '${parsed.template.text}' of function '${each.name}' is shadowed by '${shadow.template.text}' of '${shadow.function.name}': functions are tried in alphabetical order of their names, without a rule for the more specific route.`,
      );
    }
    routes.push(candidate);
  }
  return { routes, problems, warnings };
}

/** The first route that matches path, constraints and method (§6.1).
 * @param path decoded, beginning with a slash
 */
export function matchRoute(routes: readonly Route[], method: string, path: string): RouteMatch {
  const wrongMethod: string[] = [];
  for (const route of routes) {
    const values = matchTemplate(route.template, path);
    if (values === undefined) continue;
    if (route.methods === undefined || route.methods.has(method.toUpperCase())) {
      return { kind: "matched", function: route.function, values };
    }
    wrongMethod.push(route.function.name);
  }
  return { kind: "none", wrongMethod };
}

function sameText(a: RouteTemplate, b: RouteTemplate): boolean {
  return a.text.toLowerCase() === b.text.toLowerCase();
}

function sharesMethod(a: Route, b: Route): boolean {
  if (a.methods === undefined || b.methods === undefined) return true;
  for (const method of a.methods) if (b.methods.has(method)) return true;
  return false;
}

/** Whether the first template matches everything an example path of the second does. */
function shadows(first: RouteTemplate, second: RouteTemplate): boolean {
  const example = second.segments.map((segment) =>
    segment.map((part) => (part.kind === "literal" ? part.text : `\u{1F511}${part.name}`)).join(""),
  );
  if (matchTemplate(first, `/${example.join("/")}`) === undefined) return false;
  // a catch-all of the second takes deeper paths, too
  const last = second.segments.at(-1)?.[0];
  if (last?.kind !== "parameter" || !last.catchAll) return true;
  return matchTemplate(first, `/${[...example, "deeper", "still"].join("/")}`) !== undefined;
}
