/** Scalar expressions of the official tree to typed expressions. */
import { unsupported } from "../diagnostic.js";
import { arithmetic, membership, textOperators } from "../functions/operators.js";
import { constant, type ComparisonOperator, type Constant, type Expr } from "../plan.js";
import {
  child,
  children,
  isTabular,
  nodeKind,
  nodeType,
  simpleName,
  source,
  spanOf,
  symbolType,
  tokenText,
  type SyntaxNode,
} from "../syntax.js";
import { type KustoType } from "../types.js";
import { lowerCall } from "./calls.js";
import { lowerDynamic, lowerLiteral } from "./literals.js";
import { loadKusto } from "../kusto.js";
import { asKustoType, convert, withoutRow, type Context } from "./lowering.js";
import { lowerTable } from "./table.js";

export function typeOfNode(node: SyntaxNode): KustoType {
  return asKustoType(node.ResultType?.Name ?? "unknown", spanOf(node));
}

export function lowerScalar(node: SyntaxNode, context: Context): Expr {
  switch (nodeType(node)) {
    case "LiteralExpression":
    case "CompoundStringLiteralExpression":
      return lowerLiteral(node);
    case "DynamicExpression":
      return lowerDynamic(node);
    case "ParenthesizedExpression":
      return lowerScalar(child(node, "Expression"), context);
    case "NameReference":
      return lowerName(node, context);
    case "BinaryExpression":
      return lowerBinary(node, context);
    case "PrefixUnaryExpression":
      return lowerUnary(node, context);
    case "InExpression":
      return lowerIn(node, context);
    case "HasAnyExpression":
    case "HasAllExpression":
      return lowerIn(node, context);
    case "BetweenExpression":
      return lowerBetween(node, context);
    case "FunctionCallExpression":
      return lowerCall(node, context);
    case "PathExpression":
    case "ElementExpression":
      return lowerPath(node, context);
    case "ToScalarExpression":
      return lowerToScalar(node, context);
    case "SimpleNamedExpression":
      return lowerScalar(child(node, "Expression"), context);
    case "StarExpression":
      throw unsupported("* here", spanOf(node), "name the columns, or use search");
    default:
      throw unsupported(`the expression ${source(node).slice(0, 60)} (${nodeType(node)})`, spanOf(node));
  }
}

function lowerName(node: SyntaxNode, context: Context): Expr {
  const name = simpleName(node);
  const kind = symbolType(node);
  if (kind === "VariableSymbol" || kind === "ParameterSymbol") return lowerVariable(node, name, context);
  if (kind === "FunctionSymbol") return lowerCall(node, context);
  const column = context.row.get(name);
  if (column !== undefined) return { kind: "column", id: column.id, type: column.type };
  if (context.env.lookup(name) !== undefined) return lowerVariable(node, name, context);
  if (context.lenient === true) return constant(typeOfNode(node), typeOfNode(node) === "string" ? "" : null);
  throw unsupported(`the name ${name} here`, spanOf(node), `it refers to ${kind ?? "nothing known"}`);
}

function lowerVariable(node: SyntaxNode, name: string, context: Context): Expr {
  const binding = context.env.lookup(name);
  if (binding === undefined) {
    const parameter = context.lowering.parameters.get(name);
    if (parameter !== undefined) return parameter;
    throw unsupported(`the name ${name} here`, spanOf(node));
  }
  switch (binding.kind) {
    case "value":
      return binding.expr;
    case "scalar":
      return lowerScalar(binding.node, { ...withoutRow(context), env: binding.env });
    case "table": {
      const plan = binding.lower();
      const first = plan.columns[0];
      if (first === undefined) throw unsupported(`the table ${name} as a value`, spanOf(node));
      return { kind: "scalar-query", plan, column: first.id, type: first.type };
    }
    case "function":
      return lowerCall(node, context);
    case "pattern":
      throw unsupported(`the pattern ${name} as a value`, spanOf(node));
    default:
      throw new Error(`no value for ${JSON.stringify(binding satisfies never)}`);
  }
}

function lowerToScalar(node: SyntaxNode, context: Context): Expr {
  const inner = child(node, "Expression");
  if (!isTabular(inner)) return lowerScalar(inner, context);
  const plan = lowerTable(inner, withoutRow(context));
  const first = plan.columns[0];
  if (first === undefined) throw unsupported("toscalar() of a table without columns", spanOf(node));
  return { kind: "scalar-query", plan, column: first.id, type: first.type };
}

