/** Calls: user functions are inlined, special forms lowered by hand, everything else comes from the registries. */
import { aggregateFunctions } from "../functions/aggregates.js";
import { type Takes, type WindowFunction } from "../functions/function.js";
import { scalarFunctions } from "../functions/scalars.js";
import { restartGroup, valueChanged, windowFunctions } from "../functions/windows.js";
import { Refused, refused, unsupported } from "../diagnostic.js";
import { constant, type Expr } from "../plan.js";
import { type KustoType } from "../types.js";
import {
  child,
  children,
  isTabular,
  items,
  nodeType,
  optionalChild,
  simpleName,
  spanOf,
  type SyntaxNode,
} from "../syntax.js";
import { Environment, convert, invokedInput, maxCallDepth, type Binding, type Context } from "./lowering.js";
import { ShapeNeeded } from "./shape.js";
import { lowerScalar, typeOfNode } from "./scalar.js";
import { specialForms } from "./special-forms.js";
import { lowerTable } from "./table.js";

export function callName(node: SyntaxNode): string {
  return nodeType(node) === "FunctionCallExpression" ? simpleName(child(node, "Name")) : simpleName(node);
}

export function callArguments(node: SyntaxNode): readonly SyntaxNode[] {
  return nodeType(node) === "FunctionCallExpression" ? children(child(node, "ArgumentList"), "Expressions") : [];
}

export function lowerCall(node: SyntaxNode, context: Context): Expr {
  const name = callName(node);
  const entered = enterFunction(node, context);
  if (entered !== undefined) {
    return inBody(node, entered, () =>
      isTabular(entered.body)
        ? firstCell(node, entered.body, entered.context)
        : lowerScalar(entered.body, entered.context),
    );
  }
  const args = callArguments(node);
  const special = specialForms.get(name);
  if (special !== undefined) return special.lower(node, args, context);
  const aggregate = aggregateFunctions.get(name);
  if (aggregate !== undefined) {
    const lowered = args.map((arg) => lowerScalar(arg, context));
    const condition = aggregate.condition === undefined ? undefined : lowered[aggregate.condition];
    return {
      kind: "aggregate",
      fn: aggregate,
      args: convertAll(
        lowered.filter((_, index) => index !== aggregate.condition),
        aggregate,
      ),
      filter: condition === undefined ? undefined : convert(condition, "bool"),
      type: typeOfNode(node),
      span: spanOf(node),
    };
  }
  const window = windowFunctions.get(name);
  if (window !== undefined)
    return lowerWindow(
      node,
      window,
      args.map((arg) => lowerScalar(arg, context)),
    );
  const fn = scalarFunctions.get(name);
  if (fn === undefined) throw unsupported(`the function ${name}()`, spanOf(child(node, "Name")));
  // a type asks for the result to be converted
  const values = args.filter((arg) => nodeType(arg) !== "TypeOfLiteralExpression");
  const lowered = values.flatMap((arg) =>
    nodeType(arg) === "StarExpression" ? allColumns(context) : [lowerScalar(arg, context)],
  );
  const first = lowered[0];
  const bound = fn.returns === "bound" ? typeOfNode(node) : fn.returns;
  // a type that the binder does not know (open tables) is that of the first argument
  const type =
    node.ResultType?.Name === "unknown" && fn.returns === "bound" && first !== undefined ? first.type : bound;
  const call: Expr = {
    kind: "call",
    fn,
    args: convertAll(lowered, fn),
    type: fn.tuple === true ? "dynamic" : type,
    span: spanOf(node),
  };
  if (values.length < args.length) return convert(call, typeOfNode(node));
  return fn.tuple === true ? convert({ kind: "path", value: call, steps: [0], type: "dynamic" }, type) : call;
}

function allColumns(context: Context): readonly Expr[] {
  return [...context.row.values()].map(({ id, type }): Expr => ({ kind: "column", id, type }));
}

/** Restarts and ranks are windows over windows: `liftNestedWindows` computes the inner ones in a step below. */
function lowerWindow(node: SyntaxNode, fn: WindowFunction, args: readonly Expr[]): Expr {
  const span = spanOf(node);
  const type = typeOfNode(node);
  const window = (row: WindowFunction, parts: readonly Expr[], returns: KustoType): Expr => ({
    kind: "window",
    fn: row,
    args: convertAll(parts, { takes: row.takes, variadic: false }),
    type: returns,
    span,
  });
  const [value, second] = args;
  if (value === undefined) return window(fn, [constant("long", 1n)], type);
  const restart = fn.name === "prev" || fn.name === "next" ? undefined : second;
  const group = restart === undefined ? [] : [window(restartGroup, [convert(restart, "bool")], "long")];
  switch (fn.name) {
    case "row_rank_dense":
      return window(fn, [window(valueChanged, [value], "bool"), ...group], type);
    case "row_rank_min": {
      const number = windowFunctions.get("row_number");
      if (number === undefined) throw new Error("row_number is not registered");
      const counted = window(number, [constant("long", 1n), ...group], "long");
      return window(fn, [window(valueChanged, [value], "bool"), group[0] ?? constant("long", 0n), counted], type);
    }
    case "row_number":
    case "row_cumsum":
      return window(fn, [value, ...group], type);
    default:
      return window(fn, args, type);
  }
}

