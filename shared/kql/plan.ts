/**
 * The typed plan: what a query means, without KQL's syntax and without SQL. Small, readonly, exhaustive. Columns are
 * known by id, so renames cost nothing and a self-join cannot confuse its sides.
 */
import { type AggregateFunction, type ScalarFunction, type WindowFunction } from "./functions/function.js";
import { type Column, type KustoType, type Span } from "./types.js";

export type ComparisonOperator = "==" | "!=" | "<" | "<=" | ">" | ">=";

/**
 * A value known when compiling. `long`, `int`: bigint; `datetime` (since year 1), `timespan`: ticks as bigint; `real`: number;
 * `decimal`, `guid`, `string`: string; `dynamic`: its JSON text; null: null of that type.
 */
export interface Constant {
  readonly kind: "constant";
  readonly type: KustoType;
  readonly value: bigint | number | string | boolean | null;
}

export type Expr =
  | Constant
  | { readonly kind: "column"; readonly id: number; readonly type: KustoType }
  | {
      readonly kind: "call";
      readonly fn: ScalarFunction;
      readonly args: readonly Expr[];
      readonly type: KustoType;
      readonly span: Span;
    }
  | { readonly kind: "convert"; readonly value: Expr; readonly type: KustoType }
  | { readonly kind: "and" | "or"; readonly operands: readonly Expr[]; readonly type: "bool" }
  | { readonly kind: "not"; readonly operand: Expr; readonly type: "bool" }
  | {
      readonly kind: "compare";
      readonly operator: ComparisonOperator;
      readonly left: Expr;
      readonly right: Expr;
      readonly type: "bool";
    }
  | {
      readonly kind: "case";
      readonly branches: readonly { readonly when: Expr; readonly then: Expr }[];
      readonly otherwise: Expr;
      readonly type: KustoType;
    }
  /** A member or element of a dynamic value; steps are member names, positions, or computed ones (string or long). */
  | {
      readonly kind: "path";
      readonly value: Expr;
      readonly steps: readonly (string | number | Expr)[];
      readonly type: "dynamic";
    }
  /** First row and column of a table: `toscalar(T)`. */
  | { readonly kind: "scalar-query"; readonly plan: Plan; readonly column: number; readonly type: KustoType }
  /** `value in (T)`, `has_any (T)`: against the first column, or its elements when that is a dynamic array. */
  | {
      readonly kind: "in-query";
      readonly value: Expr;
      readonly plan: Plan;
      readonly element: Expr;
      readonly operator: "in" | "in~" | "has_any" | "has_all";
      readonly type: "bool";
    }
  | {
      readonly kind: "window";
      readonly fn: WindowFunction;
      readonly args: readonly Expr[];
      readonly type: KustoType;
      readonly span: Span;
    }
  | {
      readonly kind: "aggregate";
      readonly fn: AggregateFunction;
      readonly args: readonly Expr[];
      /** Set by the `…if` forms. */
      readonly filter: Expr | undefined;
      readonly type: KustoType;
      readonly span: Span;
    };

export interface Output {
  readonly column: Column;
  readonly expr: Expr;
}

/** Values out of one row of each group: `arg_max`, `arg_min`, `take_any`. */
export interface Pick {
  /** Undefined: any row. */
  readonly by: Expr | undefined;
  readonly greatest: boolean;
  readonly outputs: readonly Output[];
}