const comparisons: Readonly<Record<string, ComparisonOperator>> = {
  EqualExpression: "==",
  NotEqualExpression: "!=",
  LessThanExpression: "<",
  LessThanOrEqualExpression: "<=",
  GreaterThanExpression: ">",
  GreaterThanOrEqualExpression: ">=",
};
const arithmeticKinds: Readonly<Record<string, "+" | "-" | "*" | "/" | "%">> = {
  AddExpression: "+",
  SubtractExpression: "-",
  MultiplyExpression: "*",
  DivideExpression: "/",
  ModuloExpression: "%",
};

function lowerBinary(node: SyntaxNode, context: Context): Expr {
  const kind = nodeKind(node);
  if (kind === "AndExpression" || kind === "OrExpression") {
    const operands = chain(node, kind).map((operand) => convert(lowerScalar(operand, context), "bool"));
    return { kind: kind === "AndExpression" ? "and" : "or", operands, type: "bool" };
  }
  const leftNode = child(node, "Left");
  if (nodeType(leftNode) === "StarExpression") return lowerStar(node, kind, context);
  const left = lowerScalar(leftNode, context);
  const right = lowerScalar(child(node, "Right"), context);
  return lowerBinaryOf(node, kind, left, right);
}

/** The operands of a long `a or b or c`, without recursion: such chains have thousands of links in real queries. */
function chain(node: SyntaxNode, kind: string): readonly SyntaxNode[] {
  const operands: SyntaxNode[] = [];
  let at = node;
  while (nodeType(at) === "BinaryExpression" && nodeKind(at) === kind) {
    operands.push(child(at, "Right"));
    at = child(at, "Left");
  }
  return [at, ...operands.reverse()];
}

export function lowerBinaryOf(node: SyntaxNode, kind: string, left: Expr, right: Expr): Expr {
  const comparison = comparisons[kind];
  if (comparison !== undefined) return compare(comparison, left, right);
  const operator = arithmeticKinds[kind];
  if (operator !== undefined) return lowerArithmetic(node, operator, left, right);
  const text = textOperators.get(kind);
  if (text === undefined) throw unsupported(`the operator ${tokenText(node, "Operator") ?? kind}`, spanOf(node));
  const call: Expr = {
    kind: "call",
    fn: text.fn,
    args: [convert(left, "string"), convert(right, "string")],
    type: "bool",
    span: spanOf(node),
  };
  return text.negated ? { kind: "not", operand: call, type: "bool" } : call;
}

/** `* has "x"`: some column does. */
function lowerStar(node: SyntaxNode, kind: string, context: Context): Expr {
  const right = lowerScalar(child(node, "Right"), context);
  const operands = [...context.row.values()].map((column) =>
    lowerBinaryOf(
      node,
      kind,
      convert({ kind: "column", id: column.id, type: column.type }, "string"),
      convert(right, "string"),
    ),
  );
  return { kind: "or", operands, type: "bool" };
}

const numeric: readonly KustoType[] = ["int", "long", "real", "decimal"];

/** Brings two sides of a comparison to one type: a dynamic side takes the other's, text compared with a number is read as one. */
const greatestInt = 2_147_483_647n;

function isSmall(expr: Expr): boolean {
  if (expr.kind !== "constant") return expr.type === "int";
  const { value } = expr;
  return typeof value === "bigint" && expr.type !== "timespan" && value <= greatestInt && value >= -greatestInt;
}

export function compare(operator: ComparisonOperator, left: Expr, right: Expr): Expr {
  const [a, b] = [left.type, right.type];
  const both = (type: KustoType): Expr => ({
    kind: "compare",
    operator,
    left: convert(left, type),
    right: convert(right, type),
    type: "bool",
  });
  if (a === b) return a === "dynamic" ? both("string") : both(a);
  if (a === "dynamic" || b === "dynamic") {
    const other = a === "dynamic" ? b : a;
    return both(other === "int" || other === "long" ? "real" : other);
  }
  if (numeric.includes(a) && numeric.includes(b)) {
    if (a === "decimal" || b === "decimal") return both("decimal");
    // a column is compared as it is stored, so that the engine can skip blocks by their least and greatest
    if (isSmall(left) && isSmall(right)) return both("int");
    return both(a === "real" || b === "real" ? "real" : "long");
  }
  if (a === "guid" || b === "guid") return both("guid");
  if (a === "string" || b === "string") {
    const other = a === "string" ? b : a;
    return both(other === "int" ? "long" : other);
  }
  return both(numeric.includes(a) ? a : numeric.includes(b) ? b : a);
}

