import { type Service } from "../../../shared/storage-analytics/log-entry.js";

/** What a request is aimed at, below the account. `other`: a path that names nothing the service knows. */
export type Resource =
  | { readonly kind: "service" }
  | { readonly kind: "container"; readonly container: string }
  | { readonly kind: "blob"; readonly container: string; readonly blob: string }
  | { readonly kind: "queue"; readonly queue: string }
  | { readonly kind: "messages"; readonly queue: string }
  | { readonly kind: "message"; readonly queue: string }
  /** `/Tables`: the list of tables. */
  | { readonly kind: "tables" }
  /** `/Tables('t')`: a table as a member of that list. */
  | { readonly kind: "table-entry"; readonly table: string }
  | { readonly kind: "table"; readonly table: string }
  | {
      readonly kind: "entity";
      readonly table: string;
      readonly partitionKey: string;
      readonly rowKey: string;
    }
  /** `/$batch` of the Table service. */
  | { readonly kind: "batch" }
  | { readonly kind: "other"; readonly path: string };

/** A request's target, taken apart. */
export interface RequestAddress {
  /** Account that owns the resource, without `-secondary`; `""` if the request names none. */
  readonly account: string;
  readonly secondary: boolean;
  readonly resource: Resource;
  /** Decoded names in lower case → first value, decoded: Azure compares names of parameters without case. */
  readonly query: ReadonlyMap<string, string>;
}

const secondarySuffix = "-secondary";
const ipv4 = /^(?:\d{1,3}\.){3}\d{1,3}$/;
/** Names with a dot that carry no account. */
const hostsWithoutAccount = new Set(["host.docker.internal"]);

/** Percent-decoding that leaves text as it is when it is no valid UTF-8 percent-encoding. */
export function decodePercent(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}

/**
 * Takes a request's address apart: path style (`/account/container/blob`), as emulators have it, or host style
 * (`account.blob.localhost`), told apart as Azurite does it. Nothing in it is validated: the service does that.
 * @param target path and query as sent, or an absolute URL (as in batches and proxied requests)
 * @param host `Host` header
 */
export function parseRequestAddress(service: Service, target: string, host: string): RequestAddress {
  const absolute = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(target);
  const authority = absolute?.[1] ?? host;
  const relative = absolute === null ? target : target.slice(absolute[0].length);
  const mark = relative.search(/[?#]/);
  const path = mark < 0 ? relative : relative.slice(0, mark);
  const query = mark < 0 || relative[mark] === "#" ? "" : relative.slice(mark + 1);

  const rest = path.startsWith("/") ? path.slice(1) : path;
  const named = accountInHost(authority);
  const [first, below] = named === undefined ? splitFirst(rest) : [named, rest];
  const secondary = first.endsWith(secondarySuffix);
  return {
    account: secondary ? first.slice(0, -secondarySuffix.length) : first,
    secondary,
    resource: resourceOf[service](below),
    query: parseQuery(query),
  };
}

function accountInHost(authority: string): string | undefined {
  // an IPv6 address is in brackets, so that the first colon of anything else begins the port
  const colon = authority.indexOf(":");
  const host = colon < 0 ? authority : authority.slice(0, colon);
  const dot = host.indexOf(".");
  if (dot <= 0 || host.startsWith("[") || ipv4.test(host)) return undefined;
  const name = host.toLowerCase();
  return hostsWithoutAccount.has(name) ? undefined : name.slice(0, dot);
}

/** The account and what follows it. A slash may be encoded: the service decodes before it splits. */
function splitFirst(path: string): readonly [account: string, below: string] {
  const end = /\/|%2f/i.exec(path);
  if (end === null) return [decodePercent(path), ""];
  return [decodePercent(path.slice(0, end.index)), path.slice(end.index + end[0].length)];
}

const resourceOf: Readonly<Record<Service, (path: string) => Resource>> = {
  blob: (path) => {
    const decoded = decodePercent(path);
    const slash = decoded.indexOf("/");
    const container = slash < 0 ? decoded : decoded.slice(0, slash);
    // the service turns backslashes in blob names into slashes
    const blob = slash < 0 ? "" : decoded.slice(slash + 1).replaceAll("\\", "/");
    if (container === "") return blob === "" ? { kind: "service" } : { kind: "other", path: decoded };
    return blob === "" ? { kind: "container", container } : { kind: "blob", container, blob };
  },
  queue: (path) => {
    const decoded = decodePercent(path).replace(/\/$/, "");
    const [queue = "", messages, message, ...more] = decoded.split("/");
    if (queue === "") return decoded === "" ? { kind: "service" } : { kind: "other", path: decoded };
    if (messages === undefined) return { kind: "queue", queue };
    if (messages !== "messages" || more.length > 0) return { kind: "other", path: decoded };
    return message === undefined ? { kind: "messages", queue } : { kind: "message", queue };
  },
  table: (path) => {
    const decoded = decodePercent(path).replace(/\/$/, "");
    if (decoded === "") return { kind: "service" };
    if (decoded === "$batch") return { kind: "batch" };
    if (decoded === "Tables" || decoded === "Tables()") return { kind: "tables" };
    const entry = /^Tables\('(.*)'\)$/.exec(decoded)?.[1];
    if (entry !== undefined) return { kind: "table-entry", table: entry.replaceAll("''", "'") };
    const entity = entityPath.exec(decoded)?.groups;
    if (entity?.table !== undefined) {
      const { table, partitionKey = "", rowKey = "" } = entity;
      return { kind: "entity", table, partitionKey: unquote(partitionKey), rowKey: unquote(rowKey) };
    }
    const table = /^([^/()]+)(?:\(\))?$/.exec(decoded)?.[1];
    return table === undefined ? { kind: "other", path: decoded } : { kind: "table", table };
  },
};

/** `t(PartitionKey='p',RowKey='r')`, where `''` stands for a quote inside a key. */
const entityPath =
  /^(?<table>[^/()]+)\(\s*PartitionKey='(?<partitionKey>(?:[^']|'')*)'\s*,\s*RowKey='(?<rowKey>(?:[^']|'')*)'\s*\)$/;

const unquote = (key: string): string => key.replaceAll("''", "'");

function parseQuery(query: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  if (query === "") return parameters;
  for (const pair of query.split("&")) {
    const equals = pair.indexOf("=");
    const name = decodePercent(equals < 0 ? pair : pair.slice(0, equals)).toLowerCase();
    if (name !== "" && !parameters.has(name)) {
      parameters.set(name, equals < 0 ? "" : decodePercent(pair.slice(equals + 1)));
    }
  }
  return parameters;
}
