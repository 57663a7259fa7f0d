/** What a plan reads of each table: the columns it uses, and what a file must hold to matter. */
import { type TableRead } from "./lower/lowering.js";
import { type ComparisonOperator, type Constant, type Expr, type Plan } from "./plan.js";
import { contains, expressionsOf, inputsOf } from "./sql/used-columns.js";
import { type KustoType } from "./types.js";

/** A condition that every row of interest satisfies. */
export interface Predicate {
  readonly column: string;
  readonly operator: ComparisonOperator;
  readonly value: Constant;
}

export interface Read {
  /** `external`: `table` is an address; `watchlist`: it is the list's alias. Both are for the caller to map to a table. */
  readonly kind: TableRead["kind"];
  readonly workspace: string | undefined;
  readonly table: string;
  /** All columns that the SQL may name, with their types; a stored table that lacks one gives null. */
  readonly columns: readonly { readonly name: string; readonly type: KustoType }[];
  /** Bounds of `TimeGenerated` in ticks since 0001-01-01, both inclusive. */
  readonly timeRange: { readonly from: bigint | undefined; readonly to: bigint | undefined };
  readonly predicates: readonly Predicate[];
}

/** @param scanned ids of the columns that the SQL reads */
export function readsOf(reads: readonly TableRead[], plan: Plan, scanned: ReadonlySet<number>): readonly Read[] {
  const conditions = new Map<number, readonly Predicate[]>();
  collectPredicates(plan, [], { into: conditions, seen: new Set() });
  return reads.map((read, index): Read => {
    const predicates = conditions.get(index) ?? [];
    const columns = read.columns.filter(({ id }) => scanned.has(id)).map(({ name, type }) => ({ name, type }));
    return {
      kind: read.kind,
      workspace: read.workspace,
      table: read.table,
      columns,
      timeRange: timeRangeOf(predicates),
      predicates,
    };
  });
}

interface Found {
  readonly into: Map<number, readonly Predicate[]>;
  /** Shared tables whose conditions are known. */
  readonly seen: Set<Plan>;
}

interface Condition {
  readonly id: number;
  readonly operator: ComparisonOperator;
  readonly value: Constant;
}

/** Conditions travel down through steps that keep rows and columns as they are. */
function collectPredicates(plan: Plan, above: readonly Condition[], found: Found): void {
  switch (plan.kind) {
    case "scan": {
      const names = new Map(plan.columns.map(({ id }, index) => [id, plan.stored[index] ?? ""]));
      const predicates = above.flatMap(({ id, operator, value }) => {
        const column = names.get(id);
        return column === undefined ? [] : [{ column, operator, value }];
      });
      found.into.set(plan.read, predicates);
      return;
    }
    case "filter":
      collectPredicates(plan.input, [...above, ...conjuncts(plan.condition)], found);
      collectInQueries(plan, found);
      return;
    case "project":
    case "sort":
    case "serialize":
      collectPredicates(plan.input, above, found);
      collectInQueries(plan, found);
      return;
    case "shared":
      if (found.seen.has(plan.plan)) return;
      found.seen.add(plan.plan);
      collectPredicates(plan.plan, [], found);
      return;
    default:
      for (const input of inputsOf(plan)) collectPredicates(input, [], found);
      collectInQueries(plan, found);
  }
}

/** Queries inside the expressions of a step; those inside of theirs are found on the way. */
function collectInQueries(plan: Plan, found: Found): void {
  for (const expr of expressionsOf(plan)) {
    contains(
      expr,
      (part) => {
        if (part.kind === "scalar-query" || part.kind === "in-query") collectPredicates(part.plan, [], found);
        return false;
      },
      found.seen,
    );
  }
}

const turned: Readonly<Record<ComparisonOperator, ComparisonOperator>> = {
  "==": "==",
  "!=": "!=",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
};

function conjuncts(expr: Expr): readonly Condition[] {
  if (expr.kind === "and") return expr.operands.flatMap(conjuncts);
  if (expr.kind !== "compare") return [];
  if (expr.left.kind === "column" && expr.right.kind === "constant")
    return [{ id: expr.left.id, operator: expr.operator, value: expr.right }];
  if (expr.right.kind === "column" && expr.left.kind === "constant")
    return [{ id: expr.right.id, operator: turned[expr.operator], value: expr.left }];
  return [];
}

function timeRangeOf(predicates: readonly Predicate[]): Read["timeRange"] {
  let [from, to]: [bigint | undefined, bigint | undefined] = [undefined, undefined];
  for (const { column, operator, value } of predicates) {
    if (column !== "TimeGenerated" || typeof value.value !== "bigint") continue;
    const bound = value.value;
    if (operator === ">" || operator === ">=" || operator === "==")
      from = from === undefined || bound > from ? bound : from;
    if (operator === "<" || operator === "<=" || operator === "==") to = to === undefined || bound < to ? bound : to;
  }
  return { from, to };
}
