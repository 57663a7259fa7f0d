/** Plan steps with several inputs or outputs per row: join, union, mv-expand, mv-apply, make-series, plugins. */
import { type Expr, type Plan } from "../plan.js";
import { type Column, type KustoType } from "../types.js";
import { carrier, convertSql } from "./carrier.js";
import { emitPlan, passed, scopeOf, union } from "./emit-plan.js";
import { emitScalar, type Scope } from "./emit-scalar.js";
import { select, type Selected } from "./selection.js";
import { type Relation, type Statement } from "./statement.js";
import { collectPlanColumns, columnsOf } from "./used-columns.js";

const joinWords = {
  innerunique: "JOIN",
  inner: "JOIN",
  leftouter: "LEFT JOIN",
  rightouter: "RIGHT JOIN",
  fullouter: "FULL JOIN",
  leftsemi: "SEMI JOIN",
  leftanti: "ANTI JOIN",
} as const;

export function emitJoin(
  plan: Plan & { kind: "join" },
  needed: ReadonlySet<number>,
  statement: Statement,
  outer: Scope,
): Relation {
  const wanted = union(needed, plan.condition === undefined ? new Set() : columnsOf(plan.condition));
  const left = emitPlan(plan.left, union(wanted, columnsOf(...plan.on.map((pair) => pair.left))), statement, outer);
  const right = emitPlan(plan.right, union(wanted, columnsOf(...plan.on.map((pair) => pair.right))), statement, outer);
  const side = (relation: Relation, alias: string): Scope => ({
    ...outer,
    columns: new Map([
      ...outer.columns,
      ...[...relation.columns].map(([id, name]): [number, string] => [id, `${alias}.${name}`]),
    ]),
  });
  const leftScope = side(left, "l");
  const rightScope = side(right, "r");
  const conditions = plan.on.map(
    ({ left: a, right: b }) => `${emitScalar(a, leftScope, statement)} = ${emitScalar(b, rightScope, statement)}`,
  );
  if (plan.condition !== undefined) {
    const both: Scope = { ...outer, columns: new Map([...leftScope.columns, ...rightScope.columns]) };
    conditions.push(emitScalar(plan.condition, both, statement));
  }
  // the default kind keeps one row per key of the left side
  const leftKeys = plan.on.map((pair) => emitScalar(pair.left, side(left, "u"), statement));
  const leftFrom =
    plan.join === "innerunique" ? `(SELECT DISTINCT ON (${leftKeys.join(", ")}) * FROM ${left.from} AS u)` : left.from;
  const semi = plan.join === "leftsemi" || plan.join === "leftanti";
  const cell = (column: Column, relation: Relation, alias: string, mayMiss: boolean): Selected[] => {
    const name = relation.columns.get(column.id);
    if (!needed.has(column.id) || name === undefined) return [];
    const value = `${alias}.${name}`;
    // an unmatched string cell is empty, not null
    return [
      { id: column.id, name: column.name, sql: mayMiss && column.type === "string" ? `coalesce(${value}, '')` : value },
    ];
  };
  const leftMisses = plan.join === "rightouter" || plan.join === "fullouter";
  const rightMisses = plan.join === "leftouter" || plan.join === "fullouter";
  return select(statement, {
    kind: "join",
    selected: [
      ...plan.left.columns.flatMap((column) => cell(column, left, "l", leftMisses)),
      ...(semi ? [] : plan.right.columns.flatMap((column) => cell(column, right, "r", rightMisses))),
    ],
    tail: `FROM ${leftFrom} AS l ${joinWords[plan.join]} ${right.from} AS r ON ${conditions.join(" AND ") || "true"}`,
  });
}

