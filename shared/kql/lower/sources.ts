/** Tables that are written in the query: datatable, print, range. */
import { unsupported } from "../diagnostic.js";
import { type Expr, type Plan } from "../plan.js";
import { child, children, nodeType, resultColumns, simpleName, spanOf, type SyntaxNode } from "../syntax.js";
import { type Column } from "../types.js";
import { asKustoType, convert, withoutRow, type Context } from "./lowering.js";
import { lowerItems } from "./projection.js";
import { lowerScalar } from "./scalar.js";

export function freshColumns(node: SyntaxNode, context: Context): readonly Column[] {
  return resultColumns(node).map(({ Name, Type }) =>
    context.lowering.column(Name, asKustoType(Type.Name, spanOf(node))),
  );
}

export function lowerDataTable(node: SyntaxNode, context: Context): Plan {
  const columns = freshColumns(node, context);
  const values = children(node, "Values").map((value) => lowerScalar(value, withoutRow(context)));
  if (columns.length === 0 || values.length % columns.length !== 0) {
    throw unsupported("a datatable whose values do not fill its rows", spanOf(node), "check the number of values");
  }
  const rows: Expr[][] = [];
  for (let start = 0; start < values.length; start += columns.length) {
    rows.push(columns.map(({ type }, index) => cell(values[start + index], type)));
  }
  return { kind: "rows", rows, columns };
}

function cell(value: Expr | undefined, type: Column["type"]): Expr {
  if (value === undefined) throw new Error("a datatable row is short");
  return convert(value, type);
}

export function lowerPrint(node: SyntaxNode, context: Context): Plan {
  const outputs = lowerItems(children(node, "Expressions"), resultColumns(node), new Map(), {
    ...context,
    row: new Map(),
  });
  return {
    kind: "project",
    input: { kind: "single", columns: [] },
    outputs,
    columns: outputs.map(({ column }) => column),
  };
}

export function lowerRange(node: SyntaxNode, context: Context): Plan {
  const columns = freshColumns(node, context);
  const column = columns[0];
  if (column === undefined) throw new Error(`range ${simpleName(child(node, "Name"))} has no column`);
  const bound = (name: string) => lowerScalar(child(node, name), withoutRow(context));
  const step = bound("Step");
  const stepType = column.type === "datetime" ? "timespan" : column.type;
  return {
    kind: "range",
    from: convert(bound("From"), column.type),
    to: convert(bound("To"), column.type),
    step: convert(step, stepType),
    columns,
  };
}

export function isNamed(node: SyntaxNode): boolean {
  return nodeType(node) === "SimpleNamedExpression" || nodeType(node) === "CompoundNamedExpression";
}
