/** Plugins whose columns the binder knows. */
import { unsupported } from "../diagnostic.js";
import { scalarFunctions } from "../functions/scalars.js";
import { columnExpr, constant, type Expr, type Output, type Plan } from "../plan.js";
import { child, isTabular, nodeType, resultColumns, simpleName, source, spanOf, type SyntaxNode } from "../syntax.js";
import { convert, rowOf, withoutRow, type Context } from "./lowering.js";
import { type PluginCall } from "./operators-plugin.js";
import { lowerScalar, lowerTicks } from "./scalar.js";
import { freshColumns } from "./sources.js";
import { projectPlan } from "./step.js";
import { lowerTable } from "./table.js";

export interface Options {
  readonly positional: readonly SyntaxNode[];
  readonly named: ReadonlyMap<string, SyntaxNode>;
}

export function optionsOf(args: readonly SyntaxNode[]): Options {
  const isNamed = (arg: SyntaxNode) => nodeType(arg) === "SimpleNamedExpression";
  return {
    positional: args.filter((arg) => !isNamed(arg)),
    named: new Map(args.filter(isNamed).map((arg) => [simpleName(child(arg, "Name")), child(arg, "Expression")])),
  };
}

export function isTrue(node: SyntaxNode | undefined, context: Context): boolean {
  if (node === undefined) return false;
  const value = lowerScalar(node, context);
  return value.kind === "constant" && value.value === true;
}

/** One row per cell. */
export function lowerNarrow({ node, input, context }: PluginCall): Plan {
  const columns = freshColumns(node, context);
  const names = input.columns.map(({ name }) => name);
  return {
    kind: "table-function",
    native: "narrow",
    input,
    passed: input.columns.map((column) => convert(columnExpr(column), "string")),
    args: [constant("dynamic", JSON.stringify(names))],
    columns,
  };
}

/** Rows of the lookup table whose network holds the address; a row of the input may match several. */
export function lowerAddressLookup(test: "ipv4_is_in_range" | "ipv6_is_in_range") {
  return ({ node, call, args, input, context }: PluginCall): Plan => {
    const { positional, named } = optionsOf(args);
    const [tableNode, addressNode, networkNode, ...extra] = positional;
    if (tableNode === undefined || addressNode === undefined || networkNode === undefined || !isTabular(tableNode)) {
      throw unsupported(source(call), spanOf(call), "give a table, the address and the column of networks");
    }
    const keys = extra.filter((arg) => nodeType(arg) === "NameReference");
    const flag = extra.find((arg) => nodeType(arg) === "LiteralExpression");
    const unmatched = isTrue(named.get("return_unmatched") ?? flag, context);
    const table = lowerTable(tableNode, withoutRow(context));
    const inTable: Context = { ...context, row: rowOf(table) };
    const fn = scalarFunctions.get(test);
    if (fn === undefined) throw new Error(`${test} is not registered`);
    const operands = [
      convert(lowerScalar(addressNode, context), "string"),
      convert(lowerScalar(networkNode, inTable), "string"),
    ];
    const condition: Expr = { kind: "call", fn, args: operands, type: "bool", span: spanOf(call) };
    const on = keys.map((key) => ({ left: lowerScalar(key, context), right: lowerScalar(key, inTable) }));
    return lookedUp(node, { input, table, on, condition, unmatched });
  };
}

interface Lookup {
  readonly input: Plan;
  readonly table: Plan;
  readonly on: readonly { readonly left: Expr; readonly right: Expr }[];
  readonly condition: Expr;
  /** Rows of the input without a match stay. */
  readonly unmatched: boolean;
}

export function lookedUp(node: SyntaxNode, { input, table, on, condition, unmatched }: Lookup): Plan {
  const columns = [...input.columns, ...table.columns];
  const join = unmatched ? "leftouter" : "inner";
  const joined: Plan = { kind: "join", join, left: input, right: table, on, condition, columns };
  return projectPlan(joined, pairByPosition(node, columns));
}

/** The binder drops keys of the lookup table that the input has, too: pair what is left by name and place. */
function pairByPosition(node: SyntaxNode, columns: readonly Plan["columns"][number][]): readonly Output[] {
  const symbols = resultColumns(node);
  if (symbols.length === columns.length) {
    return columns.map((column, index): Output => ({
      column: { ...column, name: symbols[index]?.Name ?? column.name },
      expr: columnExpr(column),
    }));
  }
  let next = 0;
  return symbols.map(({ Name }): Output => {
    // what clashes has got a number
    while (next < columns.length && !isNameOf(columns[next]?.name ?? "", Name)) next++;
    const column = columns[next++];
    if (column === undefined) throw new Error(`the lookup gives no column ${Name}`);
    return { column: { ...column, name: Name }, expr: columnExpr(column) };
  });
}

function isNameOf(column: string, name: string): boolean {
  return name === column || (name.startsWith(column) && /^\d+$/.test(name.slice(column.length)));
}

/** Counts and distinct counts over a window that slides in steps of `bin`. */
export function lowerSlidingWindowCounts({ node, call, args, input, context }: PluginCall): Plan {
  const [id, axis, start, end, window, bin, ...dimensions] = args;
  if (
    id === undefined ||
    axis === undefined ||
    start === undefined ||
    end === undefined ||
    window === undefined ||
    bin === undefined
  ) {
    throw unsupported(source(call), spanOf(call), "give id, timeline, start, end, lookback window and bin");
  }
  const axisValue = lowerScalar(axis, context);
  if (axisValue.type !== "datetime")
    throw unsupported(`sliding_window_counts over ${axisValue.type}`, spanOf(axis), "use a datetime");
  const ticks = (argument: SyntaxNode) => lowerTicks(argument, "datetime", context);
  const span = (argument: SyntaxNode) => lowerTicks(argument, "timespan", context);
  return {
    kind: "table-function",
    native: "sliding_window_counts",
    input,
    passed: [
      convert(lowerScalar(id, context), "string"),
      convert(axisValue, "long"),
      ...dimensions.map((dimension) => lowerScalar(dimension, context)),
    ],
    args: [ticks(start), ticks(end), span(window), span(bin)],
    columns: freshColumns(node, context),
  };
}
