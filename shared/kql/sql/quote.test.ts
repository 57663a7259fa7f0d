import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { quoteIdentifier, quoteText, safeName } from "./quote.js";

describe("user text cannot leave its quotes", () => {
  test("in names", () => {
    fc.assert(
      fc.property(
        fc.string().filter((name) => !name.includes("\0")),
        (name) => {
          expect(quoteIdentifier(name).slice(1, -1).replaceAll('""', "")).not.toContain('"');
        },
      ),
    );
  });
  test("in text", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme" }).filter((text) => !/[\0\u0001]/.test(text)),
        (text) => {
          expect(quoteText(text).slice(1, -1).replaceAll("''", "")).not.toContain("'");
        },
      ),
    );
  });
  test.each(["a\0b", "a\u0001b"])("control characters that mean something are refused: %j", (text) => {
    expect(() => quoteText(text)).toThrow("control characters");
  });
});

test("column names hold ASCII letters, digits and _ only, and differ without regard to case", () => {
  const taken = new Set<string>();
  expect(["Name", "name", 'x"; DROP', "é"].map((name) => safeName(name, taken))).toEqual([
    '"Name"',
    '"name__2"',
    '"x___DROP"',
    '"_"',
  ]);
});
