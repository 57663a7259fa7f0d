import { describe, expect, test } from "vitest";
import { Catalogue } from "./catalogue.js";
import { classify, completionsAt, hoverAt } from "./editor.js";

const columns = [
  { name: "OperationName", type: "string" },
  { name: "DurationMs", type: "real" },
] as const;
const catalogue = new Catalogue({ tables: [{ name: "StorageBlobLogs", columns }] });

describe("the editor", () => {
  test.each([
    { title: "tables at the beginning", text: "Stor", label: "StorageBlobLogs", kind: "Table" },
    { title: "columns in a condition", text: "StorageBlobLogs | where Op", label: "OperationName", kind: "Column" },
    { title: "operators after a pipe", text: "StorageBlobLogs | summ", label: "summarize", kind: "QueryPrefix" },
    {
      title: "functions in an expression",
      text: "StorageBlobLogs | extend x = strl",
      label: "strlen",
      kind: "BuiltInFunction",
    },
  ])("completes $title", ({ text, label, kind }) => {
    const { items, replaces } = completionsAt(text, text.length, catalogue);
    expect(items.find((item) => item.label.startsWith(label))).toMatchObject({ kind });
    expect(text.slice(replaces.start, replaces.end)).toBe(/\w+$/.exec(text)?.[0]);
  });

  test("does not complete columns of another table", () => {
    const text = "print a = 1 | where ";
    const labels = completionsAt(text, text.length, catalogue).items.map(({ label }) => label);
    expect(labels).toContain("a");
    expect(labels).not.toContain("OperationName");
  });

  test("says what a name is", () => {
    const text = "StorageBlobLogs | where DurationMs > 5";
    expect(hoverAt(text, text.indexOf("Duration") + 2, catalogue)).toContain("DurationMs: real");
    expect(hoverAt(text, text.length + 100, catalogue)).toBeUndefined();
  });

  test("colours every word", () => {
    const text = "StorageBlobLogs | where OperationName == 'x' // all";
    const kinds = classify(text, catalogue).map(({ span, kind }) => [text.slice(span.start, span.end), kind]);
    expect(kinds).toContainEqual(["StorageBlobLogs", "Table"]);
    expect(kinds).toContainEqual(["where", "QueryOperator"]);
    expect(kinds).toContainEqual(["OperationName", "Column"]);
    expect(kinds).toContainEqual(["'x'", "StringLiteral"]);
    expect(kinds).toContainEqual(["// all", "Comment"]);
  });
});
