import type { ErrorCode } from "./error-catalogue.js";

type JsonSchema = Readonly<Record<string, unknown>>;

export interface ParameterDescription {
  readonly description: string;
  readonly schema: JsonSchema;
  readonly example: string;
  readonly required?: boolean;
}

/** Methods that routes have, in the order in which they are named. */
export const routeMethods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
export type RouteMethod = (typeof routeMethods)[number];

/** A body that a route takes, always JSON. */
export interface BodyDescription {
  readonly description: string;
  readonly schema: JsonSchema;
  readonly example: unknown;
  readonly required: boolean;
}

/** A route of Vigil's API. Who may ask stands in `shared/access/routes.ts`. */
export interface Route {
  readonly operationId: string;
  readonly method: RouteMethod;
  /** As in OpenAPI: literal segments, and parameters in braces that stand for one segment each. */
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly pathParameters: Readonly<Record<string, ParameterDescription>>;
  readonly queryParameters: Readonly<Record<string, ParameterDescription>>;
  readonly body?: BodyDescription;
  /** Successful answers by media type, and the statuses they come with. */
  readonly answers: Readonly<Record<string, JsonSchema>>;
  readonly statuses: readonly number[];
  readonly errors: readonly ErrorCode[];
}

export interface RouteMatch<R extends Route> {
  readonly route: R;
  /** Values of the path's parameters, decoded. */
  readonly values: Readonly<Record<string, string>>;
}

/**
 * The route of a path. A literal segment goes before a parameter, whatever the order of the table. Literals match
 * whatever their case, as in the Functions host, which matched the first one before.
 */
export function matchRoute<R extends Route>(
  routes: readonly R[],
  method: string,
  segments: readonly string[],
): RouteMatch<R> | undefined {
  const matches = routes.flatMap((route) => {
    if (route.method !== method) return [];
    const pattern = route.path.slice(1).split("/");
    const values = matchPattern(pattern, segments);
    return values === undefined ? [] : [{ route, values }];
  });
  const parameters = ({ values }: RouteMatch<R>): number => Object.keys(values).length;
  return matches.sort((a, b) => parameters(a) - parameters(b))[0];
}

/** The methods that a path has routes for. */
export const methodsOf = (routes: readonly Route[], segments: readonly string[]): readonly string[] =>
  routeMethods.filter((method) => matchRoute(routes, method, segments) !== undefined);

function matchPattern(
  pattern: readonly string[],
  segments: readonly string[],
): Readonly<Record<string, string>> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const values: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? "";
    const parameter = /^\{(\w+)\}$/.exec(part)?.[1];
    if (parameter !== undefined) values[parameter] = segment;
    else if (part.toLowerCase() !== segment.toLowerCase()) return undefined;
  }
  return values;
}
