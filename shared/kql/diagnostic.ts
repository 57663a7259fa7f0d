import { type Span } from "./types.js";

/** What is wrong with a query, and what to do about it. Offsets; `locate` gives line and column. */
export interface Diagnostic {
  /** Kusto's own code (`KS142`), or Vigil's: `VG001` not supported, `VG002` over a limit, `VG003` refused on purpose. */
  readonly code: string;
  readonly message: string;
  readonly span: Span;
  readonly hint?: string;
}

/** Thrown inside the compiler, turned into a diagnostic at its edge (`compile`). */
export class Refused extends Error {
  readonly diagnostic: Diagnostic;
  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message);
    this.name = "Refused";
    this.diagnostic = diagnostic;
  }
}

/** Refuses a construct by name. */
export function unsupported(construct: string, span: Span, hint = "what is supported: shared/kql/README.md"): Refused {
  return new Refused({ code: "VG001", message: `${construct} is not supported`, span, hint });
}

/** Refuses a query that is wrong or over a limit in a way the official binder does not notice. */
export function refused(code: "VG002" | "VG003", message: string, span: Span, hint?: string): Refused {
  return new Refused({ code, message, span, ...(hint === undefined ? {} : { hint }) });
}

/** Line and column, both from 1, of a UTF-16 offset. */
export function locate(text: string, offset: number): { readonly line: number; readonly column: number } {
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) {
    line++;
    lineStart = at + 1;
  }
  return { line, column: offset - lineStart + 1 };
}

/** A diagnostic as a person reads it: position, message, the line with carets below it, hint. */
export function renderDiagnostic(text: string, diagnostic: Diagnostic): string {
  const { line, column } = locate(text, diagnostic.span.start);
  const source = text.split(/\r?\n/)[line - 1] ?? "";
  const width = Math.max(1, Math.min(diagnostic.span.end - diagnostic.span.start, source.length - column + 1));
  const lines = [
    `${line}:${column} ${diagnostic.code}: ${diagnostic.message}`,
    `  ${source}`,
    `  ${" ".repeat(column - 1)}${"^".repeat(width)}`,
  ];
  if (diagnostic.hint !== undefined) lines.push(`  ${diagnostic.hint}`);
  return lines.join("\n");
}

/** The known name most like `name`, if one is near enough to be a typing mistake. */
export function didYouMean(name: string, known: Iterable<string>): string | undefined {
  const limit = Math.max(1, Math.floor(name.length * 0.4));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Levenshtein distance, given up at `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substitution = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    if (Math.min(...current) >= limit) return limit;
    previous = current;
  }
  return previous[b.length] ?? limit;
}
