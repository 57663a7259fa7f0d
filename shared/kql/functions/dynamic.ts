/** Functions on dynamic values: JSON, arrays, bags, sets. */
import { direct, native, nativeOfMany, scalar } from "./define.js";
import { convertSql } from "../sql/carrier.js";
import { type KustoType } from "../types.js";
import { type CallSite, type ScalarFunction } from "./function.js";

/** Names as text, values as JSON: pairs in the order written. */
function packed(args: readonly string[]): string {
  const pairs: string[] = [];
  for (let index = 0; index + 1 < args.length; index += 2) {
    pairs.push(`kql_dynamic_text(${args[index] ?? ""})`, args[index + 1] ?? "NULL");
  }
  return `json_object(${pairs.join(", ")})`;
}

/** Text is parsed; a value that is dynamic already stays what it is, unless it is a string that holds JSON. */
function parseJson([value = ""]: readonly string[], call: CallSite): string {
  const type = call.args[0]?.type ?? "string";
  if (type === "dynamic")
    return `(CASE WHEN json_type(${value}) = 'VARCHAR' THEN kql_parse_json(${value} ->> '$') ELSE ${value} END)`;
  return type === "string" ? `kql_parse_json(${value})` : `to_json(${value})`;
}

/** Dates and spans are counted in ticks and written as text; the end is included. */
function rangeOf(args: readonly string[], call: CallSite): string {
  const type = call.args[0]?.type ?? "long";
  const typed = (index: number, to: KustoType) => {
    const sql = args[index];
    return sql === undefined ? "NULL" : convertSql(sql, call.args[index]?.type ?? to, to);
  };
  if (type === "datetime" || type === "timespan") {
    const ticks = (index: number) =>
      type === "datetime" ? `kql_ticks(${typed(index, "datetime")})` : typed(index, "timespan");
    const step = args[2] === undefined ? "36000000000" : typed(2, "timespan");
    return `${call.native(type === "datetime" ? "range_dates" : "range_spans", ticks(0), ticks(1), step)}::JSON`;
  }
  return `${call.native("range", typed(0, "dynamic"), typed(1, "dynamic"), args[2] === undefined ? "NULL::JSON" : typed(2, "dynamic"))}::JSON`;
}

const many = { variadic: true };
const parse = (name: string) => scalar(name, ["any"], "dynamic", parseJson, { source: "query/parse-json-function" });
const tuple = (row: ScalarFunction): ScalarFunction => ({ ...row, tuple: true });

export const dynamicFunctions: readonly ScalarFunction[] = [
  parse("parse_json"),
  parse("parsejson"),
  parse("todynamic"),
  parse("toobject"),
  scalar(
    "dynamic_to_json",
    ["dynamic"],
    "string",
    ([d = ""], call) => `coalesce(${call.native("sorted_json", d)}, '')`,
  ),
  native("extract_json", ["string", "string"], "string"),
  native("extractjson", ["string", "string"], "string", "extract_json"),
  direct("pack_array", ["dynamic"], "dynamic", "json_array", many),
  scalar("bag_pack", ["dynamic"], "dynamic", packed, many),
  scalar("pack", ["dynamic"], "dynamic", packed, { ...many, source: "query/pack-function" }),
  scalar("pack_dictionary", ["dynamic"], "dynamic", packed, { ...many, source: "query/pack-function" }),
  scalar(
    "pack_all_nonnull",
    ["dynamic"],
    "dynamic",
    (args, call) => `${call.native("without_nulls", packed(args))}::JSON`,
    { ...many, source: "query/pack-all-function" },
  ),
  scalar(
    "array_length",
    ["dynamic"],
    "long",
    ([d = ""]) => `(CASE WHEN json_type(${d}) = 'ARRAY' THEN json_array_length(${d})::BIGINT END)`,
  ),
  scalar(
    "arraylength",
    ["dynamic"],
    "long",
    ([d = ""]) => `(CASE WHEN json_type(${d}) = 'ARRAY' THEN json_array_length(${d})::BIGINT END)`,
    { source: "query/array-length-function" },
  ),
  nativeOfMany("array_concat", "dynamic"),
  native("array_slice", ["dynamic", "long", "long"], "dynamic"),
  native("array_index_of", ["dynamic", "dynamic", "long", "long", "long"], "long"),
  tuple(nativeOfMany("array_sort_asc", "dynamic")),
  tuple(nativeOfMany("array_sort_desc", "dynamic")),
  native("array_reverse", ["dynamic"], "dynamic"),
  native("array_sum", ["dynamic"], "real"),
  native("array_iff", ["dynamic", "dynamic", "dynamic"], "dynamic"),
  native("array_iif", ["dynamic", "dynamic", "dynamic"], "dynamic", "array_iff"),
  native("array_split", ["dynamic", "dynamic"], "dynamic"),
  native("array_rotate_left", ["dynamic", "long"], "dynamic"),
  native("array_rotate_right", ["dynamic", "long"], "dynamic"),
  native("array_shift_left", ["dynamic", "long", "dynamic"], "dynamic"),
  native("array_shift_right", ["dynamic", "long", "dynamic"], "dynamic"),
  nativeOfMany("bag_merge", "dynamic"),
  native("bag_keys", ["dynamic"], "dynamic"),
  native("bag_has_key", ["dynamic", "string"], "bool"),
  native("bag_remove_keys", ["dynamic", "dynamic"], "dynamic"),
  native("bag_set_key", ["dynamic", "string", "dynamic"], "dynamic"),
  native("bag_zip", ["dynamic", "dynamic"], "dynamic"),
  native("set_has_element", ["dynamic", "dynamic"], "bool"),
  nativeOfMany("set_union", "dynamic"),
  nativeOfMany("set_intersect", "dynamic"),
  nativeOfMany("set_difference", "dynamic"),
  native("set_equals", ["dynamic", "dynamic"], "bool"),
  nativeOfMany("zip", "dynamic"),
  scalar("range", ["any", "any", "any"], "dynamic", rangeOf),
  native("repeat", ["dynamic", "long"], "dynamic"),
  native("gettype", ["dynamic"], "string"),
  native("bag_shape", ["dynamic", "string", "dynamic"], "dynamic"),
  native("treepath", ["dynamic"], "dynamic"),
];
