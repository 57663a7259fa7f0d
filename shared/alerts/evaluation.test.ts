import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { aggregations, type Aggregation, type MetricCell } from "../metrics/metric-cell.js";
import { SeriesCollector, type MetricSeries } from "../metrics/series-query.js";
import { resourceId } from "../testing/alert-samples.js";
import { cellsOfSeries, describeSeries, seriesKey, type AlertSeries } from "./alert-series.js";
import { evaluateRule, maxSeriesPerRule, type Verdict } from "./evaluation.js";
import { explainEvaluation } from "./evaluation-reason.js";
import { putMetricAlert } from "./metric-alert-rule.js";
import { conditionsOf, windowQuery, type RuleConditions } from "./rule-conditions.js";
import { noDynamicThresholds, type Band, type DynamicThresholds } from "./threshold.js";

const account = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a";
const ruleId = resourceId("/subscriptions/s/resourceGroups/g/providers/Microsoft.Insights/metricAlerts/r");
const start = Date.UTC(2026, 0, 1) / 60_000;

type Members = Readonly<Record<string, unknown>>;
const staticCriterion = (changes: Members = {}): Members => ({
  ...{ criterionType: "StaticThresholdCriterion", name: "c", metricName: "Transactions", timeAggregation: "Total" },
  ...{ operator: "GreaterThan", threshold: 5, ...changes },
});
const dynamicCriterion = (changes: Members = {}): Members => ({
  ...{ criterionType: "DynamicThresholdCriterion", name: "c", metricName: "Transactions", timeAggregation: "Total" },
  ...{ operator: "GreaterOrLessThan", alertSensitivity: "Medium" },
  failingPeriods: { numberOfEvaluationPeriods: 4, minFailingPeriodsToAlert: 3 },
  ...changes,
});

function conditions(allOf: readonly Members[], properties: Members = {}): RuleConditions {
  const criteria = { "odata.type": "Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria", allOf };
  const common = { severity: 3, enabled: true, scopes: [account], evaluationFrequency: "PT1M", windowSize: "PT5M" };
  const outcome = putMetricAlert(
    ruleId,
    { location: "global", properties: { ...common, criteria, ...properties } },
    undefined,
    start * 60_000,
  );
  if (outcome.kind !== "rule") throw new Error(outcome.message);
  const found = conditionsOf(outcome.rule);
  if (found.kind !== "conditions") throw new Error(found.reason);
  return found;
}

/** Values by minute from `start` on; undefined: none. */
const minutes = (values: readonly (number | undefined)[]): ReadonlyMap<number, MetricCell> =>
  new Map(
    values.flatMap((value, index) =>
      value === undefined ? [] : [[start + index, { sum: value, count: 1, min: value, max: value }]],
    ),
  );

const metric = (
  values: readonly (number | undefined)[],
  dimensions: Readonly<Record<string, string>> = {},
  name = "Transactions",
) => ({
  metric: name,
  dimensions,
  gauge: false,
  cells: minutes(values),
});

/** Evaluates what the store would answer to the rule's own queries. */
function evaluate(
  rule: RuleConditions,
  stored: readonly ReturnType<typeof metric>[],
  windowEnd: number,
  {
    known = [],
    thresholds = noDynamicThresholds,
  }: { readonly known?: readonly AlertSeries[]; readonly thresholds?: DynamicThresholds } = {},
) {
  const criteria = rule.criteria.map((criterion) => {
    const collector = new SeriesCollector(windowQuery(criterion, rule.windowMinutes, windowEnd));
    for (const each of stored) collector.add(each);
    return collector.series().map(cellsOfSeries);
  });
  return evaluateRule(rule, windowEnd, [{ resourceId: account, criteria }], known, thresholds).series;
}