export function lowerArithmetic(
  node: SyntaxNode,
  operator: "+" | "-" | "*" | "/" | "%",
  left: Expr,
  right: Expr,
): Expr {
  const found = arithmetic(operator, left.type, right.type);
  if (found === undefined) throw unsupported(`${operator} between ${left.type} and ${right.type}`, spanOf(node));
  const args = [convert(left, found.left), convert(right, found.right)];
  const folded = fold(operator, args, found.type);
  if (folded !== undefined) return folded;
  return { kind: "call", fn: found.fn, args, type: found.type, span: spanOf(node) };
}

/** Dates and spans that are known when compiling, so that time ranges can prune files. */
function fold(operator: string, [left, right]: readonly Expr[], type: KustoType): Constant | undefined {
  if (left?.kind !== "constant" || right?.kind !== "constant") return undefined;
  const [a, b] = [left.value, right.value];
  if (typeof a === "bigint" && typeof b === "bigint" && (type === "datetime" || type === "timespan")) {
    if (operator === "+") return constant(type, a + b);
    if (operator === "-") return constant(type, a - b);
    if (operator === "*") return constant(type, a * b);
    if (operator === "/" && b !== 0n) return constant(type, a / b);
  }
  return undefined;
}

function lowerUnary(node: SyntaxNode, context: Context): Expr {
  const operand = lowerScalar(child(node, "Expression"), context);
  if (nodeKind(node) === "UnaryPlusExpression") return operand;
  if (operand.kind === "constant" && (typeof operand.value === "bigint" || typeof operand.value === "number")) {
    return { ...operand, value: -operand.value };
  }
  if (operand.kind === "constant" && operand.type === "decimal" && typeof operand.value === "string") {
    return { ...operand, value: `-${operand.value}` };
  }
  const zero = constant(
    operand.type === "timespan" ? "timespan" : operand.type === "real" ? "real" : "long",
    operand.type === "real" ? 0 : 0n,
  );
  return lowerArithmetic(node, "-", zero, operand);
}

function lowerBetween(node: SyntaxNode, context: Context): Expr {
  const value = lowerScalar(child(node, "Left"), context);
  const bounds = child(node, "Right");
  const first = lowerScalar(child(bounds, "First"), context);
  let second = lowerScalar(child(bounds, "Second"), context);
  // between (start .. 1d): the end is start + 1d
  if (first.type === "datetime" && second.type === "timespan") second = lowerArithmetic(node, "+", first, second);
  const within: Expr = {
    kind: "and",
    operands: [compare(">=", value, first), compare("<=", value, second)],
    type: "bool",
  };
  return nodeKind(node) === "NotBetweenExpression" ? { kind: "not", operand: within, type: "bool" } : within;
}

/** `in`, `in~`, `has_any`, `has_all` and their negations. The Kind names of the `in` family are crossed; the text is not. */
function lowerIn(node: SyntaxNode, context: Context): Expr {
  const word = (tokenText(node, "Operator") ?? "").toLowerCase();
  const negated = word.startsWith("!");
  const operator = membership(negated ? word.slice(1) : word);
  if (operator === undefined) throw unsupported(`the operator ${word}`, spanOf(node));
  const leftNode = child(node, "Left");
  const lefts =
    nodeType(leftNode) === "StarExpression"
      ? [...context.row.values()].map((column): Expr =>
          convert({ kind: "column", id: column.id, type: column.type }, "string"),
        )
      : [lowerScalar(leftNode, context)];
  const items = children(child(node, "Right"), "Expressions");
  const tests = lefts.map((left) => lowerMembership(node, operator, left, items, context));
  const test: Expr =
    tests.length === 1 && tests[0] !== undefined ? tests[0] : { kind: "or", operands: tests, type: "bool" };
  return negated ? { kind: "not", operand: test, type: "bool" } : test;
}

