/** `summarize`, `make-series`, `top-nested`: grouping. */
import { unsupported } from "../diagnostic.js";
import { aggregateFunctions } from "../functions/aggregates.js";
import { type ColumnSymbol } from "../kusto.js";
import { constant, type Expr, type Output, type Pick, type Plan } from "../plan.js";
import {
  child,
  children,
  nodeType,
  optionalChild,
  operatorParameters,
  parameterWord,
  resultColumns,
  source,
  spanOf,
  type SyntaxNode,
} from "../syntax.js";
import { type Column } from "../types.js";
import { callArguments, callName } from "./calls.js";
import { asKustoType, convert, withoutRow, withRow, type Context } from "./lowering.js";
import { type TabularOperator } from "./operators.js";
import { lowerItem, output } from "./projection.js";
import { lowerScalar } from "./scalar.js";
import { step } from "./step.js";
import { lowerTopNested } from "./top-nested.js";

/** Aggregates that take values out of one row. */
export const pickers: ReadonlyMap<string, { readonly greatest: boolean; readonly by: boolean }> = new Map([
  ["arg_max", { greatest: true, by: true }],
  ["argmax", { greatest: true, by: true }],
  ["arg_min", { greatest: false, by: true }],
  ["argmin", { greatest: false, by: true }],
  ["take_any", { greatest: true, by: false }],
  ["any", { greatest: true, by: false }],
]);
/** Aggregates that give one column per percentile. */
export const spread: ReadonlyMap<string, { readonly each: string; readonly fixed: number }> = new Map([
  ["percentiles", { each: "percentile", fixed: 1 }],
  ["percentilesw", { each: "percentilew", fixed: 2 }],
]);

class Columns {
  readonly #symbols: readonly ColumnSymbol[];
  #next = 0;
  constructor(symbols: readonly ColumnSymbol[]) {
    this.#symbols = symbols;
  }
  next(node: SyntaxNode): ColumnSymbol {
    const symbol = this.#symbols[this.#next++];
    if (symbol === undefined) throw new Error(`no column for ${source(node)}`);
    return symbol;
  }
  get left(): number {
    return this.#symbols.length - this.#next;
  }
}

function lowerSummarize(node: SyntaxNode, input: Plan, context: Context): Plan {
  const columns = new Columns(resultColumns(node));
  const by = optionalChild(node, "ByClause");
  const keyNodes = by === undefined ? [] : children(by, "Expressions");
  const keys: Output[] = [];
  for (const keyNode of keyNodes) {
    for (const value of lowerItem(keyNode, context).values)
      keys.push(output(columns.next(keyNode), value, keyNode, context));
  }
  const aggregates: Output[] = [];
  const picks: Pick[] = [];
  const grouped = new Set(keys.map(({ column }) => column.id));
  for (const item of children(node, "Aggregates")) {
    const call = unnamed(item);
    const name = nodeType(call) === "FunctionCallExpression" ? callName(call) : "";
    const picker = pickers.get(name);
    const each = spread.get(name);
    if (picker !== undefined) picks.push(lowerPick(call, picker, columns, input, grouped, context));
    else if (each !== undefined) aggregates.push(...lowerSpread(call, each, columns, context));
    else {
      for (const value of lowerItem(item, context).values)
        aggregates.push(fresh(columns.next(item), value, item, context));
    }
  }
  if (columns.left > 0) throw new Error(`${columns.left} columns of ${source(node)} are not computed`);
  return {
    kind: "aggregate",
    input,
    keys,
    aggregates,
    picks,
    columns: [...keys, ...inWrittenOrder(node, aggregates, picks)].map(({ column }) => column),
  };
}

/** Aggregates and picks in the order of the result's columns: their columns were numbered in that order. */
function inWrittenOrder(node: SyntaxNode, aggregates: readonly Output[], picks: readonly Pick[]): readonly Output[] {
  const places = new Map(resultColumns(node).map(({ Name }, index) => [Name, index]));
  const place = ({ column }: Output) => places.get(column.name) ?? 0;
  return [...aggregates, ...picks.flatMap(({ outputs }) => outputs)].sort((a, b) => place(a) - place(b));
}

function unnamed(node: SyntaxNode): SyntaxNode {
  const type = nodeType(node);
  return type === "SimpleNamedExpression" || type === "CompoundNamedExpression" || type === "ParenthesizedExpression"
    ? unnamed(child(node, "Expression"))
    : node;
}

/** As `output`, but never under the id of a column of the input: the value differs from the row's. */
function fresh(symbol: ColumnSymbol, value: Expr, node: SyntaxNode, context: Context): Output {
  const { column, expr } = output(symbol, value, node, context);
  return { column: context.lowering.column(column.name, column.type), expr };
}

function lowerPick(
  call: SyntaxNode,
  { greatest, by }: { readonly greatest: boolean; readonly by: boolean },
  columns: Columns,
  input: Plan,
  grouped: ReadonlySet<number>,
  context: Context,
): Pick {
  const args = callArguments(call);
  const values: { readonly expr: Expr; readonly node: SyntaxNode }[] = [];
  for (const arg of args) {
    if (nodeType(arg) !== "StarExpression") {
      values.push({ expr: lowerScalar(arg, context), node: arg });
      continue;
    }
    const first = values[0]?.expr;
    for (const column of input.columns) {
      if (grouped.has(column.id) || (first?.kind === "column" && first.id === column.id)) continue;
      values.push({ expr: { kind: "column", id: column.id, type: column.type }, node: arg });
    }
  }
  return {
    by: by ? values[0]?.expr : undefined,
    greatest,
    outputs: values.map(({ expr, node }) => fresh(columns.next(node), expr, node, context)),
  };
}

