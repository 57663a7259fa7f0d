import { describe, expect, test } from "vitest";
import { rowsOf, valueOf } from "./testing.js";

// Where Kusto is not SQL (reference: kql.md §3). Each title says what would break.
describe("null", () => {
  const rows =
    'datatable(a: long, b: long, s: string)[1, 1, "x", 2, long(null), "", long(null), 3, "z", long(null), long(null), "w"]';
  test.each([
    { title: "where x != 5 keeps the rows without x", query: `${rows} | where a != 1 | count`, expected: [[3]] },
    {
      title: "where not(x == 5) keeps the rows without x",
      query: `${rows} | where not(a == 1) | count`,
      expected: [[3]],
    },
    { title: "null equals nothing, not even null", query: `${rows} | where a == b | count`, expected: [[1]] },
    { title: "a null on one side is unequal", query: `${rows} | where a != b | count`, expected: [[2]] },
    { title: "null is below and above nothing", query: `${rows} | where a < 9 or a >= 9 | count`, expected: [[2]] },
    { title: "!in keeps the rows without a value", query: `${rows} | where a !in (1, 7) | count`, expected: [[3]] },
    {
      title: "a null in a list does not empty !in",
      query: `${rows} | where a !in ((datatable(v: long)[1, long(null)])) | count`,
      expected: [[3]],
    },
    { title: "a string is never null", query: `${rows} | where isnull(s) | count`, expected: [[0]] },
    { title: "iff without an answer takes the second branch", query: "print iff(bool(null), 1, 2)", expected: [[2]] },
    { title: "coalesce skips empty strings", query: 'print coalesce("", "b", "c")', expected: [["b"]] },
    {
      title: "null is a group of its own",
      query: `${rows} | summarize n = count() by a | where isnull(a) | project n`,
      expected: [[2]],
    },
  ])("$title", async ({ query, expected }) => {
    expect(await rowsOf(query)).toEqual(expected);
  });
});

describe("numbers", () => {
  test.each([
    { title: "whole numbers divide towards zero", expression: "-7 / 2", expected: -3 },
    { title: "division of whole numbers by zero is null", expression: "5 / 0", expected: null },
    { title: "division of reals by zero is infinite", expression: "5.0 / 0", expected: "Infinity" },
    { title: "a remainder is never negative", expression: "-14 % 12", expected: 10 },
    { title: "a remainder is never negative, whatever the divisor's sign", expression: "14 % -12", expected: 2 },
    { title: "int and int add up to long", expression: "int(2147483647) + int(1)", expected: 2147483648 },
    { title: "bin goes down below zero", expression: "bin(-7, 5)", expected: -10 },
    { title: "toint truncates", expression: "toint(2.7)", expected: 2 },
    { title: "tolong of a fraction in text is null, not rounded", expression: 'tolong("1.7")', expected: null },
    { title: "tolong reads hexadecimal", expression: 'tolong("0x1F")', expected: 31 },
    { title: "tobool takes true, false and numbers only", expression: 'tobool("yes")', expected: null },
    { title: "the root of a negative number is NaN, not an error", expression: "sqrt(-1)", expected: "NaN" },
    { title: "the least long can be written", expression: "-9223372036854775808", expected: "-9223372036854775808" },
    { title: "hexadecimal literals are read (the official parser says 0)", expression: "0xff", expected: 255 },
    { title: "bool(1) is true (the official parser says false)", expression: "bool(1)", expected: true },
    { title: "real(nan) is NaN (the official parser says 0)", expression: "isnan(real(nan))", expected: true },
  ])("$title", async ({ expression, expected }) => {
    expect(await valueOf(expression)).toEqual(expected);
  });
});

