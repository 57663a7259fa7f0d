import { describe, expect, test } from "vitest";
import { Catalogue, mayReadAll } from "./catalogue.js";
import { dropPools, loadKusto } from "./kusto.js";

const catalogue = new Catalogue({
  tables: [
    { name: "Log", columns: [{ name: "Text", type: "string" }] },
    { name: "Open", columns: [{ name: "Text", type: "string" }], open: true },
  ],
  functions: [{ name: "Saved", parameters: "()", body: "{ Log }" }],
});

describe("what the binder works out is kept for the next query with the same schemas", () => {
  test.each([
    { title: "over one table", a: "Log | take 1", b: "Log | where Text == 'a'", same: true },
    { title: "over all tables", a: "union * | count", b: "search 'a' | take 5", same: true },
    { title: "over all tables and one", a: "union * | count", b: "Log | count", same: false },
    { title: "with a saved function", a: "Log | count", b: "Saved | count", same: false },
    { title: "with a column of an open table", a: "Open | count", b: "Open | where Some_s == 'a'", same: false },
  ])("$title", ({ a, b, same }) => {
    expect(catalogue.globalsFor(a) === catalogue.globalsFor(b)).toBe(same);
  });

  test("a column that an open table got by name is not there for others", () => {
    expect(catalogue.globalsFor("Open | count", ["Some"])).not.toBe(catalogue.globalsFor("Open | count"));
  });
});

describe("a query gets the symbols of all tables only if it may read them", () => {
  test.each([
    { query: "union * | count", all: true },
    { query: "union withsource=T * | count", all: true },
    { query: "union Sec*, A | count", all: true },
    { query: "union Log1*, Log*2 | count", all: true },
    { query: "print ```it's```; union * | where x == 'a'", all: true },
    { query: "union A, (search 'x') | count", all: true },
    { query: "search in (A, B) 'x'", all: true },
    { query: "union A, B | where Ago > 2*1d | summarize count()", all: false },
    { query: "union A, B | extend x = todouble(n) * 100, y = 1.5 * n", all: false },
    { query: "let f = (T: (*)) { T | count }; union A, B | invoke f()", all: false },
    { query: "// union *\nA | where x == 'union *'", all: false },
  ])("$query: $all", ({ query, all }) => {
    expect(mayReadAll(query)).toBe(all);
  });
});

test("assumption: the binder's pools are found, all of them", () => {
  loadKusto().language.KustoCode.ParseAndAnalyze("print 1", catalogue.globalsFor("print 1"));
  expect(dropPools()).toBeGreaterThanOrEqual(17);
});
