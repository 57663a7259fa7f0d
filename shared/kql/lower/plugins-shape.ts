/** Plugins whose columns depend on the data: `pivot` and `bag_unpack`. Without a declared schema they ask for one. */
import { unsupported } from "../diagnostic.js";
import { scalarFunctions } from "../functions/scalars.js";
import { columnExpr, constant, type Expr, type Output, type Plan } from "../plan.js";
import { nodeType, optionalChild, resultColumns, simpleName, source, spanOf, type SyntaxNode } from "../syntax.js";
import { type Column, type KustoType } from "../types.js";
import { asKustoType, convert, type Context } from "./lowering.js";
import { type PluginCall } from "./operators-plugin.js";
import { countRows } from "./operators-rows.js";
import { compare, lowerScalar } from "./scalar.js";
import { ShapeNeeded } from "./shape.js";
import { projectPlan } from "./step.js";

function schemaOffset({ call }: PluginCall): number {
  return spanOf(call).end;
}

function hasSchema({ node }: PluginCall): boolean {
  return optionalChild(node, "Schema") !== undefined;
}

function columnArgument(node: SyntaxNode | undefined, input: Plan, call: SyntaxNode): Column {
  const column =
    node === undefined
      ? undefined
      : input.columns.find(({ name }) => nodeType(node) === "NameReference" && name === simpleName(node));
  if (column === undefined) throw unsupported(`${source(call)}: a column is expected`, spanOf(node ?? call));
  return column;
}

/** Rows of name and type. */
function shapeRows(rows: Plan, name: Expr, type: Expr, context: Context): Plan {
  const columns = [context.lowering.column("name", "string"), context.lowering.column("type", "string")] as const;
  return projectPlan(rows, [
    { column: columns[0], expr: name },
    { column: columns[1], expr: type },
  ]);
}

export function lowerPivot(plugin: PluginCall): Plan {
  const { args, input, context, call, node } = plugin;
  const pivot = columnArgument(args[0], input, call);
  const aggregateNode = args[1];
  const aggregate = aggregateNode === undefined ? countRows() : lowerScalar(aggregateNode, context);
  if (aggregate.kind !== "aggregate")
    throw unsupported(`pivot by ${source(aggregateNode ?? call)}`, spanOf(aggregateNode ?? call), "give one aggregate");
  const used = new Set(aggregate.args.flatMap((arg) => columnIds(arg)));
  const named = args.slice(2).map((arg) => columnArgument(arg, input, call));
  const keys = named.length > 0 ? named : input.columns.filter(({ id }) => id !== pivot.id && !used.has(id));
  const text = convert(columnExpr(pivot), "string");
  if (!hasSchema(plugin)) {
    const value = context.lowering.column("value", "string");
    const values: Plan = {
      kind: "distinct",
      input: projectPlan(input, [{ column: value, expr: text }]),
      columns: [value],
    };
    const sorted: Plan = {
      kind: "sort",
      input: values,
      keys: [{ expr: columnExpr(value), descending: false, nullsFirst: true }],
      columns: [value],
    };
    const rows = shapeRows(sorted, columnExpr(value), constant("string", aggregate.type), context);
    throw new ShapeNeeded(withKeys(rows, keys, context), schemaOffset(plugin));
  }
  const keyNames = new Set(keys.map(({ name }) => name));
  const outputs = resultColumns(node)
    .filter(({ Name }) => !keyNames.has(Name))
    .map(({ Name, Type }): Output => {
      const filter = compare("==", text, constant("string", Name));
      const type = asKustoType(Type.Name, spanOf(node));
      return { column: context.lowering.column(Name, type), expr: convert({ ...aggregate, filter }, type) };
    });
  const grouped: Plan = {
    kind: "aggregate",
    input,
    keys: keys.map((column) => ({ column, expr: columnExpr(column) })),
    aggregates: outputs,
    picks: [],
    columns: [...keys, ...outputs.map(({ column }) => column)],
  };
  return inSchemaOrder(node, grouped);
}

function columnIds(expr: Expr): readonly number[] {
  if (expr.kind === "column") return [expr.id];
  if (expr.kind === "convert") return columnIds(expr.value);
  return expr.kind === "call" ? expr.args.flatMap(columnIds) : [];
}

