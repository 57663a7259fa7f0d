import type { HttpHandler, HttpRequest } from "@azure/functions";

import type { Door } from "../access/door.js";
import { armError, armErrorBody, type ArmError } from "../arm/arm-error.js";
import { answering, type Answers, type Ending } from "./answer.js";
import { methodsOf } from "./route.js";
import { routes } from "./routes.js";
import type { UrlPath } from "./url-path.js";

/** As `answering`, for clients of Azure Resource Manager: its headers, and its errors where there is no route. */
export const armAnswering = (door: Door, answers: Answers): HttpHandler => {
  const handler = answering(door, answers, { notFound: noArmRoute });
  return async (request, context) => {
    const response = await handler(request, context);
    const own = response.headers as Readonly<Record<string, string>> | undefined;
    return { ...response, headers: { ...armHeaders(request, context.invocationId), ...own } };
  };
};

/** Headers of every answer of Azure Resource Manager; the request's own id comes back if it asks for that. */
function armHeaders(request: HttpRequest, id: string): Readonly<Record<string, string>> {
  const clientId = request.headers.get("x-ms-client-request-id");
  const echo = request.headers.get("x-ms-return-client-request-id")?.toLowerCase() === "true";
  return {
    "x-ms-request-id": id,
    "x-ms-correlation-request-id": request.headers.get("x-ms-correlation-request-id") ?? id,
    ...(echo && clientId !== null && { "x-ms-client-request-id": clientId }),
  };
}

/** What a path lacks to be one of those: the method, the provider or the type. */
function noArmRoute(method: string, path: UrlPath): Ending {
  if (path.kind === "rejected") return armError("BadRequest", `The path can't be read: ${path.reason}.`);
  const allowed = methodsOf(routes, path.segments);
  if (allowed.length > 0) {
    const error = armError("MethodNotAllowed", `There is no ${method} here; there is ${allowed.join(", ")}.`);
    return { status: error.status, headers: { allow: allowed.join(", ") }, jsonBody: armErrorBody(error) };
  }
  return unknownType(path.segments);
}

/** The last provider of a path and the type beneath it, as `routes` have them. */
function unknownType(segments: readonly string[]): ArmError {
  const known = new Set(routes.flatMap((route) => /\/providers\/(Microsoft\.\w+\/\w+)/.exec(route.path)?.[1] ?? []));
  const types = `Vigil has ${[...known].join(", ")}, on a subscription or a resource in it.`;
  const last = segments.map((segment) => segment.toLowerCase()).lastIndexOf("providers");
  const [provider, type] = last < 0 ? [] : segments.slice(last + 1);
  if (provider === undefined) return armError("InvalidResourceType", `The path names no resource type. ${types}`);
  const isKnown = [...known].some((each) => each.toLowerCase().startsWith(`${provider.toLowerCase()}/`));
  return isKnown
    ? armError("InvalidResourceType", `The resource type '${type ?? ""}' could not be found there. ${types}`)
    : armError("InvalidResourceNamespace", `The resource namespace '${provider}' is invalid. ${types}`);
}
