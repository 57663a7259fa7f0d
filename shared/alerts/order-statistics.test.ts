import fc from "fast-check";
import { expect, test } from "vitest";

import { insertSorted, medianOfFirst, medianWithout, quantile, sortFinite } from "./order-statistics.js";
import { SortedWindow } from "./sorted-window.js";

const anyNumber = fc.oneof(fc.double(), fc.integer({ min: -3, max: 3 }), fc.constant(Number.NaN));
const finite = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ min: -1e6, max: 1e6, noNaN: true }));
const byValue = (a: number, b: number) => a - b;
const middleOf = (values: readonly number[]): number => {
  const sorted = [...values].sort(byValue);
  const half = sorted.length >> 1;
  return ((sorted[(sorted.length - 1) >> 1] ?? Number.NaN) + (sorted[half] ?? Number.NaN)) / 2;
};

test("sorting keeps the finite values alone", () => {
  fc.assert(
    fc.property(fc.array(anyNumber, { maxLength: 80 }), (values) => {
      const expected = values.filter(Number.isFinite).sort(byValue);
      expect(Array.from(sortFinite(values)).map((value) => value + 0)).toEqual(expected.map((value) => value + 0));
    }),
  );
});

test("a quantile found by selection is that of the sorted values", () => {
  fc.assert(
    fc.property(
      fc.array(finite, { minLength: 1, maxLength: 120 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (values, share) => {
        const sorted = [...values].sort(byValue);
        const place = share * (sorted.length - 1);
        const [low, high] = [sorted[Math.floor(place)] ?? 0, sorted[Math.ceil(place)] ?? 0];
        expect(quantile(values, share)).toBeCloseTo(low + (place % 1) * (high - low), 6);
      },
    ),
  );
  expect(quantile([Number.NaN], 0.5)).toBeNaN();
});

test("the median without a value is the median of the others", () => {
  fc.assert(
    fc.property(fc.array(finite, { minLength: 2, maxLength: 40 }), fc.nat(), (values, place) => {
      const left = values.filter((_, index) => index !== place % values.length);
      const sorted = new Float64Array(values.length);
      const count = values.reduce((filled, value) => insertSorted(sorted, filled, value), 0);
      expect(medianOfFirst(sorted, count)).toBeCloseTo(middleOf(values), 6);
      expect(medianWithout(sorted, count, values[place % values.length] ?? 0)).toBeCloseTo(middleOf(left), 6);
    }),
  );
});

test("a window that moves has the median of what is in it", () => {
  fc.assert(
    fc.property(fc.array(finite, { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 10 }), (values, room) => {
      const window = new SortedWindow(room + 1);
      values.forEach((value, index) => {
        window.add(value);
        if (index >= room) window.remove(values[index - room] ?? Number.NaN);
        expect(window.median).toBeCloseTo(middleOf(values.slice(Math.max(0, index + 1 - room), index + 1)), 6);
      });
    }),
  );
  expect(new SortedWindow(3).median).toBeNaN();
});
