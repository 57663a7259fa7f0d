/** Short ways to write rows of the operator registry. */
import { columnExpr, mapParts, type Expr, type Output, type Plan } from "../plan.js";
import { directParts, hasWindow } from "../sql/used-columns.js";
import { type SyntaxNode } from "../syntax.js";
import { keep, withRow, type Context, type Lowering } from "./lowering.js";
import { type TabularOperator } from "./operators.js";

/** An operator that has an input; its context sees the input's columns. */
export function step(
  name: string,
  node: string,
  lower: (node: SyntaxNode, input: Plan, context: Context) => Plan,
): TabularOperator {
  return {
    name,
    node,
    source: `query/${name}-operator`,
    lower(syntax, input, context) {
      if (input === undefined) throw new Error(`${name} has no input`);
      return lower(syntax, input, withRow(context, input));
    },
  };
}

/** A projection; windows over windows become steps below it, since SQL does not nest them. */
export function projectPlan(input: Plan, outputs: readonly Output[], lowering?: Lowering): Plan {
  let below = input;
  const plain = outputs.map(({ column, expr }): Output => {
    if (lowering === undefined || !nested(expr)) return { column, expr };
    const lifted = liftNestedWindows(below, expr, lowering);
    below = lifted.input;
    return { column, expr: lifted.expr };
  });
  return { kind: "project", input: below, outputs: plain, columns: outputs.map(({ column }) => column) };
}

function nested(expr: Expr): boolean {
  const parts = directParts(expr);
  return (expr.kind === "window" && parts.some(hasWindow)) || parts.some(nested);
}

/** Computes the windows inside the arguments of windows as columns of `input`. */
function liftNestedWindows(input: Plan, expr: Expr, lowering: Lowering): { readonly input: Plan; readonly expr: Expr } {
  let below = input;
  const lift = (part: Expr, inside: boolean): Expr => {
    if (part.kind === "window" && inside) {
      const inner = lift({ ...part }, false);
      const column = lowering.column(part.fn.name, part.type);
      below = projectPlan(below, [...keep(below.columns), { column, expr: inner }], lowering);
      return columnExpr(column);
    }
    return mapParts(part, (arg) => lift(arg, inside || part.kind === "window"));
  };
  const lifted = lift(expr, false);
  return { input: below, expr: lifted };
}

/** SQL has no window functions in WHERE: they become columns below, which nothing above sees. */
export function hoistWindows(
  input: Plan,
  expr: Expr,
  lowering: Lowering,
): { readonly input: Plan; readonly expr: Expr } {
  if (!hasWindow(expr)) return { input, expr };
  const column = lowering.column("condition", expr.type);
  const outputs = [...keep(input.columns), { column, expr }];
  return { input: projectPlan(input, outputs, lowering), expr: { kind: "column", id: column.id, type: expr.type } };
}

export function filterPlan(input: Plan, condition: Expr, lowering: Lowering): Plan {
  const hoisted = hoistWindows(input, condition, lowering);
  return { kind: "filter", input: hoisted.input, condition: hoisted.expr, columns: input.columns };
}