/** The keys' names and types come before the values that the data holds. */
function withKeys(rows: Plan, keys: readonly Column[], context: Context): Plan {
  const columns = rows.columns.map(({ name, type }) => context.lowering.column(name, type));
  const fixed: Plan = {
    kind: "rows",
    rows: keys.map(({ name, type }) => [constant("string", name), constant("string", type)]),
    columns,
  };
  const all = rows.columns.map(({ name, type }) => context.lowering.column(name, type));
  const outputs = (plan: Plan) => ({
    plan,
    outputs: new Map(plan.columns.map((column, index) => [all[index]?.id ?? 0, columnExpr(column)])),
  });
  return {
    kind: "union",
    inputs: [outputs(fixed), outputs(rows)].filter(({ plan }) => plan !== fixed || keys.length > 0),
    columns: all,
  };
}

function inSchemaOrder(node: SyntaxNode, plan: Plan): Plan {
  const byName = new Map(plan.columns.map((column) => [column.name, column]));
  return projectPlan(
    plan,
    resultColumns(node).map(({ Name }): Output => {
      const column = byName.get(Name);
      if (column === undefined) throw unsupported(`the column ${Name} of the declared schema`, spanOf(node));
      return { column, expr: columnExpr(column) };
    }),
  );
}

export function lowerBagUnpack(plugin: PluginCall): Plan {
  const { args, input, context, call, node } = plugin;
  const bag = columnArgument(args[0], input, call);
  const option = (index: number, name: string): Expr | undefined => {
    const given =
      args.find((arg) => nodeType(arg) === "SimpleNamedExpression" && source(arg).startsWith(name)) ?? args[index];
    return given === undefined ? undefined : lowerScalar(given, context);
  };
  const text = (expr: Expr | undefined) => (expr?.kind === "constant" ? String(expr.value ?? "") : "");
  const prefix = text(option(1, "OutputColumnPrefix"));
  const conflict = text(option(2, "columnsConflict")) || "error";
  const ignored = option(3, "ignoredProperties");
  const kept = input.columns.filter(({ id }) => id !== bag.id);
  const value = convert(columnExpr(bag), "dynamic");
  if (!hasSchema(plugin)) {
    const fn = scalarFunctions.get("bag_shape");
    if (fn === undefined) throw new Error("bag_shape is not registered");
    const shape: Expr = {
      kind: "call",
      fn,
      args: [value, constant("string", prefix), ignored ?? constant("dynamic", null)],
      type: "dynamic",
      span: spanOf(node),
    };
    throw new ShapeNeeded(bagShape(input, shape, kept, conflict, context), schemaOffset(plugin));
  }
  const byName = new Map(kept.map((column) => [column.name, column]));
  const outputs = resultColumns(node).map(({ Name, Type }): Output => {
    const type = asKustoType(Type.Name, spanOf(node));
    const column = byName.get(Name);
    if (column !== undefined && conflict !== "replace_source") return { column, expr: columnExpr(column) };
    const key = Name.startsWith(prefix) ? Name.slice(prefix.length) : Name;
    const member: Expr = { kind: "path", value, steps: [key], type: "dynamic" };
    return { column: context.lowering.column(Name, type), expr: convert(member, type) };
  });
  return projectPlan(input, outputs);
}

/** One row per key of all bags, in alphabetical order; its type is the common one, else dynamic. */
function bagShape(input: Plan, shape: Expr, kept: readonly Column[], conflict: string, context: Context): Plan {
  const keys = context.lowering.column("keys", "dynamic");
  const gathered: Plan = projectPlan(input, [{ column: keys, expr: shape }]);
  const columns = [context.lowering.column("name", "string"), context.lowering.column("type", "string")];
  return {
    kind: "table-function",
    native: "bag_columns",
    input: gathered,
    passed: [columnExpr(keys)],
    args: [
      constant("dynamic", JSON.stringify(kept.map(({ name, type }) => [name, type satisfies KustoType]))),
      constant("string", conflict),
    ],
    columns,
  };
}
