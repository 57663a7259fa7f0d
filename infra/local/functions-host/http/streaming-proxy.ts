import { randomUUID } from "node:crypto";
import http, { type ClientRequest, type IncomingMessage, type ServerResponse } from "node:http";

import { type Log } from "../log.js";
import { type InvocationOutcome, type Invoker } from "../app/invoker.js";
import { type InvocationResponse, type TypedData } from "../app/core-types.js";
import { FlowWindow } from "./flow-window.js";
import { type HttpRequestFacts } from "./http-request.js";
import { writeEmpty } from "./http-response.js";
import { isChunked } from "./request-body.js";
import { type HttpFunction } from "./route-table.js";

const invocationIdHeader = "x-ms-invocation-id";
/** Headers that belong to one connection, and those the host sets itself. */
const notForwarded = new Set([
  ...["connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer"],
  ...["transfer-encoding", "upgrade", "expect", "host", invocationIdHeader, "x-forwarded-host", "x-forwarded-proto"],
]);
const hopByHop = new Set(["connection", "keep-alive", "transfer-encoding", "trailer", "upgrade"]);

export type StreamedCall = {
  readonly function: HttpFunction;
  readonly facts: HttpRequestFacts;
  readonly metadata: Readonly<Record<string, TypedData>>;
  /** The body, when it had to be read for binding data; otherwise it is still in the request. */
  readonly body: Buffer | undefined;
  readonly limitBytes: number;
  readonly writeOutputs: (response: InvocationResponse) => Promise<void>;
};

/** HTTP streaming: the request goes to the library's own server while the invocation runs beside it (§6.6). */
export class StreamingProxy {
  readonly #port: number;
  readonly #invoker: Invoker;
  readonly #log: Log;
  readonly #agent = new http.Agent({ keepAlive: true });

  constructor(httpUri: string, invoker: Invoker, log: Log) {
    this.#port = Number(new URL(httpUri).port);
    this.#invoker = invoker;
    this.#log = log;
  }

  close(): void {
    this.#agent.destroy();
  }

  async serve(call: StreamedCall, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { name } = call.function;
    const invocationId = randomUUID();
    const window = new FlowWindow();
    const canceled = new AbortController();
    const forwarded = this.#forward(call, invocationId, request, response, window, canceled);
    const outcome = await this.#invoker.invoke(call.function, {
      reason: "This function was programmatically called via the host APIs.",
      invocationId,
      canceled: canceled.signal,
      input: { http: {} },
      triggerMetadata: call.metadata,
      traceParent: call.facts.headers.traceparent,
      traceState: call.facts.headers.tracestate,
      prepareResult: (result) => {
        if (result !== undefined && result !== null) return window.hold(result);
        this.#log(
          "error",
          `Function.${name}`,
          `The handler of '${name}' returned ${String(result)} with HTTP streaming on. The real host would leave the caller waiting for minutes; here the answer is 500. Always return a response object.`,
        );
        return { status: 500 };
      },
      failureResult: { status: 500 },
      writeOutputs: call.writeOutputs,
    });
    this.#finish(outcome, forwarded, response, window);
    await forwarded.ended;
  }

  /** A failed handler answers nothing on the proxy connection: the host has to (§6.6). */
  #finish(outcome: InvocationOutcome, forwarded: Forwarded, response: ServerResponse, window: FlowWindow): void {
    if (outcome.kind !== "failed" || outcome.responded) return;
    window.close();
    if (response.headersSent) response.destroy();
    else if (!response.destroyed) writeEmpty(response, 500);
    forwarded.abandon();
  }

  #forward(
    call: StreamedCall,
    invocationId: string,
    request: IncomingMessage,
    response: ServerResponse,
    window: FlowWindow,
    canceled: AbortController,
  ): Forwarded {
    let settle: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      settle = resolve;
    });
    let abandoned = false;
    let outgoing: ClientRequest;
    const abandon = (): void => {
      abandoned = true;
      canceled.abort();
      outgoing.destroy();
      settle();
    };
    const send = (retriesLeft: number): void => {
      outgoing = http.request({
        agent: this.#agent,
        host: "127.0.0.1",
        port: this.#port,
        method: call.facts.method,
        path: call.facts.target.encodedPath + call.facts.target.query,
        headers: forwardedHeaders(call, invocationId, request),
      });
      outgoing.once("response", (incoming) => {
        relay(incoming, request, response, window, settle);
      });
      outgoing.once("error", (error) => {
        if (abandoned) return;
        // a kept-alive connection may have been closed by the library in the same moment
        if (outgoing.reusedSocket && retriesLeft > 0 && !hasBody(call, request)) {
          send(retriesLeft - 1);
          return;
        }
        canceled.abort();
        this.#log("error", `Function.${call.function.name}`, `Forwarding the request failed: ${error.message}`);
        if (response.headersSent) response.destroy();
        else if (!response.destroyed) writeEmpty(response, 502);
        settle();
      });
      if (call.body !== undefined) outgoing.end(call.body);
      else if (hasBody(call, request)) sendBody(request, outgoing, call.limitBytes, response, abandon);
      else outgoing.end();
    };
    send(2);
    response.once("close", () => {
      if (response.writableFinished) return;
      window.close();
      abandon();
    });
    return { ended, abandon };
  }
}

