import { expect, test } from "vitest";
import { formatStartTime, normaliseStartTime } from "./start-time.js";

test.each([
  ["2014-06-19T22:59:23.1967767Z", "2014-06-19T22:59:23.1967767Z"],
  ["2014-06-19T22:59:23Z", "2014-06-19T22:59:23.0000000Z"],
  ["2014-06-19T22:59:23.5Z", "2014-06-19T22:59:23.5000000Z"],
  ["2014-06-19T22:59:23.123456789Z", "2014-06-19T22:59:23.1234567Z"],
  ["2024-02-29T23:59:59.9999999Z", "2024-02-29T23:59:59.9999999Z"],
  ["0000-01-01T00:00:00Z", "0000-01-01T00:00:00.0000000Z"],
])("%s is %s", (text, normalised) => {
  expect(normaliseStartTime(text)).toBe(normalised);
});

test.each([
  "",
  "2023-02-29T00:00:00Z",
  "2024-04-31T00:00:00Z",
  "2024-00-10T00:00:00Z",
  "2024-13-10T00:00:00Z",
  "2024-01-00T00:00:00Z",
  "2024-01-32T00:00:00Z",
  "2024-01-01T24:00:00Z",
  "2024-01-01T00:60:00Z",
  "2024-01-01T00:00:60Z",
  "2024-01-01T00:00:00.Z",
  "2024-01-01T00:00:00.1234567890Z",
  "2024-01-01T00:00:00",
  "2024-01-01T00:00:00+00:00",
  "2024-01-01 00:00:00Z",
  "2024-01-01T00:00:00Z\n",
])("'%s' is no start time", (text) => {
  expect(normaliseStartTime(text)).toBeUndefined();
});

test("a Date is written with seven digits", () => {
  expect(formatStartTime(new Date("2024-03-05T10:00:00.123Z"))).toBe("2024-03-05T10:00:00.1230000Z");
});

test("a year of five digits cannot be written", () => {
  expect(() => formatStartTime(new Date("+010000-01-01T00:00:00Z"))).toThrow(RangeError);
});
