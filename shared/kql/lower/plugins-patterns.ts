/** Plugins that find what many rows have in common, and `reduce`. The work is in `native/patterns.ts` and `native/reduce.ts`. */
import { unsupported } from "../diagnostic.js";
import { columnExpr, constant, type Expr, type Plan } from "../plan.js";
import { child, operatorParameters, optionalChild, parameterWord, source, spanOf, type SyntaxNode } from "../syntax.js";
import { convert, type Context } from "./lowering.js";
import { type PluginCall } from "./operators-plugin.js";
import { lowerScalar } from "./scalar.js";
import { freshColumns } from "./sources.js";

/** An argument that is left out is written as `"~"`. */
function given(node: SyntaxNode | undefined, context: Context): Expr | undefined {
  if (node === undefined || /^['"]~['"]$/.test(source(node))) return undefined;
  return lowerScalar(node, context);
}

const nothing = constant("dynamic", null);

/** The column that holds the weight of a row; 1 when none is named. */
function weightOf(node: SyntaxNode | undefined, context: Context): Expr {
  const weight = given(node, context);
  return weight === undefined ? constant("real", 1) : convert(weight, "real");
}

function patternColumns(input: Plan): readonly Expr[] {
  return input.columns.map((column) => convert(columnExpr(column), "dynamic"));
}

/** `autocluster(size weight, weight column, seeds, wildcards…)`. */
export function lowerAutocluster({ node, args, input, context }: PluginCall): Plan {
  const [sizeWeight, weight, seeds] = args;
  return {
    kind: "table-function",
    native: "autocluster",
    input,
    passed: [weightOf(weight, context), ...patternColumns(input)],
    args: [given(sizeWeight, context) ?? nothing, given(seeds, context) ?? nothing],
    columns: freshColumns(node, context),
  };
}

/** `basket(threshold, weight column, most dimensions, wildcards…)`. */
export function lowerBasket({ node, args, input, context }: PluginCall): Plan {
  const [threshold, weight, dimensions] = args;
  return {
    kind: "table-function",
    native: "basket",
    input,
    passed: [weightOf(weight, context), ...patternColumns(input)],
    args: [given(threshold, context) ?? nothing, given(dimensions, context) ?? nothing],
    columns: freshColumns(node, context),
  };
}

/** `diffpatterns(split column, value A, value B, weight column, threshold, most dimensions, wildcards…)`. */
export function lowerDiffpatterns({ node, call, args, input, context }: PluginCall): Plan {
  const [split, a, b, weight, threshold, dimensions] = args;
  if (split === undefined || a === undefined || b === undefined)
    throw unsupported(source(call), spanOf(call), "give the column that splits the rows, and its two values");
  const splitValue = lowerScalar(split, context);
  const text = (argument: Expr) => convert(argument, "string");
  // the split says nothing about its own sides
  const kept = input.columns.map((column) => {
    const value = columnExpr(column);
    const isSplit = splitValue.kind === "column" && splitValue.id === column.id;
    return isSplit ? nothing : convert(value, "dynamic");
  });
  return {
    kind: "table-function",
    native: "diffpatterns",
    input,
    passed: [weightOf(weight, context), text(splitValue), ...kept],
    args: [
      text(lowerScalar(a, context)),
      text(lowerScalar(b, context)),
      given(threshold, context) ?? nothing,
      given(dimensions, context) ?? nothing,
    ],
    columns: freshColumns(node, context),
  };
}

/** `reduce [kind=source] by text [with threshold=…, characters="…"]`. */
export function lowerReduce(node: SyntaxNode, input: Plan, context: Context): Plan {
  const clause = optionalChild(node, "With");
  const options = clause === undefined ? new Map<string, SyntaxNode>() : operatorParameters(clause);
  const option = (name: string) => given(options.get(name), context) ?? nothing;
  const perRow = parameterWord(operatorParameters(node).get("kind")) === "source";
  const text = convert(lowerScalar(child(node, "Expression"), context), "string");
  return {
    kind: "table-function",
    native: perRow ? "reduce_source" : "reduce_texts",
    input,
    passed: [text, ...(perRow ? input.columns.map(columnExpr) : [])],
    args: [option("threshold"), option("characters")],
    columns: freshColumns(node, context),
  };
}
