/** Which columns expressions and plans use, so that each step selects no more than is needed. */
import { type Expr, type Plan } from "../plan.js";

/** Adds the ids of all columns that `expr` reads. */
export function collectColumns(expr: Expr, into: Set<number>): void {
  switch (expr.kind) {
    case "constant":
      return;
    case "column":
      into.add(expr.id);
      return;
    case "call":
    case "window":
      for (const arg of expr.args) collectColumns(arg, into);
      return;
    case "aggregate":
      for (const arg of expr.args) collectColumns(arg, into);
      if (expr.filter !== undefined) collectColumns(expr.filter, into);
      return;
    case "convert":
      collectColumns(expr.value, into);
      return;
    case "and":
    case "or":
      for (const operand of expr.operands) collectColumns(operand, into);
      return;
    case "not":
      collectColumns(expr.operand, into);
      return;
    case "compare":
      collectColumns(expr.left, into);
      collectColumns(expr.right, into);
      return;
    case "case":
      for (const { when, then } of expr.branches) {
        collectColumns(when, into);
        collectColumns(then, into);
      }
      collectColumns(expr.otherwise, into);
      return;
    case "path":
      collectColumns(expr.value, into);
      for (const step of expr.steps) if (typeof step === "object") collectColumns(step, into);
      return;
    case "scalar-query":
      collectPlanColumns(expr.plan, into);
      return;
    case "in-query":
      collectColumns(expr.value, into);
      collectPlanColumns(expr.plan, into);
      return;
    default:
      throw new Error(`columns of ${JSON.stringify(expr satisfies never)}`);
  }
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

/** Ids of all columns that the plan's expressions read, own or outer. */
export function collectPlanColumns(plan: Plan, into: Set<number>): void {
  if (plan.kind === "shared") {
    for (const id of sharedColumns(plan.plan)) into.add(id);
    return;
  }
  for (const expr of expressionsOf(plan)) collectColumns(expr, into);
  for (const input of inputsOf(plan)) collectPlanColumns(input, into);
}

const columnsOfShared = new WeakMap<Plan, ReadonlySet<number>>();

/** A search over all tables uses the same list a thousand times. */
function sharedColumns(plan: Plan): ReadonlySet<number> {
  const known = columnsOfShared.get(plan);
  if (known !== undefined) return known;
  const ids = new Set<number>();
  collectPlanColumns(plan, ids);
  columnsOfShared.set(plan, ids);
  return ids;
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

export function contains(expr: Expr, test: (expr: Expr) => boolean, seen = new Set<Plan>()): boolean {
  if (test(expr)) return true;
  const within = (parts: readonly Expr[]) => parts.some((part) => contains(part, test, seen));
  switch (expr.kind) {
    case "constant":
    case "column":
      return false;
    case "call":
    case "window":
      return within(expr.args);
    case "aggregate":
      return within(expr.args) || (expr.filter !== undefined && contains(expr.filter, test, seen));
    case "convert":
      return contains(expr.value, test, seen);
    case "and":
    case "or":
      return within(expr.operands);
    case "not":
      return contains(expr.operand, test, seen);
    case "compare":
      return within([expr.left, expr.right]);
    case "case":
      return within([...expr.branches.flatMap(({ when, then }) => [when, then]), expr.otherwise]);
    case "path":
      return within([expr.value, ...expr.steps.filter((step) => typeof step === "object")]);
    case "scalar-query":
      return someExpression(expr.plan, test, seen);
    case "in-query":
      return contains(expr.value, test, seen) || someExpression(expr.plan, test, seen);
    default:
      throw new Error(`parts of ${JSON.stringify(expr satisfies never)}`);
  }
}
