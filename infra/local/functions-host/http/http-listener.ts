import http, { type IncomingMessage, type ServerResponse } from "node:http";
import https from "node:https";
import { type AddressInfo } from "node:net";

import { StartError } from "../config/start-error.js";
import { applySecurityHeaders, type HostSecurity } from "./security-headers.js";
import { describeError, type Log } from "../log.js";
import { answerCors, type CorsSettings } from "./cors.js";
import { homePage } from "./home-page.js";
import { isLoopbackAddress, namesLoopback } from "./host-header.js";
import { type HttpFunctionsOptions, serveFunction } from "./http-functions.js";
import { writeEmpty, writeText } from "./http-response.js";
import { declaredLength } from "./request-body.js";
import { parseTarget, type RequestTarget } from "./request-path.js";
import { matchRoute, type Route } from "./route-table.js";
import { type Throttle } from "./throttle.js";

/** How long a request waits for the host to have started before it is told so. */
const readyWaitMs = 30_000;
/** Kestrel's limit for all headers of a request together. */
const headerLimitBytes = 32_768;
const notRunning = "Function host is not running.";

/** What answers once the app is loaded. */
export type HttpApp = {
  readonly routes: readonly Route[];
  readonly functions: HttpFunctionsOptions;
  readonly throttle: Throttle;
  readonly security: HostSecurity;
  readonly isDisabled: (functionName: string) => boolean;
  readonly homePage: boolean;
};

/** A second port that takes TLS, and nothing else. */
export type TlsOptions = {
  /** 0: a free one. */
  readonly port: number;
  /** PEM. */
  readonly certificate: string;
  /** PEM. */
  readonly privateKey: string;
};

export type HttpListenerOptions = {
  readonly address: string;
  /** 0: a free one. */
  readonly port: number;
  readonly tls: TlsOptions | undefined;
  readonly bodyLimitBytes: number;
  readonly cors: CorsSettings | undefined;
  readonly log: Log;
  readonly admin: (request: IncomingMessage, response: ServerResponse, target: RequestTarget) => Promise<void>;
};

/** The host's front door: listens at once, lets requests wait until the app is loaded, and runs the pipeline of §6.3. */
export class HttpListener {
  readonly #options: HttpListenerOptions;
  readonly #server: http.Server;
  readonly #secureServer: https.Server | undefined;
  readonly #loopbackOnly: boolean;
  #app: HttpApp | undefined;
  #whenServing: (() => void)[] = [];
  #stopping = false;
  readonly #running = new Set<ServerResponse>();

