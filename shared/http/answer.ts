import type { HttpRequest, HttpResponseInit, InvocationContext } from "@azure/functions";

import { admit } from "../access/development-mode.js";
import { errorCatalogue, problem, type HttpProblem } from "./error-catalogue.js";
import { isUnavailable } from "./fault.js";
import { parseUrlPath } from "./url-path.js";

/** Answers a request whose path was parsed; a problem is turned into a response here. */
export type Answer = (request: HttpRequest, segments: readonly string[]) => Promise<HttpResponseInit | HttpProblem>;

export interface AnswerOptions {
  readonly auth: "development" | "entra" | undefined;
  /** Open to callers without a credential. */
  readonly public?: boolean;
}

/** Answers are about requests of the moment and about security: no cache keeps them. */
const commonHeaders = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

/**
 * Makes a handler: admits the caller, parses the path, and turns every ending into a response, since a handler that
 * returns none leaves the caller waiting. Faults are logged whole under the invocation's id and answered without detail.
 */
export const answering =
  (options: AnswerOptions, answer: Answer) =>
  async (request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> => {
    try {
      const response = await admitted(options, request, answer);
      return "kind" in response
        ? problemResponse(response)
        : { ...response, headers: { ...commonHeaders, ...(response.headers as Record<string, string>) } };
    } catch (error) {
      context.error(`${request.method} ${new URL(request.url).pathname} failed`, error);
      const id = context.invocationId;
      return problemResponse(
        isUnavailable(error)
          ? problem("StorageUnavailable", `A storage account does not answer (${id}).`)
          : problem("InternalError", `Something failed that should not have (${id}).`),
      );
    }
  };

async function admitted(
  options: AnswerOptions,
  request: HttpRequest,
  answer: Answer,
): Promise<HttpResponseInit | HttpProblem> {
  const refusal = options.public === true ? undefined : refuse(options, request);
  if (refusal !== undefined) return refusal;
  const path = parseUrlPath(request.url);
  return path.kind === "path"
    ? await answer(request, path.segments)
    : problem("InvalidPath", `The path can't be read: ${path.reason}.`);
}

function refuse({ auth }: AnswerOptions, request: HttpRequest): HttpProblem | undefined {
  const admission = admit(auth, request);
  if (admission.kind === "admitted") return undefined;
  switch (admission.reason) {
    case "no-credential":
      return problem("AuthenticationFailed", "The request has no credential that is accepted here.");
    case "foreign-host":
      return problem("DevelopmentModeIsLocal", "In development mode the URL must name this machine.");
    case "forwarded":
      return problem("DevelopmentModeIsLocal", "In development mode a forwarded request is refused.");
    default:
      throw new Error(`unknown refusal ${JSON.stringify(admission.reason satisfies never)}`);
  }
}

/** The response to a problem. */
export function problemResponse({ code, message, target }: HttpProblem): HttpResponseInit {
  const { status, next } = errorCatalogue[code];
  const headers: Record<string, string> = { ...commonHeaders };
  if (status === 401) headers["www-authenticate"] = "Bearer";
  if (status === 503) headers["retry-after"] = "5";
  return {
    status,
    headers,
    jsonBody: { error: { code, message: `${message} ${next}`, ...(target !== undefined && { target }) } },
  };
}
