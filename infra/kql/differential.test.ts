import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rowsOf } from "./testing.js";

// Pairs of queries that must agree, whatever the rows: nulls, empty strings, odd Unicode, dynamic values.
const text = fc.constantFrom("", "a", "A", "b", "a_b", "é", "🙂", "'; drop table x; --", '"q"', "\\", "%");
const whole = fc.constantFrom("long(null)", "0", "1", "-1", "5", "9007199254740993");
const real = fc.constantFrom("real(null)", "0.0", "1.5", "-2.25", "real(nan)");
const dynamic = fc.constantFrom(
  "dynamic(null)",
  'dynamic({"k":1})',
  'dynamic([1,"x",null])',
  "dynamic([])",
  'dynamic("s")',
);
const row = fc.tuple(text, whole, real, dynamic);
const rows = fc.array(row, { minLength: 1, maxLength: 8 });

function table(values: readonly (readonly [string, string, string, string])[]): string {
  const cells = values.flatMap(([s, n, r, d]) => [JSON.stringify(s), n, r, d]);
  return `datatable(s: string, n: long, r: real, d: dynamic)[${cells.join(", ")}]`;
}

const sorted = (found: readonly (readonly unknown[])[]) =>
  found
    .map((cells) => JSON.stringify(cells, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value)))
    .sort();

/** Few runs: each compiles and executes two queries. The seed is fixed, so that a failure is one for everybody. */
const runs = { numRuns: 4, seed: 7 } as const;

describe("pairs that must agree", () => {
  test.each([
    {
      title: "two conditions and two filters",
      a: 'T | where n > 0 and s != "a"',
      b: 'T | where n > 0 | where s != "a"',
    },
    {
      title: "a filter and the rows that its negation leaves",
      a: "T | where n == 1 or not(n == 1) or isnull(n == 1)",
      b: "T",
    },
    { title: "!= and not(==)", a: 'T | where s != "a"', b: 'T | where not(s == "a")' },
    { title: "distinct and summarize by", a: "T | distinct s, n", b: "T | summarize by s, n" },
    {
      title: "sums of parts and the sum",
      a: "T | summarize x = sum(n % 1000)",
      b: "T | summarize p = sum(n % 1000) by s | summarize x = sum(p)",
    },
    {
      title: "counts of parts and the count",
      a: "T | count",
      b: "T | summarize c = count() by s | summarize Count = sum(c)",
    },
    {
      title: "a join and its reverse",
      a: "T | join kind=inner (T) on n | project s, s1",
      b: "T | join kind=inner (T) on n | project s = s1, s1 = s",
    },
    {
      title: "leftanti and what no inner join finds",
      a: "T | join kind=leftanti (T | where n > 0) on s",
      b: "T | where s !in ((T | where n > 0 | project s))",
    },
    {
      title: "union and its parts",
      a: "union (T | where n > 0), (T | where not(n > 0)), (T | where isnull(n))",
      b: "T",
    },
    {
      title: "elements of arrays in two ways",
      a: "T | where gettype(d) == 'array' | mv-expand e = d | count",
      b: "T | where gettype(d) == 'array' | summarize Count = sum(array_length(d))",
    },
    {
      title: "text as dynamic and back",
      a: "T | project x = tostring(parse_json(tostring(bag_pack('s', s))).s)",
      b: "T | project x = s",
    },
    {
      title: "top and sort with take",
      a: "T | top 3 by n asc | project n",
      b: "T | sort by n asc | take 3 | project n",
    },
  ])("$title", async ({ a, b }) => {
    await fc.assert(
      fc.asyncProperty(rows, async (values) => {
        const [left, right] = [a, b].map((query) => `let T = ${table(values)}; ${query}`);
        expect(sorted(await rowsOf(left ?? ""))).toEqual(sorted(await rowsOf(right ?? "")));
      }),
      runs,
    );
  });
});

describe("hostile text is only text", () => {
  const hostile = '\'); SELECT * FROM duckdb_secrets(); -- \u0000$1 "x" ${y}';
  test.each([
    { where: "a string", query: `print x = ${JSON.stringify(hostile)}` },
    { where: "a column's name", query: `print x = ${JSON.stringify(hostile)} | project-rename ['a"; drop--'] = x` },
    {
      where: "a dynamic path",
      query: `print d = bag_pack(${JSON.stringify(hostile)}, "v") | project x = iff(d[${JSON.stringify(hostile)}] == "v", ${JSON.stringify(hostile)}, "")`,
    },
    { where: "a list", query: `print x = ${JSON.stringify(hostile)} | where x in (${JSON.stringify(hostile)}, "b")` },
  ])("in $where", async ({ query }) => {
    expect((await rowsOf(query))[0]).toEqual([hostile]);
  });
});