export interface SortKey {
  readonly expr: Expr;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export type JoinKind = "innerunique" | "inner" | "leftouter" | "rightouter" | "fullouter" | "leftsemi" | "leftanti";

export type Plan = { readonly columns: readonly Column[] } & (
  | { readonly kind: "scan"; readonly read: number; readonly stored: readonly string[] }
  | { readonly kind: "rows"; readonly rows: readonly (readonly Expr[])[] }
  | { readonly kind: "range"; readonly from: Expr; readonly to: Expr; readonly step: Expr }
  | { readonly kind: "filter"; readonly input: Plan; readonly condition: Expr }
  | { readonly kind: "project"; readonly input: Plan; readonly outputs: readonly Output[] }
  | { readonly kind: "distinct"; readonly input: Plan }
  | {
      readonly kind: "aggregate";
      readonly input: Plan;
      readonly keys: readonly Output[];
      readonly aggregates: readonly Output[];
      readonly picks: readonly Pick[];
    }
  | { readonly kind: "sort"; readonly input: Plan; readonly keys: readonly SortKey[] }
  | { readonly kind: "serialize"; readonly input: Plan }
  | { readonly kind: "take"; readonly input: Plan; readonly count: Expr; readonly random: boolean }
  /** The first `count` rows within each group of equal values. */
  | {
      readonly kind: "best";
      readonly input: Plan;
      readonly within: readonly Expr[];
      readonly keys: readonly SortKey[];
      readonly count: Expr;
    }
  | {
      readonly kind: "join";
      readonly join: JoinKind;
      readonly left: Plan;
      readonly right: Plan;
      readonly on: readonly { readonly left: Expr; readonly right: Expr }[];
      /** Over the columns of both sides; the lookup plugins have one. */
      readonly condition?: Expr;
    }
  /** `outputs` by id of the column; what is not there, that input lacks. */
  | {
      readonly kind: "union";
      readonly inputs: readonly { readonly plan: Plan; readonly outputs: ReadonlyMap<number, Expr> }[];
    }
  | {
      readonly kind: "expand";
      readonly input: Plan;
      /** Each dynamic value is expanded in step with the others into `element`. */
      readonly expansions: readonly { readonly value: Expr; readonly element: Column }[];
      readonly arrays: boolean;
      readonly index: Column | undefined;
      readonly limit: Expr | undefined;
    }
  /** `body` runs once per row of `input`; it may use the input's columns and starts from `seed`. */
  | { readonly kind: "apply"; readonly input: Plan; readonly body: Plan }
  /** One dynamic array per output and group, over evenly spaced points: `make-series`. */
  | {
      readonly kind: "series";
      readonly input: Plan;
      readonly keys: readonly Output[];
      readonly axis: Output;
      readonly from: Expr | undefined;
      readonly to: Expr | undefined;
      readonly step: Expr;
      /** `in range(a, b, s)` includes its end, `from … to …` does not. */
      readonly inclusive: boolean;
      readonly aggregates: readonly (Output & { readonly whenMissing: Expr })[];
      /** `kind=nonempty`: a row even when there is no input. */
      readonly nonempty: boolean;
    }
  /** A function in TypeScript from all rows (as JSON arrays of `passed`) and `args` to an array of JSON rows. */
  | {
      readonly kind: "table-function";
      readonly native: string;
      readonly input: Plan;
      readonly passed: readonly Expr[];
      readonly args: readonly Expr[];
    }
  | { readonly kind: "single" }
  | { readonly kind: "shared"; readonly id: number; readonly plan: Plan; readonly from: readonly number[] }
);

export function constant(type: KustoType, value: Constant["value"]): Constant {
  return { kind: "constant", type, value };
}

export function columnExpr(column: Column): Expr {
  return { kind: "column", id: column.id, type: column.type };
}

/** The same expression with its direct parts replaced. Sub-queries are left alone. */
export function mapParts(expr: Expr, map: (part: Expr) => Expr): Expr {
  switch (expr.kind) {
    case "constant":
    case "column":
    case "scalar-query":
      return expr;
    case "call":
    case "window":
      return { ...expr, args: expr.args.map(map) };
    case "aggregate":
      return { ...expr, args: expr.args.map(map), filter: expr.filter === undefined ? undefined : map(expr.filter) };
    case "convert":
    case "in-query":
      return { ...expr, value: map(expr.value) };
    case "and":
    case "or":
      return { ...expr, operands: expr.operands.map(map) };
    case "not":
      return { ...expr, operand: map(expr.operand) };
    case "compare":
      return { ...expr, left: map(expr.left), right: map(expr.right) };
    case "case":
      return {
        ...expr,
        branches: expr.branches.map(({ when, then }) => ({ when: map(when), then: map(then) })),
        otherwise: map(expr.otherwise),
      };
    case "path":
      return {
        ...expr,
        value: map(expr.value),
        steps: expr.steps.map((step) => (typeof step === "object" ? map(step) : step)),
      };
    default:
      throw new Error(`parts of ${JSON.stringify(expr satisfies never)}`);
  }
}
