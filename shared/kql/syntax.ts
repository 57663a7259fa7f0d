/** Typed steps through the official tree: children by their documented names, checked as they are read. */
import { loadKusto, type ColumnSymbol, type List, type SyntaxNode } from "./kusto.js";
import { type Span } from "./types.js";

export type { SyntaxNode } from "./kusto.js";

/** Class name of the node, for example `SummarizeOperator`. */
export function nodeType(node: SyntaxNode): string {
  return loadKusto().typeName(node);
}

/** `Kind` of the node by name; the only way to tell binary operators and literals apart. */
export function nodeKind(node: SyntaxNode): string {
  return loadKusto().kindName(node.Kind);
}

function property(node: object, name: string): unknown {
  return (node as Readonly<Record<string, unknown>>)[name];
}

export function optionalChild(node: SyntaxNode, name: string): SyntaxNode | undefined {
  const value = property(node, name);
  return typeof value === "object" && value !== null ? (value as SyntaxNode) : undefined;
}

export function child(node: SyntaxNode, name: string): SyntaxNode {
  const found = optionalChild(node, name);
  if (found === undefined) throw new Error(`the parser's ${nodeType(node)} has no child ${name}`);
  return found;
}

/** Items of a syntax list; those of a comma-separated list are unwrapped. */
export function children(node: SyntaxNode, name: string): readonly SyntaxNode[] {
  const list = property(node, name) as List<SyntaxNode> | null | undefined;
  return list === null || list === undefined ? [] : items(list).map((item) => optionalChild(item, "Element") ?? item);
}

export function items<T>(list: List<T>): readonly T[] {
  return Array.from({ length: list.Count }, (_, index) => list.getItem(index));
}

export function text(node: SyntaxNode, name: string): string {
  const value = property(node, name);
  if (typeof value !== "string") throw new Error(`the parser's ${nodeType(node)} has no text ${name}`);
  return value;
}

/** Text of the token child `name`, or undefined when the token is absent. */
export function tokenText(node: SyntaxNode, name: string): string | undefined {
  const token = optionalChild(node, name);
  return token === undefined ? undefined : text(token, "Text");
}

/** The name of a NameReference or NameDeclaration. */
export function simpleName(node: SyntaxNode): string {
  return text(node, "SimpleName");
}

export function spanOf(node: SyntaxNode): Span {
  return { start: node.TextStart, end: node.TextStart + node.Width };
}

export function source(node: SyntaxNode): string {
  return node.toString().trim();
}

/** Class name of what a name or a call refers to: `ColumnSymbol`, `FunctionSymbol`, … */
export function symbolType(node: SyntaxNode): string | undefined {
  const symbol = node.ReferencedSymbol;
  return symbol === null || symbol === undefined ? undefined : loadKusto().typeName(symbol);
}

/** Columns of the table that an operator or a tabular expression gives. */
export function resultColumns(node: SyntaxNode): readonly ColumnSymbol[] {
  const columns = node.ResultType?.Columns;
  return columns === undefined ? [] : items(columns);
}

export function isTabular(node: SyntaxNode): boolean {
  return node.ResultType?.Columns !== undefined;
}

/** The name that Kusto gives to an unnamed expression; undefined when it numbers it (`Column1`, `print_0`). */
export function resultName(node: SyntaxNode): string | undefined {
  const name = loadKusto().language.Binding.Binder.GetExpressionResultName(node, null, null);
  return name === null || name === "" ? undefined : name;
}

/** All nodes below and including `node`, in source order. */
export function* descendants(node: SyntaxNode): Generator<SyntaxNode> {
  const pending: SyntaxNode[] = [node];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    yield next;
    for (let index = next.ChildCount - 1; index >= 0; index--) {
      const below = next.GetChild(index);
      if (below !== null) pending.push(below);
    }
  }
}

/** Operator parameters (`kind=inner`, `hint.strategy=shuffle`, `withsource=x`) by name. */
export function operatorParameters(node: SyntaxNode, list = "Parameters"): ReadonlyMap<string, SyntaxNode> {
  return new Map(
    children(node, list).map((parameter) => [simpleName(child(parameter, "Name")), child(parameter, "Expression")]),
  );
}

/** The word of a parameter's value: `inner` of `kind=inner`. */
export function parameterWord(value: SyntaxNode | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (nodeType(value) === "LiteralExpression") return tokenText(value, "Token");
  return source(value);
}

/** A pipeline in order: its source, then its operators. In sub-pipelines the source may be an operator. */
export function pipelineOf(node: SyntaxNode): readonly SyntaxNode[] {
  const operators: SyntaxNode[] = [];
  let at = node;
  for (;;) {
    const type = nodeType(at);
    if (type === "PipeExpression") {
      operators.push(child(at, "Operator"));
      at = child(at, "Expression");
    } else if (type === "ParenthesizedExpression") at = child(at, "Expression");
    else return [at, ...operators.reverse()];
  }
}
