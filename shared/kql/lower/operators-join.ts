/** `join`, `lookup`, `union`, `invoke`, `partition`: several tables. */
import { unsupported } from "../diagnostic.js";
import { constant, type Expr, type JoinKind, type Plan } from "../plan.js";
import {
  child,
  children,
  items,
  nodeKind,
  nodeType,
  operatorParameters,
  optionalChild,
  parameterWord,
  pipelineOf,
  resultColumns,
  simpleName,
  source,
  spanOf,
  symbolType,
  type SyntaxNode,
} from "../syntax.js";
import { type ColumnSymbol } from "../kusto.js";
import { type Column } from "../types.js";
import { Environment, asKustoType, invokedInput, rowOf, withoutRow, type Context } from "./lowering.js";
import { type TabularOperator } from "./operators.js";
import { compare, lowerScalar } from "./scalar.js";
import { filterPlan, projectPlan, step } from "./step.js";
import { lowerTable, scanTable } from "./table.js";

const joinKinds: Readonly<Record<string, { readonly join: JoinKind; readonly swapped?: true }>> = {
  innerunique: { join: "innerunique" },
  inner: { join: "inner" },
  leftouter: { join: "leftouter" },
  rightouter: { join: "rightouter" },
  fullouter: { join: "fullouter" },
  leftsemi: { join: "leftsemi" },
  leftanti: { join: "leftanti" },
  leftantisemi: { join: "leftanti" },
  anti: { join: "leftanti" },
  rightsemi: { join: "leftsemi", swapped: true },
  rightanti: { join: "leftanti", swapped: true },
  rightantisemi: { join: "leftanti", swapped: true },
};

type Pairs = readonly { readonly left: Expr; readonly right: Expr }[];

function lowerConditions(clause: SyntaxNode | undefined, left: Plan, right: Plan, context: Context): Pairs {
  if (clause === undefined) return [];
  const conditions =
    nodeType(clause) === "JoinWhereClause" ? [child(clause, "Expression")] : children(clause, "Expressions");
  const sides = { left: rowOf(left), right: rowOf(right) };
  return conditions.flatMap((condition) => lowerCondition(condition, { ...withoutRow(context), sides }));
}

function lowerCondition(node: SyntaxNode, context: Context & { sides: NonNullable<Context["sides"]> }): Pairs {
  const type = nodeType(node);
  if (type === "ParenthesizedExpression") return lowerCondition(child(node, "Expression"), context);
  if (type === "NameReference") {
    const name = simpleName(node);
    const [left, right] = [context.sides.left.get(name), context.sides.right.get(name)];
    if (left === undefined || right === undefined) throw unsupported(`the join key ${name}`, spanOf(node));
    return [equal(columnOf(left), columnOf(right))];
  }
  if (type === "BinaryExpression" && nodeKind(node) === "AndExpression") {
    return [...lowerCondition(child(node, "Left"), context), ...lowerCondition(child(node, "Right"), context)];
  }
  if (type === "BinaryExpression" && nodeKind(node) === "EqualExpression") {
    const [a, b] = [child(node, "Left"), child(node, "Right")];
    // the sides may be written in either order
    const turned = source(a).startsWith("$right") || source(b).startsWith("$left");
    const [left, right] = turned ? [b, a] : [a, b];
    return [equal(lowerScalar(left, context), lowerScalar(right, context))];
  }
  throw unsupported(
    `the join condition ${source(node)}`,
    spanOf(node),
    "join on equal columns: on a, or on $left.a == $right.b",
  );
}

function columnOf(column: Column): Expr {
  return { kind: "column", id: column.id, type: column.type };
}

/** Both sides in one type. */
function equal(left: Expr, right: Expr): { readonly left: Expr; readonly right: Expr } {
  const compared = compare("==", left, right);
  if (compared.kind !== "compare") throw new Error("a comparison was expected");
  return { left: compared.left, right: compared.right };
}

function lowerJoin(node: SyntaxNode, input: Plan, context: Context): Plan {
  const word = parameterWord(operatorParameters(node).get("kind")) ?? "innerunique";
  const kind = joinKinds[word.toLowerCase()];
  if (kind === undefined) throw unsupported(`join kind=${word}`, spanOf(node));
  const right = lowerTable(child(node, "Expression"), withoutRow({ ...context, implicit: undefined }));
  const pairs = lowerConditions(optionalChild(node, "ConditionClause"), input, right, context);
  const named = (columns: readonly Column[]) => renamed(columns, resultColumns(node));
  if (kind.swapped === true) {
    const on = pairs.map((pair) => ({ left: pair.right, right: pair.left }));
    return { kind: "join", join: kind.join, left: right, right: input, on, columns: named(right.columns) };
  }
  const semi = kind.join === "leftsemi" || kind.join === "leftanti";
  const columns = semi ? input.columns : [...input.columns, ...right.columns];
  return { kind: "join", join: kind.join, left: input, right, on: pairs, columns: named(columns) };
}

