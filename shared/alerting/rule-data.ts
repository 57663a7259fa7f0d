import { cellsOfSeries, type ResourceData } from "../alerts/alert-series.js";
import type { ResourceHistory } from "../alerts/backtest.js";
import { completeUntilOf, settleMinutes } from "../alerts/evaluation-schedule.js";
import type { MetricAlertRule } from "../alerts/metric-alert-rule.js";
import { windowQuery, lookbackOf, type RuleConditions } from "../alerts/rule-conditions.js";
import { resourcesInScopes } from "../alerts/rule-scope.js";
import type { MetricSeries } from "../metrics/series-query.js";
import { findStorageNamespace } from "../metrics/storage-metrics.js";
import { forEachOf } from "../request-logs/concurrency.js";
import type { MetricStore } from "../stores/metrics/metric-store.js";

/** Where rules find their data. */
export interface RuleMetrics {
  readonly metrics: Pick<MetricStore, "query" | "watermark">;
  /** Ids of the resources that have metrics: what groups and subscriptions in scopes stand for. */
  readonly knownResources: () => Promise<readonly string[]>;
}

/** Queries for one rule at a time. */
const concurrentQueries = 8;

/** The resources that a rule watches. */
export async function resourcesOfRule(
  { properties }: MetricAlertRule,
  { knownResources }: RuleMetrics,
): Promise<readonly string[]> {
  return resourcesInScopes(properties.scopes, properties.targetResourceType, await knownResources());
}

/**
 * How far the data of a rule can be relied on: as far as that of its slowest resource. Metrics of storage accounts are
 * complete up to their watermark; everything else, which nobody announces, once its minute is over.
 * @param watermark of a resource, which may be remembered
 * @param now milliseconds since the epoch
 * @returns minutes since the epoch; undefined: nothing is complete yet
 */
export async function completenessOf(
  { criteria }: RuleConditions,
  resources: readonly string[],
  watermark: (resourceId: string) => Promise<number | undefined>,
  now: number,
): Promise<number | undefined> {
  const fromStorage = criteria.some(({ namespace }) => findStorageNamespace(namespace) !== undefined);
  if (!fromStorage) return completeUntilOf([], settleMinutes.store, now);
  const found: number[] = [];
  await forEachOf(resources, concurrentQueries, async (resourceId) => {
    const minute = await watermark(resourceId);
    if (minute !== undefined) found.push(minute);
  });
  // an account that was never logged has no watermark, and must not hold up the others
  return found.length === 0 ? undefined : completeUntilOf(found, settleMinutes.store, now);
}

/**
 * What an evaluation needs of each resource.
 * @param windowEnds minutes since the epoch: windows to be evaluated, the last one included; several are read minute by
 *   minute
 */
export async function readWindows(
  { metrics }: RuleMetrics,
  conditions: RuleConditions,
  resources: readonly string[],
  windowEnds: readonly number[],
): Promise<readonly ResourceData[]> {
  const { criteria, windowMinutes } = conditions;
  const last = Math.max(...windowEnds);
  const first = Math.min(...windowEnds);
  const data = resources.map((resourceId) => ({
    resourceId,
    criteria: criteria.map((): ReturnType<typeof cellsOfSeries>[] => []),
  }));
  const reads = data.flatMap((resource) => criteria.map((criterion, index) => ({ resource, criterion, index })));
  await forEachOf(reads, concurrentQueries, async ({ resource, criterion, index }) => {
    const query = windowQuery(criterion, windowMinutes, last);
    const range = first === last ? {} : { from: first - lookbackOf(criterion, windowMinutes), grain: 1 };
    const series = await metrics.query({ resourceId: resource.resourceId, ...query, ...range });
    resource.criteria[index] = series.map(cellsOfSeries);
  });
  return data;
}

/**
 * The metrics of a rule by the minute.
 * @param from minute since the epoch
 * @param to exclusive
 */
export async function readHistories(
  { metrics }: RuleMetrics,
  { criteria }: RuleConditions,
  resources: readonly string[],
  from: number,
  to: number,
): Promise<readonly ResourceHistory[]> {
  const data = resources.map((resourceId) => ({
    resourceId,
    criteria: criteria.map((): readonly MetricSeries[] => []),
  }));
  const reads = data.flatMap((resource) => criteria.map((criterion, index) => ({ resource, criterion, index })));
  await forEachOf(reads, concurrentQueries, async ({ resource, criterion, index }) => {
    const { namespace, metricName, filter, splitBy } = criterion;
    const query = { namespace, metrics: [metricName], filter, splitBy, from, to, grain: 1 };
    resource.criteria[index] = await metrics.query({ resourceId: resource.resourceId, ...query });
  });
  return data;
}