describe("text", () => {
  test.each([
    { title: "has finds whole terms only", expression: '"NorthAmerica" has "america"', expected: false },
    { title: "an underscore separates terms", expression: '"a_b" has "b"', expected: true },
    {
      title: "a term that begins with a separator needs no boundary there",
      expression: '"cmd.exe" has ".exe"',
      expected: true,
    },
    { title: "letters of any script belong to a term", expression: '"Straße" has "Stra"', expected: false },
    { title: "regex characters in a term are plain", expression: '"a.c abc" has "a.c"', expected: true },
    { title: "contains knows no wildcards", expression: '"abc" contains "a%c"', expected: false },
    {
      title: "in is case-sensitive, in~ is not (the parser's names are crossed)",
      expression: 'strcat("A" in ("a"), "A" in~ ("a"))',
      expected: "FalseTrue",
    },
    { title: "a bool is written as .NET does", expression: "tostring(true)", expected: "True" },
    { title: "null as text is empty", expression: "strcat('a', long(null), 'b')", expected: "ab" },
    {
      title: "strlen counts characters, string_size bytes",
      expression: 'strcat(strlen("é"), string_size("é"))',
      expected: "12",
    },
    {
      title: "substring counts from 0, negative from the end",
      expression: 'strcat(substring("abcdef", 1, 2), substring("abcdef", -2))',
      expected: "bcef",
    },
    { title: "split of an empty text is one empty part", expression: 'split("", ",")', expected: [""] },
    { title: "split with an index is an array of one", expression: 'split("a,b", ",", 1)', expected: ["b"] },
    { title: "the old replace has the pattern first", expression: 'replace("b+", "x", "abbc")', expected: "axc" },
    { title: "trim takes a regex", expression: 'trim("[-]+", "--a--")', expected: "a" },
    { title: "translate pads with its last character", expression: 'translate("abc", "x", "abcd")', expected: "xxxd" },
    { title: "countof counts overlaps", expression: 'countof("aaa", "aa")', expected: 2 },
    { title: "base64 of invalid UTF-8 is empty", expression: 'base64_decode_tostring("/w==")', expected: "" },
  ])("$title", async ({ expression, expected }) => {
    expect(await valueOf(expression)).toEqual(expected);
  });
});

describe("dynamic", () => {
  test.each([
    { title: "JSON null is Kusto's null", expression: "isnull(parse_json('{\"a\": null}').a)", expected: true },
    { title: "text that is no JSON stays a string", expression: 'tostring(parse_json("x y"))', expected: "x y" },
    { title: "a negative index counts from the end", expression: "dynamic([1, 2, 3])[-1]", expected: 3 },
    { title: "member names may hold quotes", expression: 'dynamic({"a\\"b": 1})["a\\"b"]', expected: 1 },
    { title: "member names are case-sensitive", expression: 'isnull(dynamic({"A": 1}).a)', expected: true },
    { title: "strings come out without quotes", expression: 'strcat(dynamic({"a": "x"}).a, "!")', expected: "x!" },
    { title: "objects come out compact", expression: 'tostring(dynamic({"a": [1, 2]}))', expected: '{"a":[1,2]}' },
    { title: "a real stays a real", expression: "tostring(pack_array(5.0))", expected: "[5.0]" },
    { title: "a JSON boolean is a number", expression: "toint(dynamic(true))", expected: 1 },
    { title: "array_length of a bag is null", expression: "array_length(parse_json('{\"a\": 1}'))", expected: null },
    { title: "compared with a number it is one", expression: 'dynamic({"a": 10}).a > 9', expected: true },
    {
      title: "dates inside are text",
      expression: "tostring(pack_array(datetime(2024-01-01))[0])",
      expected: "2024-01-01T00:00:00.0000000Z",
    },
    {
      title: "digits of long numbers survive",
      expression: "tostring(dynamic([9223372036854775807])[0])",
      expected: "9223372036854775807",
    },
    {
      title: "keys that look like numbers keep their order",
      expression: 'tostring(bag_remove_keys(dynamic({"2": 1, "1": 2, "x": 3}), dynamic(["x"])))',
      expected: '{"2":1,"1":2}',
    },
  ])("$title", async ({ expression, expected }) => {
    expect(await valueOf(expression)).toEqual(expected);
  });
});

describe("time", () => {
  test.each([
    {
      title: "weeks of bin start on Mondays (year 1 began on one)",
      expression: "bin(datetime(2024-06-15), 7d)",
      expected: "2024-06-10T00:00:00.0000000Z",
    },
    {
      title: "startofweek is a Sunday",
      expression: "startofweek(datetime(2024-06-15))",
      expected: "2024-06-09T00:00:00.0000000Z",
    },
    {
      title: "dayofweek is a timespan",
      expression: "tostring(dayofweek(datetime(2024-06-15)))",
      expected: "6.00:00:00",
    },
    {
      title: "datetime_diff counts boundaries",
      expression: 'datetime_diff("year", datetime(2017-01-01), datetime(2000-12-31))',
      expected: 17,
    },
    {
      title: "weeks of datetime_diff end on Sundays",
      expression: 'datetime_diff("week", datetime(2024-06-16), datetime(2024-06-15))',
      expected: 1,
    },
    {
      title: "an offset is converted, not dropped",
      expression: 'todatetime("2024-01-01T02:00:00+02:00")',
      expected: "2024-01-01T00:00:00.0000000Z",
    },
    {
      title: "months come first in slashed dates",
      expression: 'todatetime("02/03/2024")',
      expected: "2024-02-03T00:00:00.0000000Z",
    },
    {
      title: "time(5) is five days (the official parser says 0)",
      expression: "tostring(time(5))",
      expected: "5.00:00:00",
    },
    { title: "timespans divide into reals", expression: "3d / 2d", expected: 1.5 },
    {
      title: "between takes a timespan as the length",
      expression: "datetime(2024-01-01 12:00) between (datetime(2024-01-01) .. 1d)",
      expected: true,
    },
    { title: "now() is one value, given by the caller", expression: "now()", expected: "2024-06-15T12:00:00.0000000Z" },
    {
      title: "sub-second parts leave out the seconds",
      expression: 'datetime_part("millisecond", datetime(2024-01-01 00:00:05.678))',
      expected: 678,
    },
    { title: "out-of-range parts give null", expression: "make_datetime(2024, 13, 1)", expected: null },
  ])("$title", async ({ expression, expected }) => {
    expect(await valueOf(expression)).toEqual(expected);
  });
});

