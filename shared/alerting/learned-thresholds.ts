import { bandAt, learnThreshold, type Learning, type ThresholdModel } from "../alerts/dynamic-threshold.js";
import { mostHistoryDays } from "../alerts/metric-history.js";
import type { MetricAlertRule } from "../alerts/metric-alert-rule.js";
import { watchOf } from "../alerts/rule-watch.js";
import type { DynamicCriterion, RuleConditions } from "../alerts/rule-conditions.js";
import type { DynamicThresholds, ThresholdSeries } from "../alerts/threshold.js";
import { foldId } from "../arm/resource-id.js";
import { aggregate, type Dimensions } from "../metrics/metric-cell.js";
import { forEachOf } from "../request-logs/concurrency.js";
import type { MetricStore } from "../stores/metrics/metric-store.js";
import type { RuleModels, SeriesModel, ThresholdModels } from "../stores/threshold-models/threshold-models.js";

const hourMs = 3_600_000;
const concurrentReads = 4;

export interface LearningStores {
  readonly metrics: Pick<MetricStore, "query">;
  readonly models: ThresholdModels;
}

/**
 * What is usual for the series of a rule, learned once an hour out of their own history of up to 35 days and kept, so that
 * all evaluations of an hour, on every instance, use the same.
 */
export async function learnedThresholds(
  { metrics, models }: LearningStores,
  rule: MetricAlertRule,
  conditions: RuleConditions,
  resources: readonly string[],
  now: Date,
): Promise<DynamicThresholds> {
  const hour = Math.floor(now.getTime() / hourMs);
  const watch = watchOf(rule);
  const kept = await models.read(rule.id);
  if (kept?.hour === hour && kept.watch === watch) return thresholdsOf(kept.series);
  const series = await learnAll({ metrics, models }, conditions, resources, hour * 60);
  const learned: RuleModels = { hour, watch, series };
  await models.save(rule.id, learned);
  return thresholdsOf(series);
}

/**
 * Learns the series of a rule, as they were known at a minute.
 * @param until minute since the epoch: the end of the history
 */
export async function learnAll(
  { metrics }: LearningStores,
  { criteria, windowMinutes }: RuleConditions,
  resources: readonly string[],
  until: number,
): Promise<readonly SeriesModel[]> {
  const found: SeriesModel[] = [];
  const reads = resources.flatMap((resourceId) =>
    criteria.flatMap((criterion) => (criterion.kind === "dynamic" ? [{ resourceId, criterion }] : [])),
  );
  const length = Math.floor((mostHistoryDays * 1_440) / windowMinutes);
  const from = until - length * windowMinutes;
  await forEachOf(reads, concurrentReads, async ({ resourceId, criterion }) => {
    const { namespace, metricName, filter, splitBy, aggregation, ignoreDataBefore } = criterion;
    const range = { from, to: until, grain: windowMinutes };
    const answer = await metrics.query({ resourceId, namespace, metrics: [metricName], filter, splitBy, ...range });
    for (const { dimensions, points } of answer) {
      const values = new Float64Array(length).fill(Number.NaN);
      for (const [minute, cell] of points) {
        // an average of no samples is no value
        if (cell.count > 0) values[(minute - from) / windowMinutes] = aggregate(cell, aggregation);
      }
      const history = { firstMinute: from, stepMinutes: windowMinutes, values };
      const learned = learnThreshold(history, ignoreDataBefore === undefined ? {} : { ignoreDataBefore });
      const model = learned.kind === "learned" ? learned.model : learned;
      found.push({ key: keyOf(resourceId, criterion, dimensions), model });
    }
  });
  return found;
}

const unknown: Learning = { kind: "learning", reason: "Still learning: nothing was measured in the last weeks." };

/** Bands by what was learned. */
export function thresholdsOf(series: readonly SeriesModel[]): DynamicThresholds {
  const models = new Map<string, ThresholdModel | Learning>(series.map(({ key, model }) => [key, model]));
  return {
    bandAt: (asked: ThresholdSeries, minute) => {
      const { resourceId, metricNamespace: namespace, metricName, aggregation, dimensions } = asked;
      const model = models.get(keyOf(resourceId, { namespace, metricName, aggregation }, dimensions)) ?? unknown;
      return model.kind === "learning" ? model : bandAt(model, minute, asked.sensitivity);
    },
  };
}

type Learned = Pick<DynamicCriterion, "namespace" | "metricName" | "aggregation">;

/** Identity of a series; without case, as ids, names and values compare. */
function keyOf(resourceId: string, { namespace, metricName, aggregation }: Learned, dimensions: Dimensions): string {
  const values = Object.entries(dimensions).map(([name, value]) => [name.toLowerCase(), value.toLowerCase()] as const);
  const sorted = values.sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([
    foldId(resourceId),
    namespace.toLowerCase(),
    metricName.toLowerCase(),
    aggregation,
    ...sorted.flat(),
  ]);
}
