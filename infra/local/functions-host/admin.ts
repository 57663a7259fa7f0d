import { type IncomingMessage, type ServerResponse } from "node:http";

import { type FunctionDefinition } from "./app/function-definition.js";
import { writeEmpty, writeText } from "./http/http-response.js";
import { namesLoopback } from "./http/host-header.js";
import { readBody } from "./http/request-body.js";
import { type RequestTarget } from "./http/request-path.js";
import { type DrainState } from "./trigger-listeners.js";

/** Longest body of an admin request, in bytes. */
const adminBodyLimitBytes = 4 * 1_048_576;
const hostVersion = "4.1037.0";

export type AdminOptions = {
  readonly hostId: string;
  readonly instanceId: string;
  readonly url: () => string;
  readonly state: () => "Starting" | "Running" | "Stopping";
  readonly functions: () => readonly FunctionDefinition[];
  readonly routeOf: (definition: FunctionDefinition) => string | undefined;
  /** Runs a function in the background. @param input the trigger's text; undefined: none was given */
  readonly invoke: (definition: FunctionDefinition, input: string | undefined) => void;
  readonly running: () => readonly string[];
  readonly drainState: () => DrainState;
  readonly drain: () => void;
  readonly resume: () => Promise<void>;
  readonly hostJson: () => unknown;
};

/** Answers `/admin/…` (§10.4). There are no keys; a page of another site is refused by its Origin. */
export async function answerAdmin(
  options: AdminOptions,
  request: IncomingMessage,
  response: ServerResponse,
  target: RequestTarget,
): Promise<void> {
  const { origin } = request.headers;
  if (origin !== undefined && !isLocalOrigin(origin)) {
    writeText(response, 403, "Admin endpoints answer no other site.");
    return;
  }
  const [, , area = "", name = "", action = ""] = target.path.replace(/\/+$/, "").split("/");
  const method = request.method ?? "GET";
  switch (area.toLowerCase()) {
    case "functions":
      await answerFunctions(options, method, name, action.toLowerCase(), request, response);
      return;
    case "host":
      request.resume();
      await answerHost(options, method, name.toLowerCase(), action.toLowerCase(), response);
      return;
    default:
      writeEmpty(response, 404);
  }
}

async function answerFunctions(
  options: AdminOptions,
  method: string,
  name: string,
  action: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const all = options.functions();
  if (name === "") {
    if (method === "GET")
      writeJson(
        response,
        200,
        all.map((each) => describeFunction(options, each)),
      );
    else writeEmpty(response, 404);
    return;
  }
  const found = all.find((each) => each.name.toLowerCase() === name.toLowerCase());
  if (found === undefined) writeEmpty(response, 404);
  else if (method === "GET" && action === "") writeJson(response, 200, describeFunction(options, found));
  else if (method === "GET" && action === "status") writeJson(response, 200, {});
  else if (method === "POST" && action === "") await invokeFunction(options, found, request, response);
  else writeEmpty(response, 404);
}

/** Accepts a run in the background. HTTP triggers cannot be run so (§10.4). */
async function invokeFunction(
  options: AdminOptions,
  definition: FunctionDefinition,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!/^application\/json\b/i.test(request.headers["content-type"] ?? "")) {
    request.resume();
    writeText(response, 415, 'Send Content-Type: application/json and a body such as {"input":"…"}.');
    return;
  }
  const body = await readBody(request, adminBodyLimitBytes);
  if (body.kind !== "body") {
    writeEmpty(response, 413);
    return;
  }
  let value: unknown;
  try {
    value = JSON.parse(body.bytes.toString("utf8"));
  } catch {
    writeText(response, 400, 'The body must be JSON such as {"input":"…"}.');
    return;
  }
  if (definition.trigger.kind === "http") {
    writeText(
      response,
      400,
      `'${definition.name}' is an HTTP function: call ${options.url()}/${options.routeOf(definition) ?? ""}`,
    );
    return;
  }
  const input = typeof value === "object" && value !== null ? (value as { input?: unknown }).input : undefined;
  options.invoke(definition, input === undefined || input === null ? undefined : inputText(input));
  writeEmpty(response, 202);
}

function inputText(input: unknown): string {
  return typeof input === "string" ? input : JSON.stringify(input);
}

async function answerHost(
  options: AdminOptions,
  method: string,
  name: string,
  action: string,
  response: ServerResponse,
): Promise<void> {
  switch (`${method} ${name}${action === "" ? "" : `/${action}`}`) {
    case "GET ping":
    case "POST ping":
      writeEmpty(response, 200);
      return;
    case "GET status":
      writeJson(response, 200, {
        id: options.hostId,
        state: options.state(),
        version: hostVersion,
        versionDetails: `${hostVersion} (local functions host)`,
        instanceId: options.instanceId,
        processUptime: Math.round(process.uptime() * 1_000),
        functionAppContentEditingState: "NotAllowed",
      });
      return;
    case "GET config":
      writeJson(response, 200, options.hostJson());
      return;
    case "POST drain":
      options.drain();
      writeEmpty(response, 202);
      return;
    case "GET drain/status": {
      const outstandingInvocations = options.running().length;
      writeJson(response, 200, { state: options.drainState(), outstandingInvocations, outstandingRetries: 0 });
      return;
    }
    case "POST resume":
      await options.resume();
      writeJson(response, 200, { state: options.state() });
      return;
    case "POST synctriggers":
      writeJson(response, 200, { status: "success" });
      return;
    case "POST restart":
      writeText(response, 501, "The local host does not restart itself: stop it and start it again.");
      return;
    default:
      writeEmpty(response, 404);
  }
}

function describeFunction(options: AdminOptions, definition: FunctionDefinition): object {
  const base = options.url();
  const href = `${base}/admin/functions/${definition.name}`;
  const route = options.routeOf(definition);
  const bindings = Object.entries(definition.metadata.bindings).map(([name, binding]) => ({ ...binding, name }));
  return {
    name: definition.name,
    script_root_path_href: null,
    script_href: null,
    config_href: null,
    test_data_href: null,
    href,
    invoke_url_template: route === undefined ? null : `${base}/${route}`,
    language: "node",
    config: { name: definition.name, scriptFile: definition.file, language: "node", bindings },
    files: null,
    test_data: null,
    isDisabled: definition.disabled,
    isDirect: true,
    isProxy: false,
  };
}

function isLocalOrigin(origin: string): boolean {
  try {
    return namesLoopback(new URL(origin).host);
  } catch {
    return false; // `null`, or no origin at all
  }
}

function writeJson(response: ServerResponse, status: number, value: unknown): void {
  writeText(response, status, JSON.stringify(value), "application/json");
}
