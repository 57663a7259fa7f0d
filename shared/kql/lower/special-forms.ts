/** Calls that mean something to the compiler: branches, the clock, and what depends on the columns of the row. */
import { unsupported } from "../diagnostic.js";
import { scalarFunctions } from "../functions/scalars.js";
import { constant, type Expr } from "../plan.js";
import { isTabular, nodeType, spanOf, type SyntaxNode } from "../syntax.js";
import { type KustoType } from "../types.js";
import { asKustoType, convert, withoutRow, type Context } from "./lowering.js";
import { compare, lowerArithmetic, lowerScalar, typeOfNode } from "./scalar.js";
import { lowerTable } from "./table.js";

export interface SpecialForm {
  readonly name: string;
  readonly lower: (node: SyntaxNode, args: readonly SyntaxNode[], context: Context) => Expr;
  readonly source: string;
}

function form(name: string, lower: SpecialForm["lower"]): SpecialForm {
  return { name, lower, source: `query/${name.replaceAll("_", "-")}-function` };
}

/** One type for branches whose static type the binder left open. */
function branchType(node: SyntaxNode, branches: readonly Expr[]): KustoType {
  const name = node.ResultType?.Name ?? "unknown";
  if (name !== "unknown" && name !== "error") return asKustoType(name, spanOf(node));
  const types = new Set(branches.map(({ type }) => type));
  return types.size === 1 ? (branches[0]?.type ?? "dynamic") : "dynamic";
}

function lowerCase(node: SyntaxNode, args: readonly SyntaxNode[], context: Context): Expr {
  const lowered = args.map((arg) => lowerScalar(arg, context));
  const otherwise = lowered.at(-1);
  if (otherwise === undefined) throw unsupported("case() without arguments", spanOf(node));
  const values = lowered.filter((_, index) => index % 2 === 1 || index === lowered.length - 1);
  const type = branchType(node, values);
  const branches = [];
  for (let index = 0; index + 1 < lowered.length; index += 2) {
    const [when, then] = [lowered[index], lowered[index + 1]];
    if (when !== undefined && then !== undefined)
      branches.push({ when: convert(when, "bool"), then: convert(then, type) });
  }
  return { kind: "case", branches, otherwise: convert(otherwise, type), type };
}

/** Strings are coalesced past empty ones, too. */
function lowerCoalesce(node: SyntaxNode, args: readonly SyntaxNode[], context: Context): Expr {
  const lowered = args.map((arg) => lowerScalar(arg, context));
  const type = branchType(node, lowered);
  const fn = scalarFunctions.get("coalesce");
  if (fn === undefined) throw new Error("coalesce is not registered");
  return { kind: "call", fn, args: lowered.map((arg) => convert(arg, type)), type, span: spanOf(node) };
}

function lowerNot(_node: SyntaxNode, args: readonly SyntaxNode[], context: Context): Expr {
  const [arg] = args;
  if (arg === undefined) throw unsupported("not() without an argument", spanOf(_node));
  return { kind: "not", operand: convert(lowerScalar(arg, context), "bool"), type: "bool" };
}

function lowerNow(_node: SyntaxNode, args: readonly SyntaxNode[], context: Context): Expr {
  const [offset] = args;
  const now = constant("datetime", context.lowering.now);
  return offset === undefined ? now : shifted(now, lowerScalar(offset, context), 1n);
}

function lowerAgo(node: SyntaxNode, args: readonly SyntaxNode[], context: Context): Expr {
  const [span] = args;
  if (span === undefined) throw unsupported("ago() without an argument", spanOf(node));
  return shifted(constant("datetime", context.lowering.now), lowerScalar(span, context), -1n);
}

function shifted(now: Expr & { kind: "constant" }, span: Expr, sign: bigint): Expr {
  if (span.kind === "constant" && typeof span.value === "bigint") {
    return constant("datetime", (now.value as bigint) + sign * span.value);
  }
  const fn = scalarFunctions.get("datetime_shift");
  if (fn === undefined) throw new Error("datetime_shift is not registered");
  return {
    kind: "call",
    fn,
    args: [now, convert(span, "timespan"), constant("long", sign)],
    type: "datetime",
    span: { start: 0, end: 0 },
  };
}