describe("aggregates over nothing", () => {
  const none = "datatable(x: long, r: real, d: dynamic)[]";
  test.each([
    { title: "sum is 0", aggregate: "sum(x)", expected: 0 },
    { title: "avg is NaN", aggregate: "avg(x)", expected: "NaN" },
    { title: "min is null", aggregate: "min(x)", expected: null },
    { title: "stdev is 0", aggregate: "stdev(r)", expected: 0 },
    { title: "dcount is 0", aggregate: "dcount(x)", expected: 0 },
    { title: "make_list is an empty array", aggregate: "make_list(x)", expected: [] },
    { title: "make_set is an empty array", aggregate: "make_set(d)", expected: [] },
  ])("$title", async ({ aggregate, expected }) => {
    expect(await rowsOf(`${none} | summarize ${aggregate}`)).toEqual([[expected]]);
  });
  test("with by there is no row", async () => {
    expect(await rowsOf(`${none} | summarize count() by x`)).toEqual([]);
  });
});

describe("tables", () => {
  const t = 'datatable(k: string, v: long)["a", 1, "a", 2, "b", 3]';
  test.each([
    { title: "sort is descending unless asked", query: `${t} | sort by v | project v`, expected: [[3], [2], [1]] },
    {
      title: "ascending puts nulls first",
      query: "datatable(v: long)[1, long(null)] | sort by v asc",
      expected: [[null], [1]],
    },
    {
      title: "NaN sorts next to null, not above infinity",
      query: "datatable(v: real)[1.0, real(nan), real(+inf)] | sort by v desc",
      expected: [["Infinity"], [1], ["NaN"]],
    },
    {
      title: "take after sort keeps the order, sort after take does not widen it",
      query: `${t} | sort by v | take 2 | sort by v asc | project v`,
      expected: [[2], [3]],
    },
    {
      title: "extend replaces a column in place",
      query: `${t} | where v == 1 | extend k = strcat(k, "!")`,
      expected: [["a!", 1]],
    },
    {
      title: "items of one extend see the input, not each other",
      query: "print a = 1 | extend a = a + 1, b = a * 10",
      expected: [[2, 10]],
    },
    {
      title: "names that differ in case are different columns",
      query: "print Name = 1, name = 2 | extend NAME = Name + name",
      expected: [[1, 2, 3]],
    },
    {
      title: "join keeps one left row per key by default",
      query: `${t} | join (${t} | project k) on k | count`,
      expected: [[3]],
    },
    {
      title: "kind=inner keeps all pairs",
      query: `${t} | join kind=inner (${t} | project k) on k | count`,
      expected: [[5]],
    },
    {
      title: "unmatched strings are empty after an outer join",
      query: `${t} | where k == "b" | join kind=leftouter (print k = "z", w = "w") on k | project w`,
      expected: [[""]],
    },
    {
      title: "leftanti keeps rows without a key",
      query: "datatable(k: long)[1, long(null)] | join kind=leftanti (print k = 1) on k",
      expected: [[null]],
    },
    {
      title: "mv-expand drops empty arrays and keeps null",
      query: "datatable(d: dynamic)[dynamic([]), dynamic(null), dynamic([7])] | mv-expand d | count",
      expected: [[2]],
    },
    {
      title: "arg_max gives a row even if nothing can be compared",
      query: 'datatable(v: long, s: string)[long(null), "x"] | summarize arg_max(v, s) | project s',
      expected: [["x"]],
    },
    {
      title: "make_set flattens arrays",
      query: "datatable(d: dynamic)[dynamic([1, 2]), dynamic([2, 3])] | summarize s = array_sort_asc(make_set(d))",
      expected: [[[1, 2, 3]]],
    },
    {
      title: "percentile is a value of the data",
      query: "range x from 1 to 4 step 1 | summarize percentile(x, 50)",
      expected: [[2]],
    },
    {
      title: "range includes its end",
      query: "range x from 1 to 5 step 2 | summarize make_list(x)",
      expected: [[[1, 3, 5]]],
    },
  ])("$title", async ({ query, expected }) => {
    expect(await rowsOf(query)).toEqual(expected);
  });
});
