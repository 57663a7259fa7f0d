import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { drawFrom, type Draw } from "../testing/random-draw.js";
import {
  bandAt,
  bandSeries,
  learnThreshold,
  type Learned,
  type Limits,
  type ThresholdModel,
} from "./dynamic-threshold.js";
import { leastHistoryDays, leastSamples } from "./metric-history.js";
import { sensitivities, type Sensitivity } from "./threshold.js";
import { minutesPerDay } from "./timed-samples.js";

/** A Monday, 00:00 UTC. */
const monday = Date.UTC(2026, 0, 5) / 60_000;
const stepMinutes = 15;
const perDay = minutesPerDay / stepMinutes;

const series = (days: number, value: (index: number, draw: Draw) => number, seed = 1): Float64Array => {
  const draw = drawFrom(seed);
  return Float64Array.from({ length: days * perDay }, (_, index) => value(index, draw));
};
const history = (values: ArrayLike<number | null | undefined>, step = stepMinutes) => ({
  firstMinute: monday,
  stepMinutes: step,
  values,
});
const learnedFrom = (values: ArrayLike<number | null | undefined>, step = stepMinutes): Learned => {
  const learned = learnThreshold(history(values, step));
  if (learned.kind === "learning") throw new Error(learned.reason);
  return learned;
};
/** The band of the window after the last one, and so many windows later. */
const nextBand = (model: ThresholdModel, later = 0, sensitivity: Sensitivity = "Medium"): Limits =>
  bandAt(model, model.learnedTo + (1 + later) * model.stepMinutes, sensitivity);
const verdictOf = ({ lower, upper }: Limits, value: number) =>
  value > upper ? "above" : value < lower ? "below" : "normal";

const day = (index: number) => index / perDay;
const sine = (index: number) => Math.sin(2 * Math.PI * day(index));
const isNight = (index: number) => day(index) % 1 < 0.5;

