/** What lowering keeps while it turns one bound query into a plan: names in scope, reads, fresh column ids. */
import { refused, unsupported } from "../diagnostic.js";
import { columnExpr, type Expr, type Plan } from "../plan.js";
import { type Column, type KustoType, type Span, isKustoType } from "../types.js";
import { type ColumnSymbol, type List } from "../kusto.js";
import { type SyntaxNode } from "../syntax.js";

/** Tables read by one query, counted at each use; more would come from views that multiply. */
export const maxReads = 10_000;
/** Calls of user functions inside each other. */
export const maxCallDepth = 40;

/** One use of a table. */
export interface TableRead {
  /** `watchlist`: `table` is its alias. `external`: `table` is the address of `externaldata`, which is never fetched but mapped to a table by the caller. */
  readonly kind: "table" | "external" | "watchlist";
  readonly workspace: string | undefined;
  readonly table: string;
  readonly columns: readonly Column[];
}

/** How the user wants the rows drawn; a hint, the rows are the same. */
export interface Render {
  readonly kind: string;
  readonly properties: Readonly<Record<string, string>>;
}

/** What a name in scope stands for. */
export type Binding =
  /** `let x = 1h`: lowered where it is used, in the scope where it was written. */
  | { readonly kind: "scalar"; readonly node: SyntaxNode; readonly env: Environment }
  /** An argument: already lowered, may use the columns of the caller's row. */
  | { readonly kind: "value"; readonly expr: Expr }
  | { readonly kind: "table"; readonly lower: () => Plan }
  | { readonly kind: "function"; readonly node: SyntaxNode; readonly env: Environment }
  | { readonly kind: "pattern"; readonly node: SyntaxNode; readonly env: Environment };

/** Under this name the input of `invoke` reaches the called function; user names do not clash, since this is no KQL identifier. */
export const invokedInput = "\0invoke input";

/** Lexical scope of `let`, parameters and `as`. */
export class Environment {
  readonly #bindings = new Map<string, Binding>();
  readonly #parent: Environment | undefined;
  constructor(parent?: Environment) {
    this.#parent = parent;
  }
  lookup(name: string): Binding | undefined {
    return this.#bindings.get(name) ?? this.#parent?.lookup(name);
  }
  bind(name: string, binding: Binding): void {
    this.#bindings.set(name, binding);
  }
}

/** Typed values for `declare query_parameters`, by name. */
export type QueryParameters = ReadonlyMap<string, Expr>;

export interface KnownTable {
  readonly Name: string;
  readonly Columns: List<ColumnSymbol>;
}

export interface LoweringOptions {
  /** Ticks since 0001-01-01. */
  readonly now: bigint;
  readonly parameters: QueryParameters;
  readonly allTables: () => readonly KnownTable[];
}

export class Lowering {
  readonly reads: TableRead[] = [];
  /** Ticks since 0001-01-01: the one value of `now()` in this query. */
  readonly now: bigint;
  readonly parameters: QueryParameters;
  #lastColumn = 0;
  #lastShared = 0;
  callDepth = 0;
  /** Values of `set name = value;`, as written. */
  readonly settings = new Map<string, SyntaxNode>();
  /** Set by `render`. */
  render: Render | undefined;

  /** Tables of the database, for `search` and `find` without names. */
  readonly allTables: () => readonly KnownTable[];

  constructor(options: LoweringOptions) {
    this.now = options.now;
    this.parameters = options.parameters;
    this.allTables = options.allTables;
  }

  column(name: string, type: KustoType): Column {
    return { id: ++this.#lastColumn, name, type };
  }

  read(table: string, workspace: string | undefined, columns: readonly Column[], span: Span): number {
    return this.#read({ kind: "table", table, workspace, columns }, span);
  }

  readExternal(address: string, columns: readonly Column[], span: Span): number {
    return this.#read({ kind: "external", table: address, workspace: undefined, columns }, span);
  }

  readWatchlist(alias: string, columns: readonly Column[], span: Span): number {
    return this.#read({ kind: "watchlist", table: alias, workspace: undefined, columns }, span);
  }

  #read(read: TableRead, span: Span): number {
    if (this.reads.length >= maxReads) {
      throw refused(
        "VG002",
        `the query reads more than ${maxReads} tables`,
        span,
        "name the tables, or use materialize()",
      );
    }
    return this.reads.push(read) - 1;
  }

  readonly #lists = new Map<Environment, Map<SyntaxNode, () => Plan>>();

  /** The table of an `in (…)`, computed once for all rows and all tables that a `search` goes through. */
  shareList(node: SyntaxNode, env: Environment, plan: () => Plan): Plan {
    const known = this.#lists.get(env) ?? new Map<SyntaxNode, () => Plan>();
    this.#lists.set(env, known);
    const shared = known.get(node) ?? this.share(plan);
    known.set(node, shared);
    return shared();
  }

  /** A table that is computed once however often it is used; each call of the result gives its columns fresh ids. */
  share(plan: () => Plan): () => Plan {
    const id = ++this.#lastShared;
    let shared: Plan | undefined;
    return () => {
      const once = (shared ??= plan());
      return {
        kind: "shared",
        id,
        plan: once,
        from: once.columns.map((column) => column.id),
        columns: once.columns.map(({ name, type }) => this.column(name, type)),
      };
    };
  }
}

/** Where an expression stands. */
export interface Context {
  readonly lowering: Lowering;
  readonly env: Environment;
  /** Columns of the current row by name. */
  readonly row: ReadonlyMap<string, Column>;
  /** `$left` and `$right` of a join condition. */
  readonly sides?: { readonly left: ReadonlyMap<string, Column>; readonly right: ReadonlyMap<string, Column> };
  /** Input of a sub-pipeline that names no source (`mv-apply … on (…)`). */
  readonly implicit?: Plan | undefined;
  /** In `search` and `find` a column that one of the tables lacks is null there. */
  readonly lenient?: true | undefined;
}

export function rowOf(plan: Plan): ReadonlyMap<string, Column> {
  return new Map(plan.columns.map((column) => [column.name, column]));
}

export function withRow(context: Context, plan: Plan): Context {
  return { ...context, row: rowOf(plan) };
}

export function withoutRow(context: Context): Context {
  return { ...context, row: new Map() };
}

/** A projection that keeps the columns as they are. */
export function keep(columns: readonly Column[]): readonly { readonly column: Column; readonly expr: Expr }[] {
  return columns.map((column) => ({ column, expr: columnExpr(column) }));
}

export function asKustoType(name: string, span: Span): KustoType {
  if (name === "unknown" || name === "error") return "dynamic";
  const plain = name === "double" ? "real" : name === "time" ? "timespan" : name === "date" ? "datetime" : name;
  if (!isKustoType(plain)) throw unsupported(`the type ${name}`, span);
  return plain;
}

export function convert(expr: Expr, type: KustoType): Expr {
  if (expr.type === type) return expr;
  if (expr.kind === "constant" && expr.value === null) return { ...expr, type, value: type === "string" ? "" : null };
  if (
    expr.kind === "constant" &&
    typeof expr.value === "bigint" &&
    (type === "long" || type === "int") &&
    (expr.type === "int" || expr.type === "long")
  ) {
    return { ...expr, type };
  }
  if (
    expr.kind === "constant" &&
    typeof expr.value === "bigint" &&
    type === "real" &&
    (expr.type === "int" || expr.type === "long")
  ) {
    return { kind: "constant", type, value: Number(expr.value) };
  }
  return { kind: "convert", value: expr, type };
}
