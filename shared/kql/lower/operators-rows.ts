/** Operators that choose, order or count rows, and those that are sources. */
import { refused, unsupported } from "../diagnostic.js";
import { aggregateFunctions } from "../functions/aggregates.js";
import { constant, type Expr, type Output, type Plan, type SortKey } from "../plan.js";
import {
  child,
  children,
  nodeType,
  operatorParameters,
  optionalChild,
  parameterWord,
  resultColumns,
  simpleName,
  source,
  spanOf,
  text,
  tokenText,
  type SyntaxNode,
} from "../syntax.js";
import { type Column, type KustoType } from "../types.js";
import { convert, withRow, type Context } from "./lowering.js";
import { type TabularOperator } from "./operators.js";
import { countOf, lowerExtend } from "./projection.js";
import { lowerScalar } from "./scalar.js";
import { freshColumns, lowerPrint, lowerRange } from "./sources.js";
import { filterPlan, hoistWindows, projectPlan, step } from "./step.js";

function take(node: SyntaxNode, input: Plan, context: Context, random = false): Plan {
  const count = countOf(child(node, "Expression"), context);
  if (count.kind === "constant" && typeof count.value === "bigint" && count.value < 0n) {
    throw refused("VG003", `a number of rows cannot be ${String(count.value)}`, spanOf(child(node, "Expression")));
  }
  return { kind: "take", input, count, random, columns: input.columns };
}

/** Descending unless said otherwise; ascending puts nulls first, descending last. */
export function sortKey(node: SyntaxNode, context: Context): SortKey {
  const ordered = nodeType(node) === "OrderedExpression";
  const ordering = ordered ? child(node, "Ordering") : undefined;
  const descending = ordering === undefined || tokenText(ordering, "AscOrDescKeyword") !== "asc";
  const nulls = ordering === undefined ? undefined : optionalChild(ordering, "NullsClause");
  const nullsFirst = nulls === undefined ? !descending : tokenText(nulls, "FirstOrLastKeyword") === "first";
  return { expr: lowerScalar(ordered ? child(node, "Expression") : node, context), descending, nullsFirst };
}

export function sortPlan(input: Plan, keys: readonly SortKey[], context: Context): Plan {
  let below = input;
  const plain = keys.map((key): SortKey => {
    const hoisted = hoistWindows(below, key.expr, context.lowering);
    below = hoisted.input;
    return { ...key, expr: hoisted.expr };
  });
  return { kind: "sort", input: below, keys: plain, columns: input.columns };
}

/** `count(*)` as one column. */
export function countPlan(input: Plan, column: Column): Plan {
  return {
    kind: "aggregate",
    input,
    keys: [],
    aggregates: [{ column, expr: countRows() }],
    picks: [],
    columns: [column],
  };
}

export function countRows(): Expr {
  return aggregate("count", [], "long");
}

export function aggregate(name: string, args: readonly Expr[], type: KustoType): Expr {
  const fn = aggregateFunctions.get(name);
  if (fn === undefined) throw new Error(`${name} is not registered`);
  return { kind: "aggregate", fn, args, filter: undefined, type, span: { start: 0, end: 0 } };
}

function lowerCount(node: SyntaxNode, input: Plan, context: Context): Plan {
  const clause = optionalChild(node, "AsIdentifier");
  const name = clause === undefined ? "Count" : text(child(clause, "Identifier"), "ValueText");
  return countPlan(input, context.lowering.column(name, "long"));
}

function lowerDistinct(node: SyntaxNode, input: Plan, context: Context): Plan {
  const items = children(node, "Expressions");
  const columns = resultColumns(node);
  // names, wildcards and * are what the binder already resolved; anything else is computed first
  const named = new Map(input.columns.map((column) => [column.name, column]));
  const outputs = columns.map(({ Name }, index): Output => {
    const column = named.get(Name);
    const item = items[index];
    if (column !== undefined) return { column, expr: { kind: "column", id: column.id, type: column.type } };
    if (item === undefined || columns.length !== items.length)
      throw unsupported(`distinct ${source(node)}`, spanOf(node));
    const expr = lowerScalar(item, context);
    return { column: context.lowering.column(Name, expr.type), expr };
  });
  const projected = projectPlan(input, outputs);
  return { kind: "distinct", input: projected, columns: projected.columns };
}

function lowerSampleDistinct(node: SyntaxNode, input: Plan, context: Context): Plan {
  const value = lowerScalar(child(node, "OfExpression"), context);
  const name = resultColumns(node)[0]?.Name ?? "Column1";
  const projected = projectPlan(input, [{ column: context.lowering.column(name, value.type), expr: value }]);
  const distinct: Plan = { kind: "distinct", input: projected, columns: projected.columns };
  return {
    kind: "take",
    input: distinct,
    count: countOf(child(node, "Expression"), context),
    random: false,
    columns: distinct.columns,
  };
}

function lowerTop(node: SyntaxNode, input: Plan, context: Context): Plan {
  const sorted = sortPlan(input, [sortKey(child(node, "ByExpression"), context)], context);
  return take(node, sorted, context);
}