describe("a static threshold", () => {
  test.each([
    { operator: "GreaterThan", below: "not-met", equal: "not-met", above: "met" },
    { operator: "GreaterThanOrEqual", below: "not-met", equal: "met", above: "met" },
    { operator: "LessThan", below: "met", equal: "not-met", above: "not-met" },
    { operator: "LessThanOrEqual", below: "met", equal: "met", above: "not-met" },
    { operator: "Equals", below: "not-met", equal: "met", above: "not-met" },
  ])("$operator: below $below, equal $equal, above $above", ({ operator, below, equal, above }) => {
    const rule = conditions([staticCriterion({ operator })]);
    const verdicts = [4.9, 5, 5.1].map((value) => evaluate(rule, [metric([value])], start + 5)[0]?.verdict);
    expect(verdicts).toEqual([below, equal, above]);
  });

  test.each<{ aggregation: Aggregation; value: number }>([
    { aggregation: "Total", value: 60 },
    { aggregation: "Count", value: 13 },
    { aggregation: "Average", value: 60 / 13 },
    { aggregation: "Minimum", value: -2 },
    { aggregation: "Maximum", value: 40 },
  ])("$aggregation of a window is $value: an average is by samples, not by minutes", ({ aggregation, value }) => {
    const rule = conditions([staticCriterion({ timeAggregation: aggregation })]);
    const cells = new Map([
      [start, { sum: 40, count: 1, min: 40, max: 40 }],
      [start + 3, { sum: 20, count: 12, min: -2, max: 9 }],
      [start + 5, { sum: 1_000, count: 1_000, min: -99, max: 99 }], // the minute after the window
    ]);
    const [found] = evaluate(rule, [{ ...metric([]), cells }], start + 5);
    expect(found?.criteria[0]?.value).toBe(value);
    expect(found).toMatchObject({ windowStart: start, windowEnd: start + 5 });
  });

  test("windows of any series have the value of their minutes", () => {
    const cell = fc.record({
      sum: fc.integer({ min: -99, max: 99 }),
      count: fc.integer({ min: 1, max: 9 }),
      min: fc.integer({ min: -9, max: 0 }),
      max: fc.integer({ min: 1, max: 9 }),
    });
    const values = fc.array(fc.option(cell, { nil: undefined }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        values,
        fc.constantFrom(...aggregations),
        fc.integer({ min: 1, max: 12 }),
        (all, aggregation, end) => {
          const rule = conditions([staticCriterion({ timeAggregation: aggregation })]);
          const cells = new Map(
            all.flatMap((each, index) => (each === undefined ? [] : [[start + index, each] as const])),
          );
          const inWindow = all.slice(Math.max(0, end - 5), end).filter((each) => each !== undefined);
          const sum = inWindow.reduce((total, each) => total + each.sum, 0);
          const count = inWindow.reduce((total, each) => total + each.count, 0);
          const expected = {
            Total: sum,
            Count: count,
            Average: sum / count,
            Minimum: Math.min(...inWindow.map(({ min }) => min)),
            Maximum: Math.max(...inWindow.map(({ max }) => max)),
          }[aggregation];
          const [found] = evaluate(rule, [{ ...metric([]), cells }], start + end);
          expect(found?.criteria[0]?.value).toBe(inWindow.length === 0 ? undefined : expected);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("absence", () => {
  const cases: readonly {
    what: string;
    aggregation: Aggregation;
    operator: string;
    cells: MetricCell | undefined;
    verdict: Verdict;
  }[] = [
    {
      what: "no data of a total, which 0 would meet",
      aggregation: "Total",
      operator: "LessThan",
      cells: undefined,
      verdict: "absent-healthy",
    },
    {
      what: "no data of a count",
      aggregation: "Count",
      operator: "LessThan",
      cells: undefined,
      verdict: "absent-healthy",
    },
    {
      what: "no data of an average",
      aggregation: "Average",
      operator: "LessThan",
      cells: undefined,
      verdict: "absent",
    },
    { what: "no data of a minimum", aggregation: "Minimum", operator: "LessThan", cells: undefined, verdict: "absent" },
    {
      what: "an average of no samples",
      aggregation: "Average",
      operator: "LessThan",
      cells: { sum: 0, count: 0, min: 0, max: 0 },
      verdict: "absent",
    },
    {
      what: "NaN",
      aggregation: "Average",
      operator: "LessThan",
      cells: { sum: Number.NaN, count: 1, min: 0, max: 0 },
      verdict: "absent",
    },
    {
      what: "NaN as a total",
      aggregation: "Total",
      operator: "GreaterThan",
      cells: { sum: Number.NaN, count: 1, min: 0, max: 0 },
      verdict: "absent-healthy",
    },
    {
      what: "an infinite maximum",
      aggregation: "Maximum",
      operator: "GreaterThan",
      cells: { sum: 1, count: 1, min: 0, max: Number.POSITIVE_INFINITY },
      verdict: "absent",
    },
    {
      what: "a total that is 0 because something reported 0",
      aggregation: "Total",
      operator: "LessThan",
      cells: { sum: 0, count: 1, min: 0, max: 0 },
      verdict: "met",
    },
  ];
  test.each(cases)("$what is $verdict", ({ aggregation, operator, cells, verdict }) => {
    const rule = conditions([staticCriterion({ timeAggregation: aggregation, operator })]);
    const stored = cells === undefined ? [] : [{ ...metric([]), cells: new Map([[start + 1, cells]]) }];
    expect(evaluate(rule, stored, start + 5)).toMatchObject([{ verdict }]);
  });
});

describe("dimensions", () => {
  const stored = ["GetBlob", "PutBlob", "ListBlobs"].flatMap((api) =>
    ["AccountKey", "SAS"].map((authentication) => metric([10], { ApiName: api, Authentication: authentication })),
  );
  const dimension = (operator: string, values: readonly string[], name = "ApiName") => ({ name, operator, values });
  const names = (all: readonly unknown[]) =>
    evaluate(conditions([staticCriterion({ dimensions: all })]), stored, start + 5).map(({ series }) =>
      series.dimensions.map(({ value }) => value).join(),
    );

  test.each([
    { all: [], expected: [""] },
    { all: [dimension("Include", ["*"])], expected: ["GetBlob", "PutBlob", "ListBlobs"] },
    { all: [dimension("Include", ["GetBlob", "PutBlob"])], expected: ["GetBlob", "PutBlob"] },
    { all: [dimension("Include", ["Get*"])], expected: [] },
    { all: [dimension("Include", ["Nothing", "*"])], expected: ["GetBlob", "PutBlob", "ListBlobs"] },
    { all: [dimension("Include", ["getblob"], "apiname")], expected: ["GetBlob"] },
    { all: [dimension("Exclude", ["GetBlob"])], expected: ["PutBlob", "ListBlobs"] },
    { all: [dimension("StartsWith", ["Get", "List"])], expected: ["GetBlob", "ListBlobs"] },
    {
      all: [
        dimension("Include", ["GetBlob", "PutBlob", "ListBlobs"]),
        dimension("Include", ["AccountKey", "SAS"], "Authentication"),
      ],
      expected: [
        "GetBlob,AccountKey",
        "GetBlob,SAS",
        "PutBlob,AccountKey",
        "PutBlob,SAS",
        "ListBlobs,AccountKey",
        "ListBlobs,SAS",
      ],
    },
  ])("$all selects $expected", ({ all, expected }) => {
    expect(names(all)).toEqual(expected);
  });

  test("without a dimension, all values are one series; with one, the others are added up", () => {
    const total = (all: readonly unknown[]) =>
      evaluate(conditions([staticCriterion({ dimensions: all })]), stored, start + 5).map(
        ({ criteria }) => criteria[0]?.value,
      );
    expect(total([])).toEqual([60]);
    expect(total([dimension("Include", ["*"], "Authentication")])).toEqual([30, 30]);
  });

  test("a series with a state is evaluated when it has no data any more, and keeps its name", () => {
    const rule = conditions([staticCriterion({ dimensions: [dimension("Include", ["*"])] })]);
    const known = [
      { resourceId: account.toUpperCase(), dimensions: [{ name: "ApiName", value: "GETBLOB" }] },
      { resourceId: `${account}2`, dimensions: [] },
    ];
    expect(evaluate(rule, [], start + 5, { known }).map(({ series, verdict }) => [series, verdict])).toEqual([
      [known[0], "absent-healthy"],
    ]);
    expect(evaluate(rule, stored, start + 5, { known }).map(({ series }) => series.dimensions[0]?.value)).toEqual([
      "GETBLOB",
      "PutBlob",
      "ListBlobs",
    ]);
  });

  test("a rule has at most 5,000 series, those with a state first, and says how many it left out", () => {
    const rule = conditions([staticCriterion({ dimensions: [dimension("Include", ["*"])] })]);
    const many: readonly MetricSeries[] = Array.from({ length: maxSeriesPerRule + 7 }, (_, each) => ({
      metric: "Transactions",
      dimensions: { ApiName: `a${each}` },
      points: minutes([1]),
    }));
    const last = { resourceId: `${account}2`, dimensions: [{ name: "ApiName", value: "x" }] };
    const resources = [account, last.resourceId].map((each) => ({
      resourceId: each,
      criteria: [many.map(cellsOfSeries)],
    }));
    const found = evaluateRule(rule, start + 5, resources, [last], noDynamicThresholds);
    expect(found.series.length).toBe(maxSeriesPerRule);
    expect(found.leftOut).toBe(maxSeriesPerRule + 15);
    expect(found.series[0]?.series).toEqual(last);
  });

  test("names of series tell resource and values apart, whatever is in them", () => {
    const series = (value: string): AlertSeries => ({
      resourceId: account,
      dimensions: [
        { name: "a", value },
        { name: "b", value: "x" },
      ],
    });
    expect(describeSeries(series("1"))).toBe(`resourceId=${account}&a=1&b=x`);
    expect(seriesKey(series('1","b'))).not.toBe(
      seriesKey({
        ...series("1"),
        dimensions: [
          { name: "a", value: "1" },
          { name: 'b","b', value: "x" },
        ],
      }),
    );
    expect(seriesKey(series("A"))).toBe(
      seriesKey({
        resourceId: account.toUpperCase().slice(1),
        dimensions: [
          { name: "A", value: "a" },
          { name: "B", value: "X" },
        ],
      }),
    );
  });
});

describe("several conditions", () => {
  const rule = conditions([
    staticCriterion({ dimensions: [{ name: "ApiName", operator: "Include", values: ["GetBlob"] }] }),
    staticCriterion({ name: "d", metricName: "SuccessE2ELatency", timeAggregation: "Average", threshold: 100 }),
  ]);
  const requests = (value: number | undefined) => metric([value], { ApiName: "GetBlob" });
  const latency = (value: number | undefined) =>
    metric([value], { ApiName: "GetBlob", Authentication: "SAS" }, "SuccessE2ELatency");
  test.each<{ requests: number | undefined; latency: number | undefined; verdict: Verdict }>([
    { requests: 6, latency: 101, verdict: "met" },
    { requests: 6, latency: 100, verdict: "not-met" },
    { requests: 5, latency: 101, verdict: "not-met" },
    { requests: 5, latency: undefined, verdict: "not-met" },
    { requests: undefined, latency: 101, verdict: "absent-healthy" },
    { requests: 6, latency: undefined, verdict: "absent" },
    { requests: undefined, latency: undefined, verdict: "absent-healthy" },
  ])("$requests requests of $latency ms: $verdict", (each) => {
    const found = evaluate(rule, [requests(each.requests), latency(each.latency)], start + 5);
    expect(found).toMatchObject([
      { verdict: each.verdict, series: { dimensions: [{ name: "ApiName", value: "GetBlob" }] } },
    ]);
  });
});

describe("a dynamic threshold", () => {
  const band: Band = { kind: "band", lower: 10, upper: 20 };
  const thresholds: DynamicThresholds = { bandAt: () => band };
  const rule = (operator: string) => conditions([dynamicCriterion({ operator })]);
  /** One value for each of four points of five minutes. */
  const points = (...values: readonly (number | undefined)[]) => [
    metric(values.flatMap((value) => [value, undefined, undefined, undefined, undefined])),
  ];
  test.each<{ operator: string; values: readonly (number | undefined)[]; verdict: Verdict; threshold: unknown }>([
    { operator: "GreaterThan", values: [21, 21, 15, 21], verdict: "met", threshold: { crossed: "upper", failing: 3 } },
    {
      operator: "GreaterThan",
      values: [21, 15, 15, 21],
      verdict: "not-met",
      threshold: { crossed: "upper", failing: 2 },
    },
    { operator: "GreaterThan", values: [21, 21, 21, 20], verdict: "met", threshold: { failing: 3 } },
    { operator: "GreaterThan", values: [9, 9, 9, 9], verdict: "not-met", threshold: { failing: 0 } },
    { operator: "LessThan", values: [9, 9, 9, 9], verdict: "met", threshold: { crossed: "lower", failing: 4 } },
    { operator: "LessThan", values: [21, 21, 21, 21], verdict: "not-met", threshold: { failing: 0 } },
    {
      operator: "GreaterOrLessThan",
      values: [9, 21, 15, 9],
      verdict: "met",
      threshold: { crossed: "lower", failing: 3 },
    },
    { operator: "GreaterOrLessThan", values: [undefined, 21, 21, 21], verdict: "met", threshold: { failing: 3 } },
    {
      operator: "GreaterOrLessThan",
      values: [21, 21, 21, undefined],
      verdict: "absent-healthy",
      threshold: { failing: 3 },
    },
  ])("$operator than 10 to 20 over $values: $verdict", ({ operator, values, verdict, threshold }) => {
    expect(evaluate(rule(operator), points(...values), start + 20, { thresholds })).toMatchObject([
      { verdict, criteria: [{ threshold: { ...band, ...(threshold as object) } }] },
    ]);
  });

  test("nothing fires while the band is learned, and points without one don't count", () => {
    const learning: Band = { kind: "learning", reason: "Needs 3 days." };
    const until = (minute: number): DynamicThresholds => ({ bandAt: (_, at) => (at < minute ? learning : band) });
    expect(
      evaluate(rule("GreaterThan"), points(99, 99, 99, 99), start + 20, { thresholds: until(start + 16) }),
    ).toMatchObject([{ verdict: "absent", criteria: [{ value: 99, threshold: learning }] }]);
    expect(
      evaluate(rule("GreaterThan"), points(99, 99, 99, 99), start + 20, { thresholds: until(start + 10) }),
    ).toMatchObject([{ verdict: "not-met", criteria: [{ threshold: { failing: 2 } }] }]);
  });

  test("the band is asked for by the series and the beginning of each point", () => {
    const asked: unknown[] = [];
    const spy: DynamicThresholds = { bandAt: (series, minute) => (asked.push([series, minute - start]), band) };
    const split = conditions([
      dynamicCriterion({
        dimensions: [{ name: "ApiName", operator: "Include", values: ["*"] }],
        ignoreDataBefore: "2025-12-01T00:00:00Z",
      }),
    ]);
    evaluate(split, [metric([1], { ApiName: "GetBlob" })], start + 20, { thresholds: spy });
    const series = {
      resourceId: account,
      metricNamespace: "Microsoft.Storage/storageAccounts",
      metricName: "Transactions",
      dimensions: { ApiName: "GetBlob" },
      aggregation: "Total",
      windowMinutes: 5,
      sensitivity: "Medium",
      ignoreDataBefore: Date.UTC(2025, 11, 1),
    };
    expect(asked).toEqual([15, 10, 5, 0].map((minute) => [series, minute]));
  });
});

describe("the reason is a sentence", () => {
  const api = [{ name: "ApiName", operator: "Include", values: ["*"] }];
  test.each([
    {
      criterion: staticCriterion(),
      values: [7],
      sentence:
        "Total of Transactions from 2026-01-01T00:00:00Z to 2026-01-01T00:05:00Z is 7, which is greater than 5.",
    },
    {
      criterion: staticCriterion({ dimensions: api, operator: "LessThanOrEqual" }),
      values: [7.12345678],
      sentence:
        "Total of Transactions (ApiName=GetBlob) from 2026-01-01T00:00:00Z to 2026-01-01T00:05:00Z is 7.12346, which is not less than or equal to 5.",
    },
    {
      criterion: staticCriterion(),
      values: [],
      sentence:
        "There is no data of Total of Transactions from 2026-01-01T00:00:00Z to 2026-01-01T00:05:00Z, which counts as healthy; absence never fires.",
    },
    {
      criterion: staticCriterion({ timeAggregation: "Average" }),
      values: [],
      sentence:
        "There is no data of Average of Transactions from 2026-01-01T00:00:00Z to 2026-01-01T00:05:00Z, so the state stays as it is; absence never fires.",
    },
    {
      criterion: dynamicCriterion(),
      values: [7],
      sentence:
        "Total of Transactions from 2026-01-01T00:00:00Z to 2026-01-01T00:05:00Z can't be judged yet: No history has been learned for this series yet.",
    },
    {
      criterion: dynamicCriterion(),
      values: [7],
      band: { kind: "band", lower: 1, upper: 6.5 } as const,
      sentence:
        "Total of Transactions from 2026-01-01T00:00:00Z to 2026-01-01T00:05:00Z is 7, above the usual 1 to 6.5; 1 of the last 4 points are outside, 3 are needed to fire.",
    },
  ])("$sentence", ({ criterion, values, sentence, band }) => {
    const thresholds = band === undefined ? noDynamicThresholds : { bandAt: () => band };
    const [found] = evaluate(conditions([criterion]), [metric(values, { ApiName: "GetBlob" })], start + 5, {
      thresholds,
    });
    expect(found && explainEvaluation(found)).toBe(sentence);
  });
});

test("an evaluation that was stored as JSON, with a band that is open on one side, is still explained", () => {
  const thresholds: DynamicThresholds = { bandAt: () => ({ kind: "band", lower: Number.NEGATIVE_INFINITY, upper: 6 }) };
  const [found] = evaluate(conditions([dynamicCriterion()]), [metric([7])], start + 5, { thresholds });
  const stored = JSON.parse(JSON.stringify(found)) as NonNullable<typeof found>;
  expect(explainEvaluation(stored)).toContain("is 7, above the usual anything to 6;");
});

test("web test and PromQL rules are not evaluated, and say so", () => {
  const promQl = { "odata.type": "Microsoft.Azure.Monitor.PromQLCriteria", allOf: [{ name: "q", query: "up" }] };
  const outcome = putMetricAlert(
    ruleId,
    {
      location: "global",
      properties: { severity: 1, enabled: true, scopes: [account], evaluationFrequency: "PT1M", criteria: promQl },
    },
    undefined,
    0,
  );
  expect(outcome.kind === "rule" && conditionsOf(outcome.rule)).toMatchObject({
    kind: "not-evaluated",
    reason: expect.stringContaining("PromQL") as string,
  });
});
