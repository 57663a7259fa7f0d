import { type IncomingMessage, type ServerResponse } from "node:http";

import { type InvocationResponse } from "../app/core-types.js";
import { type Invoker } from "../app/invoker.js";
import { type Log } from "../log.js";
import { httpBindingData, isJson, readRequest, streamingMetadata, toHttpData } from "./http-request.js";
import { writeEmpty, writeHttpData } from "./http-response.js";
import { isChunked, readBody } from "./request-body.js";
import { type RequestTarget } from "./request-path.js";
import { type RouteValues } from "./route-match.js";
import { type HttpFunction } from "./route-table.js";
import { type StreamingProxy } from "./streaming-proxy.js";

/** Longest JSON body, in bytes, that is read ahead with streaming on for the sake of `params` (§6.6). */
const jsonBindingLimitBytes = 1_048_576;

export type HttpFunctionsOptions = {
  readonly invoker: Invoker;
  readonly log: Log;
  /** Present when the app has HTTP streaming on. */
  readonly streaming: StreamingProxy | undefined;
  readonly bodyLimitBytes: number;
  readonly outputsOf: (
    definition: HttpFunction,
    bindingData: Readonly<Record<string, unknown>>,
  ) => (response: InvocationResponse) => Promise<void>;
};

/** Runs the function of a matched route and answers the request, streamed or whole. */
export async function serveFunction(
  options: HttpFunctionsOptions,
  matched: { readonly function: HttpFunction; readonly values: RouteValues },
  request: IncomingMessage,
  response: ServerResponse,
  target: RequestTarget,
): Promise<void> {
  const { streaming, bodyLimitBytes, outputsOf } = options;
  const definition = matched.function;
  const facts = readRequest(request, target);
  const length = Number(facts.headers["content-length"] ?? "0");
  const readWhole = streaming === undefined || (isJson(facts.headers) && length <= jsonBindingLimitBytes);
  let body: Buffer | undefined;
  if (isChunked(request)) {
    if (streaming === undefined) dropChunkedBody(options.log, definition.name, request);
  } else if (length > 0 && readWhole) {
    const read = await readBody(request, bodyLimitBytes);
    if (read.kind === "client-gone") return;
    if (read.kind === "too-large") {
      writeEmpty(response, 413);
      return;
    }
    body = read.bytes;
  }
  const bindingData = httpBindingData(facts, matched.values, body);
  const writeOutputs = outputsOf(definition, bindingData);
  if (streaming !== undefined) {
    const metadata = streamingMetadata(bindingData);
    const limitBytes = bodyLimitBytes;
    await streaming.serve({ function: definition, facts, metadata, body, limitBytes, writeOutputs }, request, response);
    return;
  }
  const outcome = await options.invoker.invoke(definition, {
    reason: "This function was programmatically called via the host APIs.",
    input: { http: toHttpData(facts, matched.values, body) },
    triggerMetadata: {},
    traceParent: facts.headers.traceparent,
    traceState: facts.headers.tracestate,
    writeOutputs,
  });
  if (response.destroyed) return;
  if (outcome.kind === "failed") writeEmpty(response, 500);
  else if (outcome.response.returnValue?.http === undefined) writeEmpty(response, 204);
  else writeHttpData(response, outcome.response.returnValue.http);
}

/** The real host hands a body on only with a Content-Length (§6.4). */
function dropChunkedBody(log: Log, name: string, request: IncomingMessage): void {
  log(
    "warning",
    `Function.${name}`,
    `A chunked body was dropped: without HTTP streaming the real host gives '${name}' only bodies with a Content-Length. Turn on app.setup({ enableHttpStream: true }) or send a length.`,
  );
  request.resume();
}