function lowerSpread(
  call: SyntaxNode,
  { each, fixed }: { readonly each: string; readonly fixed: number },
  columns: Columns,
  context: Context,
): readonly Output[] {
  const args = callArguments(call).map((arg) => lowerScalar(arg, context));
  const percents = args.slice(fixed);
  // with the others beside it, each can come out of one pass over the values
  const beside = each === "percentile" && percents.every(({ kind }) => kind === "constant") ? percents : [];
  return percents.map((percent) => {
    const symbol = columns.next(call);
    const type = asKustoType(symbol.Type.Name, spanOf(call));
    const expr = percentile(each, [...args.slice(0, fixed), percent, ...beside], type, call);
    return { column: context.lowering.column(symbol.Name, type), expr };
  });
}

function percentile(name: string, args: readonly Expr[], type: Column["type"], node: SyntaxNode): Expr {
  const fn = aggregateFunctions.get(name);
  if (fn === undefined) throw new Error(`${name} is not registered`);
  return { kind: "aggregate", fn, args, filter: undefined, type, span: spanOf(node) };
}

function lowerMakeSeries(node: SyntaxNode, input: Plan, context: Context): Plan {
  const columns = new Columns(resultColumns(node));
  const by = optionalChild(node, "ByClause");
  const keys = (by === undefined ? [] : children(by, "Expressions")).map((key) => {
    const value = lowerItem(key, context).values[0];
    if (value === undefined) throw unsupported(source(key), spanOf(key));
    return output(columns.next(key), value, key, context);
  });
  const aggregates = children(node, "Aggregates").map((item) => {
    const isSeries = nodeType(item) === "MakeSeriesExpression";
    const value = lowerItem(isSeries ? child(item, "Expression") : item, context).values[0];
    if (value === undefined) throw unsupported(source(item), spanOf(item));
    const symbol = columns.next(item);
    const clause = isSeries ? optionalChild(item, "DefaultExpression") : undefined;
    const zero: Expr = value.type === "real" ? constant("real", 0) : constant("long", 0n);
    const whenMissing = clause === undefined ? zero : lowerScalar(child(clause, "Expression"), context);
    return {
      column: context.lowering.column(symbol.Name, "dynamic"),
      expr: value,
      whenMissing: convert(whenMissing, value.type),
    };
  });
  const on = child(child(node, "OnClause"), "Expression");
  const axisValue = lowerItem(on, context).values[0];
  if (axisValue === undefined) throw unsupported(source(on), spanOf(on));
  const axis = { column: context.lowering.column(columns.next(on).Name, "dynamic"), expr: axisValue };
  const range = seriesRange(child(node, "RangeClause"), axisValue, context);
  return {
    kind: "series",
    input,
    keys,
    axis,
    ...range,
    aggregates,
    nonempty: parameterWord(operatorParameters(node).get("kind")) === "nonempty",
    columns: [...keys.map(({ column }) => column), ...aggregates.map(({ column }) => column), axis.column],
  };
}

interface SeriesRange {
  readonly from: Expr | undefined;
  readonly to: Expr | undefined;
  readonly step: Expr;
  readonly inclusive: boolean;
}

/** Bounds are constants: a `let` of the name of a column is meant, not the column. */
function lowerBound(node: SyntaxNode, context: Context): Expr {
  return lowerScalar(node, withoutRow(context));
}

function seriesRange(clause: SyntaxNode, axis: Expr, context: Context): SeriesRange {
  const stepType = axis.type === "datetime" ? "timespan" : axis.type;
  if (nodeType(clause) === "MakeSeriesInRangeClause") {
    const [from, to, every] = children(child(clause, "Arguments"), "Expressions").map((arg) =>
      lowerBound(arg, context),
    );
    if (from === undefined || to === undefined || every === undefined)
      throw unsupported("in range() without start, end and step", spanOf(clause));
    return {
      from: convert(from, axis.type),
      to: convert(to, axis.type),
      step: convert(every, stepType),
      inclusive: true,
    };
  }
  const bound = (name: string): Expr | undefined => {
    const part = optionalChild(clause, name);
    return part === undefined ? undefined : lowerBound(child(part, "Expression"), context);
  };
  const [from, to, every] = [bound("MakeSeriesFromClause"), bound("MakeSeriesToClause"), bound("MakeSeriesStepClause")];
  if (every === undefined) throw unsupported("make-series without a step", spanOf(clause));
  return {
    from: from === undefined ? undefined : convert(from, axis.type),
    to: to === undefined ? undefined : convert(to, axis.type),
    step: convert(every, stepType),
    inclusive: false,
  };
}

export const summarizeOperators: readonly TabularOperator[] = [
  step("summarize", "SummarizeOperator", lowerSummarize),
  step("make-series", "MakeSeriesOperator", lowerMakeSeries),
  step("top-nested", "TopNestedOperator", (node, input, context) =>
    lowerTopNested(node, input, withRow(context, input)),
  ),
];