describe("a value is judged by the history before it", () => {
  const cases: readonly {
    readonly name: string;
    readonly days?: number;
    readonly value: (index: number, draw: Draw) => number;
    readonly later?: number;
    readonly verdicts: Readonly<Record<number, "above" | "normal" | "below">>;
  }[] = [
    {
      name: "steady noise",
      value: (_, { normal }) => 100 + 5 * normal(),
      verdicts: { 100: "normal", 114: "normal", 86: "normal", 140: "above", 60: "below" },
    },
    {
      name: "daily season at noon (night values are abnormal there)",
      value: (index, { normal }) => (isNight(index) ? 20 : 200) + 3 * normal(),
      later: perDay * 0.75,
      verdicts: { 200: "normal", 20: "below", 260: "above" },
    },
    {
      name: "daily season at night (noon values are abnormal there)",
      value: (index, { normal }) => (isNight(index) ? 20 : 200) + 3 * normal(),
      later: perDay * 0.25,
      verdicts: { 20: "normal", 200: "above", 0: "below" },
    },
    {
      name: "a job at every full hour",
      value: (index, { normal }) => (index % 4 === 0 ? 300 : 50) + 3 * normal(),
      later: 4,
      verdicts: { 300: "normal", 50: "below" },
    },
    {
      name: "between the jobs of full hours",
      value: (index, { normal }) => (index % 4 === 0 ? 300 : 50) + 3 * normal(),
      later: 6,
      verdicts: { 50: "normal", 300: "above" },
    },
    {
      name: "weekly season on a Saturday, after four weeks",
      days: 28,
      value: (index, { normal }) => (Math.floor(day(index)) % 7 < 5 ? 500 : 50) + 5 * normal(),
      later: 5.5 * perDay,
      verdicts: { 50: "normal", 500: "above" },
    },
    {
      name: "weekly season on a Monday, after four weeks",
      days: 28,
      value: (index, { normal }) => (Math.floor(day(index)) % 7 < 5 ? 500 : 50) + 5 * normal(),
      later: 0.5 * perDay,
      verdicts: { 500: "normal", 50: "below" },
    },
    {
      name: "a trend is followed",
      value: (index, { normal }) => 100 + 10 * day(index) + 2 * normal(),
      verdicts: { 200: "normal", 100: "below", 260: "above" },
    },
    {
      name: "a level that shifted two days ago is the new normal",
      value: (index, { normal }) => (day(index) < 8 ? 100 : 400) + 5 * normal(),
      verdicts: { 400: "normal", 100: "below", 460: "above" },
    },
    {
      name: "a level that shifted twelve hours ago still alerts",
      value: (index, { normal }) => (day(index) < 9.5 ? 100 : 400) + 5 * normal(),
      verdicts: { 400: "above", 100: "normal" },
    },
    {
      name: "a holiday on the Monday before is no new level",
      days: 29,
      value: (index, { normal }) =>
        (Math.floor(day(index)) % 7 < 5 && Math.floor(day(index)) !== 28 ? 500 : 50) + 5 * normal(),
      later: 0.5 * perDay,
      verdicts: { 500: "normal", 50: "below" },
    },
    {
      name: "outages of half a day teach nothing",
      value: (index, { normal }) =>
        [2, 6, 9].includes(Math.floor(day(index))) && isNight(index) ? 0 : 100 + 5 * normal(),
      verdicts: { 100: "normal", 0: "below", 140: "above" },
    },
    {
      name: "a spike every three days teaches nothing",
      value: (index, { normal }) => (index % 288 === 100 ? 1_000 : 100 + 5 * normal()),
      verdicts: { 100: "normal", 150: "above", 1_000: "above" },
    },
    {
      name: "a spike that comes about every hour is normal",
      value: (_, { normal, uniform }) => (uniform() < 0.2 ? 1_000 + 20 * normal() : 100 + 5 * normal()),
      verdicts: { 100: "normal", 1_000: "normal", 3_000: "above" },
    },
    {
      name: "half of the data is missing",
      value: (_, { normal, uniform }) => (uniform() < 0.5 ? Number.NaN : 100 + 5 * normal()),
      verdicts: { 100: "normal", 114: "normal", 150: "above" },
    },
    {
      name: "a few requests per window",
      value: (_, { poisson }) => poisson(2),
      verdicts: { 0: "normal", 7: "normal", 20: "above" },
    },
    {
      name: "a failure now and then",
      value: (_, { uniform }) => (uniform() < 0.02 ? 1 : 0),
      verdicts: { 0: "normal", 1: "normal", 2: "normal", 8: "above" },
    },
    { name: "nothing but zeros", value: () => 0, verdicts: { 0: "normal", 1: "normal", 5: "above" } },
    {
      name: "a constant",
      value: () => 100,
      verdicts: { 100: "normal", 101: "normal", 50: "below", 150: "above" },
    },
    {
      name: "two values in turns at random",
      value: (_, { uniform }) => (uniform() < 0.5 ? 10 : 20),
      verdicts: { 10: "normal", 20: "normal", 60: "above" },
    },
    {
      name: "a switch that is seldom on",
      value: (_, { uniform }) => (uniform() < 0.05 ? 100 : 0),
      verdicts: { 0: "normal", 100: "normal", 1_000: "above" },
    },
    {
      name: "an availability of 100 % with dips now and then",
      value: (_, { uniform }) => (uniform() < 0.05 ? 99.5 : 100),
      verdicts: { 100: "normal", 99.5: "normal", 80: "below" },
    },
    {
      name: "noise that grows with the value, at the trough",
      value: (index, { normal }) => (1_000 + 900 * sine(index)) * (1 + 0.1 * normal()),
      later: perDay * 0.75,
      verdicts: { 100: "normal", 500: "above" },
    },
    {
      name: "noise that grows with the value, at the peak",
      value: (index, { normal }) => (1_000 + 900 * sine(index)) * (1 + 0.1 * normal()),
      later: perDay * 0.25,
      verdicts: { 1_900: "normal", 2_300: "normal", 4_000: "above" },
    },
  ];
  test.each(cases)("$name", ({ days = 10, value, later = 0, verdicts }) => {
    const band = nextBand(learnedFrom(series(days, value)).model, later);
    const found = Object.fromEntries(Object.keys(verdicts).map((key) => [key, verdictOf(band, Number(key))]));
    expect(found, JSON.stringify(band)).toEqual(verdicts);
  });
});

