/** KQL text to one DuckDB statement, or diagnostics. The stages are functions of their own; this file strings them together. */
import { mayReadAll, type Catalogue } from "./catalogue.js";
import { Refused, didYouMean, unsupported, type Diagnostic } from "./diagnostic.js";
import { scalarFunctions } from "./functions/scalars.js";
import { dropPools, loadKusto, type GlobalState, type KustoCode, type KustoDiagnostic } from "./kusto.js";
import { bindStatement } from "./lower/calls.js";
import { Environment, Lowering, type KnownTable, type QueryParameters, type Render } from "./lower/lowering.js";
import { ShapeNeeded } from "./lower/shape.js";
import { lowerScalar } from "./lower/scalar.js";
import { lowerTable } from "./lower/table.js";
import { type Constant, type Plan } from "./plan.js";
import { readsOf, type Read } from "./reads.js";
import { rewrite, type Shape } from "./rewrite.js";
import { emitStatement } from "./sql/emit-statement.js";
import { child, children, descendants, isTabular, items, nodeType, simpleName, spanOf } from "./syntax.js";
import { type KustoType } from "./types.js";

/** Characters of a query; longer ones are refused unparsed. */
export const maxQueryLength = 400_000;
/** Brackets inside each other; the official parser recurses. */
export const maxNesting = 300;

export interface CompileOptions {
  readonly catalogue: Catalogue;
  /** The value of `now()`: ticks (100 ns) since 0001-01-01 UTC. */
  readonly now: bigint;
  /** Values for `declare query_parameters`. */
  readonly parameters?: ReadonlyMap<string, Constant>;
  /** Answers to probes, from earlier attempts at the same text. */
  readonly shapes?: readonly Shape[];
}

/** SQL that runs on a connection with the `prelude` and the natives. `params` are texts, bound as `$1`, `$2`, … */
export interface Compiled {
  readonly kind: "compiled";
  readonly sql: string;
  readonly params: readonly string[];
  readonly columns: readonly { readonly name: string; readonly type: KustoType }[];
  /** `sql` selects from `read0`, `read1`, …: one relation for each of these, in this order. */
  readonly reads: readonly Read[];
  readonly render: Render | undefined;
}

/**
 * The columns of the result depend on the data (`evaluate pivot`, `bag_unpack`): run `sql`, which gives rows of a column's
 * name and type, and compile again with `{ offset, columns }` added to `shapes`.
 */
export interface Probe {
  readonly kind: "probe";
  readonly sql: string;
  readonly params: readonly string[];
  readonly reads: readonly Read[];
  readonly offset: number;
}

export type CompileResult =
  Compiled | Probe | { readonly kind: "refused"; readonly diagnostics: readonly Diagnostic[] };

export function compile(text: string, options: CompileOptions): CompileResult {
  const { original, text: written } = rewrite(text, options.shapes ?? []);
  try {
    const tooMuch = checkSize(text);
    if (tooMuch !== undefined) return { kind: "refused", diagnostics: [tooMuch] };
    const code = bind(written, options.catalogue);
    const errors = items(code.GetDiagnostics()).filter(({ Severity }) => Severity === "Error");
    if (errors.length > 0) {
      return {
        kind: "refused",
        diagnostics: errors.map((error) => original.diagnostic(diagnosticOf(error, written, options.catalogue))),
      };
    }
    return compileBound(code, written, options, (offset) => original.offset(offset));
  } catch (error) {
    if (error instanceof Refused) return { kind: "refused", diagnostics: [original.diagnostic(error.diagnostic)] };
    throw error;
  }
}

function compileBound(
  code: KustoCode,
  text: string,
  options: CompileOptions,
  originalOffset: (offset: number) => number,
): CompileResult {
  const lowering = new Lowering({
    now: options.now,
    parameters: (options.parameters ?? new Map()) as QueryParameters,
    allTables: () => allTables(options.catalogue, text),
  });
  try {
    const plan = lowerQuery(code, lowering);
    const { sql, parameters, scanned } = emitStatement(plan);
    return {
      kind: "compiled",
      sql,
      params: parameters,
      columns: plan.columns.map(({ name, type }) => ({ name, type })),
      reads: readsOf(lowering.reads, plan, scanned),
      render: lowering.render,
    };
  } catch (error) {
    if (!(error instanceof ShapeNeeded)) throw error;
    const { sql, parameters, scanned } = emitStatement(error.plan);
    return {
      kind: "probe",
      sql,
      params: parameters,
      reads: readsOf(lowering.reads, error.plan, scanned),
      offset: originalOffset(error.offset),
    };
  }
}

