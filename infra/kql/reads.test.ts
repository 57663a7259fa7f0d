import { expect, test } from "vitest";
import { Catalogue } from "../../shared/kql/catalogue.js";
import { compile } from "../../shared/kql/compile.js";
import { testNow } from "./testing.js";

const columns = [
  { name: "TimeGenerated", type: "datetime" },
  { name: "Text", type: "string" },
  { name: "Bag", type: "dynamic" },
  { name: "Number", type: "long" },
  { name: "Flag", type: "bool" },
] as const;
const catalogue = new Catalogue({ tables: [{ name: "T", columns }] });

function columnsRead(query: string): readonly string[] {
  const result = compile(query, { catalogue, now: testNow });
  if (result.kind !== "compiled") throw new Error(JSON.stringify(result));
  return result.reads.flatMap((read) => read.columns.map(({ name }) => name));
}

test.each([
  { title: "a search for a word reads only text", query: 'search "x" | count', expected: ["Text", "Bag"] },
  {
    title: "a search for a number reads what can hold one",
    query: 'search "42" | count',
    expected: ["TimeGenerated", "Text", "Bag", "Number"],
  },
  { title: "a search for true reads flags", query: 'search "true" | count', expected: ["Text", "Bag", "Flag"] },
  {
    title: "a union reads what its consumer needs",
    query: "union T, T | summarize sum(Number)",
    expected: ["Number", "Number"],
  },
  {
    title: "a column that is computed and dropped is not read",
    query: "T | extend x = Number | project Text",
    expected: ["Text"],
  },
])("$title", ({ query, expected }) => {
  expect(columnsRead(query)).toEqual(expected);
});