function convertAll(
  args: readonly Expr[],
  { takes, variadic }: { takes: readonly Takes[]; variadic: boolean },
): readonly Expr[] {
  return args.map((arg, index) => {
    const wanted = takes[index] ?? (variadic ? takes.at(-1) : undefined);
    return wanted === undefined || wanted === "any" ? arg : convert(arg, wanted);
  });
}

function firstCell(node: SyntaxNode, body: SyntaxNode, context: Context): Expr {
  const plan = lowerTable(body, context);
  const first = plan.columns[0];
  if (first === undefined) throw unsupported(`${callName(node)}() as a value`, spanOf(node));
  return { kind: "scalar-query", plan, column: first.id, type: first.type };
}

export interface Entered {
  readonly body: SyntaxNode;
  readonly context: Context;
  /** Where the body's text stands in the caller's; undefined for saved functions, whose text is elsewhere. */
  readonly shift: number | undefined;
}

/** Lowers a body. What is wrong inside is reported at its place in the query, or at the call of a saved function. */
export function inBody<T>(call: SyntaxNode, { context, shift }: Entered, lower: () => T): T {
  const { lowering } = context;
  lowering.callDepth++;
  try {
    return lower();
  } catch (error) {
    if (error instanceof ShapeNeeded && shift !== undefined) throw new ShapeNeeded(error.plan, error.offset + shift);
    if (error instanceof ShapeNeeded) {
      throw unsupported(
        `a plugin whose columns depend on the data, inside ${callName(call)}(),`,
        spanOf(call),
        "declare its columns: evaluate … : (a: long)",
      );
    }
    if (!(error instanceof Refused)) throw error;
    const { start, end } = error.diagnostic.span;
    const span = shift === undefined ? spanOf(call) : { start: start + shift, end: end + shift };
    throw new Refused({ ...error.diagnostic, span });
  } finally {
    lowering.callDepth--;
  }
}

interface FunctionSymbol {
  readonly Signatures: Parameters<
    typeof items<{ readonly Parameters: Parameters<typeof items<DeclaredParameter>>[0] }>
  >[0];
}
interface DeclaredParameter {
  readonly Name: string;
  readonly DefaultValue?: SyntaxNode | null;
}

/** The body of a `let` or stored function, bound for this call, in a scope where its parameters are the arguments. */
export function enterFunction(node: SyntaxNode, context: Context): Entered | undefined {
  const bodyOf = (node as unknown as { GetCalledFunctionBody?: () => SyntaxNode | null }).GetCalledFunctionBody;
  const body = bodyOf?.call(node) ?? undefined;
  if (body === undefined) return undefined;
  if (context.lowering.callDepth >= maxCallDepth) {
    throw refused(
      "VG002",
      `calls of ${callName(node)}() go deeper than ${maxCallDepth}`,
      spanOf(node),
      "does it call itself?",
    );
  }
  const binding = context.env.lookup(callName(node));
  const env = new Environment(binding?.kind === "function" ? binding.env : undefined);
  const parameters =
    binding?.kind === "function"
      ? children(child(binding.node, "Parameters"), "Parameters").map((parameter) => {
          const fallback = optionalChild(parameter, "DefaultValue");
          return {
            name: simpleName(child(child(parameter, "NameAndType"), "Name")),
            fallback: fallback === undefined ? undefined : child(fallback, "Value"),
          };
        })
      : storedParameters(node);
  bindArguments(node, parameters, callArguments(node), context, env);
  const inner: Context = { lowering: context.lowering, env, row: new Map() };
  for (const statement of children(body, "Statements")) bindStatement(statement, inner);
  const expression = optionalChild(body, "Expression");
  if (expression === undefined)
    throw unsupported(`the function ${callName(node)}(), which has no result,`, spanOf(node));
  const declared = binding?.kind === "function" ? optionalChild(binding.node, "Body") : undefined;
  return {
    body: expression,
    context: inner,
    shift: declared === undefined ? undefined : declared.TextStart - body.TextStart,
  };
}

