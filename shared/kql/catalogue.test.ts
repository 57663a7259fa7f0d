import { describe, expect, test } from "vitest";
import { Catalogue } from "./catalogue.js";
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

test("assumption: the binder's pools are found, all of them", () => {
  loadKusto().language.KustoCode.ParseAndAnalyze("print 1", catalogue.globalsFor("print 1"));
  expect(dropPools()).toBeGreaterThanOrEqual(17);
});
