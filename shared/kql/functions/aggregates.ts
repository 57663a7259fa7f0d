/** Aggregates, with what they give for no input (measured by duckdb-kql against the Kusto emulator; reference kql.md 3.7). */
import { type KustoType } from "../types.js";
import { convertSql } from "../sql/carrier.js";
import { registry } from "./define.js";
import { type AggregateCall, type AggregateFunction, type Takes } from "./function.js";

interface Options {
  readonly source?: string;
  readonly variadic?: boolean;
  readonly condition?: number;
}

function aggregate(
  name: string,
  takes: readonly Takes[],
  returns: KustoType | "bound",
  emit: (args: readonly string[], call: AggregateCall) => string,
  options: Options = {},
): AggregateFunction {
  return {
    name,
    takes,
    variadic: options.variadic ?? false,
    returns,
    condition: options.condition,
    emit,
    source: options.source ?? `query/${name.replaceAll("_", "-")}-aggregation-function`,
  };
}

type Emit = AggregateFunction["emit"];

/** An aggregate and its `…if` form, whose last argument is the condition. */
function withIf(
  name: string,
  ifName: string,
  takes: readonly Takes[],
  returns: KustoType | "bound",
  emit: Emit,
): readonly AggregateFunction[] {
  return [aggregate(name, takes, returns, emit), aggregate(ifName, takes, returns, emit, { condition: 1 })];
}

function filtered(sql: string, call: AggregateCall, extra?: string): string {
  const conditions = [call.filter, extra].filter((condition) => condition !== undefined);
  return conditions.length === 0 ? sql : `${sql} FILTER (WHERE ${conditions.join(" AND ")})`;
}

const count: Emit = (_args, call) => filtered("count(*)", call);

/** 0 for no input; DuckDB's sum of BIGINT is HUGEINT, and of dynamic values there is none. */
const sum: Emit = ([value = ""], call) => {
  const type = call.args[0]?.type ?? call.type;
  const summed =
    type === "dynamic"
      ? `sum(kql_dynamic_to_real(${value}))`
      : `sum(${convertSql(value, type, type === "bool" || type === "int" ? "long" : type)})`;
  const sql = `coalesce(${filtered(summed, call)}, 0)`;
  return call.type === "real" || type === "dynamic"
    ? convertSql(`${sql}::DOUBLE`, "real", call.type)
    : call.type === "decimal"
      ? `${sql}::DECIMAL(38,9)`
      : `${sql}::BIGINT`;
};

const average: Emit = ([value = ""], call) => {
  const type = call.args[0]?.type ?? "real";
  if (type === "timespan") return `try_cast(${filtered(`avg(${value})`, call)} AS BIGINT)`;
  if (type === "datetime") return `kql_datetime(try_cast(${filtered(`avg(kql_ticks(${value}))`, call)} AS BIGINT))`;
  const sql = `coalesce(${filtered(`avg(${convertSql(value, type, "real")})`, call)}, 'NaN'::DOUBLE)`;
  return convertSql(sql, "real", call.type);
};

function extreme(sqlName: string): Emit {
  return ([value = ""], call) => {
    const type = call.args[0]?.type ?? call.type;
    // dynamic numbers would be compared as text
    if (type === "dynamic") return `to_json(${filtered(`${sqlName}(kql_dynamic_to_real(${value}))`, call)})`;
    const sql = filtered(`${sqlName}(${convertSql(value, type, call.type)})`, call);
    return call.type === "string" ? `coalesce(${sql}, '')` : sql;
  };
}

function spread(sqlName: string): Emit {
  return ([value = ""], call) => `coalesce(${filtered(`${sqlName}(${value})`, call)}, 0)::DOUBLE`;
}

/** Exact, where the service estimates. Null is no value, the empty string is one. */
const distinct: Emit = (args, call) => {
  const [first = ""] = args;
  const value = call.args[0]?.type === "dynamic" ? `nullif(${first}, 'null'::JSON)` : first;
  return filtered(`count(DISTINCT ${value})`, call);
};

function limitOf(call: AggregateCall, whenNone: number | undefined): number | undefined {
  const given = call.args[1];
  if (given === undefined || given.kind !== "constant") return whenNone;
  return Number(given.value);
}

function limited(list: string, limit: number | undefined): string {
  return limit === undefined ? list : `list_slice(${list}, 1, ${limit})`;
}

function asJson(value: string, call: AggregateCall): string {
  return convertSql(value, call.args[0]?.type ?? "string", "dynamic");
}