/** Bound syntax to plan. */
export function lowerQuery(code: KustoCode, lowering: Lowering): Plan {
  const context = { lowering, env: new Environment(), row: new Map() };
  const statements = children(code.Syntax, "Statements");
  let result: Plan | undefined;
  for (const statement of statements) {
    if (nodeType(statement) !== "ExpressionStatement") {
      bindStatement(statement, context);
      continue;
    }
    if (result !== undefined)
      throw unsupported("more than one result in a query", spanOf(statement), "send one query at a time");
    const expression = child(statement, "Expression");
    if (isTabular(expression) || nodeType(expression) === "PipeExpression") result = lowerTable(expression, context);
    else {
      const value = lowerScalar(expression, context);
      const column = lowering.column("Column1", value.type);
      result = {
        kind: "project",
        input: { kind: "single", columns: [] },
        outputs: [{ column, expr: value }],
        columns: [column],
      };
    }
  }
  if (result === undefined)
    throw unsupported("a query without a result", { start: 0, end: 0 }, "end it with a table expression");
  return result;
}

/** Rounds of binding in which unknown names of open tables become columns. */
const maxOpenRounds = 3;

/** Binds; and leaves nothing behind that would slow the next query down. */
export function bind(text: string, catalogue: Catalogue): KustoCode {
  try {
    return bindOpen(text, catalogue);
  } finally {
    if (mayReadAll(text)) dropPools();
  }
}

/** Binds; columns of open tables that only the query knows are added as it names them. */
function bindOpen(text: string, catalogue: Catalogue): KustoCode {
  const openColumns: string[] = [];
  for (let round = 0; ; round++) {
    const code = analyze(text, catalogue.globalsFor(text, openColumns));
    if (round >= maxOpenRounds || code.Kind !== "Query") return code;
    const unknown = new Set<string>();
    for (const node of descendants(code.Syntax)) {
      if (nodeType(node) !== "NameReference" || node.ResultType?.Name !== "unknown") continue;
      if (
        node.ReferencedSymbol === null ||
        node.ReferencedSymbol === undefined ||
        nodeType(node.ReferencedSymbol as never) === "ColumnSymbol"
      )
        unknown.add(simpleName(node));
    }
    const added = [...unknown].filter((name) => !openColumns.includes(name));
    if (added.length === 0) return code;
    openColumns.push(...added);
  }
}

/** The parser's own faults carry its whole source line; only the message goes on. */
function analyze(text: string, globals: GlobalState): KustoCode {
  try {
    return loadKusto().language.KustoCode.ParseAndAnalyze(text, globals);
  } catch (error) {
    throw new Error(`the official parser failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function allTables(catalogue: Catalogue, text: string): readonly KnownTable[] {
  return catalogue.tableSymbols(text) as unknown as readonly KnownTable[];
}

function checkSize(text: string): Diagnostic | undefined {
  if (text.length > maxQueryLength) {
    return {
      code: "VG002",
      message: `the query has ${text.length} characters, ${maxQueryLength} are allowed`,
      span: { start: maxQueryLength, end: text.length },
    };
  }
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(
    /\/\/[^\n]*|@"(?:[^"]|"")*"|@'(?:[^']|'')*'|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[()[\]{}]/g,
  )) {
    if (token.length > 1) continue;
    depth += "([{".includes(token) ? 1 : -1;
    if (depth > maxNesting) {
      return {
        code: "VG002",
        message: `brackets are nested deeper than ${maxNesting}`,
        span: { start: index, end: index + 1 },
      };
    }
  }
  return undefined;
}

function diagnosticOf(error: KustoDiagnostic, text: string, catalogue: Catalogue): Diagnostic {
  const span = { start: error.Start, end: error.Start + error.Length };
  const name = text.slice(span.start, span.end);
  const known: Readonly<Record<string, readonly string[]>> = {
    KS204: catalogue.tableNames,
    KS211: [...scalarFunctions.keys(), ...catalogue.functionNames],
  };
  const similar = didYouMean(name, known[error.Code] ?? []);
  const hint =
    name === "arg" && error.Code === "KS211"
      ? "Azure Resource Graph is not reachable from here: collect what you need into a table"
      : similar === undefined
        ? undefined
        : `did you mean ${similar}?`;
  return { code: error.Code, message: error.Message, span, ...(hint === undefined ? {} : { hint }) };
}