export function emitUnion(
  plan: Plan & { kind: "union" },
  needed: ReadonlySet<number>,
  statement: Statement,
  outer: Scope,
): Relation {
  const wanted = plan.columns.filter(({ id }) => needed.has(id));
  const places = new Map(wanted.map((column, at) => [column.id, { at, type: column.type }]));
  const supplied = new Set<number>();
  // the engine nests CTEs, too, and stops at a thousand
  const nest = plan.inputs.length > maxUnionWidth;
  if (nest) statement.lateralDepth++;
  const selects = plan.inputs.map(({ plan: input, outputs }) => {
    const present = [...outputs].flatMap(([id, expr]) => {
      const place = places.get(id);
      if (place === undefined) return [];
      supplied.add(id);
      return [{ expr, ...place }];
    });
    const relation = emitPlan(input, columnsOf(...present.map(({ expr }) => expr)), statement, outer);
    const scope = scopeOf(relation, outer);
    const cells = present.map(
      ({ expr, at, type }) => `${emitScalar(expr, scope, statement)}::${carrier[type]} AS c${at}`,
    );
    // only what the part has: a search over a thousand tables would otherwise be mostly nulls
    return `SELECT ${cells.length === 0 ? "1 AS nothing" : cells.join(", ")} FROM ${relation.from}`;
  });
  if (nest) statement.lateralDepth--;
  const lacking = wanted.filter(({ id }) => !supplied.has(id)).map(({ name }) => name);
  if (lacking.length > 0) throw new Error(`no part of the union has ${lacking.join(", ")}`);
  const selected = wanted.map((column, at) => ({
    id: column.id,
    name: column.name,
    sql: column.type === "string" ? `coalesce(c${at}, '')` : `c${at}`,
  }));
  return select(statement, { kind: "union", selected, tail: `FROM (\n${unionAll(selects)})` });
}

/** SELECTs in one UNION ALL; the engine nests them, and refuses expressions deeper than a thousand. */
const maxUnionWidth = 60;

function unionAll(selects: readonly string[]): string {
  if (selects.length <= maxUnionWidth) return selects.join("\nUNION ALL BY NAME\n");
  const groups: string[] = [];
  for (let start = 0; start < selects.length; start += maxUnionWidth) {
    groups.push(`SELECT * FROM (\n${selects.slice(start, start + maxUnionWidth).join("\nUNION ALL BY NAME\n")})`);
  }
  return unionAll(groups);
}

/** Several columns are expanded in step; DuckDB pads the shorter lists with NULL, and a row whose lists are all empty goes. */
export function emitExpand(
  plan: Plan & { kind: "expand" },
  needed: ReadonlySet<number>,
  statement: Statement,
  outer: Scope,
): Relation {
  const used = columnsOf(...plan.expansions.map(({ value }) => value));
  const relation = emitPlan(plan.input, union(needed, used), statement, outer);
  const scope = scopeOf(relation, outer);
  const limit = plan.limit === undefined ? undefined : emitScalar(plan.limit, scope, statement);
  const macro = plan.arrays ? "kql_expand_array" : "kql_expand";
  const lists = plan.expansions.map(({ value }) => {
    const list = `${macro}(${emitScalar(value, scope, statement)})`;
    return limit === undefined ? list : `list_slice(${list}, 1, ${limit})`;
  });
  const expanded: Selected[] = plan.expansions.map(({ element }, index) => ({
    id: element.id,
    name: element.name,
    sql: `unnest("#list${index}")`,
  }));
  const longest = `greatest(${lists.map((_, index) => `len("#list${index}")`).join(", ")})`;
  if (plan.index !== undefined) {
    expanded.push({ id: plan.index.id, name: plan.index.name, sql: `unnest(range(${longest}))` });
  }
  const listed = lists.map((list, index) => `${list} AS "#list${index}"`);
  const ordered = relation.order.length > 0 || statement.needsPositions;
  const inner = `(SELECT *, ${listed.join(", ")} FROM ${relation.from})`;
  const result = select(statement, {
    kind: "expand",
    selected: [
      ...passed(plan.columns, needed, relation),
      ...expanded,
      ...(ordered ? [{ id: -1, name: "item", sql: `unnest(range(${longest}))` }] : []),
    ],
    tail: `FROM ${inner}`,
    order: relation.order,
  });
  const item = result.columns.get(-1);
  return item === undefined ? result : { ...result, order: [...result.order, { name: item, term: (name) => name }] };
}

