import { describe, expect, test } from "vitest";

import { drawFrom, type Draw } from "../testing/random-draw.js";
import { boundOf, fitTail, withoutIncidents } from "./tail-bound.js";

const perWeek = 2_016;
const sample = (draw: (draw: Draw) => number, seed: number, count = 4_032): Float64Array => {
  const numbers = drawFrom(seed);
  return Float64Array.from({ length: count }, () => draw(numbers));
};
const medianBound = (draw: (draw: Draw) => number, allowedPerWeek: number): number => {
  const bounds = Array.from({ length: 15 }, (_, seed) =>
    boundOf(fitTail({ deviations: sample(draw, seed), perWeek, incidents: 0 }), allowedPerWeek),
  ).sort((a, b) => a - b);
  return bounds[7] ?? Number.NaN;
};

describe("the bound is the quantile that is passed so often", () => {
  // expected: quantiles of the distribution for one in 2,016 and one in 20,160 windows
  test.each([
    { name: "normal", draw: ({ normal }: Draw) => normal(), perWeek: 1, expected: 3.29 },
    { name: "normal", draw: ({ normal }: Draw) => normal(), perWeek: 0.1, expected: 3.89 },
    { name: "exponential", draw: ({ uniform }: Draw) => -Math.log(1 - uniform()), perWeek: 1, expected: 7.61 },
    { name: "exponential", draw: ({ uniform }: Draw) => -Math.log(1 - uniform()), perWeek: 0.1, expected: 9.91 },
    { name: "Pareto of shape 0.3", draw: ({ uniform }: Draw) => (1 - uniform()) ** -0.3, perWeek: 1, expected: 9.8 },
    { name: "uniform", draw: ({ uniform }: Draw) => uniform(), perWeek: 1, expected: 1 },
  ])("$name noise, $perWeek a week: about $expected", ({ draw, perWeek: allowed, expected }) => {
    const bound = medianBound(draw, allowed);
    expect(bound / expected).toBeGreaterThan(0.8);
    expect(bound / expected).toBeLessThan(1.15);
  });
});

test("runs are counted, not windows", () => {
  const single = sample(({ normal }) => normal(), 1);
  const lasting = Float64Array.from({ length: 3 * single.length }, (_, index) => single[Math.floor(index / 3)] ?? 0);
  const tail = (deviations: Float64Array) => fitTail({ deviations, perWeek, incidents: 0 });
  expect(tail(lasting).runsPerWeek).toBeLessThan(0.6 * tail(single).runsPerWeek);
});

test("nothing but zeros has its bound at zero", () => {
  expect(boundOf(fitTail({ deviations: new Float64Array(500), perWeek, incidents: 0 }), 0.1)).toBe(0);
});

describe("incidents are taken out", () => {
  const calm = sample(({ normal }) => normal(), 3);
  const struck = Float64Array.from(calm).fill(30, 1_000, 1_040).fill(-20, 2_500, 2_503);

  test("all of them, whatever their length, and hardly anything of the noise", () => {
    const { usual, incidents } = withoutIncidents(struck, struck, perWeek);
    expect(incidents).toBeGreaterThanOrEqual(2);
    const missing = Array.from(usual.keys()).filter((index) => Number.isNaN(usual[index]));
    expect(missing).toEqual(expect.arrayContaining([1_000, 1_039, 2_500, 2_502]));
    expect(missing.length).toBeLessThan(46);
  });

  test("of noise alone hardly anything", () => {
    const { usual } = withoutIncidents(calm, calm, perWeek);
    expect(usual.filter(Number.isNaN).length).toBeLessThan(8);
  });

  test("but what comes more often than three times a week is usual", () => {
    const often = calm.map((value, index) => (index % 200 === 0 ? 30 : value));
    expect(withoutIncidents(often, often, perWeek).incidents).toBe(0);
  });
});
