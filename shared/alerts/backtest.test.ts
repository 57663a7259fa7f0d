import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { type MetricCell } from "../metrics/metric-cell.js";
import { SeriesCollector } from "../metrics/series-query.js";
import { cellsOfSeries } from "./alert-series.js";
import { advanceState, markTold, type AlertState } from "./alert-state.js";
import { backtest, backtestLookback, maxBacktestEvaluations, type Backtest } from "./backtest.js";
import { evaluateRule } from "./evaluation.js";
import { windowQuery, type Criterion, type RuleConditions } from "./rule-conditions.js";
import { noDynamicThresholds, type DynamicThresholds } from "./threshold.js";

const resourceId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a";
const start = Date.UTC(2026, 0, 1) / 60_000;
const common = {
  name: "c",
  metricName: "m",
  namespace: "n",
  aggregation: "Total" as const,
  filter: [{ kind: "any" as const, dimension: "d" }],
  splitBy: ["d"],
};
const statically: Criterion = { ...common, kind: "static", operator: "GreaterThan", threshold: 5 };
const dynamically: Criterion = {
  ...common,
  aggregation: "Average",
  kind: "dynamic",
  operator: "GreaterOrLessThan",
  sensitivity: "Low",
  periods: 2,
  failingPeriods: 2,
};
const rule = (changes: Partial<RuleConditions> = {}): RuleConditions => ({
  ...{
    kind: "conditions",
    ruleId: "/subscriptions/s/rule",
    enabled: true,
    windowMinutes: 5,
    frequencyMinutes: 1,
    isStateful: true,
  },
  ...{ criteria: [statically], ...changes },
});
const cells = (values: readonly (number | undefined)[]): ReadonlyMap<number, MetricCell> =>
  new Map(
    values.flatMap((value, index) =>
      value === undefined ? [] : [[start + index, { sum: value, count: 2, min: value - 1, max: value }]],
    ),
  );
const history = (...series: readonly (readonly (number | undefined)[])[]) => [
  {
    resourceId,
    criteria: [series.map((values, index) => ({ metric: "m", dimensions: { d: `v${index}` }, points: cells(values) }))],
  },
];
function done(outcome: Backtest) {
  if (outcome.kind === "too-large") throw new Error(outcome.reason);
  return outcome;
}

test("alerts that a rule would have fired and resolved, with what was compared", () => {
  const values = [0, 0, 9, 0, 0, 0, 0, 0, 0, 0];
  const found = done(backtest(rule(), start + 1, start + 10, history(values, [1]), noDynamicThresholds));
  expect(found.alerts).toMatchObject([
    {
      series: { resourceId, dimensions: [{ name: "d", value: "v0" }] },
      firedAt: (start + 3) * 60_000,
      reason: "Total of m (d=v0) from 2025-12-31T23:58:00Z to 2026-01-01T00:03:00Z is 9, which is greater than 5.",
      resolvedAt: (start + 10) * 60_000,
      resolvedReason:
        "Total of m (d=v0) from 2026-01-01T00:05:00Z to 2026-01-01T00:10:00Z is 0, which is not greater than 5.",
    },
  ]);
  expect(found.series.map(({ criteria }) => [...(criteria[0]?.values ?? [])])).toEqual([
    [0, 0, 9, 9, 9, 9, 9, 0, 0, 0],
    [1, 1, 1, 1, 1, Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN],
  ]);
  expect(found).toMatchObject({ firstWindowEnd: start + 1, stepMinutes: 1, alertsLeftOut: 0, seriesLeftOut: 0 });
});

test("an alert that is fired at the end has no resolution; bands are drawn", () => {
  const of = rule({ criteria: [dynamically], windowMinutes: 1 });
  const found = done(
    backtest(of, start + 2, start + 4, history([5, 9, 9, 9]), {
      bandAt: (_, minute) => ({ kind: "band", lower: minute - start, upper: 4 }),
    }),
  );
  expect(found.alerts).toHaveLength(1);
  expect(found.alerts[0]).not.toHaveProperty("resolvedAt");
  expect(found.series[0]?.criteria[0]).toEqual({
    name: "c",
    values: Float64Array.of(4.5, 4.5, 4.5),
    lower: Float64Array.of(1, 2, 3),
    upper: Float64Array.of(4, 4, 4),
  });
});

test("a backtest is what evaluations, one by one over the store's answers, would have told", () => {
  const value = fc.option(fc.integer({ min: -3, max: 12 }), { nil: undefined });
  const series = fc.array(fc.array(value, { minLength: 1, maxLength: 60 }), { minLength: 1, maxLength: 3 });
  const thresholds: DynamicThresholds = {
    bandAt: (_, minute) =>
      minute % 7 === 0 ? { kind: "learning", reason: "r" } : { kind: "band", lower: 0, upper: 2 + (minute % 3) },
  };
  const conditions = fc.record({
    criteria: fc.constantFrom([statically], [dynamically]),
    windowMinutes: fc.constantFrom(1, 5, 15),
    frequencyMinutes: fc.constantFrom(1, 5),
    isStateful: fc.boolean(),
  });
  fc.assert(
    fc.property(series, conditions, (all, changes) => {
      const of = rule(changes);
      const states = new Map<string, AlertState>();
      const told: string[] = [];
      for (let end = start; end <= start + 60; end += of.frequencyMinutes) {
        const criteria = of.criteria.map((criterion) => {
          const collector = new SeriesCollector(windowQuery(criterion, of.windowMinutes, end));
          for (const [index, values] of all.entries())
            collector.add({ metric: "m", dimensions: { d: `v${index}` }, gauge: false, cells: cells(values) });
          return collector.series().map(cellsOfSeries);
        });
        const known = [...states.values()].map((state) => state.series);
        for (const evaluation of evaluateRule(of, end, [{ resourceId, criteria }], known, thresholds).series) {
          const advance = advanceState(of, states.get(evaluation.key), evaluation, false, end * 60_000);
          told.push(...advance.transitions.map(({ kind, alertId }) => `${end} ${kind} ${alertId}`));
          states.set(evaluation.key, markTold(advance.state, advance.transitions));
        }
      }
      const { alerts } = done(backtest(of, start, start + 60, history(...all), thresholds));
      const tested = alerts.flatMap(({ alertId, firedAt, resolvedAt }) => [
        `${firedAt / 60_000} fired ${alertId}`,
        ...(resolvedAt === undefined ? [] : [`${resolvedAt / 60_000} resolved ${alertId}`]),
      ]);
      expect(tested.sort()).toEqual(told.sort());
    }),
    { numRuns: 150 },
  );
});

describe("limits", () => {
  test("more evaluations than a backtest may have are refused, with the next step", () => {
    const outcome = backtest(rule(), start, start + maxBacktestEvaluations, history([1]), noDynamicThresholds);
    expect(outcome).toMatchObject({
      kind: "too-large",
      reason: expect.stringContaining("shorter time span") as string,
    });
  });
  test("the lookback is that of the longest criterion", () => {
    expect(backtestLookback(rule({ criteria: [statically, dynamically] }))).toBe(10);
  });
});
