/** Tabular expressions: names, pipelines, calls that give tables. */
import { refused, unsupported } from "../diagnostic.js";
import { type ColumnSymbol } from "../kusto.js";
import { constant, type Expr, type Plan } from "../plan.js";
import {
  child,
  children,
  items,
  nodeType,
  optionalChild,
  simpleName,
  source,
  spanOf,
  symbolType,
  type SyntaxNode,
} from "../syntax.js";
import { bindStatement, callArguments, callName, enterFunction, inBody } from "./calls.js";
import { Environment, asKustoType, convert, type Binding, type Context } from "./lowering.js";
import { operators } from "./operators.js";
import { lowerScalar } from "./scalar.js";
import { freshColumns, lowerDataTable } from "./sources.js";

/** Calls that choose where a table is; the argument is the workspace's name. */
const scopeFunctions = new Set(["workspace", "app", "resource", "adx", "database", "cluster"]);

export function lowerTable(node: SyntaxNode, context: Context): Plan {
  const type = nodeType(node);
  const operator = operators.get(type);
  if (operator !== undefined) return operator.lower(node, context.implicit, context);
  switch (type) {
    case "PipeExpression": {
      const input = lowerTable(child(node, "Expression"), context);
      const step = child(node, "Operator");
      const found = operators.get(nodeType(step));
      if (found === undefined) throw unsupported(`the operator ${source(step).split(/\s/, 1)[0] ?? ""}`, spanOf(step));
      return found.lower(step, input, context);
    }
    case "ParenthesizedExpression":
      return lowerTable(child(node, "Expression"), context);
    case "MaterializeExpression":
      return context.lowering.share(() => lowerTable(child(node, "Expression"), context))();
    case "ToTableExpression":
      return lowerTable(child(node, "Expression"), context);
    case "NameReference":
      return lowerTableName(node, context);
    case "FunctionCallExpression":
      return lowerTableCall(node, context);
    case "PathExpression":
      return lowerTablePath(node, context);
    case "DataTableExpression":
      return lowerDataTable(node, context);
    case "ExternalDataExpression":
      return lowerExternalData(node, context);
    case "DataScopeExpression":
      return lowerTable(child(node, "Expression"), context);
    default:
      throw unsupported(`the table expression ${source(node).slice(0, 60)} (${type})`, spanOf(node));
  }
}

function lowerTableName(node: SyntaxNode, context: Context): Plan {
  const name = simpleName(node);
  const kind = symbolType(node);
  if (kind === "FunctionSymbol") return lowerTableCall(node, context);
  const binding = context.env.lookup(name);
  if (binding !== undefined && kind !== "TableSymbol") {
    if (binding.kind === "table") return binding.lower();
    if (binding.kind === "function") return lowerTableCall(node, context);
    throw unsupported(`the value ${name} as a table`, spanOf(node));
  }
  if (kind === "TableSymbol") return scanOf(node, undefined, context);
  throw unsupported(`the name ${name} as a table`, spanOf(node));
}

export function scanOf(node: SyntaxNode, workspace: string | undefined, context: Context): Plan {
  const symbol = node.ReferencedSymbol as unknown as {
    Name: string;
    Columns: Parameters<typeof items<ColumnSymbol>>[0];
  };
  return scanTable(symbol.Name, items(symbol.Columns), workspace, node, context);
}

export function scanTable(
  table: string,
  symbols: readonly ColumnSymbol[],
  workspace: string | undefined,
  node: SyntaxNode,
  context: Context,
): Plan {
  const columns = symbols.map(({ Name, Type }) => context.lowering.column(Name, asKustoType(Type.Name, spanOf(node))));
  const read = context.lowering.read(table, workspace, columns, spanOf(node));
  return { kind: "scan", read, stored: columns.map(({ name }) => name), columns };
}

function lowerTableCall(node: SyntaxNode, context: Context): Plan {
  const entered = enterFunction(node, context);
  const name = callName(node);
  if (entered !== undefined) {
    return inBody(node, entered, () => lowerTable(entered.body, entered.context));
  }
  if (name === "table") {
    const symbol = node.ResultType as unknown as {
      Name: string;
      Columns: Parameters<typeof items<ColumnSymbol>>[0];
    } | null;
    const [arg] = callArguments(node);
    const named = arg === undefined ? undefined : lowerScalar(arg, context);
    if (named?.kind === "constant" && typeof named.value === "string" && symbol !== null) {
      const binding = context.env.lookup(named.value);
      if (binding?.kind === "table") return binding.lower();
      return scanTable(named.value, items(symbol.Columns), undefined, node, context);
    }
  }
  if (name === "_GetWatchlist") return lowerWatchlist(node, context);
  throw unsupported(`${name}() as a table`, spanOf(node));
}

