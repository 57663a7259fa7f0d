/** `mv-expand` and `mv-apply`: arrays to rows. */
import { unsupported } from "../diagnostic.js";
import { type Expr, type Output, type Plan } from "../plan.js";
import {
  child,
  children,
  nodeType,
  operatorParameters,
  optionalChild,
  parameterWord,
  resultColumns,
  resultName,
  simpleName,
  source,
  spanOf,
  type SyntaxNode,
} from "../syntax.js";
import { type Column, type KustoType } from "../types.js";
import { asKustoType, convert, keep, rowOf, withoutRow, type Context } from "./lowering.js";
import { type TabularOperator } from "./operators.js";
import { countOf } from "./projection.js";
import { lowerScalar } from "./scalar.js";
import { projectPlan, step } from "./step.js";
import { lowerTable } from "./table.js";

interface Expansion {
  readonly value: Expr;
  /** The element as it comes out of the array. */
  readonly element: Column;
  /** The element in the wanted type, under its name. */
  readonly output: Output;
}

function lowerExpansions(node: SyntaxNode, context: Context): readonly Expansion[] {
  return children(node, "Expressions").map((item) => {
    const named = child(item, "Expression");
    const written = nodeType(named) === "SimpleNamedExpression";
    const expression = written ? child(named, "Expression") : named;
    const name = written ? simpleName(child(named, "Name")) : resultName(expression);
    if (name === undefined)
      throw unsupported(`the unnamed value ${source(expression)}`, spanOf(item), "give it a name: x = …");
    const value = convert(lowerScalar(expression, context), "dynamic");
    const element = context.lowering.column(name, "dynamic");
    const type = elementType(item);
    const column = type === "dynamic" ? element : context.lowering.column(name, type);
    return {
      value,
      element,
      output: { column, expr: convert({ kind: "column", id: element.id, type: "dynamic" }, type) },
    };
  });
}

/** `to typeof(long)`. */
function elementType(item: SyntaxNode): KustoType {
  const clause = optionalChild(item, "ToTypeOf");
  const type = clause === undefined ? undefined : children(child(clause, "TypeOf"), "Types")[0];
  return type === undefined ? "dynamic" : asKustoType(source(type), spanOf(type));
}

function rowLimit(node: SyntaxNode, context: Context): Expr | undefined {
  const clause = optionalChild(node, "RowLimitClause");
  return clause === undefined ? undefined : countOf(child(clause, "RowLimit"), context);
}

function itemIndex(node: SyntaxNode, context: Context): Column | undefined {
  const name = operatorParameters(node).get("with_itemindex");
  return name === undefined ? undefined : context.lowering.column(source(name), "long");
}

function lowerMvExpand(node: SyntaxNode, input: Plan, context: Context): Plan {
  const expansions = lowerExpansions(node, context);
  const parameters = operatorParameters(node);
  const kind = parameterWord(parameters.get("kind") ?? parameters.get("bagexpansion"));
  const index = itemIndex(node, context);
  const elements = expansions.map(({ element }) => element);
  const expanded: Plan = {
    kind: "expand",
    input,
    expansions: expansions.map(({ value, element }) => ({ value, element })),
    arrays: kind === "array",
    index,
    limit: rowLimit(node, context),
    columns: [...input.columns, ...elements, ...(index === undefined ? [] : [index])],
  };
  const results = new Map<string, Output>(keep(input.columns).map((kept) => [kept.column.name, kept]));
  for (const { output } of expansions) results.set(output.column.name, output);
  if (index !== undefined)
    results.set(index.name, { column: index, expr: { kind: "column", id: index.id, type: "long" } });
  return projectPlan(expanded, inResultOrder(node, results));
}

function inResultOrder(node: SyntaxNode, results: ReadonlyMap<string, Output>): readonly Output[] {
  return resultColumns(node).map(({ Name }) => {
    const found = results.get(Name);
    if (found === undefined) throw new Error(`${nodeType(node)} gives a column ${Name} that nothing computes`);
    return found;
  });
}

/** The sub-query sees the row's columns next to the elements; its result is joined to the row. */
function lowerMvApply(node: SyntaxNode, input: Plan, context: Context): Plan {
  if (optionalChild(node, "ContextIdClause") !== undefined) throw unsupported("mv-apply … id", spanOf(node));
  const expansions = lowerExpansions(node, context);
  const index = itemIndex(node, context);
  const elements = expansions.map(({ element }) => element);
  const expanded: Plan = {
    kind: "expand",
    input: { kind: "single", columns: [] },
    expansions: expansions.map(({ value, element }) => ({ value, element })),
    arrays: false,
    index,
    limit: rowLimit(node, context),
    columns: [...elements, ...(index === undefined ? [] : [index])],
  };
  const names = new Set(expansions.map(({ output }) => output.column.name));
  const outer = input.columns.filter(({ name }) => !names.has(name));
  const outputs = [
    ...keep(outer),
    ...expansions.map(({ output }) => output),
    ...(index === undefined ? [] : keep([index])),
  ];
  const seed = projectPlan(expanded, outputs);
  const body = lowerTable(child(child(node, "Subquery"), "Expression"), {
    ...withoutRow(context),
    row: rowOf(seed),
    implicit: seed,
  });
  const results = new Map<string, Output>(keep(body.columns).map((kept) => [kept.column.name, kept]));
  for (const kept of keep(outer)) results.set(kept.column.name, kept);
  const applied: Plan = { kind: "apply", input, body, columns: [...input.columns, ...body.columns] };
  return projectPlan(applied, inResultOrder(node, results));
}

export const expandOperators: readonly TabularOperator[] = [
  step("mv-expand", "MvExpandOperator", lowerMvExpand),
  step("mv-apply", "MvApplyOperator", lowerMvApply),
];
