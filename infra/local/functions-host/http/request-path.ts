/** The path and query of a request as Kestrel hands them on (§6.2, §6.4). */
export type RequestTarget = {
  /** Decoded once, except `%2F`; dot segments removed; begins with one slash. */
  readonly path: string;
  /** `path` encoded again; sequences that look like `%XX` stay as they are. */
  readonly encodedPath: string;
  /** As sent, with its question mark; empty without one. */
  readonly query: string;
};

const absoluteForm = /^https?:\/\/[^/?#]*/i;
const pathCharacters = /[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]|%(?![0-9a-fA-F]{2})/gu;

/** Reads the target of a request line. Repeated slashes at its beginning become one: our documented deviation. */
export function parseTarget(target: string): RequestTarget {
  const origin = target.replace(absoluteForm, "");
  const mark = origin.indexOf("?");
  const rawPath = (mark < 0 ? origin : origin.slice(0, mark)).replace(/#.*$/s, "");
  // merged last: `/.//a` has more than one slash at its beginning only when its dot segment is gone
  const path = removeDotSegments(decodePath(`/${rawPath}`)).replace(/^\/+/, "/");
  return { path, encodedPath: encodePath(path), query: mark < 0 ? "" : origin.slice(mark) };
}

/** Decodes percent sequences that form valid UTF-8, except `%2F`; others stay as they are. */
export function decodePath(path: string): string {
  return path.replace(/(?:%[0-9a-fA-F]{2})+/g, (run) =>
    run
      .split(/(%2f)/i)
      .map((part) => (part.toLowerCase() === "%2f" ? part : decodeRun(part)))
      .join(""),
  );
}

function decodeRun(run: string): string {
  try {
    return decodeURIComponent(run);
  } catch {
    return run; // not UTF-8
  }
}

function encodePath(path: string): string {
  return path.replace(pathCharacters, encodeURIComponent);
}

function removeDotSegments(path: string): string {
  if (!path.includes("/.")) return path;
  const kept: string[] = [];
  const segments = path.split("/").slice(1);
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1;
    if (segment === "..") kept.pop();
    else if (segment !== ".") kept.push(segment);
    if (last && (segment === "." || segment === "..")) kept.push("");
  }
  return `/${kept.join("/")}`;
}

/** Query parameters as the real host hands them to a function: values of one name are joined with a comma (§6.4). */
export function readQuery(query: string): Readonly<Record<string, string>> {
  const values = new Map<string, { name: string; values: string[] }>();
  for (const pair of query.replace(/^\?/, "").split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = decodeQuery(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? "" : decodeQuery(pair.slice(equals + 1));
    const known = values.get(name.toLowerCase());
    if (known === undefined) values.set(name.toLowerCase(), { name, values: [value] });
    else known.values.push(value);
  }
  return Object.fromEntries([...values.values()].map(({ name, values: all }) => [name, all.join(",")]));
}

function decodeQuery(text: string): string {
  const spaced = text.replaceAll("+", " ");
  return spaced.replace(/(?:%[0-9a-fA-F]{2})+/g, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run;
    }
  });
}
