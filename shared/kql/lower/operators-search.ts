/** `search` and `find`: the same predicate over many tables. */
import { unsupported } from "../diagnostic.js";
import { regexMatches } from "../functions/regex.js";
import { textOperators } from "../functions/operators.js";
import { type ColumnSymbol } from "../kusto.js";
import { constant, type Expr, type Plan } from "../plan.js";
import {
  child,
  children,
  items,
  nodeKind,
  nodeType,
  optionalChild,
  resultColumns,
  simpleName,
  source,
  spanOf,
  symbolType,
  type SyntaxNode,
} from "../syntax.js";
import { type KustoType } from "../types.js";
import { convert, rowOf, withoutRow, type Context } from "./lowering.js";
import { type TabularOperator } from "./operators.js";
import { unionPlan, type UnionPart } from "./operators-join.js";
import { lowerBinaryOf, lowerScalar } from "./scalar.js";
import { filterPlan, projectPlan } from "./step.js";
import { lowerTable, scanTable } from "./table.js";

/** A search term against one text: `x*` is a prefix, `*x` a suffix, `*x*` a substring, `a*b` a pattern of terms. */
function termMatches(text: Expr, term: string, node: SyntaxNode): Expr {
  const inner = term.replace(/^\*|\*$/g, "");
  if (term === "*" || term === "") return constant("bool", true);
  if (inner.includes("*")) {
    const parts = inner.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"));
    return regexMatches(text, `(?is)(?:^|[^\\p{L}\\p{N}])${parts.join(".*")}(?:$|[^\\p{L}\\p{N}])`, spanOf(node));
  }
  const [open, close] = [term.startsWith("*"), term.endsWith("*")];
  const kind =
    open && close
      ? "ContainsExpression"
      : open
        ? "HasSuffixExpression"
        : close
          ? "HasPrefixExpression"
          : "HasExpression";
  const operator = textOperators.get(kind);
  if (operator === undefined) throw new Error(`${kind} is not registered`);
  return { kind: "call", fn: operator.fn, args: [text, constant("string", inner)], type: "bool", span: spanOf(node) };
}

/** The predicate over one table's row. A bare string is a term looked for in every column. */
function lowerPredicate(node: SyntaxNode, context: Context): Expr {
  const type = nodeType(node);
  const kind = nodeKind(node);
  if (type === "ParenthesizedExpression") return lowerPredicate(child(node, "Expression"), context);
  if (type === "StarExpression") return constant("bool", true);
  if (type === "LiteralExpression" || type === "CompoundStringLiteralExpression") {
    const term = lowerScalar(node, context);
    if (term.type !== "string" || term.kind !== "constant") return convert(term, "bool");
    return anyColumn(context, (text) => termMatches(text, String(term.value), node), String(term.value));
  }
  if (type === "BinaryExpression" && (kind === "AndExpression" || kind === "OrExpression")) {
    const operands = [child(node, "Left"), child(node, "Right")].map((part) => lowerPredicate(part, context));
    return { kind: kind === "AndExpression" ? "and" : "or", operands, type: "bool" };
  }
  if (type === "BinaryExpression" && kind === "SearchExpression") {
    const term = lowerScalar(child(node, "Right"), context);
    if (term.kind !== "constant") throw unsupported("a computed search term", spanOf(node));
    const left = child(node, "Left");
    if (nodeType(left) === "StarExpression")
      return anyColumn(context, (text) => termMatches(text, String(term.value), node), String(term.value));
    return termMatches(convert(lowerScalar(left, context), "string"), String(term.value), node);
  }
  if (type === "BinaryExpression" && nodeType(child(node, "Left")) === "StarExpression") {
    const right = lowerScalar(child(node, "Right"), context);
    return anyColumn(context, (text) => lowerBinaryOf(node, kind, text, convert(right, "string")));
  }
  if (type === "FunctionCallExpression" && simpleName(child(node, "Name")) === "not") {
    const [operand] = children(child(node, "ArgumentList"), "Expressions");
    if (operand !== undefined) return { kind: "not", operand: lowerPredicate(operand, context), type: "bool" };
  }
  return convert(lowerScalar(node, context), "bool");
}

