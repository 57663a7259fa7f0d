import { describe, expect, test } from "vitest";

import { chartOf, maxChartPoints, readChartRequest, type ChartQuestion } from "./chart-request.js";
import { definitionsOf } from "./resource-metrics.js";

const namespace = "Microsoft.Storage/storageAccounts/blobServices";
const context = { resourceType: namespace, definitions: definitionsOf([namespace]), now: 0 };
const from = new Date("2026-01-31T00:00:00Z");
const hours = (count: number): Date => new Date(from.getTime() + count * 3_600_000);
const question: ChartQuestion = {
  ...{ metric: "Transactions", aggregation: undefined, interval: undefined, by: undefined, from, to: hours(1) },
};

describe("a chart's grain is the finest whose points it can show", () => {
  test.each([
    { to: hours(1), grain: 1 },
    { to: hours(5), grain: 1 },
    { to: hours(6), grain: 5 },
    { to: hours(24), grain: 5 },
    { to: hours(7 * 24), grain: 60 },
    { to: hours(93 * 24), grain: 720 },
    { metric: "BlobCapacity", to: hours(1), grain: 60 },
    { to: hours(24), interval: "PT1M", grain: 1 },
  ] as const)("%o", ({ grain, ...asked }) => {
    const request = readChartRequest({ ...question, ...asked }, context);
    if (request.kind === "arm-error") expect.fail(request.message);
    expect(request.grain).toBe(grain);
    if (!("interval" in asked)) expect((request.to - request.from) / grain).toBeLessThanOrEqual(maxChartPoints);
  });
});

test("what a metric does not have is an error that names what it has", () => {
  for (const [asked, says] of [
    [{ metric: "Nothing" }, "Valid metrics: Transactions"],
    [{ by: "Colour" }, "supported ones are: ResponseType"],
    [{ metric: "BlobCapacity", interval: "PT1M" }, "one of PT1H"],
  ] as const) {
    const request = readChartRequest({ ...question, ...asked }, context);
    expect(request.kind === "arm-error" && request.message).toContain(says);
  }
});

test("a line for each value, the largest first, with gaps where there is no data", () => {
  const request = readChartRequest({ ...question, to: new Date(from.getTime() + 180_000), by: "ApiName" }, context);
  if (request.kind === "arm-error") expect.fail(request.message);
  const series = (api: string, minute: number, sum: number) => ({
    metric: "Transactions",
    dimensions: { ApiName: api },
    points: new Map([[request.from + minute, { sum, count: sum, min: 1, max: 1 }]]),
  });
  const chart = chartOf(request, "acc, blob", [series("GetBlob", 0, 1), series("PutBlob", 2, 9)]);
  expect(chart).toEqual({
    title: "Transactions of acc, blob by ApiName, total",
    unit: "Count",
    times: [0, 1, 2].map((minute) => from.getTime() + minute * 60_000),
    series: [
      { name: "PutBlob", values: [undefined, undefined, 9] },
      { name: "GetBlob", values: [1, undefined, undefined] },
    ],
  });
});

test("without a dimension the line has the metric's name", () => {
  const request = readChartRequest({ ...question, metric: "SuccessE2ELatency" }, context);
  if (request.kind === "arm-error") expect.fail(request.message);
  const points = new Map([[request.from, { sum: 30, count: 2, min: 10, max: 20 }]]);
  const chart = chartOf(request, "acc, blob", [{ metric: "SuccessE2ELatency", dimensions: {}, points }]);
  expect(chart.series).toMatchObject([{ name: "Success E2E Latency" }]);
  expect(chart.series[0]?.values[0]).toBe(15);
});
