/** Functions on numbers, conversions, null tests, hashes. */
import { unitFunctions } from "../native/units.js";
import { direct, native, scalar } from "./define.js";
import { type CallSite, type ScalarFunction } from "./function.js";
import { convertSql } from "../sql/carrier.js";
import { type KustoType } from "../types.js";

const many = { variadic: true };

function real(name: string, sqlName = name): ScalarFunction {
  return direct(name, ["real"], "real", sqlName);
}

/** NaN where Kusto has NaN and DuckDB would stop the query. */
function realWithin(name: string, condition: string, sqlName = name): ScalarFunction {
  return scalar(
    name,
    ["real"],
    "real",
    ([x = ""]) =>
      `(CASE WHEN ${condition.replaceAll("x", x)} THEN ${sqlName}(${x}) WHEN ${x} IS NOT NULL THEN 'NaN'::DOUBLE END)`,
  );
}

function conversion(name: string, type: KustoType): ScalarFunction {
  return scalar(name, [type], type, ([value = ""]) => value);
}

/** `bin` and its old name `floor`. */
function bin([value = "", size = ""]: readonly string[], call: CallSite): string {
  const type = call.args[0]?.type ?? "long";
  const sizeType = call.args[1]?.type ?? "long";
  if (type === "datetime") return `kql_bin_datetime(${value}, ${convertSql(size, sizeType, "timespan")})`;
  if (type === "timespan") return `kql_bin(${value}, ${convertSql(size, sizeType, "timespan")})`;
  if (type === "real" || type === "decimal" || sizeType === "real" || sizeType === "decimal") {
    return convertSql(
      `kql_bin_real(${convertSql(value, type, "real")}, ${convertSql(size, sizeType, "real")})`,
      "real",
      call.type === "decimal" ? "decimal" : "real",
    );
  }
  if (type === "dynamic") return `kql_bin_real(kql_dynamic_to_real(${value}), ${convertSql(size, sizeType, "real")})`;
  return `kql_bin(${convertSql(value, type, "long")}, ${convertSql(size, sizeType, "long")})`;
}

function binAt([value = "", size = "", point = ""]: readonly string[], call: CallSite): string {
  const type = call.args[0]?.type ?? "long";
  const [sizeType, pointType] = [call.args[1]?.type ?? "long", call.args[2]?.type ?? "long"];
  if (type === "datetime") {
    const origin = `kql_ticks(${convertSql(point, pointType, "datetime")})`;
    return `kql_datetime(${origin} + kql_bin(kql_ticks(${value}) - ${origin}, ${convertSql(size, sizeType, "timespan")}))`;
  }
  if (type === "real" || sizeType === "real") {
    return `(${point}::DOUBLE + kql_bin_real(${value}::DOUBLE - ${point}::DOUBLE, ${size}::DOUBLE))`;
  }
  return `(${point} + kql_bin(${value} - ${point}, ${size}))`;
}

function roundTo([value = "", digits]: readonly string[], call: CallSite): string {
  const type = call.args[0]?.type ?? "real";
  return `round(${convertSql(value, type, "real")}, ${digits ?? "0"}::INTEGER)`;
}

/** Null arguments are ignored. */
function extreme(sqlName: string) {
  return (args: readonly string[], call: CallSite): string => {
    const converted = args.map((arg, index) => convertSql(arg, call.args[index]?.type ?? call.type, call.type));
    return `${sqlName}(${converted.join(", ")})`;
  };
}