/** The same columns under the names that the binder gave them. */
function renamed(columns: readonly Column[], symbols: readonly ColumnSymbol[]): readonly Column[] {
  if (columns.length !== symbols.length)
    throw new Error(`${columns.length} columns were joined, ${symbols.length} expected`);
  return columns.map((column, index) => ({ ...column, name: symbols[index]?.Name ?? column.name }));
}

/** Right key columns are dropped. */
function lowerLookup(node: SyntaxNode, input: Plan, context: Context): Plan {
  const word = parameterWord(operatorParameters(node).get("kind")) ?? "leftouter";
  if (word !== "leftouter" && word !== "inner") throw unsupported(`lookup kind=${word}`, spanOf(node));
  const right = lowerTable(child(node, "Expression"), withoutRow({ ...context, implicit: undefined }));
  const on = lowerConditions(optionalChild(node, "LookupClause"), input, right, context);
  const keys = new Set(on.map((pair) => columnId(pair.right)));
  const columns = renamed([...input.columns, ...right.columns.filter(({ id }) => !keys.has(id))], resultColumns(node));
  return { kind: "join", join: word, left: input, right, on, columns };
}

function columnId(expr: Expr): number | undefined {
  if (expr.kind === "convert") return columnId(expr.value);
  return expr.kind === "column" ? expr.id : undefined;
}

export interface UnionPart {
  /** Value of the `withsource` column. */
  readonly name: string;
  readonly plan: Plan;
}

/** A column of the name of the source column moved aside: `TableName1`. */
function clashing(columns: readonly Column[], column: Column, source: Column | undefined): Column | undefined {
  if (source === undefined || column.name !== source.name) return undefined;
  return columns.find(
    ({ name, type }) =>
      type === column.type &&
      name !== column.name &&
      /^\d+$/.test(name.slice(column.name.length)) &&
      name.startsWith(column.name),
  );
}

/**
 * Bag union in the columns that the binder computed: by name and type, clashes as `name_type`; what a part lacks is null.
 * @param sourceColumn name of a column that holds each part's name
 */
export function unionPlan(
  parts: readonly UnionPart[],
  symbols: readonly ColumnSymbol[],
  sourceColumn: string | undefined,
  context: Context,
  node: SyntaxNode,
): Plan {
  const taken = new Set<string>();
  const columns = symbols.map(({ Name, Type }) => {
    // a table's column of the name of the source column: the binder numbers it one step later
    const name = taken.has(Name) ? `${Name}1` : Name;
    taken.add(name);
    return context.lowering.column(name, asKustoType(Type.Name, spanOf(node)));
  });
  // a part's column is found by name and type, by its name with the type behind it, or by the name before a clash
  const places = new Map<string, Column>();
  const key = (name: string, type: string) => `${type} ${name}`;
  for (const [index, column] of columns.entries()) {
    const originals = symbols[index]?.OriginalColumns;
    const original = originals === null || originals === undefined ? undefined : items(originals)[0]?.Name;
    if (original !== undefined && !places.has(key(original, column.type)))
      places.set(key(original, column.type), column);
  }
  for (const column of columns) places.set(key(column.name, column.type), column);
  const source = columns[0]?.name === sourceColumn ? columns[0] : undefined;
  const inputs = parts.map(({ name, plan }) => {
    const outputs = new Map<number, Expr>();
    if (source !== undefined) outputs.set(source.id, constant("string", name));
    for (const column of plan.columns) {
      const same = places.get(key(column.name, column.type));
      const place = same === source ? undefined : same;
      const found =
        place ?? places.get(key(`${column.name}_${column.type}`, column.type)) ?? clashing(columns, column, source);
      if (found !== undefined) outputs.set(found.id, columnOf(column));
    }
    return { plan, outputs };
  });
  return { kind: "union", inputs, columns };
}

