import { describe, expect, test } from "vitest";

import { drawFrom } from "../testing/random-draw.js";
import { followLevel, levelShiftHours, type LevelMethod } from "./moving-level.js";

const flat: LevelMethod = { hours: 24, trend: false };
const trend: LevelMethod = { hours: 24, trend: true };
/** Hourly values of so many days: what is expected, and noise of one. */
const hoursOf = (days: number, expected: (hour: number) => number): Float64Array => {
  const { normal } = drawFrom(7);
  return Float64Array.from({ length: days * 24 }, (_, hour) => expected(hour) + normal());
};
const levelAt = (hourly: Float64Array, hour: number, method = flat) =>
  followLevel(hourly, method).levels[hour] ?? Number.NaN;

describe("the level comes from healthy hours before", () => {
  const shiftAt = 100;
  const shifted = hoursOf(8, (hour) => (hour < shiftAt ? 100 : 150));
  test.each([
    { name: "before a shift", hour: shiftAt, level: 100 },
    { name: "just before the shift is accepted", hour: shiftAt + levelShiftHours - 1, level: 100 },
    { name: "as soon as it is accepted", hour: shiftAt + levelShiftHours, level: 150 },
    { name: "long after", hour: 192, level: 150 },
  ])("$name", ({ hour, level }) => {
    expect(Math.abs(levelAt(shifted, hour) - level)).toBeLessThan(1);
  });

  test.each([
    { name: "an outage of 29 hours", from: 100, to: 129, value: 0 },
    { name: "a gap of two days", from: 100, to: 148, value: Number.NaN },
  ])("$name changes nothing", ({ from, to, value }) => {
    const hourly = hoursOf(8, () => 100).fill(value, from, to);
    for (const hour of [from + 10, to, to + 1, to + 12]) {
      expect(Math.abs(levelAt(hourly, hour) - 100)).toBeLessThan(1);
    }
  });

  test("two outages in opposite directions are no shift together", () => {
    const hourly = hoursOf(8, () => 100)
      .fill(0, 100, 114)
      .fill(200, 114, 130);
    expect(Math.abs(levelAt(hourly, 130) - 100)).toBeLessThan(1);
  });

  test("a later hour has no say", () => {
    const whole = followLevel(shifted, flat).levels.slice(0, shiftAt);
    const altered = Float64Array.from(shifted).fill(151, shiftAt + 30);
    expect(followLevel(altered, flat).levels.slice(0, shiftAt)).toEqual(whole);
  });
});

test("a trend is carried on, where the plain level lags behind", () => {
  const hourly = hoursOf(10, (hour) => 100 + hour);
  expect(Math.abs(levelAt(hourly, 240, trend) - 340)).toBeLessThan(2);
  expect(levelAt(hourly, 240)).toBeLessThan(330);
});

test("without data there is no level", () => {
  expect(followLevel(new Float64Array(5).fill(Number.NaN), flat).levels).toEqual(new Float64Array(6).fill(Number.NaN));
});
