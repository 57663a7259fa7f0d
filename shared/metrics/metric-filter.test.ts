import fc from "fast-check";
import { expect, test } from "vitest";

import { maxConditions, maxFilterValues, parseMetricFilter } from "./metric-filter.js";
import { type DimensionCondition } from "./series-query.js";

const any = (dimension: string): DimensionCondition => ({ kind: "any", dimension });
const only = (dimension: string, ...values: string[]): DimensionCondition => ({ kind: "in", dimension, values });

test.each<{ text: string; conditions: readonly DimensionCondition[] }>([
  { text: "ApiName eq '*'", conditions: [any("ApiName")] },
  { text: "ApiName eq 'GetBlob'", conditions: [only("ApiName", "GetBlob")] },
  { text: "ApiName eq 'GetBlob' or ApiName eq 'PutBlob'", conditions: [only("ApiName", "GetBlob", "PutBlob")] },
  { text: "apiname EQ 'a' OR APINAME Eq 'b'", conditions: [only("apiname", "a", "b")] },
  { text: "A eq 'a1' and B eq '*'", conditions: [only("A", "a1"), any("B")] },
  // the sample of the batch API means it like this
  {
    text: "ApiName eq 'GetBlob' or ApiName eq 'GetBlobServiceProperties' and Authentication eq '*'",
    conditions: [only("ApiName", "GetBlob", "GetBlobServiceProperties"), any("Authentication")],
  },
  { text: "(A eq 'a' or A eq 'b') and (B eq 'c')", conditions: [only("A", "a", "b"), only("B", "c")] },
  { text: "LUN eq '0' and Microsoft.ResourceId eq '*'", conditions: [only("LUN", "0"), any("Microsoft.ResourceId")] },
  { text: "A eq 'it''s'", conditions: [only("A", "it's")] },
  { text: "A eq ''", conditions: [only("A", "")] },
  { text: "A eq 'and or eq ) ('", conditions: [only("A", "and or eq ) (")] },
  { text: "  A\teq\n'x'  ", conditions: [only("A", "x")] },
  {
    text: "A ne 'x' and A ne 'y'",
    conditions: [
      { kind: "notIn", dimension: "A", values: ["x"] },
      { kind: "notIn", dimension: "A", values: ["y"] },
    ],
  },
  { text: "A sw 'x' or A startswith 'y'", conditions: [{ kind: "startsWith", dimension: "A", values: ["x", "y"] }] },
  { text: "startswith(A, 'x')", conditions: [{ kind: "startsWith", dimension: "A", values: ["x"] }] },
  { text: "startswith eq 'x'", conditions: [only("startswith", "x")] },
  { text: "A eq 'x' or A eq '*'", conditions: [any("A")] },
])("$text is read", ({ text, conditions }) => {
  expect(parseMetricFilter(text)).toEqual({ kind: "filter", conditions });
});

test.each([
  { text: "", position: 0, says: "the name of a dimension" },
  { text: "A", position: 1, says: "one of eq, ne, sw, startswith" },
  { text: "A eq", position: 4, says: "a value in single quotes" },
  { text: "A eq x", position: 5, says: "a value in single quotes" },
  { text: "A eq 'x", position: 5, says: "a quote without its counterpart" },
  { text: "A eq 'it's'", position: 10, says: "a quote without its counterpart" },
  { text: "A eq 'x' B eq 'y'", position: 9, says: "'and' or 'or' could be" },
  { text: "A eq 'x' and", position: 12, says: "the name of a dimension" },
  { text: "A gt 'x'", position: 2, says: "one of eq" },
  { text: "A eq 'a1' and C eq '*' or B eq 'b2'", position: 26, says: "between C and B" },
  { text: "(A eq 'x'", position: 9, says: "a parenthesis without its counterpart" },
  { text: "(A eq 'x') or A eq 'y'", position: 11, says: "'or' after a group" },
  { text: "A eq 'x' or A ne 'y'", position: 0, says: "operators that it can't join" },
  { text: "A eq 'x'; drop table t", position: 8, says: 'unexpected ";"' },
  { text: "A eq 'x' or 1 eq 1", position: 12, says: 'unexpected "1"' },
  { text: 'A eq "x"', position: 5, says: "unexpected" },
  { text: "substringof(A, 'x')", position: 11, says: "one of eq" },
  { text: "startswith(A 'x')", position: 11, says: "startswith(name, 'value')" },
])("$text is refused at character $position: $says", ({ text, position, says }) => {
  const outcome = parseMetricFilter(text);
  expect(outcome).toMatchObject({ kind: "invalid", position });
  expect(outcome.kind === "invalid" && outcome.message).toContain(says);
  expect(outcome.kind === "invalid" && outcome.message).toContain("A filter is like: ApiName eq 'GetBlob'");
});

test("conditions and values have limits", () => {
  const many = (count: number, join: string, name: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => `${name(index)} eq '${index}'`).join(join);
  expect(parseMetricFilter(many(maxConditions, " and ", (index) => `A${index}`)).kind).toBe("filter");
  expect(parseMetricFilter(many(maxConditions + 1, " and ", (index) => `A${index}`)).kind).toBe("invalid");
  expect(parseMetricFilter(many(maxFilterValues, " or ", () => "A")).kind).toBe("filter");
  expect(parseMetricFilter(many(maxFilterValues + 1, " or ", () => "A")).kind).toBe("invalid");
});

test("a value comes out as it went in, whatever it holds, and never as anything but a value", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }).filter((value) => value !== "*"),
      (value) => {
        const outcome = parseMetricFilter(`A eq '${value.replaceAll("'", "''")}' and B eq '*'`);
        expect(outcome).toEqual({ kind: "filter", conditions: [only("A", value), any("B")] });
      },
    ),
  );
});

test("whatever the text, the answer is a filter or a refusal with a place in the text", () => {
  const piece = fc.constantFrom(
    "A",
    " eq ",
    "'x'",
    " and ",
    " or ",
    "(",
    ")",
    "'",
    "*",
    " ",
    "ne",
    ",",
    "startswith(",
    ";",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join("");
      const outcome = parseMetricFilter(text);
      if (outcome.kind === "filter") return;
      expect(outcome.position).toBeGreaterThanOrEqual(0);
      expect(outcome.position).toBeLessThanOrEqual(text.length);
    }),
  );
});
