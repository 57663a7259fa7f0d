/** The statement under construction: CTEs in order of need, bound parameters, the natives and shared plans it uses. */
import { refused, unsupported } from "../diagnostic.js";
import { type AggregateCall, type CallSite } from "../functions/function.js";
import { nativeFunctions } from "../native/natives.js";
import { type Constant, type Expr } from "../plan.js";
import { type KustoType, type Span } from "../types.js";

/** SQL text of one statement, in bytes of UTF-16 units; larger ones are refused. */
export const maxSqlLength = 4_000_000;

/** A relation that later SQL can select from. */
export interface Relation {
  /** What stands after FROM: the name of a CTE, or a parenthesised query. */
  readonly from: string;
  /** SQL name of each column, by column id. */
  readonly columns: ReadonlyMap<number, string>;
  /** ORDER BY terms that keep the order of the rows, in the relation's own columns; empty: no order. */
  readonly order: readonly OrderTerm[];
}

export interface OrderTerm {
  /** SQL name of a column that the relation carries. */
  readonly name: string;
  /** The ORDER BY term over that name. */
  readonly term: (name: string) => string;
}

export class Statement {
  readonly #parameters: string[] = [];
  readonly ctes: string[] = [];
  readonly natives = new Set<string>();
  readonly shared = new Map<number, Relation>();
  /** Ids of the columns that are read from tables. */
  readonly scanned = new Set<number>();
  #relations = 0;
  /** Greater than 0 inside a lateral sub-query, where relations nest instead of becoming CTEs. */
  lateralDepth = 0;
  /** Lateral sub-queries so far; each names its outer row. */
  applied = 0;
  /** Whether anything in the query asks for positions of rows (window functions). */
  readonly needsPositions: boolean;

  constructor(needsPositions: boolean) {
    this.needsPositions = needsPositions;
  }

  /** Binds user text; equal texts share a parameter. Numbers are given when the statement is complete (`numbered`). */
  readonly parameter = (text: string): string => {
    let index = this.#parameters.indexOf(text);
    if (index === -1) index = this.#parameters.push(text) - 1;
    return `\u0001${index}\u0001::VARCHAR`;
  };

  /** Makes a relation of a SELECT and returns what stands after FROM. */
  relation(kind: string, sql: string, materialized?: boolean): string {
    const name = `${kind}${++this.#relations}`;
    if (sql.length > maxSqlLength)
      throw refused("VG002", "the query is too large when written as SQL", { start: 0, end: 0 });
    if (this.lateralDepth > 0 && materialized === undefined) return `(${sql})`;
    this.ctes.push(`${name} AS ${materialized === true ? "MATERIALIZED " : ""}(\n${sql}\n)`);
    return name;
  }

  /** Numbers the parameters that are still in the text: emitters may leave arguments out. */
  numbered(sql: string): { readonly sql: string; readonly parameters: readonly string[] } {
    const used: string[] = [];
    const numbers = new Map<string, number>();
    const text = sql.replace(/\u0001(\d+)\u0001/g, (_, index: string) => {
      const number = numbers.get(index) ?? used.push(this.#parameters[Number(index)] ?? "");
      numbers.set(index, number);
      return `$${number}`;
    });
    return { sql: text, parameters: used };
  }

  native(name: string, ...sql: string[]): string {
    if (!nativeFunctions.has(name)) throw new Error(`no native function ${name}`);
    this.natives.add(name);
    return `kqljs_${name}(${sql.join(", ")})`;
  }
}

/** What an emitter sees of its call. */
export function callSite(
  call: { readonly name: string; readonly args: readonly Expr[]; readonly type: KustoType; readonly span: Span },
  statement: Statement,
  emit: (expr: Expr) => string,
): CallSite {
  return {
    ...call,
    constant(index): Constant {
      let arg = call.args[index];
      while (arg?.kind === "convert") arg = arg.value;
      if (arg?.kind !== "constant") {
        throw unsupported(
          `argument ${index + 1} of ${call.name}(), when it is computed,`,
          call.span,
          "write a constant",
        );
      }
      return arg;
    },
    parameter: statement.parameter,
    emit,
    native: (name, ...sql) => statement.native(name, ...sql),
  };
}

export function aggregateCall(site: CallSite, filter: string | undefined, order: string): AggregateCall {
  return { ...site, filter, order };
}