/** Arrays are flattened into their elements (documented only by its use: pages of `geo_h3cell_rings`, `geo_point_in_polygon`). */
function list(whenNone?: number): Emit {
  return ([value = ""], call) => {
    const json = asJson(value, call);
    const dynamic = call.args[0]?.type === "dynamic";
    const item = dynamic
      ? `CASE WHEN json_type(${json}) = 'ARRAY' THEN from_json(${json}, '["JSON"]') ELSE [${json}] END`
      : json;
    const lists = filtered(
      `list(${item}${call.order === "" ? "" : ` ${call.order}`})`,
      call,
      call.args[0]?.type === "string" ? undefined : `${json} IS NOT NULL`,
    );
    const gathered = dynamic ? `flatten(${lists})` : lists;
    return `to_json(coalesce(${limited(gathered, limitOf(call, whenNone))}, []))`;
  };
}

const listWithNulls: Emit = ([value = ""], call) =>
  `to_json(coalesce(list(${asJson(value, call)}${call.order === "" ? "" : ` ${call.order}`}), []))`;

/** Arrays are flattened into their elements; the first of equal values stays in its place. */
function set(whenNone?: number): Emit {
  return ([value = ""], call) => {
    const json = asJson(value, call);
    const limit = limitOf(call, whenNone);
    if (call.args[0]?.type === "dynamic") {
      const gathered = filtered(`list(${json})`, call, `${json} IS NOT NULL`);
      return `${call.native("set_of_lists", `to_json(coalesce(${gathered}, []))`, `${limit ?? "NULL"}::BIGINT`)}::JSON`;
    }
    const gathered = filtered(
      `list(DISTINCT ${json})`,
      call,
      call.args[0]?.type === "string" ? undefined : `${json} IS NOT NULL`,
    );
    return `to_json(coalesce(${limited(gathered, limit)}, []))`;
  };
}

const bag: Emit = ([value = ""], call) => {
  const gathered = filtered(`list(${value}${call.order === "" ? "" : ` ${call.order}`})`, call, `${value} IS NOT NULL`);
  return `${call.native("merge_bags", `to_json(coalesce(${gathered}, []))`)}::JSON`;
};

/** Nearest rank: a value of the data. All percents of a `percentiles` follow the wanted one: the engine sorts once for equal calls. */
const percentile: Emit = ([value = "", percent = "", ...beside], call) => {
  const type = call.args[0]?.type ?? "real";
  const given = type === "dynamic" ? `kql_dynamic_to_real(${value})` : value;
  const wanted = percentOf(percent, call, 1);
  const all = [...new Set(beside.map((other, index) => percentOf(other, call, index + 2)))];
  const sql =
    all.length > 1
      ? `list_extract(${filtered(`quantile_disc(${given}, [${all.join(", ")}])`, call)}, ${all.indexOf(wanted) + 1})`
      : filtered(`quantile_disc(${given}, ${wanted})`, call);
  return convertSql(sql, type === "dynamic" ? "real" : type, call.type);
};

function percentOf(sql: string, call: AggregateCall, index: number): string {
  const given = call.args[index];
  return given?.kind === "constant" ? `${Number(given.value) / 100}::DOUBLE` : `(${sql} / 100.0)`;
}

const percentilesArray: Emit = ([value = "", ...percents], call) => {
  const real = convertSql(value, call.args[0]?.type ?? "real", "real");
  const gathered = filtered(`list(${real} ORDER BY ${real})`, call, `${real} IS NOT NULL`);
  const wanted = percents.map((percent, index) => convertSql(percent, call.args[index + 1]?.type ?? "real", "dynamic"));
  return `${call.native("percentiles_of", `to_json(coalesce(${gathered}, []))`, "NULL::JSON", `json_array(${wanted.join(", ")})`)}::JSON`;
};

const weighted: Emit = ([value = "", weight = "", percent = ""], call) => {
  const [type, weightType, percentType] = [
    call.args[0]?.type ?? "real",
    call.args[1]?.type ?? "real",
    call.args[2]?.type ?? "real",
  ];
  const pair = `[${convertSql(value, type, "real")}, ${convertSql(weight, weightType, "real")}]`;
  const gathered = filtered(`list(${pair} ORDER BY ${value})`, call, `${value} IS NOT NULL`);
  const found = call.native(
    "percentile_weighted",
    `to_json(coalesce(${gathered}, []))`,
    convertSql(percent, percentType, "real"),
  );
  return convertSql(found, "real", call.type);
};

