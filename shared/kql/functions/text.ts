/** Functions on text. Strings are never null; what fails gives `''`. */
import { unsupported } from "../diagnostic.js";
import { direct, native, nativeOfMany, scalar } from "./define.js";
import { convertSql } from "../sql/carrier.js";
import { type CallSite, type ScalarFunction } from "./function.js";
import { countGroups } from "./regex.js";

const many = { variadic: true };

/** `split` with an index gives a one-element array; without a delimiter in the text, the text itself. */
function split([text = "", delimiter = "", index]: readonly string[]): string {
  const parts = `(CASE WHEN ${delimiter} = '' THEN [${text}] ELSE string_split(${text}, ${delimiter}) END)`;
  if (index === undefined) return `to_json(${parts})`;
  return `(CASE WHEN ${index} >= 0 AND ${index} < len(${parts}) THEN to_json([${parts}[${index} + 1]]) END)`;
}

/** Constant character positions become plain SQL. */
function substring([text = "", start = "", size]: readonly string[]): string {
  return `kql_substring(${text}, ${start}, ${size ?? "2147483647"})`;
}

function indexOf([text = "", part = "", start]: readonly string[], call: CallSite): string {
  if (call.args.length <= 2) return `(strpos(${text}, ${part}) - 1)`;
  const args = [text, part, start ?? "0"];
  return call.native(
    "indexof",
    ...args,
    ...["-1", "1"].map((fallback, index) => {
      const given = call.args[3 + index];
      return given === undefined ? `${fallback}::BIGINT` : convertSql(call.emit(given), given.type, "long");
    }),
  );
}

function extract([regex = "", , text = ""]: readonly string[], call: CallSite): string {
  return `regexp_extract(${text}, ${regex}, ${String(call.constant(1).value)})`;
}

/** All matches of all groups (or of those asked for by number): one group gives texts, several give arrays of texts. */
function extractAll(args: readonly string[], call: CallSite): string {
  const [regex = "", second = ""] = args;
  const text = args[2] ?? second;
  const asked = args.length === 3 ? call.constant(1).value : null;
  const numbers = typeof asked === "string" ? (JSON.parse(asked) as readonly unknown[]) : undefined;
  const total = countGroups(String(call.constant(0).value));
  const groups = numbers ?? Array.from({ length: Math.max(1, total) }, (_, index) => index + (total === 0 ? 0 : 1));
  if (!groups.every((group) => typeof group === "number"))
    throw unsupported("extract_all() of named groups", call.span, "number them");
  const lists = groups.map((group) => `regexp_extract_all(${text}, ${regex}, ${group})`);
  const [first = "[]"] = lists;
  const rows =
    lists.length === 1
      ? first
      : `list_transform(range(len(${first})), lambda i: [${lists.map((list) => `${list}[i + 1]`).join(", ")}])`;
  return `(CASE WHEN regexp_matches(${text}, ${regex}) THEN to_json(${rows}) END)`;
}

function countOf([text = "", part = "", kind]: readonly string[], call: CallSite): string {
  const regex = kind !== undefined && call.constant(2).value === "regex";
  return regex ? `len(regexp_extract_all(${text}, ${part}))` : call.native("countof", text, part);
}

function indexOfRegex([text = "", regex = "", start = "0", size = "-1", nth = "1"]: readonly string[]): string {
  return `kql_index_of_regex(${text}, ${regex}, ${start}, ${size}, ${nth})`;
}

/** The argument is a regex; one match at each end is removed. */
function trimmed(ends: "start" | "end" | "both") {
  return ([regex = "", text = ""]: readonly string[]): string => {
    const atStart = (sql: string) => `regexp_replace(${sql}, '^(?:' || ${regex} || ')', '')`;
    const atEnd = (sql: string) => `regexp_replace(${sql}, '(?:' || ${regex} || ')$', '')`;
    if (ends === "start") return atStart(text);
    return ends === "end" ? atEnd(text) : atEnd(atStart(text));
  };
}

