import { type RouteParameter, type RouteSegment, type RouteTemplate } from "./route-template.js";

/** Values of route parameters by name, as written in the template. A parameter without a value is absent. */
export type RouteValues = Readonly<Record<string, string>>;

/** Matches a decoded path against a template (§6.2).
 * @param path decoded, beginning with a slash
 */
export function matchTemplate(template: RouteTemplate, path: string): RouteValues | undefined {
  const values: Record<string, string> = {};
  // a single trailing slash does not count, except in what a catch-all takes
  const rest = path.replace(/^\//, "");
  const pieces = rest === "" ? [] : rest.split("/");
  for (const [index, segment] of template.segments.entries()) {
    const only = segment.length === 1 ? segment[0] : undefined;
    if (only?.kind === "parameter" && only.catchAll) return matchCatchAll(only, pieces.slice(index), values);
    const piece = pieces[index];
    const missing = piece === undefined || (piece === "" && index === pieces.length - 1);
    if (missing) {
      if (!fillMissing(segment, values)) return undefined;
    } else if (piece === "" || !matchSegment(segment, piece, values)) {
      return undefined;
    }
  }
  const extra = pieces.slice(template.segments.length);
  return extra.length === 0 || (extra.length === 1 && extra[0] === "") ? values : undefined;
}

function matchCatchAll(
  parameter: RouteParameter,
  pieces: readonly string[],
  values: Record<string, string>,
): RouteValues | undefined {
  if (pieces.length > 1 && pieces[0] === "") return undefined; // a double slash before it
  const rest = pieces.join("/");
  const value = rest === "" ? parameter.defaultValue : rest;
  if (value === undefined) return values;
  if (!parameter.constraints.every((holds) => holds(value))) return undefined;
  values[parameter.name] = value;
  return values;
}

/** The path has ended: a segment may still be one optional parameter or one with a default. */
function fillMissing(segment: RouteSegment, values: Record<string, string>): boolean {
  const only = segment.length === 1 ? segment[0] : undefined;
  if (only?.kind !== "parameter") return false;
  if (only.defaultValue !== undefined) values[only.name] = only.defaultValue;
  return only.optional || only.defaultValue !== undefined;
}

function matchSegment(segment: RouteSegment, piece: string, values: Record<string, string>): boolean {
  const found = segment.length === 1 ? matchSingle(segment, piece) : matchComplex(segment, piece);
  if (found === undefined) return false;
  for (const [parameter, value] of found) {
    if (!parameter.constraints.every((holds) => holds(value))) return false;
    values[parameter.name] = value;
  }
  return true;
}

type Found = readonly (readonly [RouteParameter, string])[];

function matchSingle(segment: RouteSegment, piece: string): Found | undefined {
  const [part] = segment;
  if (part?.kind === "parameter") return [[part, piece]];
  return part !== undefined && equal(part.text, piece) ? [] : undefined;
}

/** Several parts in one segment match from the right: the last literal is looked for from the end (§6.2). */
function matchComplex(segment: RouteSegment, piece: string): Found | undefined {
  const last = segment.at(-1);
  if (last?.kind === "parameter" && last.optional) {
    const full = matchFromRight(segment, piece);
    if (full !== undefined) return full;
    // `{name}.{extension?}`: without the extension the dot goes, too
    return matchFromRight(segment.slice(0, -2), piece);
  }
  return matchFromRight(segment, piece);
}

function matchFromRight(segment: RouteSegment, piece: string): Found | undefined {
  const found: (readonly [RouteParameter, string])[] = [];
  let end = piece.length;
  let pending: RouteParameter | undefined;
  for (let index = segment.length - 1; index >= 0; index--) {
    const part = segment[index];
    if (part === undefined) return undefined;
    if (part.kind === "parameter") {
      pending = part;
      continue;
    }
    const start = lastIndex(piece, part.text, end, pending !== undefined);
    if (start === undefined) return undefined;
    if (pending !== undefined) found.push([pending, piece.slice(start + part.text.length, end)]);
    pending = undefined;
    end = start;
  }
  if (pending === undefined) return end === 0 ? found : undefined;
  if (end === 0) return undefined;
  found.push([pending, piece.slice(0, end)]);
  return found;
}

/** Where a literal begins: flush with `end`, or, when a parameter follows it, anywhere that leaves that one a character. */
function lastIndex(piece: string, literal: string, end: number, parameterFollows: boolean): number | undefined {
  if (!parameterFollows) {
    const start = end - literal.length;
    return start >= 0 && equal(piece.slice(start, end), literal) ? start : undefined;
  }
  for (let start = end - literal.length - 1; start >= 0; start--) {
    if (equal(piece.slice(start, start + literal.length), literal)) return start;
  }
  return undefined;
}

function equal(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
