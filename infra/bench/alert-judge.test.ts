import { expect, test } from "vitest";

import { f1Of, judge, type Method, precisionOf, recallOf } from "./alert-judge.js";
import { type LabelledSeries, makeSeries } from "./labelled-series.js";
import { families } from "./series-families.js";
import { unseenFamilies } from "./unseen-families.js";

/** Fifteen-minute windows; incidents at 40 to 42 and at 80, something harmless at 60, a holiday at 90 to 95. */
const series: LabelledSeries = {
  firstMinute: 0,
  stepMinutes: 15,
  values: new Float64Array(100).fill(9, 40, 43).fill(9, 60, 61).fill(9, 80, 81).fill(9, 90, 96),
  judgedFrom: 20,
  incidents: [
    { from: 40, to: 42 },
    { from: 80, to: 80 },
  ],
  exempt: [{ from: 90, to: 95 }],
};
const limited = (upper: (minute: number) => number): Method => ({
  rules: ["limited"],
  learn: () => (minute) => [{ lower: -1, upper: upper(minute) }],
});

test.each([
  { name: "that sees everything has one false alert", upper: () => 5, found: 2, right: 2, wrong: 1 },
  { name: "that never alerts finds nothing", upper: () => 10, found: 0, right: 0, wrong: 0 },
  { name: "that always alerts has told of nothing when it mattered", upper: () => -1, found: 0, right: 0, wrong: 1 },
  {
    name: "that alerts late in an incident has found it",
    upper: (minute: number) => (minute < 42 * 15 ? 10 : 5),
    found: 2,
    right: 2,
    wrong: 1,
  },
])("a rule $name", ({ upper, found, right, wrong }) => {
  const [score] = judge(limited(upper), series, 1);
  expect(score).toMatchObject({ found, missed: 2 - found, rightAlerts: right, falseAlerts: wrong });
});

test("F1 is the harmonic mean of precision and recall, and 0 without any alert", () => {
  const score = { found: 3, missed: 1, rightAlerts: 3, falseAlerts: 3, weeks: 1 };
  expect([precisionOf(score), recallOf(score), f1Of(score)]).toEqual([0.5, 0.75, 0.6]);
  expect(f1Of({ ...score, found: 0, missed: 4, rightAlerts: 0 })).toBe(0);
});

test.each([...families, ...unseenFamilies])(
  "$name: a seed gives one series, with incidents before and while it is judged",
  (family) => {
    const made = makeSeries(family, 5);
    expect(makeSeries(family, 5)).toEqual(made);
    expect(makeSeries(family, 6).values).not.toEqual(made.values);
    expect(made.values.filter(Number.isFinite).length).toBeGreaterThan(made.values.length / 2);
    expect(made.incidents.some(({ from }) => from < made.judgedFrom)).toBe(true);
    expect(made.incidents.some(({ from }) => from >= made.judgedFrom)).toBe(true);
    for (const { from, to } of made.incidents) expect(from <= to && to < made.values.length).toBe(true);
  },
);
