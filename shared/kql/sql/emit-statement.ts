/** A whole plan to one statement. */
import { type Plan } from "../plan.js";
import { emitPlan, noScope } from "./emit-plan.js";
import { orderBy } from "./emit-scalar.js";
import { safeName } from "./quote.js";
import { Statement } from "./statement.js";
import { someExpression } from "./used-columns.js";

export interface Emitted {
  readonly sql: string;
  readonly parameters: readonly string[];
  /** Ids of the columns that the SQL reads from tables. */
  readonly scanned: ReadonlySet<number>;
}

export function emitStatement(plan: Plan): Emitted {
  const statement = new Statement(someExpression(plan, ({ kind }) => kind === "window"));
  const relation = emitPlan(plan, new Set(plan.columns.map(({ id }) => id)), statement, noScope);
  const taken = new Set<string>();
  const list = plan.columns.map(({ id, name }) => {
    const sql = relation.columns.get(id) ?? "NULL";
    const as = safeName(name, taken);
    return sql === as ? sql : `${sql} AS ${as}`;
  });
  const ctes = statement.ctes.length === 0 ? "" : `WITH ${statement.ctes.join(",\n")}\n`;
  const sql = `${ctes}SELECT ${list.length === 0 ? "NULL" : list.join(", ")}\nFROM ${relation.from}${orderBy(relation)}`;
  return { ...statement.numbered(sql), scanned: statement.scanned };
}
