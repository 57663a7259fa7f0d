import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { formatRowToken, maxRowTokenLength, parseRowToken, tableRowFormat } from "./metrics-page.js";

describe("a continuation token", () => {
  test("gives back the place that it was made of", () => {
    fc.assert(
      // half a surrogate does not survive UTF-8, and no key in a table has one
      fc.property(fc.string({ unit: "grapheme" }), (rowKey) => {
        const place = { partitionKey: "20260131T0800", rowKey };
        expect(parseRowToken(formatRowToken(place))).toEqual(place);
      }),
    );
  });

  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  test.each([
    "",
    "x",
    "!",
    encode([2, "20260131T0800", "user;All"]),
    encode([1, "20260131T0800"]),
    encode([1, "yesterday", "user;All"]),
    encode([1, "20260131T0800", 7]),
    `${encode([1, "20260131T0800", "user;All"])}=`,
    encode([1, "20260131T0800", "x".repeat(maxRowTokenLength)]),
  ])("'%s' is none", (token) => {
    expect(parseRowToken(token)).toBeUndefined();
  });
});

test("a row has Azure's names, and what somebody wrote into it is text", () => {
  const format = tableRowFormat(["TotalRequests", "Availability"]);
  const row = { partitionKey: "20260131T0800", rowKey: '=cmd;"x",y', columns: { TotalRequests: 7 } };
  expect(format.csvHeader).toBe("PartitionKey,RowKey,TotalRequests,Availability\r\n");
  expect(format.csv(row)).toBe(`20260131T0800,"'=cmd;""x"",y",7,\r\n`);
  expect(JSON.parse(format.json(row))).toEqual({
    PartitionKey: "20260131T0800",
    RowKey: '=cmd;"x",y',
    TotalRequests: 7,
    Availability: null,
  });
});
