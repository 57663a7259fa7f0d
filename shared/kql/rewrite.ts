/**
 * Small insertions before binding. Columns that only the data knew are written into the query as the schema clause that KQL has for them
 * (`evaluate pivot(…) : (a: long)`), so that the official binder resolves the rest. Positions are mapped back.
 */
import { type Diagnostic } from "./diagnostic.js";
import { type KustoType, type Span } from "./types.js";

export interface Shape {
  /** Of the probe: where the clause belongs in the user's text. */
  readonly offset: number;
  readonly columns: readonly { readonly name: string; readonly type: KustoType }[];
}

export interface Original {
  /** Offset in the user's text. */
  offset(written: number): number;
  diagnostic(diagnostic: Diagnostic): Diagnostic;
}

export function rewrite(
  text: string,
  shapes: readonly Shape[],
): { readonly text: string; readonly original: Original } {
  const ordered = [
    ...shapes.map((shape) => ({ at: shape.offset, clause: schemaClause(shape) })),
    ...columnNames(text).flatMap(({ start, end }) => [
      { at: start, clause: '"' },
      { at: end, clause: '"' },
    ]),
  ].sort((a, b) => a.at - b.at);
  let written = "";
  let from = 0;
  for (const { at, clause } of ordered) {
    written += text.slice(from, at) + clause;
    from = at;
  }
  written += text.slice(from);
  const offset = (position: number): number => {
    let inserted = 0;
    for (const { at, clause } of ordered) {
      if (position <= at + inserted) break;
      inserted += Math.min(clause.length, position - at - inserted);
    }
    return position - inserted;
  };
  const span = ({ start, end }: Span): Span => ({ start: offset(start), end: offset(end) });
  return {
    text: written,
    original: { offset, diagnostic: (diagnostic) => ({ ...diagnostic, span: span(diagnostic.span) }) },
  };
}

/** Strings and comments, which rewriting leaves alone, or the call that it looks for. */
const tokens =
  /\/\/[^\n]*|@"(?:[^"]|"")*"|@'(?:[^']|'')*'|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\binvoke\s+FileProfile\s*\(\s*([A-Za-z_]\w*)/g;

/** `invoke FileProfile(SHA1)` takes a bare column name, which no KQL function can; it becomes the name as a string. */
function columnNames(text: string): readonly Span[] {
  return [...text.matchAll(tokens)].flatMap(({ 0: match, 1: name, index }) => {
    const end = index + match.length;
    return name === undefined ? [] : [{ start: end - name.length, end }];
  });
}

function schemaClause({ columns }: Shape): string {
  return ` : (${columns.map(({ name, type }) => `${quoteName(name)}: ${type}`).join(", ")})`;
}

/** A name in KQL's brackets, whatever is in it. */
export function quoteName(name: string): string {
  const escaped = name.replace(/[\\"\u0000-\u001f\u2028\u2029]/g, (character) =>
    character === "\\" || character === '"'
      ? `\\${character}`
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `["${escaped}"]`;
}