function lowerColumnIfExists(node: SyntaxNode, args: readonly SyntaxNode[], context: Context): Expr {
  const [nameNode, fallback] = args;
  if (nameNode === undefined || fallback === undefined)
    throw unsupported("column_ifexists() without a default", spanOf(node));
  const name = nodeType(nameNode) === "NameReference" ? undefined : lowerScalar(nameNode, context);
  if (name?.kind === "constant" && typeof name.value === "string") {
    const column = context.row.get(name.value);
    if (column !== undefined) return { kind: "column", id: column.id, type: column.type };
  } else if (name === undefined) return lowerScalar(nameNode, context);
  return lowerScalar(fallback, context);
}

function bag(node: SyntaxNode, pairs: readonly (readonly [string, Expr])[], native = "bag_pack"): Expr {
  const fn = scalarFunctions.get(native);
  if (fn === undefined) throw new Error(`${native} is not registered`);
  const args = pairs.flatMap(([name, value]) => [
    convert(constant("string", name), "dynamic"),
    convert(value, "dynamic"),
  ]);
  return { kind: "call", fn, args, type: "dynamic", span: spanOf(node) };
}

function lowerPackAll(node: SyntaxNode, args: readonly SyntaxNode[], context: Context): Expr {
  const ignoreNull = args[0] === undefined ? undefined : lowerScalar(args[0], context);
  const pairs = [...context.row.values()].map(({ id, name, type }): [string, Expr] => [
    name,
    { kind: "column", id, type },
  ]);
  return bag(
    node,
    pairs,
    ignoreNull?.kind === "constant" && ignoreNull.value === true ? "pack_all_nonnull" : "bag_pack",
  );
}

