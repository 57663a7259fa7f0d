/** The plan to SQL: one CTE per step, explicit column lists, no more columns than the steps above need. */
import { type Column, type KustoType } from "../types.js";
import { type Expr, type Plan, type SortKey } from "../plan.js";
import { carrier, nullOf } from "./carrier.js";
import { emitApply, emitExpand, emitJoin, emitSeries, emitTableFunction, emitUnion } from "./emit-relations.js";
import { emitPredicate, emitScalar, orderBy, orderTerms, type Scope } from "./emit-scalar.js";
import { quoteIdentifier } from "./quote.js";
import { select, type Selected } from "./selection.js";
import { type OrderTerm, type Relation, type Statement } from "./statement.js";
import { columnsOf } from "./used-columns.js";

export const noScope: Scope = { columns: new Map(), order: "", emitPlan };

/** @param needed ids of the plan's columns that are used above; @param outer columns of an enclosing row (`mv-apply`) */
export function emitPlan(plan: Plan, needed: ReadonlySet<number>, statement: Statement, outer: Scope): Relation {
  const emitInput = (input: Plan, ids: ReadonlySet<number>) => emitPlan(input, ids, statement, outer);
  switch (plan.kind) {
    case "single":
      return { from: "(SELECT 1)", columns: new Map(), order: [] };
    case "scan":
      return emitScan(plan, needed, statement);
    case "rows":
      return emitRows(plan, statement, outer);
    case "range":
      return emitRange(plan, statement, outer);
    case "filter": {
      const { relation, tail } = emitFiltered(plan, needed, statement, outer);
      const selected = passed(plan.columns, needed, relation);
      return select(statement, { kind: "where", selected, tail, order: relation.order });
    }
    case "project": {
      const outputs = plan.outputs.filter(({ column }) => needed.has(column.id));
      const relation = emitInput(plan.input, columnsOf(...outputs.map(({ expr }) => expr)));
      const scope = scopeOf(relation, outer);
      const selected = outputs.map(({ column, expr }): Selected => ({
        id: column.id,
        name: column.name,
        sql: emitScalar(expr, scope, statement),
      }));
      return select(statement, { kind: "project", selected, tail: `FROM ${relation.from}`, order: relation.order });
    }
    case "distinct": {
      const all = new Set(plan.columns.map(({ id }) => id));
      const relation = emitInput(plan.input, all);
      return select(statement, {
        kind: "distinct",
        selected: passed(plan.columns, all, relation),
        tail: `FROM ${relation.from}`,
        distinct: "DISTINCT ",
      });
    }
    case "aggregate":
      return emitAggregate(plan, needed, statement, outer);
    case "sort":
      return emitSort(plan, needed, statement, outer);
    case "serialize": {
      const relation = emitInput(plan.input, needed);
      if (relation.order.length > 0 || !statement.needsPositions) return relation;
      return withPosition(statement, relation, plan.columns, needed, "row_number() OVER ()");
    }
    case "take": {
      const relation = emitInput(plan.input, needed);
      const count =
        plan.count.kind === "constant" ? String(plan.count.value) : emitScalar(plan.count, outer, statement);
      return select(statement, {
        kind: "take",
        selected: passed(plan.columns, needed, relation),
        tail: `FROM ${relation.from}${plan.random ? " ORDER BY random()" : orderBy(relation)} LIMIT ${count}`,
        order: plan.random ? [] : relation.order,
      });
    }
    case "best": {
      const keys = plan.keys.map(({ expr }) => expr);
      const relation = emitInput(plan.input, union(needed, columnsOf(...plan.within, ...keys)));
      const scope = scopeOf(relation, outer);
      const within = plan.within.map((expr) => emitScalar(expr, scope, statement));
      const order = plan.keys.flatMap((key) => {
        const sql = emitScalar(key.expr, scope, statement);
        return orderTermsOf(sql, key).map(({ term }) => term(sql));
      });
      const partition = within.length === 0 ? "" : `PARTITION BY ${within.join(", ")} `;
      return select(statement, {
        kind: "best",
        selected: passed(plan.columns, needed, relation),
        tail: `FROM ${relation.from} QUALIFY row_number() OVER (${partition}ORDER BY ${order.join(", ")}) <= ${emitScalar(plan.count, outer, statement)}`,
      });
    }
    case "shared": {
      let relation = statement.shared.get(plan.id);
      if (relation === undefined) {
        const depth = statement.lateralDepth;
        statement.lateralDepth = 0;
        const inner = emitPlan(plan.plan, new Set(plan.plan.columns.map(({ id }) => id)), statement, noScope);
        statement.lateralDepth = depth;
        const from = statement.relation("shared", `SELECT * FROM ${inner.from}${orderBy(inner)}`, true);
        relation = { ...inner, from };
        statement.shared.set(plan.id, relation);
      }
      const { from, columns, order } = relation;
      const pairs = plan.columns.map(({ id }, index): [number, string] => [
        id,
        columns.get(plan.from[index] ?? -1) ?? "NULL",
      ]);
      return { from, columns: new Map(pairs), order };
    }
    case "join":
      return emitJoin(plan, needed, statement, outer);
    case "union":
      return emitUnion(plan, needed, statement, outer);
    case "expand":
      return emitExpand(plan, needed, statement, outer);
    case "apply":
      return emitApply(plan, needed, statement, outer);
    case "series":
      return emitSeries(plan, statement, outer);
    case "table-function":
      return emitTableFunction(plan, statement, outer);
    default:
      throw new Error(`no SQL for ${JSON.stringify(plan satisfies never)}`);
  }
}