function storedParameters(node: SyntaxNode): readonly { name: string; fallback: SyntaxNode | undefined }[] {
  const symbol = node.ReferencedSymbol as unknown as FunctionSymbol | null;
  const signature = symbol === null ? undefined : items(symbol.Signatures)[0];
  if (signature === undefined) return [];
  return items(signature.Parameters).map(({ Name, DefaultValue }) => ({
    name: Name,
    fallback: DefaultValue ?? undefined,
  }));
}

function bindArguments(
  node: SyntaxNode,
  parameters: readonly { name: string; fallback: SyntaxNode | undefined }[],
  args: readonly SyntaxNode[],
  context: Context,
  env: Environment,
): void {
  const named = new Map<string, SyntaxNode>();
  const isNamed = (arg: SyntaxNode) => nodeType(arg) === "SimpleNamedExpression";
  const writtenNames = new Set(args.filter(isNamed).map((arg) => simpleName(child(arg, "Name"))));
  // the input of `invoke` comes first
  const input = invokedTable(node, context);
  let position = input === undefined ? 0 : 1;
  const first = parameters[0];
  if (input !== undefined && first !== undefined) env.bind(first.name, input);
  // positional arguments go to the parameters that are not named
  const nextName = (): string | undefined => {
    while (writtenNames.has(parameters[position]?.name ?? "")) position++;
    return parameters[position++]?.name;
  };
  for (const arg of args) {
    const name = isNamed(arg) ? simpleName(child(arg, "Name")) : nextName();
    if (name !== undefined) named.set(name, isNamed(arg) ? child(arg, "Expression") : arg);
  }
  for (const { name, fallback } of input === undefined ? parameters : parameters.slice(1)) {
    const arg = named.get(name) ?? fallback;
    if (arg === undefined) throw unsupported(`${callName(node)}() without its argument ${name}`, spanOf(node));
    if (isTabular(arg)) env.bind(name, { kind: "table", lower: () => lowerTable(arg, context) });
    else env.bind(name, { kind: "value", expr: lowerScalar(arg, context) });
  }
}

/** Only the call that stands directly after `invoke` gets its input. */
function invokedTable(node: SyntaxNode, context: Context): Binding | undefined {
  const parent = node.Parent;
  return parent !== null && nodeType(parent) === "InvokeOperator" ? context.env.lookup(invokedInput) : undefined;
}

/** Takes a `let` (or `declare query_parameters`) into the scope. */
export function bindStatement(statement: SyntaxNode, context: Context): void {
  switch (nodeType(statement)) {
    case "LetStatement": {
      const name = simpleName(child(statement, "Name"));
      const value = child(statement, "Expression");
      context.env.bind(name, letBinding(value, context));
      return;
    }
    case "QueryParametersStatement":
      for (const parameter of children(statement, "Parameters")) bindParameter(parameter, context);
      return;
    case "SetOptionStatement": {
      const clause = optionalChild(statement, "ValueClause");
      if (clause !== undefined)
        context.lowering.settings.set(simpleName(child(statement, "Name")), child(clause, "Expression"));
      return;
    }
    case "PatternStatement":
      context.env.bind(simpleName(child(statement, "Name")), { kind: "pattern", node: statement, env: context.env });
      return;
    default:
      throw unsupported(`the statement ${nodeType(statement)}`, spanOf(statement));
  }
}

function letBinding(value: SyntaxNode, context: Context): Binding {
  const type = nodeType(value);
  if (type === "FunctionDeclaration") return { kind: "function", node: value, env: context.env };
  if (type === "ParenthesizedExpression") return letBinding(child(value, "Expression"), context);
  if (type === "MaterializeExpression" && isTabular(value)) {
    return { kind: "table", lower: context.lowering.share(() => lowerTable(child(value, "Expression"), context)) };
  }
  if (isTabular(value)) return { kind: "table", lower: () => lowerTable(value, context) };
  return { kind: "scalar", node: value, env: context.env };
}

function bindParameter(parameter: SyntaxNode, context: Context): void {
  const name = simpleName(child(child(parameter, "NameAndType"), "Name"));
  const given = context.lowering.parameters.get(name);
  const fallback = optionalChild(parameter, "DefaultValue");
  if (given !== undefined) context.env.bind(name, { kind: "value", expr: given });
  else if (fallback !== undefined)
    context.env.bind(name, { kind: "value", expr: lowerScalar(child(fallback, "Value"), context) });
  else throw refused("VG003", `no value was given for the query parameter ${name}`, spanOf(parameter));
}
