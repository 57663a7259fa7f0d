/** Typed scalar expressions to DuckDB SQL, with Kusto's rules for null. */
import { type Expr, type Plan } from "../plan.js";
import { constantSql, convertSql } from "./carrier.js";
import { aggregateCall, callSite, type Relation, type Statement } from "./statement.js";

/** How plans inside expressions become relations; given by `emit-plan.ts`, which needs this file in turn. */
export type EmitPlan = (plan: Plan, needed: ReadonlySet<number>, statement: Statement, outer: Scope) => Relation;

/** Where the columns of an expression come from. */
export interface Scope {
  readonly columns: ReadonlyMap<number, string>;
  /** `ORDER BY` terms of the input, for window functions and ordered aggregates; empty: none. */
  readonly order: string;
  readonly emitPlan: EmitPlan;
}

export function emitScalar(expr: Expr, scope: Scope, statement: Statement): string {
  const emit = (part: Expr) => emitScalar(part, scope, statement);
  switch (expr.kind) {
    case "constant":
      return constantSql(expr, statement.parameter);
    case "column": {
      const name = scope.columns.get(expr.id);
      if (name === undefined) throw new Error(`column ${expr.id} is not in scope`);
      return name;
    }
    case "call": {
      const sql = expr.fn.emit(
        expr.args.map(emit),
        callSite({ name: expr.fn.name, args: expr.args, type: expr.type, span: expr.span }, statement, emit),
      );
      const returns = expr.fn.returns;
      return returns === "bound" || returns === expr.type ? sql : convertSql(sql, returns, expr.type);
    }
    case "convert":
      return convertSql(emit(expr.value), expr.value.type, expr.type);
    case "and":
    case "or":
      return `(${expr.operands.map(emit).join(expr.kind === "and" ? " AND " : " OR ")})`;
    case "not":
      return `(NOT ${emit(expr.operand)})`;
    case "compare":
      return emitComparison(expr, emit(expr.left), emit(expr.right));
    case "case": {
      const branches = expr.branches.map(({ when, then }) => `WHEN ${emit(when)} THEN ${emit(then)}`);
      return `CASE ${branches.join(" ")} ELSE ${emit(expr.otherwise)} END`;
    }
    case "path":
      return emitPath(expr, scope, statement);
    case "scalar-query": {
      const relation = scope.emitPlan(expr.plan, new Set([expr.column]), statement, scope);
      const column = relation.columns.get(expr.column) ?? "NULL";
      const value = `(SELECT ${column} FROM ${relation.from}${orderBy(relation)} LIMIT 1)`;
      return expr.type === "string" ? `coalesce(${value}, '')` : value;
    }
    case "in-query": {
      const first = expr.plan.columns[0];
      if (first === undefined) throw new Error("a table without columns cannot be searched");
      const relation = scope.emitPlan(expr.plan, new Set([first.id]), statement, scope);
      const element = emitScalar(expr.element, { ...scope, columns: relation.columns }, statement);
      const elements =
        first.type === "dynamic" ? `(SELECT ${element} FROM ${unnested(relation, first.id)})` : undefined;
      const values = elements ?? `(SELECT ${element} FROM ${relation.from})`;
      return emitMembership(expr.operator, emit(expr.value), values);
    }
    case "window": {
      const site = callSite({ name: expr.fn.name, args: expr.args, type: expr.type, span: expr.span }, statement, emit);
      return expr.fn.emit(expr.args.map(emit), scope.order, site);
    }
    case "aggregate": {
      const site = callSite({ name: expr.fn.name, args: expr.args, type: expr.type, span: expr.span }, statement, emit);
      const filter = expr.filter === undefined ? undefined : emitPredicate(expr.filter, scope, statement);
      const sql = expr.fn.emit(expr.args.map(emit), aggregateCall(site, filter, scope.order));
      const returns = expr.fn.returns;
      return returns === "bound" || returns === expr.type ? sql : convertSql(sql, returns, expr.type);
    }
    default:
      throw new Error(`no SQL for ${JSON.stringify(expr satisfies never)}`);
  }
}