/** A watchlist is a table that the caller keeps under the list's alias. */
function lowerWatchlist(node: SyntaxNode, context: Context): Plan {
  const [arg] = callArguments(node);
  const alias = arg === undefined ? undefined : lowerScalar(arg, context);
  if (alias?.kind !== "constant" || typeof alias.value !== "string")
    throw unsupported("_GetWatchlist() of a computed alias", spanOf(node));
  const columns = freshColumns(node, context);
  const read = context.lowering.readWatchlist(alias.value, columns, spanOf(node));
  return { kind: "scan", read, stored: columns.map(({ name: column }) => column), columns };
}

/** `workspace("x").T`, `database("b").T`. */
function lowerTablePath(node: SyntaxNode, context: Context): Plan {
  const place = child(node, "Expression");
  const selector = child(node, "Selector");
  const call = nodeType(place) === "PathExpression" ? child(place, "Selector") : place;
  if (nodeType(call) === "FunctionCallExpression") {
    const binding = context.env.lookup(callName(call));
    if (binding?.kind === "pattern") return lowerPatternCall(call, selector, binding, context);
  }
  if (nodeType(call) !== "FunctionCallExpression" || !scopeFunctions.has(callName(call))) {
    throw unsupported(`the table expression ${source(node).slice(0, 60)}`, spanOf(node));
  }
  const [arg] = callArguments(call);
  const name = arg === undefined ? undefined : convert(lowerScalar(arg, context), "string");
  if (name?.kind !== "constant" || typeof name.value !== "string") {
    throw unsupported(`${callName(call)}() of a computed name`, spanOf(call), "write the name as a string");
  }
  if (symbolType(selector) !== "TableSymbol") return lowerTable(selector, context);
  return scanOf(selector, name.value, context);
}

/** `declare pattern`: the body whose values the call names, in a scope where the parameters are those values. */
function lowerPatternCall(
  call: SyntaxNode,
  path: SyntaxNode | undefined,
  { node, env }: Extract<Binding, { kind: "pattern" }>,
  context: Context,
): Plan {
  const declaration = child(node, "Pattern");
  const given = callArguments(call).map((arg) => lowerScalar(arg, context));
  const selected = path === undefined ? undefined : constant("string", patternPath(path));
  const valueOf = (expr: Expr) => (expr.kind === "constant" ? expr.value : undefined);
  const found = children(declaration, "Patterns").find((pattern) => {
    const values = children(child(pattern, "ParameterValues"), "Expressions").map((value) =>
      lowerScalar(value, context),
    );
    const pathValue = optionalChild(pattern, "PathValue");
    const wanted = pathValue === undefined ? undefined : lowerScalar(child(pathValue, "Value"), context);
    return (
      values.length === given.length &&
      values.every((value, index) => valueOf(value) === valueOf(given[index] ?? value)) &&
      (wanted === undefined ? undefined : valueOf(wanted)) === selected?.value
    );
  });
  if (found === undefined)
    throw refused("VG003", `the pattern ${callName(call)} has no such values`, spanOf(call), "see its declaration");
  const scope = new Environment(env);
  for (const [index, parameter] of children(declaration, "Parameters").entries()) {
    const value = given[index];
    if (value !== undefined) scope.bind(simpleName(child(parameter, "Name")), { kind: "value", expr: value });
  }
  const pathParameter = optionalChild(declaration, "PathParameter");
  if (pathParameter !== undefined && selected !== undefined)
    scope.bind(simpleName(child(child(pathParameter, "Parameter"), "Name")), { kind: "value", expr: selected });
  const inner: Context = { lowering: context.lowering, env: scope, row: new Map() };
  const body = child(found, "Body");
  for (const statement of children(body, "Statements")) bindStatement(statement, inner);
  return lowerTable(child(body, "Expression"), inner);
}

/** The name after the dot: `.Alberta` or `.["New York"]`. */
function patternPath(selector: SyntaxNode): string {
  if (nodeType(selector) === "NameReference") return simpleName(selector);
  return source(selector).replace(/^\[\s*["'](.*)["']\s*\]$/s, "$1");
}

/** External data is never fetched: its address is the name of a read that the caller maps to a table, or refuses. */
function lowerExternalData(node: SyntaxNode, context: Context): Plan {
  const symbols = node.ResultType?.Columns;
  const uris = (node as unknown as { URIs: Parameters<typeof items<SyntaxNode>>[0] }).URIs;
  const first = items(uris)[0];
  const uriNode = first === undefined ? undefined : child(first, "Element");
  const uri = uriNode === undefined ? undefined : lowerScalar(uriNode, context);
  if (uri?.kind !== "constant" || typeof uri.value !== "string" || symbols === undefined) {
    throw unsupported("externaldata without a constant address", spanOf(node));
  }
  const columns = items(symbols).map(({ Name, Type }) =>
    context.lowering.column(Name, asKustoType(Type.Name, spanOf(node))),
  );
  const read = context.lowering.readExternal(uri.value, columns, spanOf(node));
  return { kind: "scan", read, stored: columns.map(({ name }) => name), columns };
}