export const textFunctions: readonly ScalarFunction[] = [
  scalar("tostring", ["string"], "string", ([text = ""]) => text),
  direct("strlen", ["string"], "long", "length"),
  // DuckDB's strlen counts bytes
  direct("string_size", ["string"], "long", "strlen"),
  direct("tolower", ["string"], "string", "lower"),
  direct("toupper", ["string"], "string", "upper"),
  direct("reverse", ["string"], "string", "reverse"),
  direct("strcat", ["string"], "string", "concat", many),
  scalar("strcat_delim", ["string"], "string", (args) => `concat_ws(${args.join(", ")})`, many),
  scalar(
    "strcat_array",
    ["dynamic", "string"],
    "string",
    ([array = "", delimiter = ""]) => `coalesce(array_to_string(kql_texts(${array}), ${delimiter}), '')`,
  ),
  scalar("substring", ["string", "long", "long"], "string", substring),
  scalar("indexof", ["string", "string", "long"], "long", indexOf),
  scalar("indexof_regex", ["string", "string", "long", "long", "long"], "long", indexOfRegex),
  scalar("split", ["string", "string", "long"], "dynamic", split),
  scalar("extract", ["string", "any", "string"], "string", extract),
  scalar("extract_all", ["string", "any", "any"], "dynamic", extractAll),
  scalar(
    "replace_string",
    ["string", "string", "string"],
    "string",
    ([text = "", from = "", to = ""]) => `replace(${text}, ${from}, ${to})`,
  ),
  native("replace_strings", ["string", "dynamic", "dynamic"], "string"),
  scalar(
    "replace_regex",
    ["string", "string", "string"],
    "string",
    ([text = "", regex = "", to = ""]) => `regexp_replace(${text}, ${regex}, ${to}, 'g')`,
  ),
  // the old form has the pattern first
  scalar(
    "replace",
    ["string", "string", "string"],
    "string",
    ([regex = "", to = "", text = ""]) => `regexp_replace(${text}, ${regex}, ${to}, 'g')`,
    { source: "query/replace-regex-function" },
  ),
  scalar("trim", ["string", "string"], "string", trimmed("both")),
  scalar("trim_start", ["string", "string"], "string", trimmed("start")),
  scalar("trim_end", ["string", "string"], "string", trimmed("end")),
  scalar("countof", ["string", "string", "string"], "long", countOf),
  scalar("isempty", ["any"], "bool", ([value = ""], call) =>
    call.args[0]?.type === "string"
      ? `(${value} = '')`
      : call.args[0]?.type === "dynamic"
        ? `(kql_dynamic_text(${value}) = '')`
        : `(${value} IS NULL)`,
  ),
  scalar("isnotempty", ["any"], "bool", ([value = ""], call) =>
    call.args[0]?.type === "string"
      ? `(${value} <> '')`
      : call.args[0]?.type === "dynamic"
        ? `(kql_dynamic_text(${value}) <> '')`
        : `(${value} IS NOT NULL)`,
  ),
  scalar(
    "strcmp",
    ["string", "string"],
    "int",
    ([a = "", b = ""]) => `(CASE WHEN ${a} < ${b} THEN -1 WHEN ${a} > ${b} THEN 1 ELSE 0 END)`,
  ),
  native("strrep", ["string", "long", "string"], "string"),
  native("translate", ["string", "string", "string"], "string"),
  native("tohex", ["long", "long"], "string"),
  scalar("base64_encode_tostring", ["string"], "string", ([text = ""]) => `to_base64(encode(${text}))`),
  native("base64_decode_tostring", ["string"], "string"),
  native("base64_decode_toarray", ["string"], "dynamic"),
  native("base64_decode_toguid", ["string"], "guid"),
  native("base64_encode_fromguid", ["guid"], "string"),
  native("base64_encode_fromarray", ["dynamic"], "string"),
  direct("url_encode_component", ["string"], "string", "url_encode"),
  native("url_encode", ["string"], "string"),
  native("url_decode", ["string"], "string"),
  direct("hash_md5", ["string"], "string", "md5"),
  direct("hash_sha1", ["string"], "string", "sha1"),
  direct("hash_sha256", ["string"], "string", "sha256"),
  native("unicode_codepoints_from_string", ["string"], "dynamic"),
  nativeOfMany("unicode_codepoints_to_string", "string"),
  native("parse_csv", ["string"], "dynamic"),
  native("parse_url", ["string"], "dynamic"),
  native("parseurl", ["string"], "dynamic", "parse_url"),
  native("parse_urlquery", ["string"], "dynamic"),
  native("parse_path", ["string"], "dynamic"),
  native("parse_version", ["string"], "decimal"),
  native("parse_command_line", ["string", "string"], "dynamic"),
  native("parse_xml", ["string"], "dynamic"),
  scalar("parse_kv_pairs", ["string", "string"], "dynamic", ([text = "", regex = ""], call) => {
    const group = (number: number) => `to_json(regexp_extract_all(${text}, ${regex}, ${number}))`;
    return `${call.native("bag_zip", group(1), group(2))}::JSON`;
  }),
  native("parse_kv", ["string", "string"], "dynamic"),
  native("jaccard_index", ["dynamic", "dynamic"], "real"),
  native("isascii", ["string"], "bool"),
  native("isutf8", ["string"], "bool"),
  native("regex_quote", ["string"], "string"),
  native("punycode_from_string", ["string"], "string"),
  native("punycode_to_string", ["string"], "string"),
  native("punycode_domain_from_string", ["string"], "string"),
  native("punycode_domain_to_string", ["string"], "string"),
  native("make_string", ["dynamic"], "string", "unicode_codepoints_to_string"),
  native("has_any_index", ["string", "dynamic"], "long"),
  native("gzip_compress_to_base64_string", ["string"], "string"),
  native("gzip_decompress_from_base64_string", ["string"], "string"),
  native("zlib_compress_to_base64_string", ["string"], "string"),
  native("zlib_decompress_from_base64_string", ["string"], "string"),
  native("format_bytes", ["real", "long", "string"], "string"),
];