const weightedArray: Emit = ([value = "", weight = "", ...percents], call) => {
  const [type, weightType] = [call.args[0]?.type ?? "real", call.args[1]?.type ?? "real"];
  const pair = `[${convertSql(value, type, "real")}, ${convertSql(weight, weightType, "real")}]`;
  const gathered = filtered(`list(${pair} ORDER BY ${value})`, call, `${value} IS NOT NULL`);
  const wanted = percents.map((percent, index) => convertSql(percent, call.args[index + 2]?.type ?? "real", "dynamic"));
  return `${call.native("percentiles_weighted", `to_json(coalesce(${gathered}, []))`, `json_array(${wanted.join(", ")})`)}::JSON`;
};

const any: Emit = ([value = ""], call) => {
  const sql = filtered(`any_value(${value})`, call);
  return call.type === "string" ? `coalesce(${sql}, '')` : sql;
};

const schema: Emit = ([value = ""], call) =>
  `${call.native("build_schema", `to_json(coalesce(${filtered(`list(${value})`, call, `${value} IS NOT NULL`)}, []))`)}::JSON`;

function bits(sqlName: string): Emit {
  return ([value = ""], call) => filtered(`${sqlName}(${value})`, call);
}

const legacyLimit = 128;
const oneArgument: readonly Takes[] = ["any", "any"];

export const aggregateRows: readonly AggregateFunction[] = [
  aggregate("count", [], "long", count),
  aggregate("countif", ["bool"], "long", count, { condition: 0 }),
  ...withIf("sum", "sumif", ["any"], "bound", sum),
  ...withIf("avg", "avgif", ["any"], "bound", average),
  ...withIf("min", "minif", ["any"], "bound", extreme("min")),
  ...withIf("max", "maxif", ["any"], "bound", extreme("max")),
  ...withIf("stdev", "stdevif", ["real"], "real", spread("stddev_samp")),
  ...withIf("variance", "varianceif", ["real"], "real", spread("var_samp")),
  aggregate("stdevp", ["real"], "real", spread("stddev_pop")),
  aggregate("variancep", ["real"], "real", spread("var_pop")),
  aggregate("variancepif", ["real"], "real", spread("var_pop"), { condition: 1 }),
  aggregate(
    "covariance",
    ["real", "real"],
    "real",
    ([a = "", b = ""], call) => `coalesce(${filtered(`covar_samp(${a}, ${b})`, call)}, 0)`,
  ),
  aggregate(
    "covariancep",
    ["real", "real"],
    "real",
    ([a = "", b = ""], call) => `coalesce(${filtered(`covar_pop(${a}, ${b})`, call)}, 0)`,
  ),
  aggregate("dcount", oneArgument, "long", distinct),
  aggregate("dcountif", oneArgument, "long", distinct, { condition: 1 }),
  aggregate("count_distinct", oneArgument, "long", distinct),
  aggregate("count_distinctif", oneArgument, "long", distinct, { condition: 1 }),
  aggregate("make_list", oneArgument, "dynamic", list()),
  aggregate("makelist", oneArgument, "dynamic", list(legacyLimit)),
  aggregate("make_list_if", oneArgument, "dynamic", list(), { condition: 1 }),
  aggregate("make_list_with_nulls", ["any"], "dynamic", listWithNulls),
  aggregate("make_set", oneArgument, "dynamic", set()),
  aggregate("makeset", oneArgument, "dynamic", set(legacyLimit)),
  aggregate("make_set_if", oneArgument, "dynamic", set(), { condition: 1 }),
  aggregate("make_bag", ["dynamic", "any"], "dynamic", bag),
  aggregate("make_bag_if", ["dynamic", "any"], "dynamic", bag, { condition: 1 }),
  aggregate("make_dictionary", ["dynamic", "any"], "dynamic", bag),
  aggregate("percentile", ["any", "any"], "bound", percentile),
  aggregate("percentilew", ["any", "any", "any"], "bound", weighted),
  aggregate("percentiles_array", ["any"], "dynamic", percentilesArray, { variadic: true }),
  aggregate("percentilesw_array", ["any"], "dynamic", weightedArray, { variadic: true }),
  aggregate("take_anyif", ["any"], "bound", any, { condition: 1 }),
  aggregate("anyif", ["any"], "bound", any, { condition: 1 }),
  aggregate("buildschema", ["dynamic"], "dynamic", schema),
  aggregate("binary_all_and", ["long"], "long", bits("bit_and")),
  aggregate("binary_all_or", ["long"], "long", bits("bit_or")),
  aggregate("binary_all_xor", ["long"], "long", bits("bit_xor")),
];

export const aggregateFunctions: ReadonlyMap<string, AggregateFunction> = registry(aggregateRows);
