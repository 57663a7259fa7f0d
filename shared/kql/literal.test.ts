import { describe, expect, test } from "vitest";
import fc from "fast-check";
import {
  formatDatetime,
  formatTimespan,
  parseBool,
  parseDatetime,
  parseGuid,
  parseLong,
  parseReal,
  parseTimespan,
} from "./literal.js";

describe("timespans", () => {
  test.each([
    ["1d", 864_000_000_000n],
    ["1.5h", 54_000_000_000n],
    ["1tick", 1n],
    ["10microseconds", 100n],
    ["5", 5n * 864_000_000_000n],
    ["1.02:03:04.5", 937_845_000_000n],
    ["-00:00:01", -10_000_000n],
    ["25:00:00", undefined],
    ["1 parsec", undefined],
  ])("%s", (text, ticks) => {
    expect(parseTimespan(text)).toBe(ticks);
  });
  test("what is formatted is read back", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }),
        (ticks) => parseTimespan(formatTimespan(ticks)) === ticks,
      ),
    );
  });
});

describe("datetimes", () => {
  test.each([
    ["2017-01-02", "2017-01-02T00:00:00.0000000Z"],
    ["2015-12-31 23:59:59.9999999", "2015-12-31T23:59:59.9999999Z"],
    ["2024-01-01T02:00:00+02:00", "2024-01-01T00:00:00.0000000Z"],
    ["12/31/2023 5:00 PM", "2023-12-31T17:00:00.0000000Z"],
    ["Sat, 01 Jan 2022 10:00:00 GMT", "2022-01-01T10:00:00.0000000Z"],
    ["2 Dec 2022", "2022-12-02T00:00:00.0000000Z"],
    ["20221202", "2022-12-02T00:00:00.0000000Z"],
    ["2022-02-30", undefined],
    ["tomorrow", undefined],
  ])("%s", (text, expected) => {
    const ticks = parseDatetime(text);
    expect(ticks === undefined ? undefined : formatDatetime(ticks)).toBe(expected);
  });
  test("what is formatted is read back, to the tick", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 3_155_378_975_999_999_999n }),
        (ticks) => parseDatetime(formatDatetime(ticks)) === ticks,
      ),
    );
  });
});

test.each([
  [parseLong("0xFF"), 255n],
  [parseLong("-7"), -7n],
  [parseLong("1.0"), undefined],
  [parseReal("1e3"), 1000],
  [parseReal("+inf"), Infinity],
  [parseReal("x"), undefined],
  [parseBool("1"), true],
  [parseBool("FALSE"), false],
  [parseGuid("{74BE27DE-1E4E-49D9-B579-FE0B331D3642}"), "74be27de-1e4e-49d9-b579-fe0b331d3642"],
  [parseGuid("74be27de"), undefined],
])("a literal is read as %s", (value, expected) => {
  expect(value).toBe(expected);
});