/** @param values a sub-query of one column, the elements compared with */
function emitMembership(operator: (Expr & { kind: "in-query" })["operator"], value: string, values: string): string {
  const listed = (sql: string) => `(SELECT ${sql} FROM ${values} AS x(v) WHERE v IS NOT NULL)`;
  switch (operator) {
    case "in":
      return `coalesce(${value} IN ${listed("v")}, false)`;
    case "in~":
      return `coalesce(lower(${value}) IN ${listed("lower(v)")}, false)`;
    case "has_any":
      return `coalesce(${listed(`bool_or(kql_has(${value}, v))`)}, false)`;
    case "has_all":
      return `coalesce(${listed(`bool_and(kql_has(${value}, v))`)}, true)`;
    default:
      throw new Error(`no SQL for ${String(operator satisfies never)}`);
  }
}

/** A dynamic column's array elements (or the value itself) as rows, under the column's own name. */
function unnested(relation: Relation, id: number): string {
  const name = relation.columns.get(id) ?? "NULL";
  return `(SELECT unnest(CASE WHEN json_type(${name}) = 'ARRAY' THEN kql_elements(${name}) ELSE [${name}] END) AS ${name} FROM ${relation.from}) AS u`;
}

/** A condition of `where`: null counts as false, so the cheap form of a comparison will do. */
export function emitPredicate(expr: Expr, scope: Scope, statement: Statement): string {
  if (expr.kind === "and" || expr.kind === "or") {
    const operands = expr.operands.map((operand) => emitPredicate(operand, scope, statement));
    return `(${operands.join(expr.kind === "and" ? " AND " : " OR ")})`;
  }
  if (expr.kind === "compare" && expr.operator === "==") {
    return `${emitScalar(expr.left, scope, statement)} = ${emitScalar(expr.right, scope, statement)}`;
  }
  return emitScalar(expr, scope, statement);
}

/** Equality with null is never null unless both sides are; order comparisons are as in SQL. */
function emitComparison(expr: Expr & { kind: "compare" }, left: string, right: string): string {
  const ordered = expr.operator !== "==" && expr.operator !== "!=";
  if (ordered) return `(${left} ${expr.operator} ${right})`;
  const total = neverNull(expr.left) && neverNull(expr.right);
  const constantSide = neverNull(expr.left) || neverNull(expr.right);
  if (expr.operator === "==") {
    if (total) return `(${left} = ${right})`;
    return constantSide ? `coalesce(${left} = ${right}, false)` : `kql_equal(${left}, ${right})`;
  }
  if (total) return `(${left} <> ${right})`;
  return constantSide ? `coalesce(${left} <> ${right}, true)` : `(NOT kql_equal(${left}, ${right}))`;
}

export function neverNull(expr: Expr): boolean {
  return expr.type === "string" || (expr.kind === "constant" && expr.value !== null);
}

/** Member access. Constant steps become one bound JSON path; computed ones are looked up step by step. */
function emitPath(expr: Expr & { kind: "path" }, scope: Scope, statement: Statement): string {
  let sql = emitScalar(expr.value, scope, statement);
  let path = "$";
  const flush = () => {
    if (path !== "$") sql = `kql_member(${sql}, ${statement.parameter(path)})`;
    path = "$";
  };
  for (const step of expr.steps) {
    if (typeof step === "number") path += step < 0 ? `[#${step}]` : `[${step}]`;
    else if (typeof step === "string") path += `."${step.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
    else {
      flush();
      const computed = emitScalar(step, scope, statement);
      sql =
        step.type === "string"
          ? statement.native("member", sql, computed)
          : step.type === "dynamic"
            ? statement.native("member", sql, `kql_dynamic_text(${computed})`)
            : statement.native("element", sql, `${computed}::BIGINT`);
    }
  }
  flush();
  return sql;
}

export function orderBy(relation: Relation): string {
  return relation.order.length === 0 ? "" : ` ORDER BY ${orderTerms(relation)}`;
}

export function orderTerms(relation: Relation): string {
  return relation.order.map(({ name, term }) => term(name)).join(", ");
}