/** Characters that the text of a value can have, by type; a column that cannot hold a term is not read for it. */
const charactersOf: Readonly<Partial<Record<KustoType, RegExp>>> = {
  bool: /^[truefals]*$/i,
  int: /^[-0-9]*$/,
  long: /^[-0-9]*$/,
  real: /^[-+.0-9einfaty]*$/i,
  decimal: /^[-+.0-9e]*$/i,
  datetime: /^[-0-9:.tz]*$/i,
  timespan: /^[-0-9:.]*$/,
  guid: /^[-0-9a-f]*$/i,
};

/** @param term what `test` looks for, where it is a term of `search` */
function anyColumn(context: Context, test: (text: Expr) => Expr, term?: string): Expr {
  const letters = term?.replaceAll("*", "");
  const able = [...context.row.values()].filter(({ type }) =>
    letters === undefined ? true : (charactersOf[type]?.test(letters) ?? true),
  );
  const operands = able.map(({ id, type }) => test(convert({ kind: "column", id, type }, "string")));
  return { kind: "or", operands: [...operands, constant("bool", false)], type: "bool" };
}

/** Tables named after `in`, or all tables of the database. */
function searchedTables(node: SyntaxNode, context: Context): readonly UnionPart[] {
  const clause = optionalChild(node, "InClause");
  const outside = withoutRow({ ...context, implicit: undefined });
  if (clause === undefined) {
    return context.lowering
      .allTables()
      .map(({ Name, Columns }) => ({ name: Name, plan: scanTable(Name, items(Columns), undefined, node, context) }));
  }
  return children(clause, "Expressions").flatMap((table, index): readonly UnionPart[] => {
    if (symbolType(table) === "GroupSymbol") {
      const group = table.ReferencedSymbol as unknown as {
        Members: Parameters<typeof items<{ Name: string; Columns: Parameters<typeof items<ColumnSymbol>>[0] }>>[0];
      };
      return items(group.Members).map(({ Name, Columns }) => ({
        name: Name,
        plan: scanTable(Name, items(Columns), undefined, node, context),
      }));
    }
    const name = nodeType(table) === "NameReference" ? simpleName(table) : `union_arg${index}`;
    return [{ name, plan: lowerTable(table, outside) }];
  });
}

function lowerSearch(node: SyntaxNode, input: Plan | undefined, context: Context): Plan {
  const parts = input === undefined ? searchedTables(node, context) : [{ name: "union_arg0", plan: input }];
  if (parts.length === 0) throw unsupported("search without a table", spanOf(node));
  return unionPlan(filtered(parts, child(node, "Condition"), context), resultColumns(node), "$table", context, node);
}

function filtered(parts: readonly UnionPart[], condition: SyntaxNode, context: Context): readonly UnionPart[] {
  return parts.map(({ name, plan }) => {
    const inRow: Context = { ...context, row: rowOf(plan), lenient: true };
    return { name, plan: filterPlan(plan, lowerPredicate(condition, inRow), context.lowering) };
  });
}

function lowerFind(node: SyntaxNode, input: Plan | undefined, context: Context): Plan {
  const parts = input === undefined ? searchedTables(node, context) : [{ name: "union_arg0", plan: input }];
  const symbols = resultColumns(node);
  if (symbols.some(({ Name }) => Name === "pack_"))
    throw unsupported("find without project", spanOf(node), "name the columns: project a, b");
  if (parts.length === 0) throw unsupported(`${source(node).slice(0, 40)} without a table`, spanOf(node));
  const rows = filtered(parts, child(node, "Condition"), context).map(({ name, plan }) => ({
    name,
    plan: projectPlan(
      plan,
      plan.columns.map((column) => ({ column, expr: { kind: "column" as const, id: column.id, type: column.type } })),
    ),
  }));
  return unionPlan(rows, symbols, "source_", context, node);
}

export const searchOperators: readonly TabularOperator[] = [
  { name: "search", node: "SearchOperator", source: "query/search-operator", lower: lowerSearch },
  { name: "find", node: "FindOperator", source: "query/find-operator", lower: lowerFind },
];
