/** URLs and file paths, taken apart. */
import { type Json } from "./json.js";

export function parseUrlQuery(text: string): ReadonlyMap<string, Json> {
  const query = text.includes("?") ? text.slice(text.indexOf("?") + 1) : text;
  const found = new Map<string, Json>();
  for (const pair of query.split("&")) {
    if (pair === "") continue;
    const [name = "", ...value] = pair.split("=");
    if (!found.has(name)) found.set(name, value.join("="));
  }
  return found;
}

/** All parts of an absolute URL as text. */
export function parseUrl(text: string): Json {
  const match =
    /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):\/\/)?(?:([^:@/?#]*)(?::([^@/?#]*))?@)?(\[[^\]]*\]|[^:/?#]*)(?::(\d+))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/.exec(
      text.trim(),
    );
  if (match?.[1] === undefined) {
    return new Map<string, Json>(
      ["Scheme", "Host", "Port", "Path", "Username", "Password"].map((name): [string, Json] => [name, ""]),
    )
      .set("Query Parameters", new Map())
      .set("Fragment", "");
  }
  const [, scheme = "", user = "", password = "", host = "", port = "", path = "", query = "", fragment = ""] = match;
  return new Map<string, Json>([
    ["Scheme", scheme],
    ["Host", host],
    ["Port", port],
    ["Path", path],
    ["Username", user],
    ["Password", password],
    ["Query Parameters", parseUrlQuery(query)],
    ["Fragment", fragment],
  ]);
}

/** Windows, UNC and Unix paths, with or without a scheme. */
export function parsePath(text: string): Json {
  const schemed = /^([a-zA-Z][a-zA-Z0-9+.-]+):\/\/(.*)$/s.exec(text);
  const scheme = schemed?.[1] ?? "";
  const rest = schemed?.[2] ?? text;
  const separator = rest.includes("\\") ? "\\" : "/";
  const stream = /^(.*?[^\\/:]):([^\\/:]+)$/.exec(rest.replace(/^[a-zA-Z]:/, (drive) => `${drive.slice(0, 1)}\0`));
  const alternate = stream === null ? "" : (stream[2] ?? "");
  const path = alternate === "" ? rest : rest.slice(0, rest.length - alternate.length - 1);
  const drive = /^[a-zA-Z]:/.exec(path)?.[0] ?? "";
  const at = Math.max(path.lastIndexOf("\\"), path.lastIndexOf("/"));
  const file = path.slice(at + 1);
  const directory = at < 0 ? "" : path.slice(0, at);
  const folder = directory.slice(Math.max(directory.lastIndexOf("\\"), directory.lastIndexOf("/")) + 1);
  const dot = file.lastIndexOf(".");
  return new Map<string, Json>([
    ["Scheme", scheme],
    ["RootPath", drive],
    ["DirectoryPath", directory === "" && at === 0 ? separator : directory],
    ["DirectoryName", folder === drive ? "" : folder],
    ["Filename", file],
    ["Extension", dot > 0 ? file.slice(dot + 1) : ""],
    ["AlternateDataStreamName", alternate],
  ]);
}
