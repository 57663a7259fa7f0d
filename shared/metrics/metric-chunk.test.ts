import fc from "fast-check";
import { expect, test } from "vitest";

import { LatencySketch } from "./latency-sketch.js";
import { type MetricCell, type SeriesCells } from "./metric-cell.js";
import { chunkHeadLength, decodeChunk, encodeChunk } from "./metric-chunk.js";
import { MalformedBytes } from "./packed-bytes.js";

const cell: fc.Arbitrary<MetricCell> = fc.oneof(
  fc.nat().map((count) => ({ sum: count, count, min: 1, max: 1 })),
  fc.record({ sum: fc.maxSafeNat(), count: fc.nat(), min: fc.nat(), max: fc.nat() }),
  fc.record({ sum: fc.double(), count: fc.nat(), min: fc.double(), max: fc.double() }),
  fc.array(fc.nat({ max: 10_000 }), { minLength: 1, maxLength: 20 }).map((values) => {
    const sketch = new LatencySketch();
    for (const value of values) sketch.add(value);
    const sum = values.reduce((total, value) => total + value, 0);
    return { sum, count: values.length, min: Math.min(...values), max: Math.max(...values), sketch };
  }),
);
const series: fc.Arbitrary<SeriesCells> = fc.record({
  metric: fc.constantFrom("Transactions", "Ingress", "é"),
  dimensions: fc.dictionary(fc.constantFrom("ApiName", "GeoType"), fc.string({ maxLength: 5 }), {
    noNullPrototype: true,
  }),
  gauge: fc.boolean(),
  cells: fc
    .uniqueArray(fc.tuple(fc.nat({ max: 30_000_000 }), cell), {
      selector: ([minute]) => minute,
      minLength: 1,
      maxLength: 8,
    })
    .map((entries) => new Map(entries)),
});

const plain = ({ cells, ...rest }: SeriesCells) => ({
  ...rest,
  cells: [...cells]
    .sort(([a], [b]) => a - b)
    .map(([minute, { sketch, ...numbers }]) => [minute, numbers, sketch && [...sketch.entries()]]),
});

test("a chunk that was packed is unpacked to the same series, to the last bit", () => {
  fc.assert(
    fc.property(fc.array(series, { maxLength: 6 }), (all) => {
      const sources = { "hh.minutes": "0x1" };
      const back = decodeChunk(encodeChunk({ series: all, sources }));
      expect(back.sources).toEqual(sources);
      expect(back.series.map(plain)).toEqual(all.map(plain));
    }),
    { numRuns: 200 },
  );
});

test("the head of a chunk holds everything but the sketches", () => {
  fc.assert(
    fc.property(fc.array(series, { maxLength: 6 }), (all) => {
      const bytes = encodeChunk({ series: all, sources: { a: "b" } });
      const head = bytes.slice(0, chunkHeadLength(bytes.slice(0, 16)));
      const numbers = decodeChunk(head, () => true, false);
      expect(numbers).toEqual(decodeChunk(bytes, () => true, false));
      expect(numbers.series.map(plain)).toEqual(all.map(withoutSketches).map(plain));
      const wanted = (metric: string): boolean => metric === "Ingress";
      expect(decodeChunk(bytes, wanted).series.map(plain)).toEqual(
        all.filter(({ metric }) => wanted(metric)).map(plain),
      );
    }),
    { numRuns: 200 },
  );
});

const withoutSketches = (each: SeriesCells): SeriesCells => ({
  ...each,
  cells: new Map(
    [...each.cells].map(([minute, { sum, count, min, max }]) => [minute, { sum, count, min, max }] as const),
  ),
});

test("series that are not wanted are skipped, and series without cells are not kept", () => {
  const one = (metric: string, cells: [number, MetricCell][]): SeriesCells => ({
    metric,
    dimensions: { ApiName: metric },
    gauge: false,
    cells: new Map(cells),
  });
  const value = { sum: 5, count: 2, min: 2, max: 3 };
  const bytes = encodeChunk({ series: [one("a", [[7, value]]), one("b", [[7, value]]), one("c", [])], sources: {} });
  expect(decodeChunk(bytes).series.map(({ metric }) => metric)).toEqual(["a", "b"]);
  expect(decodeChunk(bytes, (metric) => metric === "b").series.map(plain)).toEqual([plain(one("b", [[7, value]]))]);
});

test("an hour of requests is small: 3 bytes a minute for a count, below 40 for a latency of thirty requests", () => {
  const minutes = Array.from({ length: 60 }, (_, minute) => 29_000_000 + minute);
  const sizeOf = (cellAt: (minute: number) => MetricCell): number => {
    const cells = new Map(minutes.map((minute) => [minute, cellAt(minute)]));
    return encodeChunk({ series: [{ metric: "m", dimensions: {}, gauge: false, cells }], sources: {} }).length / 60;
  };
  expect(sizeOf((minute) => ({ sum: minute % 100, count: minute % 100, min: 1, max: 1 }))).toBeLessThan(4);
  expect(
    sizeOf((minute) => {
      const sketch = new LatencySketch();
      for (let request = 0; request < 30; request++) sketch.add(2 + ((minute * request) % 40));
      return { sum: 300, count: 30, min: 2, max: 41, sketch };
    }),
  ).toBeLessThan(60);
});

test("bytes that were cut or are of another format are refused", () => {
  const [sample = []] = fc.sample(fc.array(series, { minLength: 2, maxLength: 3 }), { numRuns: 1, seed: 3 });
  const bytes = encodeChunk({ series: sample, sources: {} });
  expect(() => decodeChunk(bytes.slice(0, -1))).toThrow(MalformedBytes);
  expect(() => decodeChunk(Uint8Array.of(9, 0, 0, 0))).toThrow("format 9");
});
