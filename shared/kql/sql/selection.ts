/** One SELECT: its columns get safe names, and the order of its input travels along. */
import { safeName } from "./quote.js";
import { type OrderTerm, type Relation, type Statement } from "./statement.js";

export interface Selected {
  readonly id: number;
  /** What the user calls it; only a hint for the SQL name. */
  readonly name: string;
  readonly sql: string;
}

export interface SelectionShape {
  readonly kind: string;
  readonly selected: readonly Selected[];
  /** From FROM on. */
  readonly tail: string;
  /** Terms in the names of what is selected from; carried along as hidden columns. */
  readonly order?: readonly OrderTerm[];
  /** Put before the names of `order` in this SELECT, where there are several sources. */
  readonly orderSource?: string;
  readonly distinct?: string;
}

/** Writes the SELECT and makes it a relation of the statement. */
export function select(statement: Statement, shape: SelectionShape): Relation {
  const taken = new Set<string>();
  const columns = new Map<number, string>();
  const list: string[] = [];
  const bySql = new Map<string, string>();
  for (const { id, name, sql } of shape.selected) {
    const sqlName = safeName(name, taken);
    columns.set(id, sqlName);
    list.push(sql === sqlName ? sql : `${sql} AS ${sqlName}`);
    bySql.set(sql, sqlName);
  }
  const order = (shape.order ?? []).map((term): OrderTerm => {
    const sql = (shape.orderSource ?? "") + term.name;
    let name = bySql.get(sql);
    if (name === undefined) {
      name = safeName(term.name.slice(1, -1), taken);
      list.push(`${sql} AS ${name}`);
      bySql.set(sql, name);
    }
    return { ...term, name };
  });
  if (list.length === 0) list.push('1 AS "_"');
  const sql = `SELECT ${shape.distinct ?? ""}${list.join(", ")}\n${shape.tail}`;
  return { from: statement.relation(shape.kind, sql), columns, order };
}
