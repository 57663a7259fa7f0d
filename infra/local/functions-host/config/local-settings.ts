import { type CorsSettings } from "../http/cors.js";
import { parseJsonWithComments } from "./json-with-comments.js";
import { StartError } from "./start-error.js";

/** local.settings.json (§10.2). */
export type LocalSettings = {
  /** Environment variables, connection strings included (`ConnectionStrings:<name>`). */
  readonly values: Readonly<Record<string, string>>;
  readonly port: number | undefined;
  readonly address: string | undefined;
  readonly cors: CorsSettings | undefined;
};

const empty: LocalSettings = { values: {}, port: undefined, address: undefined, cors: undefined };

/** @throws StartError that names every value of a wrong form */
export function readLocalSettings(text: string | undefined): LocalSettings {
  if (text === undefined) return empty;
  let root: unknown;
  try {
    root = parseJsonWithComments(text);
  } catch (error) {
    // the parser's own words quote the text, and the text holds keys: neither they nor a cause go any further
    const [position] = /position \d+/.exec((error as Error).message) ?? [];
    throw new StartError(`local.settings.json is not valid JSON${position === undefined ? "" : ` (at ${position})`}`);
  }
  const problems: string[] = [];
  if (!isObject(root)) throw new StartError("local.settings.json must hold a JSON object");
  if (root.IsEncrypted === true) problems.push("IsEncrypted is true; run 'func settings decrypt' first");
  const host = section(root, "Host", problems);
  const result: LocalSettings = {
    values: { ...readValues(root, problems), ...readConnectionStrings(root, problems) },
    port: readPort(host.LocalHttpPort, problems),
    address: typeof host.LocalHttpAddress === "string" ? host.LocalHttpAddress : undefined,
    cors: readCors(host),
  };
  if (problems.length > 0) throw new StartError(`local.settings.json: ${problems.join("; ")}`);
  return result;
}

function readValues(root: Record<string, unknown>, problems: string[]): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(section(root, "Values", problems))) {
    if (typeof value === "string") values[name] = value;
    else if (value !== null) problems.push(`Values.${name} must be a text, not ${describe(value)}`);
  }
  return values;
}

function readConnectionStrings(root: Record<string, unknown>, problems: string[]): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(section(root, "ConnectionStrings", problems))) {
    const text = isObject(value) ? value.ConnectionString : value;
    if (typeof text === "string") values[`ConnectionStrings:${name}`] = text;
    else if (value !== null)
      problems.push(`ConnectionStrings.${name} must be a text or {ConnectionString, ProviderName}`);
  }
  return values;
}

function readPort(value: unknown, problems: string[]): number | undefined {
  if (value === undefined || value === null) return undefined;
  const port = Number(value);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  problems.push("Host.LocalHttpPort must be a port from 0 to 65535");
  return undefined;
}

function readCors(host: Record<string, unknown>): CorsSettings | undefined {
  if (typeof host.CORS !== "string" || host.CORS.trim() === "") return undefined;
  const origins = host.CORS.split(",").map((origin) => origin.trim().replace(/\/$/, ""));
  return { origins: origins.filter((origin) => origin !== ""), credentials: host.CORSCredentials === true };
}

function section(root: Record<string, unknown>, name: string, problems: string[]): Record<string, unknown> {
  const value = root[name];
  if (value === undefined || value === null) return {};
  if (isObject(value)) return value;
  problems.push(`${name} must be an object`);
  return {};
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `the ${typeof value} ${JSON.stringify(value)}`;
}