export function union(a: ReadonlySet<number>, b: ReadonlySet<number>): ReadonlySet<number> {
  return new Set([...a, ...b]);
}

/** The scope of expressions over one relation. */
export function scopeOf(relation: Relation, outer: Scope): Scope {
  return {
    columns: new Map([...outer.columns, ...relation.columns]),
    order: relation.order.length === 0 ? "" : `ORDER BY ${orderTerms(relation)}`,
    emitPlan,
  };
}

/** Columns that go through a step unchanged. */
export function passed(
  columns: readonly Column[],
  needed: ReadonlySet<number>,
  relation: Relation,
  source = "",
): readonly Selected[] {
  return columns.flatMap(({ id, name }) => {
    const sql = relation.columns.get(id);
    return needed.has(id) && sql !== undefined ? [{ id, name, sql: source + sql }] : [];
  });
}

/** Rows, and the SQL from FROM on that selects from them. */
interface Source {
  readonly relation: Relation;
  readonly tail: string;
}

/**
 * What a filter selects from, and its SQL from FROM on. A scan is filtered where it is read, without a SELECT of its own:
 * each is a projection in the engine, a tenth of the time of a short query.
 */
function emitFiltered(
  plan: Plan & { kind: "filter" },
  needed: ReadonlySet<number>,
  statement: Statement,
  outer: Scope,
): Source {
  const wanted = union(needed, columnsOf(plan.condition));
  const relation =
    plan.input.kind === "scan" ? stored(plan.input, wanted, statement) : emitPlan(plan.input, wanted, statement, outer);
  const condition = emitPredicate(plan.condition, scopeOf(relation, outer), statement);
  return { relation, tail: `FROM ${relation.from} WHERE ${condition}` };
}

function emitScan(plan: Plan & { kind: "scan" }, needed: ReadonlySet<number>, statement: Statement): Relation {
  const relation = stored(plan, needed, statement);
  const selected = passed(plan.columns, needed, relation);
  return select(statement, { kind: "scan", selected, tail: `FROM ${relation.from}` });
}

/** A table with its columns as KQL sees them: a stored string is never null, and stored dynamic values are JSON text. */
function stored(plan: Plan & { kind: "scan" }, needed: ReadonlySet<number>, statement: Statement): Relation {
  const columns = new Map<number, string>();
  for (const [index, { id, name, type }] of plan.columns.entries()) {
    if (!needed.has(id)) continue;
    statement.scanned.add(id);
    const column = quoteIdentifier(plan.stored[index] ?? name);
    if (type === "dynamic") columns.set(id, `kql_stored_dynamic(${column})`);
    else columns.set(id, type === "string" || type === "guid" ? `coalesce(${column}, '')` : column);
  }
  return { from: `read${plan.read}`, columns, order: [] };
}

const position: OrderTerm = { name: '"#position"', term: (name) => name };

