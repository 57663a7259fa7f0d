import { describe, expect, test } from "vitest";
import { decompose, findPeriods, outlierScores } from "./decomposition.js";
import { fitLine, fitTwoLines } from "./regression.js";

/** A week of hours with a daily season, a slow trend and a little fixed noise. */
const week = Array.from(
  { length: 168 },
  (_, hour) => 100 + hour * 0.1 + 20 * Math.sin((2 * Math.PI * hour) / 24) + ((hour * 7919) % 13) / 10,
);

describe("planted structure is found", () => {
  test("a daily season in hourly data", () => {
    expect(findPeriods(week, 2, 84, 1)[0]?.length).toBe(24);
  });
  test("no season in a straight line", () => {
    expect(
      findPeriods(
        Array.from({ length: 50 }, (_, x) => 3 * x),
        2,
        25,
        1,
      ),
    ).toEqual([]);
  });
  test("a spike stands out of season and trend", () => {
    const spiked = week.map((value, hour) => (hour === 100 ? value + 60 : value));
    const { residual } = decompose(spiked, { seasonality: -1, trend: "linefit", testPoints: 0, threshold: 0.6 });
    const scores = outlierScores(residual, 10, 90);
    expect(scores.indexOf(Math.max(...scores))).toBe(100);
    expect(scores.filter((score) => Math.abs(score) > 3)).toHaveLength(1);
  });
  test("a forecast goes on with season and trend", () => {
    const { baseline } = decompose([...week, ...Array.from({ length: 24 }, () => 0)], {
      seasonality: 24,
      trend: "linefit",
      testPoints: 24,
      threshold: 0.6,
    });
    const expected = 100 + 174 * 0.1 + 20 * Math.sin((2 * Math.PI * 174) / 24);
    expect(Math.abs((baseline[174] ?? 0) - expected)).toBeLessThan(3);
  });
  test("the slope of a line and the break of two", () => {
    expect(fitLine([1, 3, 5, 7])).toMatchObject({ slope: 2, interception: 1, rsquare: 1 });
    expect(fitTwoLines([1, 2, 3, 4, 5, 20, 18, 16, 14, 12])).toMatchObject({
      split: 5,
      left: { slope: 1 },
      right: { slope: -2 },
    });
  });
});
