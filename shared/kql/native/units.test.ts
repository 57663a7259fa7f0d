import { expect, test } from "vitest";
import { unitNatives } from "./units.js";

test.each([
  { name: "convert_angle", value: 1.2, from: "Degree", to: "Arcminute", expected: 72 },
  { name: "convert_length", value: 1.2, from: "Meter", to: "Foot", expected: 3.937_007_874_015_75 },
  { name: "convert_temperature", value: 212, from: "DegreeFahrenheit", to: "DegreeCelsius", expected: 100 },
  { name: "convert_temperature", value: 0, from: "DegreeDelisle", to: "DegreeCelsius", expected: 100 },
  { name: "convert_temperature", value: 33, from: "DegreeNewton", to: "DegreeCelsius", expected: 100 },
  { name: "convert_temperature", value: 60, from: "DegreeRoemer", to: "DegreeCelsius", expected: 100 },
  { name: "convert_temperature", value: 80, from: "DegreeReaumur", to: "DegreeCelsius", expected: 100 },
  { name: "convert_speed", value: 1, from: "Knot", to: "KilometerPerHour", expected: 1.852 },
  { name: "convert_mass", value: 1, from: "Stone", to: "Pound", expected: 14 },
  { name: "convert_volume", value: 1, from: "UsGallon", to: "UsTeaspoon", expected: 768 },
])("$name: $value $from is $expected $to", ({ name, value, from, to, expected }) => {
  const run = unitNatives.find((native) => native.name === name)?.run as (...args: unknown[]) => number;
  expect(run(value, from, to)).toBeCloseTo(expected, 8);
});

test("an unknown unit gives null", () => {
  const run = unitNatives[0]?.run as (...args: unknown[]) => number | null;
  expect(run(1, "Parsec", "Radian")).toBeNull();
});
