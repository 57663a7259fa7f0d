import fc from "fast-check";
import { expect, test } from "vitest";

import {
  formatMinutes,
  formatTimeSpan,
  grainMinutes,
  parseDuration,
  parseInstant,
  parseTimeSpan,
  timeGrains,
} from "./time-grain.js";

test.each([
  ["PT1M", 60_000],
  ["Pt15m", 900_000],
  ["PT24H", 86_400_000],
  ["P1D", 86_400_000],
  ["P1W", 604_800_000],
  ["P1DT2H3M4S", 93_784_000],
  ["PT0.5S", undefined],
  ["PT90S", 90_000],
  ["P", undefined],
  ["PT", undefined],
  ["P1DT", undefined],
  ["PT0M", undefined],
  ["P1M", undefined],
  ["P1Y", undefined],
  ["1H", undefined],
  ["-PT1H", undefined],
  ["PT1H1D", undefined],
  ["PT99999999999H", undefined],
  ["", undefined],
] as const)("the duration '%s' is %s ms", (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

test("minutes that were written are read back", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200_000 }), (minutes) => {
      expect(parseDuration(formatMinutes(minutes))).toBe(minutes * 60_000);
    }),
  );
  for (const grain of timeGrains) expect(formatMinutes(grainMinutes[grain])).toBe(grain);
  expect([formatMinutes(240), formatMinutes(1_500)]).toEqual(["PT4H", "P1DT1H"]);
  expect([5, 60, 1_440].map(formatTimeSpan)).toEqual(["00:05:00", "01:00:00", "1.00:00:00"]);
});

test.each([
  ["2026-01-01T10:00:00Z", "2026-01-01T10:00:00.000Z"],
  ["2026-01-01T10:00:00.1234567Z", "2026-01-01T10:00:00.123Z"],
  ["2026-01-01T10:00", "2026-01-01T10:00:00.000Z"],
  ["2026-01-01", "2026-01-01T00:00:00.000Z"],
  ["2026-01-01T10:00:00+02:00", "2026-01-01T08:00:00.000Z"],
  ["2026-01-01T10:00:00 02:00", "2026-01-01T08:00:00.000Z"],
  ["2026-02-30T10:00:00Z", undefined],
  ["2026-13-01", undefined],
  ["yesterday", undefined],
  ["1767261600", undefined],
  ["", undefined],
] as const)("the time '%s' is %s", (text, time) => {
  const parsed = parseInstant(text);
  expect(parsed === undefined ? undefined : new Date(parsed).toISOString()).toBe(time);
});

const now = Date.parse("2026-01-01T12:00:00Z");
test.each([
  ["2026-01-01T10:00:00Z/2026-01-01T11:00:00Z", "10:00", "11:00"],
  ["PT1H", "11:00", "12:00"],
  ["2026-01-01T10:00:00Z/PT30M", "10:00", "10:30"],
  ["PT30M/2026-01-01T10:00:00Z", "09:30", "10:00"],
] as const)("the time span %s is from %s to %s", (text, from, to) => {
  const span = parseTimeSpan(text, now);
  const clock = (time: number | undefined) => new Date(time ?? Number.NaN).toISOString().slice(11, 16);
  expect([clock(span?.from), clock(span?.to)]).toEqual([from, to]);
});

test.each([
  "",
  "/",
  "PT1H/PT1H",
  "2026-01-01T10:00:00Z",
  "2026-01-01/2026-01-01",
  "2026-01-02/2026-01-01",
  "a/b",
  "P1D/P1D/P1D",
])("'%s' is no time span", (text) => {
  expect(parseTimeSpan(text, now)).toBeUndefined();
});
