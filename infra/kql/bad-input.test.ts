import { describe, expect, test } from "vitest";
import { ask } from "./testing.js";

const tables = [{ name: "Log", columns: [{ name: "Text", type: "string" as const }] }];
const limits = { timeoutMs: 500, maxRows: 1000, maxBytes: 100_000 };

describe("bad input is refused with its code and place", () => {
  test.each([
    {
      title: "10,000 brackets inside each other",
      query: `print ${"(".repeat(10_000)}1${")".repeat(10_000)}`,
      code: "VG002",
    },
    { title: "a megabyte of query", query: `print "${"x".repeat(1_000_000)}"`, code: "VG002" },
    { title: "an unknown table", query: "Lok | count", code: "KS204" },
    { title: "an unknown column", query: "Log | where Txt == 'a'", code: "KS142" },
    { title: "an unknown function", query: "print strlenn('a')", code: "KS211" },
    { title: "a function of the engine that KQL has not", query: "print read_text('/etc/passwd')", code: "KS211" },
    { title: "a join on different types", query: "Log | join (print Text = 1) on Text", code: "KS227" },
  ])("$title", async ({ query, code }) => {
    const result = await ask(query, { tables });
    if (result.kind !== "refused") throw new Error(result.kind);
    expect(result.diagnostics[0]?.code).toBe(code);
    expect(result.diagnostics[0]?.span.end).toBeGreaterThan(0);
  });

  test("a function that calls itself does not run", async () => {
    const result = await ask("let f = () { f() }; f()", { tables });
    expect(result.kind).toBe("refused");
  });
});

describe("limits end a query with their name", () => {
  const million = "range x from 1 to 1000000 step 1 | extend k = 1";
  test.each([
    {
      title: "a join that multiplies",
      query: `${million} | join kind=inner (${million}) on k | summarize sum(x * x1)`,
      reason: "timeout",
    },
    {
      title: "a sort of too much",
      query: `${million} | join kind=inner (${million}) on k | sort by x1 asc | take 1`,
      reason: "timeout",
    },
    { title: "too many rows", query: "range x from 1 to 2000 step 1", reason: "too-many-rows" },
    {
      title: "too many bytes",
      query: 'range x from 1 to 500 step 1 | extend t = strrep("abcdefghij", 100)',
      reason: "too-many-bytes",
    },
  ])("$title: $reason", async ({ query, reason }) => {
    expect(await ask(query, { tables, limits })).toMatchObject({ kind: "failed", reason });
  });

  test("a regex that would blow up elsewhere is linear here", async () => {
    const query = 'print x = strcat(strrep("a", 5000), "!") | where x matches regex "^(a+)+$" | count';
    expect(await ask(query, { tables, limits: { ...limits, timeoutMs: 5000 } })).toMatchObject({
      kind: "rows",
      rows: [[0]],
    });
  });
});