type Forwarded = { readonly ended: Promise<void>; readonly abandon: () => void };

function hasBody(call: StreamedCall, request: IncomingMessage): boolean {
  return call.body !== undefined || isChunked(request) || Number(request.headers["content-length"] ?? "0") > 0;
}

function forwardedHeaders(call: StreamedCall, invocationId: string, request: IncomingMessage): string[] {
  const headers = [invocationIdHeader, invocationId];
  headers.push("x-forwarded-host", call.facts.host, "x-forwarded-proto", call.facts.scheme, "host", call.facts.host);
  const raw = request.rawHeaders;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const [name = "", value = ""] = [raw[index], raw[index + 1]];
    if (!notForwarded.has(name.toLowerCase())) headers.push(name, value);
  }
  if (call.body === undefined && isChunked(request)) headers.push("transfer-encoding", "chunked");
  return headers;
}

function sendBody(
  request: IncomingMessage,
  outgoing: ClientRequest,
  limitBytes: number,
  response: ServerResponse,
  abandon: () => void,
): void {
  let sent = 0;
  request.on("data", (chunk: Buffer) => {
    sent += chunk.length;
    if (sent > limitBytes && !response.headersSent) {
      writeEmpty(response, 413);
      abandon();
      request.resume();
    }
  });
  request.once("error", abandon);
  request.pipe(outgoing);
}

/** Copies the library's answer to the client, no faster than the client reads. */
function relay(
  incoming: IncomingMessage,
  request: IncomingMessage,
  response: ServerResponse,
  window: FlowWindow,
  settle: () => void,
): void {
  if (response.destroyed || response.headersSent) {
    incoming.resume();
    settle();
    return;
  }
  response.statusCode = incoming.statusCode ?? 500;
  for (const [name, values] of Object.entries(incoming.headersDistinct)) {
    if (values === undefined || hopByHop.has(name) || (response.hasHeader(name) && name !== "set-cookie")) continue;
    if (name === "set-cookie") response.appendHeader(name, values);
    else response.setHeader(name, values.length === 1 ? (values[0] ?? "") : values);
  }
  incoming.on("data", (chunk: Buffer) => {
    window.delivered(chunk.length);
    if (!response.write(chunk)) {
      incoming.pause();
      response.once("drain", () => incoming.resume());
    }
  });
  incoming.once("end", () => {
    response.end();
    // a handler may answer without having read the body: take the rest, so that the connection can be used again
    if (!request.complete) {
      request.unpipe();
      request.resume();
    }
    settle();
  });
  incoming.once("error", () => {
    response.destroy();
    settle();
  });
}