function lowerMembership(
  node: SyntaxNode,
  operator: NonNullable<ReturnType<typeof membership>>,
  left: Expr,
  items: readonly SyntaxNode[],
  context: Context,
): Expr {
  const only = items.length === 1 ? items[0] : undefined;
  const type: KustoType = operator.text || left.type === "dynamic" ? "string" : left.type;
  const value = convert(left, type);
  if (only !== undefined && isTabular(only)) {
    const plan =
      context.lenient === true
        ? context.lowering.shareList(only, context.env, () =>
            lowerTable(only, withoutRow({ ...context, lenient: undefined })),
          )
        : lowerTable(only, withoutRow(context));
    const first = plan.columns[0];
    if (first === undefined) throw unsupported("a table without columns in a list", spanOf(only));
    const element = convert({ kind: "column", id: first.id, type: first.type }, type);
    return { kind: "in-query", value, plan, element, operator: operator.name, type: "bool" };
  }
  const lowered = items.flatMap((item) => constantElements(lowerScalar(item, context)));
  if (lowered.length === 1 && lowered[0]?.type === "dynamic") {
    return {
      kind: "call",
      fn: operator.inArray,
      args: [convert(value, "string"), lowered[0]],
      type: "bool",
      span: spanOf(node),
    };
  }
  const args = [value, ...lowered.map((item) => convert(item, type))];
  return { kind: "call", fn: operator.inList, args, type: "bool", span: spanOf(node) };
}

/** A constant dynamic array counts as its elements. */
function constantElements(expr: Expr): readonly Expr[] {
  if (expr.kind !== "constant" || expr.type !== "dynamic" || typeof expr.value !== "string") return [expr];
  if (!expr.value.startsWith("[")) return [expr];
  const elements = JSON.parse(expr.value) as readonly unknown[];
  return elements.flatMap((element): readonly Expr[] => {
    if (typeof element === "string") return [constant("string", element)];
    if (typeof element === "number")
      return Number.isSafeInteger(element) ? [constant("long", BigInt(element))] : [constant("real", element)];
    if (typeof element === "boolean") return [constant("bool", element)];
    return element === null ? [] : [constant("dynamic", JSON.stringify(element))];
  });
}

function lowerPath(node: SyntaxNode, context: Context): Expr {
  const base = child(node, "Expression");
  const selector = child(node, "Selector");
  if (context.sides !== undefined && nodeType(base) === "NameReference") {
    const side = simpleName(base);
    if (side === "$left" || side === "$right") {
      const column = (side === "$left" ? context.sides.left : context.sides.right).get(simpleName(selector));
      if (column === undefined) throw unsupported(`the column ${source(node)}`, spanOf(node));
      return { kind: "column", id: column.id, type: column.type };
    }
  }
  const scalarBase = lowerScalar(base, context);
  // the elements of a tuple are its values: array_sort_asc(a, b)[1]
  const value = tupleSize(base) > 1 ? (tupleCall(scalarBase) ?? scalarBase) : convert(scalarBase, "dynamic");
  const step = lowerStep(selector, context);
  if (value.kind === "path") return { ...value, steps: [...value.steps, step] };
  return { kind: "path", value, steps: [step], type: "dynamic" };
}

/** The call behind the first element of a tuple, which is what `lowerCall` gives. */
export function tupleCall(value: Expr): Expr | undefined {
  let at = value;
  while (at.kind === "convert" || at.kind === "path") at = at.value;
  return at.kind === "call" && at.fn.tuple === true ? at : undefined;
}

function tupleSize(node: SyntaxNode): number {
  const raw = node.RawResultType;
  if (raw === undefined || raw === null || loadKusto().typeName(raw) !== "TupleSymbol") return 0;
  return raw.Columns?.Count ?? 0;
}

function lowerStep(selector: SyntaxNode, context: Context): string | number | Expr {
  switch (nodeType(selector)) {
    case "NameReference":
      return simpleName(selector);
    case "BracketedExpression":
      return lowerStep(child(selector, "Expression"), context);
    default: {
      const key = lowerScalar(selector, context);
      if (key.kind !== "constant") return key;
      if (typeof key.value === "bigint") return Number(key.value);
      return String(key.value);
    }
  }
}

/** A time or a span as a number: what native functions count in. */
export const lowerTicks = (node: SyntaxNode, type: "datetime" | "timespan", context: Context): Expr =>
  convert(convert(lowerScalar(node, context), type), "long");