function emitRows(plan: Plan & { kind: "rows" }, statement: Statement, outer: Scope): Relation {
  const values = plan.rows.map((row, index) => {
    const cells = row.map((cell) => emitScalar(cell, outer, statement));
    return `(${[...cells, String(index)].join(", ")})`;
  });
  if (values.length === 0) {
    const selected = plan.columns.map(({ id, name, type }) => ({ id, name, sql: nullOf(type) }));
    return select(statement, { kind: "rows", selected, tail: "WHERE false" });
  }
  const names = plan.columns.map((_, index) => `c${index}`);
  return select(statement, {
    kind: "rows",
    selected: plan.columns.map(({ id, name, type }, index) => ({ id, name, sql: `c${index}::${carrier[type]}` })),
    tail: `FROM (VALUES\n${values.join(",\n")}) AS v(${[...names, '"#position"'].join(", ")})`,
    order: statement.needsPositions ? [position] : [],
  });
}

/** Counts the points rather than adding up steps: reals would drift, and DuckDB's `range` leaves out the end. */
function emitRange(plan: Plan & { kind: "range" }, statement: Statement, outer: Scope): Relation {
  const column = plan.columns[0];
  if (column === undefined) throw new Error("a range has one column");
  const [from, to, step] = [plan.from, plan.to, plan.step].map((bound) => emitScalar(bound, outer, statement));
  const ticks = (sql: string | undefined) => (column.type === "datetime" ? `kql_ticks(${sql ?? ""})` : (sql ?? ""));
  const whole =
    column.type === "real"
      ? `floor((${to ?? ""} - ${from ?? ""}) / ${step ?? ""})::BIGINT`
      : `(${ticks(to)} - ${ticks(from)}) // ${step ?? ""}`;
  const count = `(CASE WHEN ${step ?? ""} <> 0 THEN ${whole} END)`;
  const value = `${ticks(from)} + "#position" * ${step ?? ""}`;
  return select(statement, {
    kind: "range",
    selected: [
      {
        id: column.id,
        name: column.name,
        sql: column.type === "datetime" ? `kql_datetime(${value})` : `(${value})::${carrier[column.type]}`,
      },
    ],
    tail: `FROM (SELECT unnest(generate_series(0::BIGINT, ${count})) AS "#position")`,
    order: statement.needsPositions ? [position] : [],
  });
}

const unfiltered = (relation: Relation): Source => ({ relation, tail: `FROM ${relation.from}` });

function emitAggregate(
  plan: Plan & { kind: "aggregate" },
  needed: ReadonlySet<number>,
  statement: Statement,
  outer: Scope,
): Relation {
  const aggregates = plan.aggregates.filter(({ column }) => needed.has(column.id));
  const picks = plan.picks
    .map((pick) => ({ ...pick, outputs: pick.outputs.filter(({ column }) => needed.has(column.id)) }))
    .filter((pick) => pick.outputs.length > 0);
  const used: readonly Expr[] = [
    ...plan.keys.map(({ expr }) => expr),
    ...aggregates.map(({ expr }) => expr),
    ...picks.flatMap(({ by, outputs }) => [...(by === undefined ? [] : [by]), ...outputs.map(({ expr }) => expr)]),
  ];
  const { input } = plan;
  // a filtered table is grouped as it is read
  const { relation, tail } =
    input.kind === "filter" && input.input.kind === "scan"
      ? emitFiltered(input, columnsOf(...used), statement, outer)
      : unfiltered(emitPlan(input, columnsOf(...used), statement, outer));
  const scope = scopeOf(relation, outer);
  const emit = (expr: Expr) => emitScalar(expr, scope, statement);
  const keys = plan.keys.map(({ column, expr }): Selected => ({ id: column.id, name: column.name, sql: emit(expr) }));
  const pickId = (index: number) => -1 - index;
  const selected: readonly Selected[] = [
    ...keys,
    ...aggregates.map(({ column, expr }) => ({ id: column.id, name: column.name, sql: emit(expr) })),
    ...picks.map((pick, index) => {
      const fields = pick.outputs.map(({ expr }, field) => `'f${field}': ${emit(expr)}`);
      const row = `{${fields.join(", ")}}`;
      const by = pick.by === undefined ? undefined : emit(pick.by);
      const best = by === undefined ? "" : `${pick.greatest ? "max_by" : "min_by"}(${row}, ${by})`;
      // max_by gives nothing when every `by` is null; Kusto still gives a row
      return {
        id: pickId(index),
        name: `row${index}`,
        sql: by === undefined ? `any_value(${row})` : `coalesce(${best}, any_value(${row}))`,
      };
    }),
  ];
  // without keys there is one row even if nothing was asked for
  const counted = selected.length === 0 ? [{ id: 0, name: "rows", sql: "count(*)" }] : selected;
  const group = keys.length === 0 ? "" : ` GROUP BY ${keys.map((_, index) => index + 1).join(", ")}`;
  const grouped = select(statement, { kind: "summarize", selected: counted, tail: `${tail}${group}` });
  if (picks.length === 0) return grouped;
  const all = [...plan.keys, ...aggregates].map(({ column }) => column);
  return select(statement, {
    kind: "picked",
    selected: [
      ...passed(all, new Set(all.map(({ id }) => id)), grouped),
      ...picks.flatMap((pick, index) =>
        pick.outputs.map(({ column }, field) => {
          const value = `${grouped.columns.get(pickId(index)) ?? ""}.f${field}`;
          return { id: column.id, name: column.name, sql: column.type === "string" ? `coalesce(${value}, '')` : value };
        }),
      ),
    ],
    tail: `FROM ${grouped.from}`,
  });
}

