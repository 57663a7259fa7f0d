import { cellsOfSeries } from "../alerts/alert-series.js";
import type { AlertChart } from "../alerts/alert-chart.js";
import type { MailedAlert } from "../alerts/alert-mail.js";
import { aggregate, aggregations } from "../metrics/metric-cell.js";
import { minuteOf, parseDuration } from "../metrics/time-grain.js";
import type { MetricStore } from "../stores/metrics/metric-store.js";

/** Points of a chart: an hour, or twelve windows. */
const points = 60;
/** A window of more than a minute slides by a fifth of itself. */
const stepsPerWindow = 5;

/**
 * What was measured up to an alert, for its chart: the first condition's metric over the rule's window, as it slid towards
 * the one that fired or resolved; so every point can be held against the threshold.
 * @returns undefined for an alert that ended with its rule: nothing was measured
 */
export async function readAlertChart(
  { query }: Pick<MetricStore, "query">,
  { data }: MailedAlert,
): Promise<AlertChart | undefined> {
  const { condition } = data.alertContext;
  const [first] = condition.allOf;
  const resourceId = data.essentials.alertTargetIDs[0];
  const end = "windowEndTime" in condition ? Date.parse(condition.windowEndTime ?? "") : Number.NaN;
  const aggregation = aggregations.find((each) => each === first?.timeAggregation);
  if (first === undefined || resourceId === undefined || aggregation === undefined || Number.isNaN(end))
    return undefined;
  const window = Math.max(1, (parseDuration(condition.windowSize ?? "PT1M") ?? 60_000) / 60_000);
  const step = window < stepsPerWindow ? 1 : Math.floor(window / stepsPerWindow);
  const to = minuteOf(end);
  const [series] = await query({
    ...{
      resourceId,
      namespace: first.metricNamespace ?? data.essentials.targetResourceType,
      metrics: [first.metricName],
    },
    filter: first.dimensions.map(({ name, value }) => ({ kind: "in", dimension: name, values: [value] })),
    ...{ splitBy: [], from: to - points * step - window, to, grain: step },
  });
  const cells = series && cellsOfSeries(series);
  const values = Array.from({ length: points }, (_, index) => {
    const windowEnd = to - (points - 1 - index) * step;
    const cell = cells?.cell(windowEnd - window, windowEnd);
    return cell === undefined ? undefined : aggregate(cell, aggregation);
  });
  const threshold = Number(first.threshold ?? Number.NaN);
  const from = (to - (points - 1) * step) * 60_000;
  return { from, stepMinutes: step, values, thresholds: Number.isFinite(threshold) ? [threshold] : [] };
}
