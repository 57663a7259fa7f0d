/** How values of KQL's types look in DuckDB, and how one becomes the other. */
import { type Constant } from "../plan.js";
import { type KustoType, unixEpochTicks } from "../types.js";
import { formatDatetime } from "../literal.js";

/** DuckDB's type for a KQL type. Timespans are ticks: DuckDB's INTERVAL keeps months, days and microseconds apart. */
export const carrier: Readonly<Record<KustoType, string>> = {
  bool: "BOOLEAN",
  int: "INTEGER",
  long: "BIGINT",
  real: "DOUBLE",
  decimal: "DECIMAL(38,9)",
  datetime: "TIMESTAMP",
  timespan: "BIGINT",
  guid: "VARCHAR",
  string: "VARCHAR",
  dynamic: "JSON",
};

/** The value that stands for "nothing" in a type: strings are never null in KQL. */
export function nullOf(type: KustoType): string {
  return type === "string" ? "''" : `NULL::${carrier[type]}`;
}

/** First and last microsecond of KQL's datetimes (0001-01-01 and 9999-12-31) in ticks. */
const lastTicks = 3_155_378_975_999_999_999n;

/** SQL of a constant. Strings, GUIDs and JSON are bound as parameters. */
export function constantSql({ type, value }: Constant, parameter: (text: string) => string): string {
  if (value === null) return nullOf(type);
  switch (type) {
    case "bool":
      return value === true ? "true" : "false";
    case "int":
    case "long":
    case "timespan":
      return value === -(2n ** 63n)
        ? "CAST('-9223372036854775808' AS BIGINT)"
        : `${String(value)}::${type === "int" ? "INTEGER" : "BIGINT"}`;
    case "real":
      if (typeof value !== "number" || !Number.isFinite(value)) {
        const word = Number.isNaN(value) ? "NaN" : value === Infinity ? "Infinity" : "-Infinity";
        return `'${word}'::DOUBLE`;
      }
      return `${String(value)}::DOUBLE`;
    case "decimal":
      return `CAST(${parameter(String(value))} AS DECIMAL(38,9))`;
    case "datetime":
      return datetimeSql(value as bigint);
    case "guid":
    case "string":
      return parameter(String(value));
    case "dynamic":
      return `${parameter(String(value))}::JSON`;
    default:
      throw new Error(`no SQL for a constant of type ${String(type satisfies never)}`);
  }
}

function datetimeSql(ticks: bigint): string {
  if (ticks < 0n || ticks > lastTicks) return nullOf("datetime");
  const text = formatDatetime(ticks);
  return `TIMESTAMP '${text.slice(0, 10)} ${text.slice(11, 26)}'`;
}

/**
 * Converts SQL of one type to another as KQL's `to…()` functions do: what does not convert is null (or `''`).
 * Rules: reference kql.md 3.3 to 3.6; the macros are in `prelude.ts`.
 */
export function convertSql(sql: string, from: KustoType, to: KustoType): string {
  if (from === to) return sql;
  switch (to) {
    case "string":
      return toText(sql, from);
    case "dynamic":
      return toJson(sql, from);
    case "int":
      return `try_cast(${convertSql(sql, from, "long")} AS INTEGER)`;
    case "long":
      return toLong(sql, from);
    case "real":
      if (from === "string" || from === "guid") return `kql_text_to_real(${sql})`;
      if (from === "dynamic") return `kql_dynamic_to_real(${sql})`;
      if (from === "datetime") return `kql_ticks(${sql})::DOUBLE`;
      return `${paren(sql)}::DOUBLE`;
    case "decimal":
      return from === "dynamic"
        ? `try_cast(kql_dynamic_text(${sql}) AS DECIMAL(38,9))`
        : from === "datetime"
          ? `try_cast(kql_ticks(${sql}) AS DECIMAL(38,9))`
          : `try_cast(${sql} AS DECIMAL(38,9))`;
    case "bool":
      if (from === "string" || from === "guid") return `kql_text_to_bool(${sql})`;
      if (from === "dynamic") return `kql_text_to_bool(kql_dynamic_text(${sql}))`;
      return `(${convertSql(sql, from, "long")} <> 0)`;
    case "datetime":
      if (from === "string" || from === "guid") return `kql_text_to_datetime(${sql})`;
      if (from === "dynamic") return `kql_text_to_datetime(kql_dynamic_text(${sql}))`;
      return `make_timestamp((${convertSql(sql, from, "long")} - ${unixEpochTicks}) // 10)`;
    case "timespan":
      if (from === "string" || from === "guid") return `kql_text_to_timespan(${sql})`;
      if (from === "dynamic") return `kql_text_to_timespan(kql_dynamic_text(${sql}))`;
      if (from === "real" || from === "decimal") return `try_cast(trunc(${sql} * 864000000000) AS BIGINT)`;
      return from === "datetime" ? nullOf("timespan") : `${paren(sql)}::BIGINT * 864000000000`;
    case "guid":
      return `kql_text_to_guid(${convertSql(sql, from, "string")})`;
    default:
      throw new Error(`no conversion to ${String(to satisfies never)}`);
  }
}

function paren(sql: string): string {
  return /^[\w".:$]+$/.test(sql) ? sql : `(${sql})`;
}

function toText(sql: string, from: KustoType): string {
  switch (from) {
    case "bool":
      return `kql_bool_text(${sql})`;
    case "int":
    case "long":
    case "guid":
      return `coalesce(${sql}::VARCHAR, '')`;
    case "real":
      return `kql_real_text(${sql})`;
    case "decimal":
      return `kql_decimal_text(${sql})`;
    case "datetime":
      return `kql_datetime_text(${sql})`;
    case "timespan":
      return `kql_timespan_text(${sql})`;
    case "dynamic":
      return `kql_dynamic_text(${sql})`;
    case "string":
      return sql;
    default:
      throw new Error(`no text for ${String(from satisfies never)}`);
  }
}

function toJson(sql: string, from: KustoType): string {
  switch (from) {
    case "string":
    case "bool":
    case "int":
    case "long":
    case "guid":
      return `to_json(${sql})`;
    case "real":
      return `kql_real_json(${sql})`;
    case "decimal":
      return `try_cast(kql_decimal_text(${sql}) AS JSON)`;
    case "datetime":
      return `to_json(nullif(kql_datetime_text(${sql}), ''))`;
    case "timespan":
      return `to_json(nullif(kql_timespan_text(${sql}), ''))`;
    case "dynamic":
      return sql;
    default:
      throw new Error(`no JSON for ${String(from satisfies never)}`);
  }
}

function toLong(sql: string, from: KustoType): string {
  switch (from) {
    case "bool":
    case "int":
    case "timespan":
      return `${paren(sql)}::BIGINT`;
    case "real":
    case "decimal":
      return `kql_real_to_long(${sql})`;
    case "string":
    case "guid":
      return `kql_text_to_long(${sql})`;
    case "dynamic":
      return `kql_dynamic_to_long(${sql})`;
    case "datetime":
      return `kql_ticks(${sql})`;
    case "long":
      return sql;
    default:
      throw new Error(`no conversion from ${String(from satisfies never)}`);
  }
}
