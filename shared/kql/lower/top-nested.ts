/** `top-nested`: per level the best values within each value of the level above, joined together. */
import { unsupported } from "../diagnostic.js";
import { type Column } from "../types.js";
import { type Expr, type Plan } from "../plan.js";
import {
  child,
  children,
  nodeType,
  optionalChild,
  resultColumns,
  spanOf,
  tokenText,
  type SyntaxNode,
} from "../syntax.js";
import { asKustoType, convert, rowOf, type Context } from "./lowering.js";
import { countOf } from "./projection.js";
import { lowerScalar } from "./scalar.js";

interface Level {
  readonly clause: SyntaxNode;
  readonly value: SyntaxNode;
}

export function lowerTopNested(node: SyntaxNode, input: Plan, context: Context): Plan {
  const shared = context.lowering.share(() => input);
  const symbols = resultColumns(node);
  const levels = children(node, "Clauses").map((clause): Level => ({
    clause,
    value: stripName(child(clause, "OfExpression")),
  }));
  let joined: Plan | undefined;
  let keys: readonly Column[] = [];
  for (const [depth, level] of levels.entries()) {
    const columns = symbols
      .slice(depth * 2, depth * 2 + 2)
      .map(({ Name, Type }) => ({ name: Name, type: asKustoType(Type.Name, spanOf(node)) }));
    const found = lowerLevel(levels.slice(0, depth + 1), shared(), columns, context);
    if (joined === undefined) joined = found.plan;
    else {
      const on = keys.map((left, index) => {
        const right = found.keys[index];
        if (right === undefined) throw new Error("a level has fewer keys than the one above");
        return { left: columnOf(left), right: columnOf(right) };
      });
      joined = {
        kind: "join",
        join: "inner",
        left: joined,
        right: found.plan,
        on,
        columns: [...joined.columns, ...found.plan.columns.slice(-2)],
      };
    }
    keys = [...keys, ...found.keys.slice(-1)];
    if (optionalChild(level.clause, "WithOthersClause") !== undefined)
      throw unsupported("top-nested … with others", spanOf(level.clause));
  }
  if (joined === undefined) throw unsupported("top-nested without a level", spanOf(node));
  return joined;
}

function columnOf(column: Column): Expr {
  return { kind: "column", id: column.id, type: column.type };
}

function stripName(node: SyntaxNode): SyntaxNode {
  return nodeType(node) === "SimpleNamedExpression" ? child(node, "Expression") : node;
}

function lowerLevel(
  levels: readonly Level[],
  input: Plan,
  named: readonly { readonly name: string; readonly type: Column["type"] }[],
  context: Context,
): { readonly plan: Plan; readonly keys: readonly Column[] } {
  const inRow: Context = { ...context, row: rowOf(input) };
  const last = levels.at(-1);
  const [valueName, aggregateName] = named;
  if (last === undefined || valueName === undefined || aggregateName === undefined)
    throw new Error("a level has two columns");
  const keys = levels.map(({ value }, index) => {
    const expr = lowerScalar(value, inRow);
    return {
      column: context.lowering.column(index === levels.length - 1 ? valueName.name : `key${index}`, expr.type),
      expr,
    };
  });
  const by = child(last.clause, "ByExpression");
  const ordered = nodeType(by) === "OrderedExpression";
  const descending = !ordered || tokenText(child(by, "Ordering"), "AscOrDescKeyword") !== "asc";
  const aggregate = lowerScalar(stripName(ordered ? child(by, "Expression") : by), inRow);
  const rank = context.lowering.column(aggregateName.name, aggregateName.type);
  const grouped: Plan = {
    kind: "aggregate",
    input,
    keys,
    aggregates: [{ column: rank, expr: convert(aggregate, aggregateName.type) }],
    picks: [],
    columns: [...keys.map(({ column }) => column), rank],
  };
  const countNode = optionalChild(last.clause, "Expression");
  const plan: Plan =
    countNode === undefined
      ? grouped
      : {
          kind: "best",
          input: grouped,
          within: keys.slice(0, -1).map(({ column }) => columnOf(column)),
          keys: [{ expr: columnOf(rank), descending, nullsFirst: false }],
          count: countOf(countNode, context),
          columns: grouped.columns,
        };
  return { plan, keys: keys.map(({ column }) => column) };
}
