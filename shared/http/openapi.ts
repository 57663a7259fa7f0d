import { findAccessRule, leastRoleOf } from "../access/routes.js";
import { statusOf } from "./error-catalogue.js";
import { errorSchema } from "./answer-schemas.js";
import type { BodyDescription, ParameterDescription, Route } from "./route.js";

/** Version of Vigil's own API. */
const apiVersion = "1";

/** A description of routes. Source: OpenAPI Specification 3.1.1. */
export function describeApi(routes: readonly Route[]): object {
  return {
    openapi: "3.1.1",
    info: {
      title: "Vigil",
      version: apiVersion,
      description: "Operational security for Azure that you own and run yourself.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    paths: pathsOf(routes),
    components: {
      schemas: { Error: errorSchema },
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "An Entra ID access token, or an API key of Vigil's." },
        apiKey: { type: "apiKey", in: "header", name: "X-Api-Key" },
      },
    },
  };
}

function pathsOf(routes: readonly Route[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method.toLowerCase()] = operation(route);
  return paths;
}

function operation(route: Route): object {
  const { operationId, summary, description, pathParameters, queryParameters } = route;
  const role = leastRoleOf(findAccessRule(route.method, route.path));
  return {
    operationId,
    summary,
    description,
    security: role === undefined ? [] : [{ bearer: [] }, { apiKey: [] }],
    ...(role !== undefined && { "x-vigil-role": role }),
    parameters: [...parameters("path", pathParameters), ...parameters("query", queryParameters)],
    ...(route.body !== undefined && { requestBody: requestBody(route.body) }),
    responses: responses(route),
  };
}

const requestBody = ({ description, required, schema, example }: BodyDescription): object => ({
  description,
  required,
  content: { "application/json": { schema, example } },
});

const parameters = (place: "path" | "query", described: Readonly<Record<string, ParameterDescription>>): object[] =>
  Object.entries(described).map(([name, { description, schema, example, required = place === "path" }]) => ({
    name,
    in: place,
    required,
    description,
    schema,
    example,
  }));

/** One response per status: with the answers that come with it, and the codes of the errors. */
function responses({ statuses, answers, summary, errors }: Route): object {
  const all = new Set([...statuses, ...errors.map(statusOf)]);
  const described = [...all].sort().map((status) => {
    const codes = errors.filter((code) => statusOf(code) === status);
    const schemas = Object.entries(statuses.includes(status) ? answers : {});
    if (codes.length > 0) schemas.push(["application/json", { $ref: "#/components/schemas/Error" }]);
    const description = statuses.includes(status) ? [summary, ...codes].join("; ") : codes.join(", ");
    return [status, { description, content: contentOf(schemas) }];
  });
  return Object.fromEntries(described) as object;
}

function contentOf(schemas: readonly (readonly [type: string, schema: object])[]): object {
  const byType = new Map<string, object[]>();
  for (const [type, schema] of schemas) byType.set(type, [...(byType.get(type) ?? []), schema]);
  return Object.fromEntries(
    [...byType].map(([type, [first, ...more]]) => [
      type,
      { schema: more.length === 0 ? first : { anyOf: [first, ...more] } },
    ]),
  );
}
