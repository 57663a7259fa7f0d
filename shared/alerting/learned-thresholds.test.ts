import { expect, test } from "vitest";

import { putMetricAlert } from "../alerts/metric-alert-rule.js";
import { conditionsOf } from "../alerts/rule-conditions.js";
import { cellsOfSeries } from "../alerts/alert-series.js";
import { evaluateRule } from "../alerts/evaluation.js";
import type { MetricSeries } from "../metrics/series-query.js";
import type { MetricQuery } from "../stores/metrics/metric-store.js";
import type { RuleModels } from "../stores/threshold-models/threshold-models.js";
import { resourceId } from "../testing/alert-samples.js";
import { learnedThresholds, type LearningStores } from "./learned-thresholds.js";

const target = "/subscriptions/s/resourceGroups/g/providers/Contoso.Shop/tills/one";
const ruleOf = (sensitivity = "Medium") => {
  const outcome = putMetricAlert(
    resourceId("/subscriptions/s/resourceGroups/g/providers/Microsoft.Insights/metricAlerts/r"),
    {
      location: "global",
      properties: {
        ...{ severity: 2, enabled: true, scopes: [target], evaluationFrequency: "PT5M", windowSize: "PT15M" },
        criteria: {
          "odata.type": "Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria",
          allOf: [
            {
              ...{
                criterionType: "DynamicThresholdCriterion",
                name: "a",
                metricName: "Sales",
                metricNamespace: "Shop",
              },
              ...{ operator: "GreaterThan", timeAggregation: "Total", alertSensitivity: sensitivity },
              ...{ failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 } },
              dimensions: [{ name: "Till", operator: "Include", values: ["*"] }],
            },
          ],
        },
      },
    },
    undefined,
    0,
  );
  if (outcome.kind !== "rule") throw new Error(outcome.message);
  return outcome.rule;
};
const now = new Date("2026-02-01T10:30:00Z");
const end = Math.floor(now.getTime() / 3_600_000) * 60;

/** Ten sales in every quarter of an hour, a few more or less, for so many days before the hour. */
function stores(days: number) {
  const queries: MetricQuery[] = [];
  let kept: RuleModels | undefined;
  const learning: LearningStores = {
    metrics: {
      query: (query) => {
        queries.push(query);
        const points = new Map<number, { sum: number; count: number; min: number; max: number }>();
        for (let minute = end - days * 1_440; minute < end; minute += 15) {
          const sum = 10 + ((minute / 15) % 7);
          points.set(minute, { sum, count: 5, min: 1, max: 3 });
        }
        const series: MetricSeries = { metric: "Sales", dimensions: { Till: "A" }, points };
        return Promise.resolve([series]);
      },
    },
    models: {
      read: () => Promise.resolve(kept),
      save: (_, models) => {
        // as it comes back from storage
        kept = JSON.parse(JSON.stringify(models)) as RuleModels;
        return Promise.resolve();
      },
    },
  };
  return { learning, queries };
}

async function verdictOf({ learning }: ReturnType<typeof stores>, total: number, till = "a"): Promise<string> {
  const rule = ruleOf();
  const conditions = conditionsOf(rule);
  if (conditions.kind !== "conditions") throw new Error(conditions.reason);
  const thresholds = await learnedThresholds(learning, rule, conditions, [target], now);
  const cell = { sum: total, count: 5, min: 1, max: total };
  const series = { metric: "Sales", dimensions: { Till: till }, points: new Map([[end, cell]]) };
  const data = [{ resourceId: target, criteria: [[cellsOfSeries(series)]] }];
  const [only] = evaluateRule(conditions, end + 15, data, [], thresholds).series;
  return only?.verdict ?? "none";
}

test("what is usual is learned from a series' own history, and what isn't is found", async () => {
  const found = stores(10);
  expect(await verdictOf(found, 13)).toBe("not-met");
  expect(await verdictOf(found, 200)).toBe("met");
  expect(found.queries[0]).toMatchObject({
    resourceId: target,
    namespace: "Shop",
    grain: 15,
    to: end,
    splitBy: ["Till"],
  });
});

test("it is learned once an hour, and anew when the rule watches something else", async () => {
  const found = stores(10);
  const rule = ruleOf();
  const conditions = conditionsOf(rule);
  if (conditions.kind !== "conditions") throw new Error(conditions.reason);
  const learn = (of: typeof rule, at: Date) => learnedThresholds(found.learning, of, conditions, [target], at);
  await learn(rule, now);
  await learn(rule, new Date(now.getTime() + 29 * 60_000));
  expect(found.queries).toHaveLength(1);
  await learn(rule, new Date(now.getTime() + 31 * 60_000));
  await learn(ruleOf("High"), new Date(now.getTime() + 31 * 60_000));
  expect(found.queries).toHaveLength(3);
});

test.each([
  { title: "two days of history", days: 2, till: "a" },
  { title: "a series that nobody has seen before", days: 10, till: "new" },
])("$title: nothing fires", async ({ days, till }) => {
  expect(await verdictOf(stores(days), 200, till)).toBe("absent");
});
