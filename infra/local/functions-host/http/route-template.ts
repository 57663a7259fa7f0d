import { type Constraint, parseConstraint } from "./route-constraints.js";

export type RouteParameter = {
  readonly kind: "parameter";
  readonly name: string;
  readonly constraints: readonly Constraint[];
  readonly optional: boolean;
  readonly catchAll: boolean;
  readonly defaultValue: string | undefined;
};
export type RoutePart = { readonly kind: "literal"; readonly text: string } | RouteParameter;
export type RouteSegment = readonly RoutePart[];
export type RouteTemplate = { readonly text: string; readonly segments: readonly RouteSegment[] };
export type ParsedTemplate =
  | { readonly kind: "template"; readonly template: RouteTemplate }
  | { readonly kind: "invalid"; readonly reason: string };

class TemplateError extends Error {}

/** Parses an ASP.NET Core attribute route (§6.2). Outer slashes do not count. */
export function parseTemplate(text: string): ParsedTemplate {
  const clean = text.replace(/^~?\//, "").replace(/\/$/, "");
  try {
    const segments = clean === "" ? [] : splitSegments(clean).map(parseSegment);
    check(segments);
    return { kind: "template", template: { text: clean, segments } };
  } catch (error) {
    if (error instanceof TemplateError) return { kind: "invalid", reason: error.message };
    throw error;
  }
}

/** Splits at slashes outside of braces: a regex constraint may hold one. */
function splitSegments(text: string): string[] {
  const segments: string[] = [];
  let current = "";
  let inside = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    const doubled = text.charAt(at + 1) === char;
    if ((char === "{" || char === "}") && doubled) {
      current += char + char;
      at++;
      continue;
    }
    if (char === "{") inside = true;
    if (char === "}") inside = false;
    if (char === "/" && !inside) {
      segments.push(current);
      current = "";
    } else {
      current += char;
    }
  }
  return [...segments, current];
}

function parseSegment(text: string): RouteSegment {
  if (text === "") throw new TemplateError("the route has an empty segment ('//')");
  const parts: RoutePart[] = [];
  let literal = "";
  let at = 0;
  const endLiteral = (): void => {
    if (literal !== "") parts.push({ kind: "literal", text: literal });
    literal = "";
  };
  while (at < text.length) {
    const char = text.charAt(at);
    if ((char === "{" || char === "}") && text.charAt(at + 1) === char) {
      literal += char;
      at += 2;
    } else if (char === "{") {
      endLiteral();
      const end = closingBrace(text, at);
      if (parts.at(-1)?.kind === "parameter") {
        throw new TemplateError(`'${text}': two parameters need a literal between them`);
      }
      parts.push(
        parseParameter(
          text
            .slice(at + 1, end)
            .replaceAll("{{", "{")
            .replaceAll("}}", "}"),
        ),
      );
      at = end + 1;
    } else if (char === "}") {
      throw new TemplateError(`'${text}': a '}' without '{' (write '}}' for a literal brace)`);
    } else {
      if (char === "?") throw new TemplateError(`'${text}': a literal may not hold '?'`);
      literal += char;
      at++;
    }
  }
  endLiteral();
  return parts;
}

function closingBrace(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === "}") {
      if (text.charAt(at + 1) !== "}") return at;
      at++;
    } else if (char === "{") {
      if (text.charAt(at + 1) !== "{") break;
      at++;
    }
  }
  throw new TemplateError(`'${text}': the '{' at ${open} is not closed`);
}

function parseParameter(text: string): RouteParameter {
  const stars = /^\*{0,2}/.exec(text)?.[0].length ?? 0;
  let rest = text.slice(stars);
  const name = /^[^:=?]*/.exec(rest)?.[0] ?? "";
  if (name === "" || /[/{}*?]/.test(name)) throw new TemplateError(`'{${text}}' has no valid parameter name`);
  rest = rest.slice(name.length);

  const constraints: Constraint[] = [];
  while (rest.startsWith(":")) {
    const constraintText = /^:[a-z]*(?:\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\))?/is.exec(rest)?.[0] ?? ":";
    const constraint = parseConstraint(constraintText.slice(1));
    if (constraint === undefined) {
      throw new TemplateError(`'{${text}}': unknown constraint '${rest.slice(1)}'`);
    }
    constraints.push(constraint);
    rest = rest.slice(constraintText.length);
  }
  const optional = rest.endsWith("?");
  if (optional) rest = rest.slice(0, -1);
  const defaultValue = rest.startsWith("=") ? rest.slice(1) : undefined;
  if (rest !== "" && defaultValue === undefined) throw new TemplateError(`'{${text}}' is not a valid parameter`);
  if (optional && defaultValue !== undefined) {
    throw new TemplateError(`'{${text}}': an optional parameter cannot have a default`);
  }
  if (stars > 0 && optional) throw new TemplateError(`'{${text}}': a catch-all parameter cannot be optional`);
  return { kind: "parameter", name, constraints, optional, catchAll: stars > 0, defaultValue };
}

function check(segments: readonly RouteSegment[]): void {
  const names = new Set<string>();
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1;
    for (const part of segment) {
      if (part.kind === "literal") continue;
      if (names.has(part.name.toLowerCase())) {
        throw new TemplateError(`the parameter '${part.name}' appears twice (case does not count)`);
      }
      names.add(part.name.toLowerCase());
      if (part.catchAll && (!last || segment.length > 1)) {
        throw new TemplateError(`the catch-all '{*${part.name}}' must be the whole last segment`);
      }
      const dotBefore = segment.at(-2)?.kind === "literal" && (segment.at(-2) as { text: string }).text === ".";
      if (part.optional && (part !== segment.at(-1) || (segment.length > 1 && !dotBefore))) {
        throw new TemplateError(`the optional '{${part.name}?}' must come last in its segment, alone or after a '.'`);
      }
      if (part.optional && !last) throw new TemplateError(`the optional '{${part.name}?}' must be last in the path`);
    }
  }
}