function emitSort(
  plan: Plan & { kind: "sort" },
  needed: ReadonlySet<number>,
  statement: Statement,
  outer: Scope,
): Relation {
  const relation = emitPlan(
    plan.input,
    union(needed, columnsOf(...plan.keys.map(({ expr }) => expr))),
    statement,
    outer,
  );
  const scope = scopeOf(relation, outer);
  const taken = new Set([...relation.columns.values()].map((name) => name.slice(1, -1).toLowerCase()));
  const order: OrderTerm[] = [];
  const hidden: string[] = [];
  for (const key of plan.keys) {
    let name = emitScalar(key.expr, scope, statement);
    if (key.expr.kind !== "column") {
      const alias = `"key${hidden.length}"`;
      let unique = alias;
      while (taken.has(unique.slice(1, -1))) unique = `"_${unique.slice(1)}`;
      taken.add(unique.slice(1, -1));
      hidden.push(`${name} AS ${unique}`);
      name = unique;
    }
    order.push(...orderTermsOf(name, key));
  }
  const from = hidden.length === 0 ? relation.from : `(SELECT *, ${hidden.join(", ")} FROM ${relation.from})`;
  const keyed: Relation = { from, columns: relation.columns, order };
  if (!statement.needsPositions) return keyed;
  return withPosition(statement, keyed, plan.columns, needed, `row_number() OVER (ORDER BY ${orderTerms(keyed)})`);
}

/** Fixes the order as a number, so that every window function above sees the same one, ties included. */
function withPosition(
  statement: Statement,
  relation: Relation,
  columns: readonly Column[],
  needed: ReadonlySet<number>,
  sql: string,
): Relation {
  return select(statement, {
    kind: "sorted",
    selected: passed(columns, needed, relation),
    tail: `FROM (SELECT *, ${sql} AS "#position" FROM ${relation.from})`,
    order: [position],
  });
}

/** NaN sorts next to null in Kusto, above infinity in DuckDB. */
function orderTermsOf(name: string, { expr, descending, nullsFirst }: SortKey): readonly OrderTerm[] {
  const direction = descending ? "DESC" : "ASC";
  const edge = nullsFirst ? "DESC" : "ASC";
  const floating: KustoType = "real";
  if (expr.type === floating) {
    return [
      {
        name,
        term: (column) =>
          `CASE WHEN isnan(${column}) THEN NULL ELSE ${column} END ${direction} NULLS ${nullsFirst ? "FIRST" : "LAST"}`,
      },
      { name, term: (column) => `${column} IS NULL ${edge}` },
    ];
  }
  return [{ name, term: (column) => `${column} ${direction} NULLS ${nullsFirst ? "FIRST" : "LAST"}` }];
}