function lowerUnion(node: SyntaxNode, input: Plan | undefined, context: Context): Plan {
  const parameters = operatorParameters(node);
  const fuzzy = parameterWord(parameters.get("isfuzzy")) === "true";
  const withSource = parameters.get("withsource") ?? parameters.get("with_source");
  const parts: UnionPart[] = input === undefined ? [] : [{ name: "union_arg0", plan: input }];
  for (const expression of children(node, "Expressions")) {
    parts.push(...unionParts(expression, parts.length, fuzzy, context));
  }
  if (parts.length === 0) throw unsupported("a union of nothing", spanOf(node), "none of its tables is known");
  return unionPlan(
    parts,
    resultColumns(node),
    withSource === undefined ? undefined : simpleNameOf(withSource),
    context,
    node,
  );
}

function simpleNameOf(node: SyntaxNode): string {
  return nodeType(node) === "NameReference" || nodeType(node) === "NameDeclaration" ? simpleName(node) : source(node);
}

interface GroupSymbol {
  readonly Members: Parameters<
    typeof items<{ readonly Name: string; readonly Columns?: Parameters<typeof items<ColumnSymbol>>[0] }>
  >[0];
}

/** Whether a part of a fuzzy union is a pipeline over a table that nobody knows. */
function startsUnknown(node: SyntaxNode, context: Context): boolean {
  const [first] = pipelineOf(node);
  return (
    first !== undefined &&
    nodeType(first) === "NameReference" &&
    symbolType(first) === undefined &&
    context.env.lookup(simpleName(first)) === undefined
  );
}

function unionParts(node: SyntaxNode, position: number, fuzzy: boolean, context: Context): readonly UnionPart[] {
  const kind = symbolType(node);
  if (kind === "GroupSymbol") {
    const members = items((node.ReferencedSymbol as unknown as GroupSymbol).Members);
    return members.flatMap(({ Name, Columns }) =>
      Columns === undefined ? [] : [{ name: Name, plan: scanTable(Name, items(Columns), undefined, node, context) }],
    );
  }
  if (fuzzy && startsUnknown(node, context)) return [];
  const plan = lowerTable(node, withoutRow({ ...context, implicit: undefined }));
  const name = nodeType(node) === "NameReference" ? simpleName(node) : `union_arg${position}`;
  return [{ name, plan }];
}

/** `invoke f(args)`: the input is the first argument. */
function lowerInvoke(node: SyntaxNode, input: Plan, context: Context): Plan {
  const call = child(node, "Function");
  const shared = context.lowering.share(() => input);
  const env = new Environment(context.env);
  env.bind(invokedInput, { kind: "table", lower: shared });
  return lowerTable(call, { ...withoutRow(context), env });
}

/** One run of the sub-query per value of the key. */
function lowerPartition(node: SyntaxNode, input: Plan, context: Context): Plan {
  const operand = child(node, "Operand");
  const key = lowerScalar(child(node, "ByExpression"), context);
  const rows = context.lowering.share(() => input);
  const keyed = rows();
  const keyExpr = lowerScalar(child(node, "ByExpression"), { ...context, row: rowOf(keyed) });
  const keyColumn = context.lowering.column("key", key.type);
  const keys: Plan = {
    kind: "distinct",
    input: projectPlan(keyed, [{ column: keyColumn, expr: keyExpr }]),
    columns: [keyColumn],
  };
  if (nodeType(operand) === "PartitionQuery") {
    // in braces stands a query of its own, which knows the key by the column's name
    const env = new Environment(context.env);
    const by = child(node, "ByExpression");
    if (nodeType(by) === "NameReference") env.bind(simpleName(by), { kind: "value", expr: columnOf(keyColumn) });
    const body = lowerTable(child(operand, "Query"), { ...withoutRow(context), env, implicit: undefined });
    return projectPlan(
      { kind: "apply", input: keys, body, columns: [keyColumn, ...body.columns] },
      body.columns.map((column) => ({ column, expr: columnOf(column) })),
    );
  }
  const inner = rows();
  const condition = compare(
    "==",
    lowerScalar(child(node, "ByExpression"), { ...context, row: rowOf(inner) }),
    columnOf(keyColumn),
  );
  const part = filterPlan(inner, condition, context.lowering);
  const body = lowerTable(child(operand, "Subquery"), { ...withoutRow(context), implicit: part });
  return projectPlan(
    { kind: "apply", input: keys, body, columns: [keyColumn, ...body.columns] },
    body.columns.map((column) => ({ column, expr: columnOf(column) })),
  );
}

export const joinOperators: readonly TabularOperator[] = [
  step("join", "JoinOperator", lowerJoin),
  step("lookup", "LookupOperator", lowerLookup),
  step("invoke", "InvokeOperator", lowerInvoke),
  step("partition", "PartitionOperator", lowerPartition),
  { name: "union", node: "UnionOperator", source: "query/union-operator", lower: lowerUnion },
];