describe("without enough history it is still learning", () => {
  const steady = (count: number) => new Float64Array(count).fill(1);
  test.each([
    {
      name: "no data at all",
      values: [],
      step: 15,
      reason: "Still learning: 0.0 of 3 days of history and 0 of 30 samples.",
    },
    {
      name: "a window less than three days",
      values: steady(leastHistoryDays * perDay - 1),
      step: 15,
      reason: "Still learning: 2.9 of 3 days of history.",
    },
    {
      name: "a sample less than thirty",
      values: Float64Array.from({ length: 400 }, (_, index) =>
        index >= 400 - (leastSamples - 1) || index === 0 ? 1 : Number.NaN,
      ).fill(Number.NaN, 399),
      step: 15,
      reason: "Still learning: 29 of 30 samples.",
    },
    {
      name: "nothing but values that are no numbers",
      values: [null, undefined, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
      step: 60,
      reason: "Still learning: 0.0 of 3 days of history and 0 of 30 samples.",
    },
  ])("$name", ({ values, step, reason }) => {
    expect(learnThreshold(history(values, step))).toEqual({ kind: "learning", reason });
  });

  test("three days and thirty samples suffice", () => {
    expect(learnThreshold(history(steady(leastHistoryDays * perDay))).kind).toBe("learned");
  });

  test("history before ignoreDataBefore does not count", () => {
    const values = series(10, (index, { normal }) => (day(index) < 6 ? 1_000 : 100) + normal());
    const after = (days: number) => (monday + days * minutesPerDay) * 60_000;
    const learned = learnThreshold(history(values), { ignoreDataBefore: after(6) });
    expect(learned.kind === "learned" && nextBand(learned.model).upper).toBeLessThan(200);
    expect(learnThreshold(history(values), { ignoreDataBefore: after(8) })).toEqual({
      kind: "learning",
      reason: "Still learning: 2.0 of 3 days of history.",
    });
  });
});

test("past anomalies do not widen the band by more than a tenth", () => {
  const widthOf = (values: Float64Array) => {
    const { lower, upper } = nextBand(learnedFrom(values).model);
    return upper - lower;
  };
  const clean = series(10, (index, { normal }) => 100 + 20 * sine(index) + 5 * normal());
  const struck = clean.map((value, index) =>
    index % 240 === 30 ? value + 500 : index > 500 && index < 530 ? 0 : value,
  );
  expect(widthOf(struck) / widthOf(clean)).toBeGreaterThan(0.9);
  expect(widthOf(struck) / widthOf(clean)).toBeLessThan(1.1);
});

test("the less sensitive, the wider", () => {
  const { model } = learnedFrom(series(10, (_, { normal }) => 100 + 5 * normal()));
  const [high, medium, low] = (["High", "Medium", "Low"] as const).map((name) => nextBand(model, 0, name));
  expect(high?.upper).toBeLessThan(medium?.upper ?? 0);
  expect(medium?.upper).toBeLessThan(low?.upper ?? 0);
  expect(high?.lower).toBeGreaterThan(medium?.lower ?? 0);
  expect(medium?.lower).toBeGreaterThan(low?.lower ?? 0);
});

test("a metric that is never negative has no negative bound", () => {
  const { model } = learnedFrom(series(10, (_, { uniform }) => 10 * uniform() ** 4));
  for (const sensitivity of sensitivities) expect(nextBand(model, 0, sensitivity).lower).toBe(0);
});

test("windows between two learned ones are between their bands", () => {
  const { model } = learnedFrom(series(10, (index, { normal }) => 100 + 50 * sine(index) + normal()));
  const [before, between, after] = [0, 7, 15].map(
    (minutes) => bandAt(model, model.learnedTo + minutes, "Medium").upper,
  );
  expect(between).toBeGreaterThan(Math.min(before ?? 0, after ?? 0));
  expect(between).toBeLessThan(Math.max(before ?? 0, after ?? 0));
});

test.each([
  { name: "one-minute windows", step: 1 },
  { name: "five-minute windows", step: 5 },
  { name: "seven-minute windows", step: 7 },
  { name: "one-hour windows", step: 60 },
])("a daily season is learned from $name", ({ step }) => {
  const draw = drawFrom(4);
  const values = Float64Array.from(
    { length: Math.floor((10 * minutesPerDay) / step) },
    (_, index) => 100 + 50 * Math.sin((2 * Math.PI * index * step) / minutesPerDay) + 2 * draw.normal(),
  );
  const { model } = learnedFrom(values, step);
  for (const hour of [0, 6, 12, 18]) {
    const value = 100 + 50 * Math.sin((2 * Math.PI * hour) / 24);
    const band = bandAt(model, monday + 10 * minutesPerDay + hour * 60, "Medium");
    expect([verdictOf(band, value), verdictOf(band, value + 40), verdictOf(band, value - 40)]).toEqual([
      "normal",
      "above",
      "below",
    ]);
  }
});

describe("the band as a series", () => {
  const shifted = series(10, (index, { normal }) => (day(index) < 6 ? 100 : 300) + 5 * normal());
  const learned = learnedFrom(shifted);
  const points = bandSeries(learned, { from: monday - 60, to: monday + 12 * minutesPerDay, stepMinutes: 60 }, "Medium");

  test("follows the level of its time", () => {
    const middleAt = (days: number) => {
      const band = points.find(({ minute }) => minute === monday + days * minutesPerDay)?.band;
      return band?.kind === "band" ? Math.round((band.lower + band.upper) / 200) * 100 : band?.reason;
    };
    expect([3, 6.5, 8, 11].map(middleAt)).toEqual([100, 100, 300, 300]);
  });

  test("has no bounds before its history", () => {
    expect(points[0]?.band).toEqual({ kind: "learning", reason: "The history that was learned from starts later." });
  });

  test("ends with the band of now", () => {
    expect(points.at(-1)?.band).toEqual(bandAt(learned.model, points.at(-1)?.minute ?? 0, "Medium"));
  });
});

describe("properties", () => {
  const shapes = fc.record({
    seed: fc.integer(),
    depth: fc.double({ min: 0, max: 50, noNaN: true }),
    noise: fc.double({ min: 0.5, max: 20, noNaN: true }),
    gaps: fc.double({ min: 0, max: 0.6, noNaN: true }),
  });
  type Shape = typeof shapes extends fc.Arbitrary<infer T> ? T : never;
  const valuesOf = ({ seed, depth, noise, gaps }: Shape) =>
    series(
      6,
      (index, draw) => (draw.uniform() < gaps ? Number.NaN : depth * sine(index) + noise * draw.normal()),
      seed,
    );

  test("scaling and shifting a metric scales and shifts its band", () => {
    fc.assert(
      fc.property(
        shapes,
        fc.double({ min: 0.001, max: 1_000, noNaN: true }),
        fc.double({ min: -1_000, max: 1_000, noNaN: true }),
        (shape, factor, offset) => {
          const values = valuesOf(shape);
          const own = nextBand(learnedFrom(values).model);
          const other = nextBand(learnedFrom(values.map((value) => factor * value + offset)).model);
          const tolerance = 1e-6 * factor * (own.upper - own.lower);
          // a metric moved above zero never had a negative value, and gets no negative bound
          const lowest =
            Math.min(...values.filter(Number.isFinite)) * factor + offset < 0 ? Number.NEGATIVE_INFINITY : 0;
          expect(Math.abs(other.upper - (factor * own.upper + offset))).toBeLessThan(tolerance);
          expect(Math.abs(other.lower - Math.max(lowest, factor * own.lower + offset))).toBeLessThan(tolerance);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("the same history gives the same model, and a model survives JSON", () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const { model } = learnedFrom(valuesOf(shape));
        expect(learnedFrom(valuesOf(shape)).model).toEqual(model);
        expect(nextBand(JSON.parse(JSON.stringify(model)) as ThresholdModel)).toEqual(nextBand(model));
      }),
      { numRuns: 10 },
    );
  });

  test("whatever the history, bounds are numbers in order", () => {
    const value = fc.oneof(
      fc.double(),
      fc.constantFrom(0, 1, 100, null, undefined, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(value, { minLength: 80, maxLength: 400 }), (values) => {
        const learned = learnThreshold(history(values, 60));
        if (learned.kind === "learning") return;
        for (const sensitivity of sensitivities) {
          for (const later of [0, 7, 200]) {
            const { lower, upper } = nextBand(learned.model, later, sensitivity);
            expect(lower <= upper, `${lower} ${upper}`).toBe(true);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test("a gap changes nothing about what is normal after it", () => {
    fc.assert(
      fc.property(
        shapes,
        fc.integer({ min: 100, max: 400 }),
        fc.integer({ min: 1, max: 150 }),
        (shape, from, length) => {
          const values = valuesOf({ ...shape, gaps: 0 });
          const holed = Float64Array.from(values).fill(Number.NaN, from, from + length);
          const { model } = learnedFrom(holed);
          const expected = shape.depth * sine(values.length);
          expect(verdictOf(nextBand(model), expected)).toBe("normal");
        },
      ),
      { numRuns: 30 },
    );
  });
});

test.each([
  { firstMinute: 0.5, step: 5, message: "reading a history from minute 0.5: not a whole minute" },
  {
    firstMinute: 0,
    step: 0,
    message: "reading a history with steps of 0 minutes: whole minutes from 1 to 60 are possible",
  },
  {
    firstMinute: 0,
    step: 61,
    message: "reading a history with steps of 61 minutes: whole minutes from 1 to 60 are possible",
  },
])("a history of steps of $step minutes from minute $firstMinute is refused", ({ firstMinute, step, message }) => {
  expect(() => learnThreshold({ firstMinute, stepMinutes: step, values: [] })).toThrow(new RangeError(message));
});
