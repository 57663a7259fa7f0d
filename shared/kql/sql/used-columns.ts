/** Which columns expressions and plans use, so that each step selects no more than is needed. */
import { type Expr, type Plan } from "../plan.js";

/** Adds the ids of all columns that `expr` reads. */
export function collectColumns(expr: Expr, into: Set<number>): void {
  if (expr.kind === "column") into.add(expr.id);
  if (expr.kind === "scalar-query" || expr.kind === "in-query") collectPlanColumns(expr.plan, into);
  for (const part of directParts(expr)) collectColumns(part, into);
}

export function columnsOf(...exprs: readonly Expr[]): Set<number> {
  const ids = new Set<number>();
  for (const expr of exprs) collectColumns(expr, ids);
  return ids;
}

/** All expressions that stand directly in a plan node. */
export function expressionsOf(plan: Plan): readonly Expr[] {
  switch (plan.kind) {
    case "scan":
    case "distinct":
    case "serialize":
    case "apply":
    case "single":
    case "shared":
      return [];
    case "rows":
      return plan.rows.flat();
    case "range":
      return [plan.from, plan.to, plan.step];
    case "filter":
      return [plan.condition];
    case "project":
      return plan.outputs.map(({ expr }) => expr);
    case "aggregate":
      return [
        ...plan.keys.map(({ expr }) => expr),
        ...plan.aggregates.map(({ expr }) => expr),
        ...plan.picks.flatMap((pick) => [
          ...(pick.by === undefined ? [] : [pick.by]),
          ...pick.outputs.map(({ expr }) => expr),
        ]),
      ];
    case "sort":
      return plan.keys.map(({ expr }) => expr);
    case "best":
      return [...plan.within, ...plan.keys.map(({ expr }) => expr), plan.count];
    case "take":
      return [plan.count];
    case "join":
      return [
        ...plan.on.flatMap(({ left, right }) => [left, right]),
        ...(plan.condition === undefined ? [] : [plan.condition]),
      ];
    case "union":
      return plan.inputs.flatMap(({ outputs }) => [...outputs.values()]);
    case "expand":
      return [...plan.expansions.map(({ value }) => value), ...(plan.limit === undefined ? [] : [plan.limit])];
    case "series":
      return [
        ...plan.keys.map(({ expr }) => expr),
        plan.axis.expr,
        ...plan.aggregates.flatMap(({ expr, whenMissing }) => [expr, whenMissing]),
        ...[plan.from, plan.to].filter((bound) => bound !== undefined),
        plan.step,
      ];
    case "table-function":
      return [...plan.passed, ...plan.args];
    default:
      throw new Error(`expressions of ${JSON.stringify(plan satisfies never)}`);
  }
}

export function inputsOf(plan: Plan): readonly Plan[] {
  switch (plan.kind) {
    case "scan":
    case "rows":
    case "range":
    case "single":
      return [];
    case "filter":
    case "project":
    case "distinct":
    case "aggregate":
    case "sort":
    case "serialize":
    case "take":
    case "best":
    case "expand":
    case "series":
    case "table-function":
      return [plan.input];
    case "apply":
      return [plan.input, plan.body];
    case "join":
      return [plan.left, plan.right];
    case "union":
      return plan.inputs.map((input) => input.plan);
    case "shared":
      return [plan.plan];
    default:
      throw new Error(`inputs of ${JSON.stringify(plan satisfies never)}`);
  }
}

/** Ids of all columns that the plan's expressions read, own or outer. A shared table stands alone: it reads no outer column. */
export function collectPlanColumns(plan: Plan, into: Set<number>): void {
  if (plan.kind === "shared") return;
  for (const expr of expressionsOf(plan)) collectColumns(expr, into);
  for (const input of inputsOf(plan)) collectPlanColumns(input, into);
}

/** Whether any expression of the plan, at any depth, satisfies `test`. A shared table is looked at once. */
export function someExpression(plan: Plan, test: (expr: Expr) => boolean, seen = new Set<Plan>()): boolean {
  if (plan.kind === "shared") {
    if (seen.has(plan.plan)) return false;
    seen.add(plan.plan);
  }
  return (
    expressionsOf(plan).some((expr) => contains(expr, test, seen)) ||
    inputsOf(plan).some((input) => someExpression(input, test, seen))
  );
}

/** Whether `expr` computes a window function over its own rows; those of queries inside of it are theirs. */
export function hasWindow(expr: Expr): boolean {
  return expr.kind === "window" || directParts(expr).some(hasWindow);
}

/** The expressions directly below, without those of queries. */
export function directParts(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "constant":
    case "column":
    case "scalar-query":
      return [];
    case "call":
    case "window":
      return expr.args;
    case "aggregate":
      return expr.filter === undefined ? expr.args : [...expr.args, expr.filter];
    case "convert":
    case "in-query":
      return [expr.value];
    case "and":
    case "or":
      return expr.operands;
    case "not":
      return [expr.operand];
    case "compare":
      return [expr.left, expr.right];
    case "case":
      return [...expr.branches.flatMap(({ when, then }) => [when, then]), expr.otherwise];
    case "path":
      return [expr.value, ...expr.steps.filter((step) => typeof step === "object")];
    default:
      throw new Error(`parts of ${JSON.stringify(expr satisfies never)}`);
  }
}

export function contains(expr: Expr, test: (expr: Expr) => boolean, seen = new Set<Plan>()): boolean {
  if (test(expr)) return true;
  if (expr.kind === "scalar-query" || expr.kind === "in-query") {
    if (someExpression(expr.plan, test, seen)) return true;
  }
  return directParts(expr).some((part) => contains(part, test, seen));
}
