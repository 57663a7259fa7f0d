import fc from "fast-check";
import { expect, test } from "vitest";

import { aggregate, type MetricCell, type SeriesCells } from "./metric-cell.js";
import { SeriesCollector, type DimensionCondition, type SeriesQuery } from "./series-query.js";

const count = (times: number): MetricCell => ({ sum: times, count: times, min: 1, max: 1 });
const state = (value: number): MetricCell => ({ sum: value, count: 1, min: value, max: value });
const series = (
  metric: string,
  dimensions: Readonly<Record<string, string>>,
  cells: readonly (readonly [number, MetricCell])[],
  gauge = false,
): SeriesCells => ({ metric, dimensions, gauge, cells: new Map(cells) });

const requests = [
  series("Transactions", { ApiName: "GetBlob", Authentication: "SAS" }, [
    [0, count(1)],
    [1, count(2)],
    [61, count(4)],
  ]),
  series("Transactions", { ApiName: "GetBlob", Authentication: "OAuth" }, [[1, count(8)]]),
  series("Transactions", { ApiName: "PutBlob", Authentication: "SAS" }, [[59, count(16)]]),
  series("Ingress", { ApiName: "PutBlob", Authentication: "SAS" }, [[59, state(1_000)]]),
];

function ask(all: readonly SeriesCells[], query: Partial<SeriesQuery>): Record<string, Record<number, number>> {
  const collector = new SeriesCollector({
    metrics: ["Transactions"],
    filter: [],
    splitBy: [],
    from: 0,
    to: 120,
    grain: 60,
    ...query,
  });
  for (const each of all) collector.add(each);
  return Object.fromEntries(
    collector
      .series()
      .map(({ metric, dimensions, points }) => [
        [metric, ...Object.values(dimensions)].join("/"),
        Object.fromEntries([...points].map(([minute, cell]) => [minute, aggregate(cell, "Total")])),
      ]),
  );
}

const any = (dimension: string): DimensionCondition => ({ kind: "any", dimension });
const only = (dimension: string, ...values: string[]): DimensionCondition => ({ kind: "in", dimension, values });

test.each<{ title: string; query: Partial<SeriesQuery>; answer: Record<string, Record<number, number>> }>([
  { title: "everything is added up", query: {}, answer: { Transactions: { 0: 27, 60: 4 } } },
  {
    title: "a split makes a series of each value",
    query: { filter: [any("ApiName")], splitBy: ["ApiName"] },
    answer: { "Transactions/GetBlob": { 0: 11, 60: 4 }, "Transactions/PutBlob": { 0: 16 } },
  },
  {
    title: "a filter without a split leaves out the others",
    query: { filter: [only("ApiName", "GetBlob")] },
    answer: { Transactions: { 0: 11, 60: 4 } },
  },
  {
    title: "names and values compare without case",
    query: { metrics: ["transactions"], filter: [only("APINAME", "getblob")], splitBy: ["APINAME"] },
    answer: { "Transactions/GetBlob": { 0: 11, 60: 4 } },
  },
  {
    title: "conditions all hold",
    query: { filter: [only("ApiName", "GetBlob"), only("Authentication", "OAuth", "Anonymous")] },
    answer: { Transactions: { 0: 8 } },
  },
  {
    title: "ne and startswith",
    query: {
      filter: [
        { kind: "notIn", dimension: "Authentication", values: ["OAuth"] },
        { kind: "startsWith", dimension: "ApiName", values: ["Put", "x"] },
      ],
    },
    answer: { Transactions: { 0: 16 } },
  },
  {
    title: "the range begins with from and ends before to",
    query: { from: 1, to: 61 },
    answer: { Transactions: { 1: 26 } },
  },
  {
    title: "points count from the start of the range, not from the clock",
    query: { from: 59, to: 179 },
    answer: { Transactions: { 59: 20 } },
  },
  {
    title: "a dimension that a metric lacks has an empty value",
    query: { metrics: ["Ingress"], splitBy: ["ResponseType"] },
    answer: { "Ingress/": { 0: 1_000 } },
  },
  { title: "no data is no series", query: { metrics: ["Egress"] }, answer: {} },
])("$title", ({ query, answer }) => {
  expect(ask(requests, query)).toEqual(answer);
});

test("states of different kinds at one time are added, and averaged over time only", () => {
  const blobs = [
    series(
      "BlobCapacity",
      { BlobType: "BlockBlob" },
      [
        [0, state(100)],
        [60, state(140)],
      ],
      true,
    ),
    series(
      "BlobCapacity",
      { BlobType: "PageBlob" },
      [
        [0, state(10)],
        [60, state(30)],
      ],
      true,
    ),
  ];
  const collector = new SeriesCollector({
    metrics: ["BlobCapacity"],
    filter: [],
    splitBy: [],
    from: 0,
    to: 120,
    grain: 120,
  });
  for (const each of blobs) collector.add(each);
  const cell = collector.series()[0]?.points.get(0);
  expect(cell).toEqual({ sum: 280, count: 2, min: 110, max: 170 });
  expect(cell && aggregate(cell, "Average")).toBe(140);
});

test("however series are split, filtered and cut into pieces, no sample is lost or counted twice", () => {
  const cells = fc.uniqueArray(fc.tuple(fc.nat({ max: 119 }), fc.nat({ max: 50 })), { selector: ([minute]) => minute });
  const all = fc.array(
    fc.record({ api: fc.constantFrom("a", "b", "c"), cells: cells.filter((each) => each.length > 0) }),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(all, fc.constantFrom(1, 5, 7, 60), (parts, grain) => {
      const given = parts.map(({ api, cells }) =>
        series(
          "Transactions",
          { ApiName: api },
          cells.map(([minute, times]) => [minute, count(times)] as const),
        ),
      );
      const total = (answer: Record<string, Record<number, number>>) =>
        Object.values(answer)
          .flatMap((points) => Object.values(points))
          .reduce((sum, value) => sum + value, 0);
      const truth = parts.flatMap((part) => part.cells).reduce((sum, [, times]) => sum + times, 0);
      expect(total(ask(given, { grain }))).toBe(truth);
      expect(total(ask(given, { grain, splitBy: ["ApiName"] }))).toBe(truth);
      const apart = ["a", "b", "c"].map((api) => total(ask(given, { grain, filter: [only("ApiName", api)] })));
      expect(apart.reduce((sum, value) => sum + value, 0)).toBe(truth);
    }),
    { numRuns: 100 },
  );
});
