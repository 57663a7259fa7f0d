import { cpus } from "node:os";

import { type Hsts } from "../http/security-headers.js";
import { type Level } from "../log.js";
import { type QueueSettings } from "../queue/queue-listener.js";
import { HostJsonReader } from "./host-json-reader.js";
import { parseJsonWithComments } from "./json-with-comments.js";
import { StartError } from "./start-error.js";

/** What host.json and its overrides in the environment say (§10.1). Durations in milliseconds. */
export type HostJson = {
  readonly functionTimeoutMs: number | undefined;
  /** Only these functions run; undefined: all. */
  readonly functions: readonly string[] | undefined;
  readonly logLevels: Readonly<Record<string, Level>>;
  readonly http: {
    readonly routePrefix: string;
    readonly maxOutstandingRequests: number;
    readonly maxConcurrentRequests: number;
    readonly customHeaders: Readonly<Record<string, string>>;
    readonly hsts: Hsts | undefined;
  };
  readonly queues: QueueSettings;
  readonly listenerLockPeriodMs: number | undefined;
  readonly listenerLockRetryMs: number | undefined;
  readonly hasExtensionBundle: boolean;
  readonly warnings: readonly string[];
};

const knownKeys = new Set(
  `version functionTimeout retry functions http watchDirectories watchFiles queues serviceBus eventHub singleton logging
   aggregator healthMonitor extensionBundle managedDependencies customHandler httpWorker extensions concurrency
   sendCanceledInvocationsToWorker metadataProviderTimeout telemetryMode`.split(/\s+/),
);
const defaultTimeoutMs = 30 * 60_000;
const environmentPrefix = "AzureFunctionsJobHost__";
/** Polling of an empty queue: the real host looks every 2 s in Development when nothing is set (§8.1). */
const developmentPollingMs = 2_000;
const defaultHstsMaxAgeSeconds = 30 * 86_400;

/** Reads host.json.
 * @param text undefined when there is no file: the real host would create a default one
 * @throws StartError naming every value that is wrong, and what it should be
 */
export function readHostJson(
  text: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): HostJson {
  const root = parse(text);
  const warnings = Object.keys(root)
    .filter((key) => !knownKeys.has(key))
    .map((key) => `host.json: unknown key '${key}' is ignored.`);
  for (const key of ["http", "queues"]) {
    if (key in root) warnings.push(`host.json: '${key}' at the top level is of version 1; put it under 'extensions'.`);
  }
  if (text === undefined) warnings.push("There is no host.json; defaults are used. The real host would create one.");
  override(root, environment);

  const reader = new HostJsonReader(root);
  const problems = reader.problems;
  if (reader.text("version", "") !== "2.0") problems.push('version must be "2.0"');
  if (reader.has("retry")) problems.push("retry is not supported by the local host; remove it");
  if (reader.flag("concurrency.dynamicConcurrencyEnabled", false)) {
    problems.push("concurrency.dynamicConcurrencyEnabled is not supported by the local host; set it to false");
  }
  const result: HostJson = {
    functionTimeoutMs: readTimeout(reader),
    functions: reader.has("functions") ? reader.list("functions") : undefined,
    logLevels: reader.logLevels("logging.logLevel"),
    http: readHttp(reader),
    queues: readQueues(reader),
    listenerLockPeriodMs: reader.duration("singleton.listenerLockPeriod", undefined, 15_000, 60_000),
    listenerLockRetryMs: reader.duration("singleton.listenerLockRecoveryPollingInterval", undefined, 15_000),
    hasExtensionBundle: reader.has("extensionBundle"),
    warnings,
  };
  if (reader.flag("extensions.http.dynamicThrottlesEnabled", false)) {
    warnings.push("host.json: extensions.http.dynamicThrottlesEnabled does nothing in the local host.");
  }
  if (problems.length > 0) throw new StartError(`host.json: ${problems.join("; ")}`);
  return result;
}

function parse(text: string | undefined): Record<string, unknown> {
  if (text === undefined) return { version: "2.0" };
  let value: unknown;
  try {
    value = parseJsonWithComments(text);
  } catch (error) {
    throw new StartError(`host.json is not valid JSON: ${(error as Error).message}`, { cause: error });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new StartError("host.json must hold a JSON object");
  }
  return value as Record<string, unknown>;
}

/** `AzureFunctionsJobHost__a__b=value` sets a.b, whatever the case of the names; numbers name places in a list. */
function override(root: Record<string, unknown>, environment: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || !name.toLowerCase().startsWith(environmentPrefix.toLowerCase())) continue;
    const path = name.slice(environmentPrefix.length).split("__");
    let node = root;
    for (const [index, part] of path.entries()) {
      const key = Object.keys(node).find((each) => each.toLowerCase() === part.toLowerCase()) ?? part;
      if (index === path.length - 1) {
        node[key] = value;
        break;
      }
      const child = node[key];
      // a list becomes an object with its places as names; the reader takes both
      const next: Record<string, unknown> = typeof child === "object" && child !== null ? { ...child } : {};
      node[key] = next;
      node = next;
    }
  }
}

function readTimeout(reader: HostJsonReader): number | undefined {
  if (reader.text("functionTimeout", "") === "-1") return undefined;
  return reader.duration("functionTimeout", defaultTimeoutMs, 1_000);
}

function readHttp(reader: HostJsonReader): HostJson["http"] {
  const at = (key: string): string => `extensions.http.${key}`;
  const hstsEnabled = reader.flag(at("hsts.isEnabled"), false);
  const maxAge = reader.duration(at("hsts.maxAge"), defaultHstsMaxAgeSeconds * 1_000, 0) ?? 0;
  return {
    routePrefix: reader.text(at("routePrefix"), "api"),
    maxOutstandingRequests: reader.integer(at("maxOutstandingRequests"), -1, -1),
    maxConcurrentRequests: reader.integer(at("maxConcurrentRequests"), -1, -1),
    customHeaders: reader.texts(at("customHeaders")),
    hsts: hstsEnabled
      ? {
          maxAgeSeconds: Math.round(maxAge / 1_000),
          includeSubDomains: reader.flag(at("hsts.includeSubDomains"), false),
          preload: reader.flag(at("hsts.preload"), false),
          excludedHosts: reader.list(at("hsts.excludedHosts")),
        }
      : undefined,
  };
}

function readQueues(reader: HostJsonReader): QueueSettings {
  const at = (key: string): string => `extensions.queues.${key}`;
  const batchSize = reader.integer(at("batchSize"), 16, 1, 32);
  const encoding = reader.text(at("messageEncoding"), "base64").toLowerCase();
  if (encoding !== "base64" && encoding !== "none")
    reader.problems.push(`${at("messageEncoding")} must be base64 or none`);
  return {
    batchSize,
    newBatchThreshold: reader.integer(at("newBatchThreshold"), Math.floor(batchSize / 2) * cpus().length, 0),
    maxDequeueCount: reader.integer(at("maxDequeueCount"), 5, 1),
    visibilityTimeoutMs: reader.duration(at("visibilityTimeout"), 0, 0) ?? 0,
    maxPollingIntervalMs: reader.duration(at("maxPollingInterval"), developmentPollingMs, 100) ?? developmentPollingMs,
    messageEncoding: encoding === "none" ? "none" : "base64",
  };
}