function lowerBagPackColumns(node: SyntaxNode, args: readonly SyntaxNode[], context: Context): Expr {
  const pairs = args.map((arg): [string, Expr] => [
    arg
      .toString()
      .trim()
      .replace(/^\[['"](.*)['"]\]$/, "$1"),
    lowerScalar(arg, context),
  ]);
  return bag(node, pairs);
}

function lowerToScalar(node: SyntaxNode, args: readonly SyntaxNode[], context: Context): Expr {
  const [arg] = args;
  if (arg === undefined || !isTabular(arg)) throw unsupported("toscalar() of something that is no table", spanOf(node));
  const plan = lowerTable(arg, withoutRow(context));
  const first = plan.columns[0];
  if (first === undefined) throw unsupported("toscalar() of a table without columns", spanOf(node));
  return { kind: "scalar-query", plan, column: first.id, type: first.type };
}

/** Rows carry no ingestion time of their own; a table that stores one does so in `_TimeReceived`. */
function lowerIngestionTime(_node: SyntaxNode, _args: readonly SyntaxNode[], context: Context): Expr {
  const stored = context.row.get("$IngestionTime") ?? context.row.get("_TimeReceived");
  if (stored?.type === "datetime") return { kind: "column", id: stored.id, type: "datetime" };
  const generated = context.row.get("TimeGenerated");
  if (generated?.type === "datetime") return { kind: "column", id: generated.id, type: "datetime" };
  return constant("datetime", null);
}

/** The text of an argument is its name in a message; its value, when it is constant, is folded by the caller. */
function lowerAssert(node: SyntaxNode, args: readonly SyntaxNode[], context: Context): Expr {
  const [condition, message] = args;
  if (condition === undefined || message === undefined) throw unsupported("assert() without a message", spanOf(node));
  const fn = scalarFunctions.get("assert");
  if (fn === undefined) throw new Error("assert is not registered");
  return {
    kind: "call",
    fn,
    args: [convert(lowerScalar(condition, context), "bool"), convert(lowerScalar(message, context), "string")],
    type: "bool",
    span: spanOf(node),
  };
}

/** A type as last argument converts what was found; without one it is text. */
function lowerExtract(node: SyntaxNode, args: readonly SyntaxNode[], context: Context): Expr {
  const fn = scalarFunctions.get("extract");
  if (fn === undefined) throw new Error("extract is not registered");
  const lowered = args
    .filter((arg) => nodeType(arg) !== "TypeOfLiteralExpression")
    .map((arg) => lowerScalar(arg, context));
  const [regex, group, text] = lowered;
  if (regex === undefined || group === undefined || text === undefined)
    throw unsupported("extract() of fewer than three arguments", spanOf(node));
  const call: Expr = {
    kind: "call",
    fn,
    args: [convert(regex, "string"), group, convert(text, "string")],
    type: "string",
    span: spanOf(node),
  };
  return convert(call, typeOfNode(node));
}

function lowerColumnNames(node: SyntaxNode, args: readonly SyntaxNode[], context: Context): Expr {
  const [table] = args;
  const names =
    table === undefined || !isTabular(table)
      ? [...context.row.keys()]
      : lowerTable(table, withoutRow(context)).columns.map(({ name }) => name);
  return { ...constant("dynamic", JSON.stringify(names)), type: typeOfNode(node) };
}

function lowerAround(node: SyntaxNode, args: readonly SyntaxNode[], context: Context): Expr {
  const [value, center, delta] = args.map((arg) => lowerScalar(arg, context));
  if (value === undefined || center === undefined || delta === undefined)
    throw unsupported("around() of fewer than three arguments", spanOf(node));
  const bound = (operator: "+" | "-") => lowerArithmetic(node, operator, center, delta);
  return { kind: "and", operands: [compare(">=", value, bound("-")), compare("<=", value, bound("+"))], type: "bool" };
}

/** `bin_auto(x)`: size and origin come from `set query_bin_auto_size` and `set query_bin_auto_at`. */
function lowerBinAuto(node: SyntaxNode, args: readonly SyntaxNode[], context: Context): Expr {
  const [arg] = args;
  const setting = (name: string) => {
    const value = context.lowering.settings.get(name);
    return value === undefined ? undefined : lowerScalar(value, withoutRow(context));
  };
  const [size, at] = [setting("query_bin_auto_size"), setting("query_bin_auto_at")];
  if (arg === undefined || size === undefined)
    throw unsupported("bin_auto() without a size", spanOf(node), "begin the query with: set query_bin_auto_size=1h;");
  const fn = scalarFunctions.get("bin_at");
  if (fn === undefined) throw new Error("bin_at is not registered");
  const value = lowerScalar(arg, context);
  const origin = at ?? constant(value.type === "datetime" ? "datetime" : size.type, value.type === "real" ? 0 : 0n);
  return { kind: "call", fn, args: [value, size, origin], type: typeOfNode(node), span: spanOf(node) };
}

function lowerTypeless(node: SyntaxNode): Expr {
  return constant(typeOfNode(node), null);
}

const forms: readonly SpecialForm[] = [
  form("case", lowerCase),
  form("iff", lowerCase),
  form("iif", lowerCase),
  form("coalesce", lowerCoalesce),
  form("not", lowerNot),
  form("now", lowerNow),
  form("ago", lowerAgo),
  form("column_ifexists", lowerColumnIfExists),
  form("columnifexists", lowerColumnIfExists),
  form("pack_all", lowerPackAll),
  form("bag_pack_columns", lowerBagPackColumns),
  form("toscalar", lowerToScalar),
  form("ingestion_time", lowerIngestionTime),
  form("assert", lowerAssert),
  form("extract", lowerExtract),
  form("column_names_of", lowerColumnNames),
  form("around", lowerAround),
  form("bin_auto", lowerBinAuto),
  form("cursor_current", lowerTypeless),
  form("current_cursor", lowerTypeless),
];

export const specialForms: ReadonlyMap<string, SpecialForm> = new Map(forms.map((row) => [row.name, row]));