  constructor(options: HttpListenerOptions) {
    this.#options = options;
    this.#loopbackOnly = isLoopbackAddress(options.address);
    const answer = (request: IncomingMessage, response: ServerResponse): void => {
      this.#answer(request, response);
    };
    // long uploads and slow handlers are the app's business, as they are behind Kestrel
    const limits = { requestTimeout: 0, keepAliveTimeout: 60_000, maxHeaderSize: headerLimitBytes };
    this.#server = http.createServer(limits, answer);
    if (options.tls !== undefined) {
      const { certificate: cert, privateKey: key } = options.tls;
      this.#secureServer = createSecureServer({ ...limits, cert, key }, answer);
    }
    for (const server of this.#servers) {
      server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
        if ((declaredLength(request) ?? 0) <= options.bodyLimitBytes) response.writeContinue();
        answer(request, response);
      });
    }
  }

  get #servers(): readonly (http.Server | https.Server)[] {
    return this.#secureServer === undefined ? [this.#server] : [this.#server, this.#secureServer];
  }

  /** @returns the URLs it listens on */
  async listen(): Promise<ListenerUrls> {
    const { address, port, tls } = this.#options;
    const secure =
      this.#secureServer === undefined || tls === undefined
        ? undefined
        : await listenOn(this.#secureServer, address, tls.port, "--https-port");
    const bound = await listenOn(this.#server, address, port, "--port");
    const shown = address === "0.0.0.0" || address === "::" ? "localhost" : address;
    const host = shown.includes(":") ? `[${shown}]` : shown;
    return {
      url: `http://${host}:${bound}`,
      secureUrl: secure === undefined ? undefined : `https://${host}:${secure}`,
    };
  }

  serve(app: HttpApp): void {
    this.#app = app;
    for (const resume of this.#whenServing) resume();
    this.#whenServing = [];
  }

  /** No new connections and no new work; requests that run go on, admin endpoints still answer. */
  stopAccepting(): void {
    this.#stopping = true;
    for (const server of this.#servers) {
      server.close();
      server.closeIdleConnections();
    }
  }

  /** Resolves once every answer has left. */
  async drained(): Promise<void> {
    await Promise.all([...this.#running].map((response) => new Promise((done) => response.once("close", done))));
  }

  /** Answers what is running with 500. */
  failRunning(): void {
    for (const response of this.#running) {
      if (response.headersSent) response.destroy();
      else writeEmpty(response, 500);
    }
  }

  close(): void {
    this.stopAccepting();
    for (const server of this.#servers) server.closeAllConnections();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.#running.add(response);
    response.once("close", () => this.#running.delete(response));
    this.#pipeline(request, response).catch((error: unknown) => {
      this.#options.log("error", "Host.General", `A request failed in the host: ${describeError(error)}`);
      if (response.headersSent) response.destroy();
      else writeEmpty(response, 500);
    });
  }

  async #pipeline(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { bodyLimitBytes, log, admin, cors } = this.#options;
    if (this.#loopbackOnly && !namesLoopback(request.headers.host)) {
      const text = `This host answers on this machine only; a request for '${request.headers.host ?? ""}' is refused.`;
      log("warning", "Host.General", `${text} (Host header; protects against DNS rebinding)`);
      writeText(response, 403, text);
      return;
    }
    if ((declaredLength(request) ?? 0) > bodyLimitBytes) {
      response.setHeader("Connection", "close");
      writeEmpty(response, 413);
      return;
    }
    const target = parseTarget(request.url ?? "/");
    const first = target.path.split("/", 2)[1]?.toLowerCase();
    if (first === "admin") {
      await admin(request, response, target);
      return;
    }
    const app = this.#stopping ? undefined : (this.#app ?? (await this.#started()));
    if (app === undefined) {
      response.setHeader("Connection", "close");
      writeText(response, 503, notRunning);
      return;
    }
    const leave = await app.throttle.enter();
    if (leave === undefined) {
      response.setHeader("X-FUNCTION-SCALEOUT", "1");
      writeEmpty(response, 429);
      return;
    }
    try {
      const answer = answerCors(cors, request.method ?? "GET", flat(request));
      for (const [name, value] of Object.entries(answer?.headers ?? {})) response.setHeader(name, value);
      applySecurityHeaders(app.security, request, response);
      if (answer?.preflight === true) writeEmpty(response, 204);
      else await this.#route(app, request, response, target);
    } finally {
      leave();
    }
  }

  async #route(app: HttpApp, request: IncomingMessage, response: ServerResponse, target: RequestTarget): Promise<void> {
    const method = request.method ?? "GET";
    const match = matchRoute(app.routes, method, target.path);
    if (match.kind === "matched" && !app.isDisabled(match.function.name)) {
      await serveFunction(app.functions, match, request, response, target);
      return;
    }
    request.resume();
    if (match.kind === "none" && method === "GET" && target.path === "/") {
      if (app.homePage) writeText(response, 200, homePage, "text/html");
      else writeEmpty(response, 204);
      return;
    }
    if (match.kind === "none" && match.wrongMethod.length > 0) {
      this.#options.log(
        "information",
        "Host.General",
        `${method} ${target.path}: the route of ${match.wrongMethod.map((name) => `'${name}'`).join(", ")} matches, but not the method; the answer is 404, as on the real host.`,
      );
    }
    writeEmpty(response, 404);
  }

  async #started(): Promise<HttpApp | undefined> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, readyWaitMs);
      this.#whenServing.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    return this.#app;
  }
}

function flat(request: IncomingMessage): Record<string, string | undefined> {
  const { origin } = request.headers;
  const header = (name: string): string | undefined => request.headersDistinct[name]?.join(",");
  return {
    origin,
    "access-control-request-method": header("access-control-request-method"),
    "access-control-request-headers": header("access-control-request-headers"),
  };
}

export type ListenerUrls = { readonly url: string; readonly secureUrl: string | undefined };

function createSecureServer(options: https.ServerOptions, answer: http.RequestListener): https.Server {
  try {
    return https.createServer(options, answer);
  } catch (error) {
    throw new StartError(`The certificate or key for --https-port can't be used: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** @returns the port */
async function listenOn(
  server: http.Server | https.Server,
  address: string,
  port: number,
  option: string,
): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(cannotListen(error, address, port, option));
    });
    server.listen(port, address, () => {
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

function cannotListen(error: NodeJS.ErrnoException, address: string, port: number, option: string): StartError {
  switch (error.code) {
    case "EADDRINUSE":
      return new StartError(
        `Port ${port} on ${address} is in use. Stop what listens there, or choose another with ${option}.`,
      );
    case "EACCES":
      return new StartError(`Port ${port} on ${address} may not be used by this user. Choose another with ${option}.`);
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new StartError(`${address} is not an address of this machine. Choose another with --address.`);
    default:
      return new StartError(`Cannot listen on ${address}:${port}: ${error.message}`, { cause: error });
  }
}
