import type { HttpRequest, HttpResponseInit, InvocationContext } from "@azure/functions";

import { armErrorBody, type ArmError } from "../arm/arm-error.js";
import type { PathValues } from "../arm/resource-path.js";
import type { Door } from "../access/door.js";
import { describeDecision, describePrincipal, type AuditLine } from "../access/decision.js";
import type { Refusal } from "../access/refusal.js";
import type { Action } from "../access/role.js";
import { SigningKeysUnreadable } from "../access/signing-keys.js";
import { errorCatalogue, problem, type HttpProblem } from "./error-catalogue.js";
import { isUnavailable } from "./fault.js";
import { matchRoute } from "./route.js";
import { routes, type OperationId } from "./routes.js";
import { parseUrlPath, type UrlPath } from "./url-path.js";

/** A request whose route is known and whose caller was let in. */
export interface Call {
  readonly request: HttpRequest;
  /** Parameters of the path, decoded: never those of `request.params`, which hold query and body, too. */
  readonly path: PathValues;
  readonly query: URLSearchParams;
  /**
   * Asks again, for one more resource by its ARM id.
   * @param action default: that of the route
   * @returns what the caller is to be answered with; undefined: they may
   */
  readonly refuseOn: (resourceId: string, action?: Action) => HttpResponseInit | undefined;
  /** Who is calling, for histories: `user:<object id>`, `key:<id>`, `developer`. */
  readonly caller: string;
  /** Ends when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** As `Call.refuseOn`, for several resources at once. */
export function refuseAny(call: Call, resourceIds: readonly string[], action?: Action): HttpResponseInit | undefined {
  for (const resourceId of resourceIds) {
    const refusal = call.refuseOn(resourceId, action);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

export type Ending = HttpResponseInit | HttpProblem | ArmError;
export type Answer = (call: Call) => Promise<Ending>;

/** The answers of one function, by operation. */
export type Answers = Readonly<Partial<Record<OperationId, Answer>>>;

/** How long an answer may take: below the 230 s after which Azure's load balancer hangs up. Milliseconds. */
export const answerDeadlineMs = 60_000;

export interface AnsweringOptions {
  readonly deadlineMs?: number;
  /** What callers who are known hear where there is no route. */
  readonly notFound?: (method: string, path: UrlPath) => Ending;
}

/** Answers are about the moment and about security: no cache keeps them. */
const commonHeaders = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

/**
 * Makes the handler of one function: finds the route, admits the caller, and turns every ending into a response, since
 * with HTTP streaming a handler that returns none leaves the caller waiting. Faults are logged whole under the
 * invocation's id and answered without detail.
 */
export const answering =
  (door: Door, answers: Answers, { deadlineMs = answerDeadlineMs, notFound = noRoute }: AnsweringOptions = {}) =>
  async (request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> => {
    try {
      const audit = (line: AuditLine): void => {
        context.info(`audit ${JSON.stringify(line)}`);
      };
      const response = await withinDeadline(deadlineMs, (signal) =>
        answer({ door, answers, notFound, audit }, request, signal),
      );
      return responseOf(response);
    } catch (error) {
      context.error(`${request.method} ${new URL(request.url).pathname} failed`, error);
      return problemResponse(problemOfFault(error, context.invocationId));
    }
  };

/**
 * Waits no longer than the deadline, whether the work heeds its signal or not.
 * @throws TimeoutError
 */
async function withinDeadline<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const { signal } = controller;
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new DOMException(`no answer within ${ms} ms`, "TimeoutError");
      reject(error);
      controller.abort(error);
    }, ms);
  });
  try {
    return await Promise.race([work(signal), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

interface Handling {
  readonly door: Door;
  readonly answers: Answers;
  readonly notFound: (method: string, path: UrlPath) => Ending;
  readonly audit: (line: AuditLine) => void;
}

async function answer(
  { door, answers, notFound, audit }: Handling,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<Ending> {
  const path = parseUrlPath(request.url);
  const match = path.kind === "path" ? matchRoute(routes, request.method, path.segments) : undefined;
  const found = match && answers[match.route.operationId];
  if (match === undefined || found === undefined) {
    const refusal = await door.refuseStranger(request);
    return refusal === undefined ? notFound(request.method, path) : refusalResponse(refusal);
  }
  const { route, values } = match;
  const entrance = await door.enter(request, { method: route.method, path: route.path, values });
  if (entrance.action !== "read" && entrance.action !== "public") {
    audit(describeDecision(entrance.principal, entrance.action, entrance.scope, entrance.decision));
  }
  if (entrance.kind === "closed") return refusalResponse(entrance.refusal);
  const refuseOn = (resourceId: string, action?: Action): HttpResponseInit | undefined => {
    const refusal = entrance.refuseOn(resourceId, action);
    return refusal && refusalResponse(refusal);
  };
  const caller = describePrincipal(entrance.principal);
  return await found({ request, path: values, query: new URL(request.url).searchParams, refuseOn, caller, signal });
}

/** What is said of a path that can't be read, or that no route has. */
export const noRoute = (_: string, path: UrlPath): HttpProblem =>
  path.kind === "rejected"
    ? problem("InvalidPath", `The path can't be read: ${path.reason}.`)
    : problem("RouteNotFound", "There is no such route.");

/** What a caller hears of a fault; the app's log has the rest under the same id. */
function problemOfFault(fault: unknown, id: string): HttpProblem {
  if (fault instanceof SigningKeysUnreadable) {
    return problem("AuthorityUnavailable", `Tokens can't be checked: their authority does not answer (${id}).`);
  }
  return isUnavailable(fault)
    ? problem("StorageUnavailable", `A storage account does not answer (${id}).`)
    : problem("InternalError", `Something failed that should not have (${id}).`);
}

const refusalResponse = ({ status, headers, body }: Refusal): HttpResponseInit => ({ status, headers, jsonBody: body });

function responseOf(ending: Ending): HttpResponseInit {
  if (!("kind" in ending)) return withCommonHeaders(ending);
  if (ending.kind === "problem") return problemResponse(ending);
  return withCommonHeaders({ status: ending.status, jsonBody: armErrorBody(ending) });
}

const withCommonHeaders = (response: HttpResponseInit): HttpResponseInit => ({
  ...response,
  headers: { ...commonHeaders, ...(response.headers as Readonly<Record<string, string>> | undefined) },
});

/** The response to a problem, in Azure's shape. */
function problemResponse({ code, message, target }: HttpProblem): HttpResponseInit {
  const { status, next } = errorCatalogue[code];
  const headers = {
    ...(status === 503 && { "retry-after": "5" }),
  };
  const error = { code, message: `${message} ${next}`, ...(target !== undefined && { target }) };
  return withCommonHeaders({ status, headers, jsonBody: { error } });
}
