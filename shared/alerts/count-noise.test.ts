import { describe, expect, test } from "vitest";

import { drawFrom } from "../testing/random-draw.js";
import { countUnit, poissonBound } from "./count-noise.js";

describe("the unit of a small count", () => {
  const draw = drawFrom(2);
  const counts = Float64Array.from({ length: 500 }, () => draw.poisson(2));
  test.each([
    { name: "counts", values: counts, unit: 1 },
    { name: "counts per minute, as a rate per second", values: counts.map((count) => count / 60), unit: 1 / 60 },
    {
      name: "counts with missing values",
      values: counts.map((count, index) => (index % 3 === 0 ? Number.NaN : count)),
      unit: 1,
    },
    { name: "nothing but zeros", values: new Float64Array(10), unit: 1 },
    { name: "a few single ones", values: new Float64Array(500).fill(1, 100, 103), unit: 1 },
    { name: "a switch that is on half of the time", values: new Float64Array(500).fill(1, 0, 250), unit: 0 },
    { name: "counts that are never zero", values: counts.map((count) => count + 1), unit: 0 },
    { name: "measurements", values: Float64Array.from({ length: 500 }, draw.uniform), unit: 0 },
    { name: "values that are no multiples of one", values: [0, 1, 2.5, 4, 7.2], unit: 0 },
    { name: "values below zero", values: [0, 1, -1], unit: 0 },
  ])("$name", ({ values, unit }) => {
    expect(countUnit(values)).toBeCloseTo(unit, 9);
  });
});

// cumulative probabilities of tables of the Poisson distribution
test.each([
  { mean: 0.001, probability: 0.01, bound: 0 },
  { mean: 0.001, probability: 1e-5, bound: 1 },
  { mean: 1, probability: 0.02, bound: 3 },
  { mean: 2, probability: 0.05, bound: 5 },
  { mean: 10, probability: 0.01, bound: 18 },
  { mean: 0, probability: 1e-9, bound: 0 },
])("a mean of $mean passes $bound with at most $probability", ({ mean, probability, bound }) => {
  expect(poissonBound(mean, probability)).toBe(bound);
});