export function emitApply(
  plan: Plan & { kind: "apply" },
  needed: ReadonlySet<number>,
  statement: Statement,
  outer: Scope,
): Relation {
  const inBody = new Set(plan.body.columns.map(({ id }) => id));
  const used = new Set<number>(needed);
  collectPlanColumns(plan.body, used);
  const input = emitPlan(plan.input, used, statement, outer);
  const alias = `outer${++statement.applied}`;
  const rowScope: Scope = {
    ...outer,
    columns: new Map([
      ...outer.columns,
      ...[...input.columns].map(([id, name]): [number, string] => [id, `${alias}.${name}`]),
    ]),
  };
  statement.lateralDepth++;
  const body = emitPlan(plan.body, new Set([...inBody].filter((id) => needed.has(id))), statement, rowScope);
  statement.lateralDepth--;
  return select(statement, {
    kind: "apply",
    selected: [
      ...passed(
        plan.columns.filter(({ id }) => !inBody.has(id)),
        needed,
        input,
        `${alias}.`,
      ),
      ...passed(plan.body.columns, needed, body, "body."),
    ],
    tail: `FROM ${input.from} AS ${alias}, LATERAL (SELECT * FROM ${body.from}) AS body`,
    order: input.order,
    orderSource: `${alias}.`,
  });
}

/** Rows as JSON arrays into a function in TypeScript, its JSON rows back out as columns. */
export function emitTableFunction(
  plan: Plan & { kind: "table-function" },
  statement: Statement,
  outer: Scope,
): Relation {
  const relation = emitPlan(plan.input, columnsOf(...plan.passed), statement, outer);
  const scope = scopeOf(relation, outer);
  const cells = plan.passed.map((expr) => convertSql(emitScalar(expr, scope, statement), expr.type, "dynamic"));
  const order = scope.order === "" ? "" : ` ${scope.order}`;
  const rows = `coalesce(to_json(list(json_array(${cells.join(", ")})${order})), '[]'::JSON)`;
  const args = plan.args.map((arg) => convertSql(emitScalar(arg, outer, statement), arg.type, "dynamic"));
  const call = statement.native(plan.native, rows, `json_array(${args.join(", ")})`);
  const result = `SELECT ${call}::JSON AS result FROM ${relation.from}`;
  return select(statement, {
    kind: "plugin",
    selected: plan.columns.map(({ id, name, type }, index) => ({
      id,
      name,
      sql: fromJson(`kql_member(r, '$[${index}]')`, type),
    })),
    tail: `FROM (SELECT unnest(kql_elements(result)) AS r FROM (${result}))`,
  });
}

function fromJson(sql: string, type: KustoType): string {
  return convertSql(sql, "dynamic", type);
}

