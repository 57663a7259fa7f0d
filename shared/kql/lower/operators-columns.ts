/** Operators that choose, compute, rename or move columns. */
import { type Output, type Plan } from "../plan.js";
import { child, children, nodeType, resultColumns, simpleName, type SyntaxNode } from "../syntax.js";
import { type Context } from "./lowering.js";
import { type TabularOperator } from "./operators.js";
import { lowerExtend, lowerItems } from "./projection.js";
import { projectPlan, step } from "./step.js";

/** The binder has resolved names, wildcards and order: take its columns by name. */
function lowerSelection(node: SyntaxNode, input: Plan): Plan {
  const byName = new Map(input.columns.map((column) => [column.name, column]));
  const outputs = resultColumns(node).map(({ Name }): Output => {
    const column = byName.get(Name);
    if (column === undefined) throw new Error(`${nodeType(node)} keeps an unknown column ${Name}`);
    return { column, expr: { kind: "column", id: column.id, type: column.type } };
  });
  return projectPlan(input, outputs);
}

/** Positions are kept, so old and new columns pair up one by one. */
function lowerRename(node: SyntaxNode, input: Plan): Plan {
  const renames = new Map<string, string>();
  for (const item of children(node, "Expressions")) {
    if (nodeType(item) !== "SimpleNamedExpression") continue;
    renames.set(simpleName(child(item, "Expression")), simpleName(child(item, "Name")));
  }
  const outputs = input.columns.map((column): Output => ({
    column: { ...column, name: renames.get(column.name) ?? column.name },
    expr: { kind: "column", id: column.id, type: column.type },
  }));
  return projectPlan(input, outputs);
}

function lowerProject(node: SyntaxNode, input: Plan, context: Context): Plan {
  return projectPlan(
    input,
    lowerItems(children(node, "Expressions"), resultColumns(node), new Map(), context),
    context.lowering,
  );
}

function lowerExtendOperator(node: SyntaxNode, input: Plan, context: Context): Plan {
  return projectPlan(
    input,
    lowerExtend(children(node, "Expressions"), resultColumns(node), input.columns, context),
    context.lowering,
  );
}

export const columnOperators: readonly TabularOperator[] = [
  step("project", "ProjectOperator", lowerProject),
  step("extend", "ExtendOperator", lowerExtendOperator),
  step("project-away", "ProjectAwayOperator", lowerSelection),
  step("project-keep", "ProjectKeepOperator", lowerSelection),
  step("project-reorder", "ProjectReorderOperator", lowerSelection),
  step("project-by-names", "ProjectByNamesOperator", lowerSelection),
  step("project-rename", "ProjectRenameOperator", lowerRename),
];
