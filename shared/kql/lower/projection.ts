/** Items of `project`, `extend`, `print`, `distinct`, …, paired with the columns that the official binder named. */
import { unsupported } from "../diagnostic.js";
import { type ColumnSymbol, loadKusto } from "../kusto.js";
import { constant, type Expr, type Output } from "../plan.js";
import {
  child,
  children,
  items,
  nodeType,
  resultName,
  simpleName,
  source,
  spanOf,
  type SyntaxNode,
} from "../syntax.js";
import { type Column } from "../types.js";
import { asKustoType, convert, type Context } from "./lowering.js";
import { lowerScalar, tupleCall } from "./scalar.js";

/** The values of one item: one, or several for functions that give a tuple (`series_fit_line`). */
export interface Item {
  readonly node: SyntaxNode;
  /** Names written in the query; empty: Kusto names it. */
  readonly names: readonly string[];
  readonly values: readonly Expr[];
  readonly automaticName: string | undefined;
}

export function lowerItem(node: SyntaxNode, context: Context): Item {
  const type = nodeType(node);
  const names =
    type === "SimpleNamedExpression"
      ? [simpleName(child(node, "Name"))]
      : type === "CompoundNamedExpression"
        ? children(child(node, "Names"), "Names").map(simpleName)
        : [];
  const expression = names.length === 0 ? node : child(node, "Expression");
  const values = tupleValues(expression, lowerScalar(expression, context));
  return { node, names, values, automaticName: names.length === 0 ? resultName(expression) : undefined };
}

/** A tuple is computed as one dynamic array; each of its columns is an element. */
function tupleValues(node: SyntaxNode, value: Expr): readonly Expr[] {
  const raw = node.RawResultType;
  if (raw === undefined || raw === null || loadKusto().typeName(raw) !== "TupleSymbol") return [value];
  const call = tupleCall(value);
  if (call === undefined) return [value];
  const columns = items((raw as unknown as { Columns: Parameters<typeof items<ColumnSymbol>>[0] }).Columns);
  return columns.map(({ Type }, index) =>
    convert({ kind: "path", value: call, steps: [index], type: "dynamic" }, asKustoType(Type.Name, spanOf(node))),
  );
}

/** Pairs items with the columns of the result, one after the other: `project`, `print`. */
export function lowerItems(
  nodes: readonly SyntaxNode[],
  columns: readonly ColumnSymbol[],
  row: ReadonlyMap<string, Column>,
  context: Context,
): readonly Output[] {
  const outputs: Output[] = [];
  for (const node of nodes) {
    for (const value of lowerItem(node, { ...context, row: row.size === 0 ? context.row : row }).values) {
      const column = columns[outputs.length];
      if (column === undefined) throw new Error(`no column for ${source(node)}`);
      outputs.push(output(column, value, node, context));
    }
  }
  if (outputs.length !== columns.length) throw new Error(`${outputs.length} values for ${columns.length} columns`);
  return outputs;
}

/** A value as a column of the result. A column that keeps its name keeps its id. */
export function output(symbol: ColumnSymbol, value: Expr, node: SyntaxNode, context: Context): Output {
  const open = symbol.Type.Name === "unknown" || symbol.Type.Name === "error";
  const type = open ? value.type : asKustoType(symbol.Type.Name, spanOf(node));
  if (value.kind === "column" && value.type === type) {
    return { column: { id: value.id, name: symbol.Name, type }, expr: value };
  }
  return { column: context.lowering.column(symbol.Name, type), expr: convert(value, type) };
}

/** `extend`: replaced columns keep their place, new ones come last. */
export function lowerExtend(
  nodes: readonly SyntaxNode[],
  columns: readonly ColumnSymbol[],
  input: readonly Column[],
  context: Context,
): readonly Output[] {
  const existing = new Set(input.map(({ name }) => name));
  const assigned = new Map<string, Output>();
  const appended = columns.slice(input.length);
  let next = 0;
  const symbols = new Map(columns.map((column) => [column.Name, column]));
  for (const node of nodes) {
    const item = lowerItem(node, context);
    for (const [index, value] of item.values.entries()) {
      const written = item.names[index] ?? (item.values.length === 1 ? item.automaticName : undefined);
      const symbol = written !== undefined && existing.has(written) ? symbols.get(written) : appended[next++];
      if (symbol === undefined)
        throw unsupported(`the unnamed value ${source(node)}`, spanOf(node), "give it a name: x = …");
      assigned.set(symbol.Name, output(symbol, value, node, context));
    }
  }
  const byName = new Map(input.map((column) => [column.name, column]));
  return columns.map(({ Name }): Output => {
    const replaced = assigned.get(Name);
    if (replaced !== undefined) return replaced;
    const column = byName.get(Name);
    if (column === undefined) throw new Error(`extend gives a column ${Name} that nothing computes`);
    return { column, expr: { kind: "column", id: column.id, type: column.type } };
  });
}

/** A constant number of an operator such as `take`. */
export function countOf(node: SyntaxNode, context: Context): Expr {
  const value = lowerScalar(node, context);
  return value.kind === "constant" && value.value === null ? constant("long", 0n) : convert(value, "long");
}