/** Axis × groups, left-joined with the aggregates of each bucket, gathered into arrays. */
export function emitSeries(plan: Plan & { kind: "series" }, statement: Statement, outer: Scope): Relation {
  const exprs: readonly Expr[] = [...plan.keys, plan.axis, ...plan.aggregates].map(({ expr }) => expr);
  const relation = emitPlan(plan.input, columnsOf(...exprs), statement, outer);
  const scope = scopeOf(relation, outer);
  const emit = (expr: Expr) => emitScalar(expr, scope, statement);
  const number = (sql: string, type: KustoType) => (type === "datetime" ? `kql_ticks(${sql})` : sql);
  const bound = (expr: Expr | undefined) =>
    expr === undefined ? undefined : number(emitScalar(expr, outer, statement), expr.type);
  const axisType = plan.axis.expr.type;
  const axis = number(emit(plan.axis.expr), axisType);
  const step = emitScalar(plan.step, outer, statement);
  const [from, to] = [bound(plan.from), bound(plan.to)];
  const divide =
    axisType === "real" ? (a: string) => `floor((${a}) / ${step})::BIGINT` : (a: string) => `(${a}) // ${step}`;
  const aligned = (sql: string) => (axisType === "real" ? `kql_bin_real(${sql}, ${step})` : `kql_bin(${sql}, ${step})`);
  const points = statement.relation(
    "points",
    `SELECT *, ${axis} AS "#at" FROM ${relation.from} WHERE ${axis} IS NOT NULL`,
  );
  const low = from ?? `(SELECT min(${aligned('"#at"')}) FROM ${points})`;
  const last = to === undefined ? `(SELECT ${divide(`max("#at") - ${low}`)} + 1 FROM ${points})` : undefined;
  const whole =
    to === undefined
      ? (last ?? "")
      : plan.inclusive
        ? `${divide(`${to} - ${low}`)} + 1`
        : `${divide(`${to} - ${low} - 1`)} + 1`;
  const size =
    axisType === "real" && to !== undefined && !plan.inclusive ? `ceil((${to} - ${low}) / ${step})::BIGINT` : whole;
  const bounds = statement.relation("bounds", `SELECT ${low} AS "#low", greatest(0, ${size}) AS "#size"`, true);
  const keyNames = plan.keys.map((_, index) => `k${index}`);
  const keys = plan.keys.map(({ expr }, index) => `${emit(expr)} AS k${index}`);
  const values = plan.aggregates.map(({ expr }, index) => `${emit(expr)} AS v${index}`);
  const bucket = divide('"#at" - "#low"');
  const groupBy = [...keyNames.map((_, index) => index + 1), keyNames.length + 1].join(", ");
  const buckets = statement.relation(
    "buckets",
    `SELECT ${[...keys, `${bucket} AS i`, ...values].join(", ")} FROM ${points} AS p, ${bounds} AS b WHERE "#at" >= "#low" AND ${bucket} < "#size" GROUP BY ${groupBy}`,
    true,
  );
  const groups =
    keyNames.length === 0
      ? plan.nonempty
        ? "(SELECT 1)"
        : `(SELECT 1 FROM ${buckets} LIMIT 1)`
      : `(SELECT DISTINCT ${keyNames.join(", ")} FROM ${buckets})`;
  const on = [...keyNames.map((name) => `g.${name} IS NOT DISTINCT FROM x.${name}`), "x.i = a.i"].join(" AND ");
  const at = `"#low" + a.i * ${step}`;
  const axisValue = axisType === "datetime" ? `kql_datetime(${at})` : at;
  const cells = plan.aggregates.map(({ expr, whenMissing }, index) => {
    const filled = `CASE WHEN x.i IS NULL THEN ${emit(whenMissing)} ELSE x.v${index} END`;
    return `to_json(list(${convertSql(filled, expr.type, "dynamic")} ORDER BY a.i)) AS v${index}`;
  });
  const gathered = [
    ...keyNames.map((name) => `g.${name} AS ${name}`),
    ...cells,
    `to_json(list(${convertSql(axisValue, axisType, "dynamic")} ORDER BY a.i)) AS "axis"`,
  ];
  const group =
    keyNames.length === 0 ? " HAVING count(*) > 0" : ` GROUP BY ${keyNames.map((name) => `g.${name}`).join(", ")}`;
  const sources = `${groups} AS g CROSS JOIN ${bounds} AS b CROSS JOIN LATERAL (SELECT unnest(range("#size")) AS i) AS a LEFT JOIN ${buckets} AS x ON ${on}`;
  return select(statement, {
    kind: "series",
    selected: [
      ...plan.keys.map(({ column }, index) => ({ id: column.id, name: column.name, sql: `k${index}` })),
      ...plan.aggregates.map(({ column }, index) => ({ id: column.id, name: column.name, sql: `v${index}` })),
      { id: plan.axis.column.id, name: plan.axis.column.name, sql: '"axis"' },
    ],
    tail: `FROM (SELECT ${gathered.join(", ")} FROM ${sources}${group})`,
  });
}