export const numberFunctions: readonly ScalarFunction[] = [
  conversion("tolong", "long"),
  conversion("toint", "int"),
  conversion("todouble", "real"),
  conversion("toreal", "real"),
  conversion("todecimal", "decimal"),
  conversion("tobool", "bool"),
  conversion("toboolean", "bool"),
  conversion("toguid", "guid"),
  scalar(
    "abs",
    ["any"],
    "bound",
    ([value = ""], call) => `abs(${convertSql(value, call.args[0]?.type ?? call.type, call.type)})`,
  ),
  scalar("bin", ["any", "any"], "bound", bin),
  scalar("floor", ["any", "any"], "bound", bin, { source: "query/bin-function" }),
  scalar("bin_at", ["any", "any", "any"], "bound", binAt),
  scalar("round", ["any", "long"], "real", roundTo),
  scalar("ceiling", ["any"], "bound", ([value = ""], call) =>
    convertSql(`ceil(${convertSql(value, call.args[0]?.type ?? "real", "real")})`, "real", call.type),
  ),
  scalar("sign", ["real"], "real", ([x = ""]) => `sign(${x})::DOUBLE`),
  realWithin("sqrt", "x >= 0"),
  realWithin("log", "x > 0", "ln"),
  realWithin("log10", "x > 0"),
  realWithin("log2", "x > 0"),
  real("exp"),
  scalar("exp2", ["real"], "real", ([x = ""]) => `power(2, ${x})`),
  scalar("exp10", ["real"], "real", ([x = ""]) => `power(10, ${x})`),
  direct("pow", ["real", "real"], "real", "power"),
  real("sin"),
  real("cos"),
  real("tan"),
  scalar("cot", ["real"], "real", ([x = ""]) => `(1 / tan(${x}))`),
  realWithin("asin", "abs(x) <= 1"),
  realWithin("acos", "abs(x) <= 1"),
  real("atan"),
  direct("atan2", ["real", "real"], "real", "atan2"),
  real("degrees"),
  real("radians"),
  scalar("pi", [], "real", () => "pi()"),
  native("gamma", ["real"], "real"),
  native("loggamma", ["real"], "real"),
  native("erf", ["real"], "real"),
  native("erfc", ["real"], "real"),
  native("beta_cdf", ["real", "real", "real"], "real"),
  native("beta_pdf", ["real", "real", "real"], "real"),
  native("beta_inv", ["real", "real", "real"], "real"),
  direct("isnan", ["real"], "bool", "isnan"),
  direct("isinf", ["real"], "bool", "isinf"),
  direct("isfinite", ["real"], "bool", "isfinite"),
  scalar("min_of", ["any"], "bound", extreme("least"), many),
  scalar("max_of", ["any"], "bound", extreme("greatest"), many),
  scalar("binary_and", ["long", "long"], "long", ([a = "", b = ""]) => `(${a} & ${b})`),
  scalar("binary_or", ["long", "long"], "long", ([a = "", b = ""]) => `(${a} | ${b})`),
  scalar("binary_xor", ["long", "long"], "long", ([a = "", b = ""]) => `xor(${a}, ${b})`),
  scalar("binary_not", ["long"], "long", ([a = ""]) => `(~${a})`),
  native("binary_shift_left", ["long", "long"], "long"),
  native("binary_shift_right", ["long", "long"], "long"),
  scalar("bitset_count_ones", ["long"], "long", ([a = ""]) => `bit_count(${a})::BIGINT`),
  scalar("rand", ["long"], "bound", ([n]) => (n === undefined ? "random()" : `floor(random() * ${n})`)),
  scalar("isnull", ["any"], "bound", ([value = ""], call) =>
    call.args[0]?.type === "string" ? "false" : `(${value} IS NULL)`,
  ),
  scalar("isnotnull", ["any"], "bool", ([value = ""], call) =>
    call.args[0]?.type === "string" ? "true" : `(${value} IS NOT NULL)`,
  ),
  scalar(
    "notnull",
    ["any"],
    "bool",
    ([value = ""], call) => (call.args[0]?.type === "string" ? "true" : `(${value} IS NOT NULL)`),
    { source: "query/isnotnull-function" },
  ),
  scalar(
    "notempty",
    ["any"],
    "bool",
    ([value = ""], call) =>
      call.args[0]?.type === "string"
        ? `(${value} <> '')`
        : call.args[0]?.type === "dynamic"
          ? `(kql_dynamic_text(${value}) <> '')`
          : `(${value} IS NOT NULL)`,
    { source: "query/isnotempty-function" },
  ),
  scalar(
    "coalesce",
    ["any"],
    "bound",
    (args, call) =>
      call.type === "string"
        ? `coalesce(${args.map((arg) => `nullif(${arg}, '')`).join(", ")}, '')`
        : `coalesce(${args.join(", ")})`,
    many,
  ),
  scalar("new_guid", [], "guid", () => "gen_random_uuid()::VARCHAR"),
  ...unitFunctions.map((name) => native(name, ["real", "string", "string"], "real")),
  scalar("hash", ["any", "long"], "long", hashOf),
  scalar("hash_xxhash64", ["any", "long"], "long", hashOf),
  scalar(
    "assert",
    ["bool", "string"],
    "bool",
    ([condition = "", message = ""]) => `(CASE WHEN ${condition} THEN true ELSE error(${message}) END)`,
  ),
  scalar(
    "estimate_data_size",
    ["any"],
    "long",
    (_args, call) => `(${call.args.map((arg) => sizeOf(call.emit(arg), arg.type)).join(" + ")})`,
    many,
  ),
];

/** Numbers and times are hashed as eight bytes, everything else as its text. */
function hashOf([value = "", divisor = "NULL::BIGINT"]: readonly string[], call: CallSite): string {
  const type = call.args[0]?.type ?? "string";
  if (type === "real") return call.native("hash_real", value, divisor);
  if (type === "int" || type === "long" || type === "datetime" || type === "timespan" || type === "bool") {
    return call.native("hash_long", convertSql(value, type, "long"), divisor);
  }
  return call.native("hash_text", convertSql(value, type, "string"), divisor);
}

/** Kusto's estimate: 8 bytes for a number or time, 1 for a bool, the bytes of text. */
function sizeOf(sql: string, type: KustoType): string {
  if (type === "string" || type === "dynamic") return `coalesce(strlen(${convertSql(sql, type, "string")}), 0)`;
  if (type === "bool") return "1";
  if (type === "int") return "4";
  return type === "guid" || type === "decimal" ? "16" : "8";
}
