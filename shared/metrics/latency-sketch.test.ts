import fc from "fast-check";
import { expect, test } from "vitest";

import { LatencySketch, maxLatencyMs, relativeError } from "./latency-sketch.js";
import { ByteReader, ByteWriter, MalformedBytes } from "./packed-bytes.js";

const sketchOf = (values: readonly number[]): LatencySketch => {
  const sketch = new LatencySketch();
  for (const value of values) sketch.add(value);
  return sketch;
};

const bytesOf = (sketch: LatencySketch): Uint8Array => {
  const writer = new ByteWriter();
  sketch.write(writer);
  return writer.bytes();
};

const latency = fc.oneof(fc.nat({ max: 200 }), fc.nat({ max: 1_000_000 }));
const latencies = fc.array(latency, { minLength: 1, maxLength: 200 });

test("a quantile is within one percent of the true one, and exact below 50 ms", () => {
  fc.assert(
    fc.property(latencies, fc.constantFrom(0, 0.5, 0.95, 0.99, 1), (values, share) => {
      const sorted = values.toSorted((a, b) => a - b);
      const truth = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? Number.NaN;
      const answer = sketchOf(values).quantile(share) ?? Number.NaN;
      expect(Math.abs(answer - truth)).toBeLessThanOrEqual(truth < 50 ? 0 : truth * relativeError * 1.000_001);
    }),
  );
});

test("merging gives what counting everything in one place gives, in any order", () => {
  fc.assert(
    fc.property(latencies, latencies, (left, right) => {
      const there = sketchOf(left);
      there.merge(sketchOf(right));
      const back = sketchOf(right);
      back.merge(sketchOf(left));
      expect(bytesOf(there)).toEqual(bytesOf(sketchOf([...left, ...right])));
      expect(bytesOf(back)).toEqual(bytesOf(there));
    }),
  );
});

test("a sketch survives being written and read", () => {
  fc.assert(
    fc.property(latencies, (values) => {
      const bytes = bytesOf(sketchOf(values));
      const back = LatencySketch.read(new ByteReader(bytes));
      expect(bytesOf(back)).toEqual(bytes);
      expect(back.count).toBe(values.length);
    }),
  );
});

test("an empty sketch has no quantile, and a latency beyond the limit counts as the limit", () => {
  expect(new LatencySketch().quantile(0.5)).toBeUndefined();
  expect((sketchOf([1e15]).quantile(0.5) ?? 0) / maxLatencyMs).toBeCloseTo(1, 1);
});

test("bytes with a bucket that does not exist are refused", () => {
  const bytes = new ByteWriter().integer(1).integer(60_000).integer(1).bytes();
  expect(() => LatencySketch.read(new ByteReader(bytes))).toThrow(MalformedBytes);
});

test.each([
  { order: "ever shorter", values: Array.from({ length: 400 }, (_, index) => 1.03 ** (400 - index)) },
  { order: "ever longer", values: Array.from({ length: 400 }, (_, index) => 1.03 ** index) },
  {
    order: "longer and shorter in turns",
    values: Array.from({ length: 400 }, (_, index) => 1.03 ** (index % 2 === 0 ? 400 - index : 400 + index)),
  },
])("latencies that are $order take no more room than there are buckets", ({ values }) => {
  const sketch = new LatencySketch();
  const merged = new LatencySketch();
  for (const value of values) {
    sketch.add(value);
    const one = new LatencySketch();
    one.add(value);
    merged.merge(one);
  }
  expect(sketch.count).toBe(values.length);
  expect([...merged.entries()]).toEqual([...sketch.entries()]);
});
