import { randomUUID } from "node:crypto";

const expression = /\{([^{}]*)\}/g;

/** Replaces `{…}` in a property of an output by values of the trigger or by built-in ones (§9.1).
 * Values of the trigger win over built-in ones of the same name; names ignore case.
 * @throws when a name has no value, or one that cannot be text
 */
export function resolveExpressions(
  text: string,
  bindingData: Readonly<Record<string, unknown>>,
  now: () => Date = () => new Date(),
): string {
  return text.replace(expression, (_match: string, inner: string) => {
    const value: unknown = lookUp(bindingData, inner.split(".")) ?? builtIn(inner, now);
    if (value === undefined) throw new Error(`No value for named parameter '${inner}'.`);
    if (typeof value === "object") throw new Error(`The value of named parameter '${inner}' is an object or an array.`);
    return asText(value);
  });
}

function lookUp(data: unknown, path: readonly string[]): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return data;
  if (typeof data !== "object" || data === null) return undefined;
  const wanted = first.trim().toLowerCase();
  const found = Object.entries(data).find(([name]) => name.toLowerCase() === wanted);
  return found === undefined ? undefined : lookUp(found[1], rest);
}

function asText(value: unknown): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  return String(value);
}

function builtIn(inner: string, now: () => Date): string | undefined {
  const colon = inner.indexOf(":");
  const [name, format] = colon < 0 ? [inner, undefined] : [inner.slice(0, colon), inner.slice(colon + 1)];
  switch (name.toLowerCase()) {
    case "rand-guid":
    case "sys.randguid":
      return guid(format);
    case "datetime":
      return formatDate(now(), format ?? "yyyy-MM-ddTHH-mm-ssK");
    case "sys.utcnow":
      return formatDate(now(), format ?? "yyyy-MM-ddTHH-mm-ssK");
    default:
      return undefined;
  }
}

/** A new GUID in .NET format N, D (default), B or P. */
function guid(format: string | undefined): string {
  const value = randomUUID();
  switch (format?.toUpperCase()) {
    case undefined:
    case "":
    case "D":
      return value;
    case "N":
      return value.replaceAll("-", "");
    case "B":
      return `{${value}}`;
    case "P":
      return `(${value})`;
    default:
      throw new Error(`'${format ?? ""}' is not a format of rand-guid; use N, D, B or P.`);
  }
}

const dateTokens = /yyyy|yy|MM|M|dd|d|HH|H|hh|h|mm|m|ss|s|f{1,7}|tt|K|'[^']*'|\\./g;

/** A UTC date in a .NET custom format (numeric parts, `f`, `tt`, `K`, quoted text). */
export function formatDate(date: Date, format: string): string {
  const two = (number: number): string => String(number).padStart(2, "0");
  const hour12 = date.getUTCHours() % 12 === 0 ? 12 : date.getUTCHours() % 12;
  const plain: Record<string, string> = {
    yyyy: String(date.getUTCFullYear()).padStart(4, "0"),
    yy: two(date.getUTCFullYear() % 100),
    MM: two(date.getUTCMonth() + 1),
    M: String(date.getUTCMonth() + 1),
    dd: two(date.getUTCDate()),
    d: String(date.getUTCDate()),
    HH: two(date.getUTCHours()),
    H: String(date.getUTCHours()),
    hh: two(hour12),
    h: String(hour12),
    mm: two(date.getUTCMinutes()),
    m: String(date.getUTCMinutes()),
    ss: two(date.getUTCSeconds()),
    s: String(date.getUTCSeconds()),
    tt: date.getUTCHours() < 12 ? "AM" : "PM",
    K: "Z",
  };
  return format.replace(dateTokens, (token) => {
    if (token.startsWith("f"))
      return String(date.getUTCMilliseconds()).padStart(3, "0").padEnd(7, "0").slice(0, token.length);
    return plain[token] ?? (token.startsWith("'") ? token.slice(1, -1) : token.slice(1));
  });
}
