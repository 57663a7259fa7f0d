import { expect, test } from "vitest";
import { blobRead, emptyEntry } from "../testing/log-entries.js";
import { formatRequestCsv, formatRequestJson, requestColumns, requestCsvHeader } from "./request-rows.js";

test("JSON has every field of the entry under its name, numbers that are missing as null", () => {
  expect(JSON.parse(formatRequestJson(blobRead))).toEqual(blobRead);
  const row = JSON.parse(formatRequestJson(emptyEntry)) as Record<string, unknown>;
  expect(Object.keys(row)).toEqual(requestColumns);
  expect(row).toMatchObject({ operationCount: null, requestUrl: "" });
});

test("JSON stays on one line", () => {
  expect(formatRequestJson({ ...blobRead, userAgentHeader: "a\nb" })).not.toContain("\n");
});

test("the header of CSV names the columns in the order of the log line", () => {
  expect(requestCsvHeader).toMatch(
    /^version,requestStartTime,operationType,.*,userPrincipalName,authorizationDetail\r\n$/,
  );
  expect(requestColumns).toHaveLength(37);
});

test.each([
  ["a comma", "a,b", '"a,b"'],
  ["a quote", 'a"b', '"a""b"'],
  ["a line end", "a\nb", '"a\nb"'],
  ["a formula", "=HYPERLINK(1)", "'=HYPERLINK(1)"],
  ["a formula with a quote", '@SUM("x")', `"'@SUM(""x"")"`],
  ["a plus", "+1", "'+1"],
  ["a minus", "-1", "'-1"],
  ["a tab", "\t=1", "'\t=1"],
  ["other text", "ü 😀; 'x'", "ü 😀; 'x'"],
])("a cell of CSV with %s is written so that it is only text", (_, userAgentHeader, cell) => {
  expect(formatRequestCsv({ ...emptyEntry, userAgentHeader })).toBe(
    `1.0,2014-06-19T22:59:23.1967767Z${",".repeat(26)}${cell}${",".repeat(9)}\r\n`,
  );
});

test("a missing number is an empty cell, a number is bare", () => {
  expect(formatRequestCsv({ ...emptyEntry, endToEndLatencyMs: 17 })).toContain("Z,,,,17,,");
});