function lowerSerialize(node: SyntaxNode, input: Plan, context: Context): Plan {
  const serialized: Plan = { kind: "serialize", input, columns: input.columns };
  const items = children(node, "Expressions");
  if (items.length === 0) return serialized;
  return projectPlan(
    serialized,
    lowerExtend(items, resultColumns(node), input.columns, withRow(context, serialized)),
    context.lowering,
  );
}

/** The name stands for the rows so far, computed once. */
function lowerAs(node: SyntaxNode, input: Plan, context: Context): Plan {
  const shared = context.lowering.share(() => input);
  context.env.bind(simpleName(child(node, "Name")), { kind: "table", lower: shared });
  return shared();
}

function lowerGetSchema(node: SyntaxNode, input: Plan, context: Context): Plan {
  const columns = freshColumns(node, context);
  const rows = input.columns.map(({ name, type }, index): Expr[] => [
    constant("string", name),
    convert(constant("long", BigInt(index)), columns[1]?.type ?? "long"),
    constant("string", dotnetTypes[type]),
    constant("string", type),
  ]);
  return { kind: "rows", rows, columns };
}

const dotnetTypes: Readonly<Record<KustoType, string>> = {
  bool: "System.SByte",
  int: "System.Int32",
  long: "System.Int64",
  real: "System.Double",
  decimal: "System.Data.SqlTypes.SqlDecimal",
  datetime: "System.DateTime",
  timespan: "System.TimeSpan",
  guid: "System.Guid",
  string: "System.String",
  dynamic: "System.Object",
};

function lowerRender(node: SyntaxNode, input: Plan, context: Context): Plan {
  const clause = optionalChild(node, "WithClause");
  const properties = new Map([
    ...operatorParameters(node),
    ...(clause === undefined ? [] : operatorParameters(clause, "Properties")),
  ]);
  const chart = optionalChild(node, "ChartType");
  context.lowering.render = {
    kind: chart === undefined ? "table" : text(chart, "Text"),
    properties: Object.fromEntries([...properties].map(([name, value]) => [name, renderValue(value)])),
  };
  return input;
}

function renderValue(value: SyntaxNode): string {
  return (parameterWord(value) ?? source(value)).replace(/^(['"])(.*)\1$/, "$2");
}

function lowerTopHitters(node: SyntaxNode, input: Plan, context: Context): Plan {
  const value = lowerScalar(child(node, "OfExpression"), context);
  const [key, hits] = freshColumns(node, context);
  if (key === undefined || hits === undefined) throw new Error("top-hitters gives two columns");
  const by = optionalChild(node, "ByClause");
  const weight =
    by === undefined ? countRows() : aggregate("sum", [lowerScalar(child(by, "Expression"), context)], hits.type);
  const counted: Plan = {
    kind: "aggregate",
    input,
    keys: [{ column: key, expr: value }],
    aggregates: [{ column: hits, expr: convert(weight, hits.type) }],
    picks: [],
    columns: [key, hits],
  };
  const sorted = sortPlan(
    counted,
    [{ expr: { kind: "column", id: hits.id, type: hits.type }, descending: true, nullsFirst: false }],
    context,
  );
  return take(node, sorted, context);
}

function lowerAssertSchema(_node: SyntaxNode, input: Plan): Plan {
  return input;
}

export const rowOperators: readonly TabularOperator[] = [
  step("where", "FilterOperator", (node, input, context) =>
    filterPlan(input, convert(lowerScalar(child(node, "Condition"), context), "bool"), context.lowering),
  ),
  step("take", "TakeOperator", take),
  step("sample", "SampleOperator", (node, input, context) => take(node, input, context, true)),
  step("sample-distinct", "SampleDistinctOperator", lowerSampleDistinct),
  step("count", "CountOperator", lowerCount),
  step("distinct", "DistinctOperator", lowerDistinct),
  step("sort", "SortOperator", (node, input, context) =>
    sortPlan(
      input,
      children(node, "Expressions").map((key) => sortKey(key, context)),
      context,
    ),
  ),
  step("top", "TopOperator", lowerTop),
  step("top-hitters", "TopHittersOperator", lowerTopHitters),
  step("serialize", "SerializeOperator", lowerSerialize),
  step("as", "AsOperator", lowerAs),
  step("getschema", "GetSchemaOperator", lowerGetSchema),
  step("render", "RenderOperator", lowerRender),
  step("assert-schema", "AssertSchemaOperator", lowerAssertSchema),
  step("consume", "ConsumeOperator", (_node, input) => ({
    kind: "filter",
    input,
    condition: constant("bool", false),
    columns: input.columns,
  })),
  {
    name: "print",
    node: "PrintOperator",
    source: "query/print-operator",
    lower: (node, _input, context) => lowerPrint(node, context),
  },
  {
    name: "range",
    node: "RangeOperator",
    source: "query/range-operator",
    lower: (node, _input, context) => lowerRange(node, context),
  },
];
