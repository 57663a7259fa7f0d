import { BlobServiceClient } from "@azure/storage-blob";

import type { SeriesCells } from "../metrics/metric-cell.js";
import { metricStoreIn } from "../stores/metrics/metric-store.azure.js";
import type { MetricTarget } from "../stores/metrics/metric-store.js";

/** Series by minute: of each minute how often an API was called, each call taking as many milliseconds as its place. */
export const callsByMinute = (
  api: string,
  calls: ReadonlyMap<number, number>,
  dimensions: Readonly<Record<string, string>> = {},
): readonly SeriesCells[] => {
  const all = { GeoType: "Primary", ApiName: api, Authentication: "AccountKey", ...dimensions };
  const of = (metric: string, value: number, more: Readonly<Record<string, string>> = {}): SeriesCells => ({
    metric,
    dimensions: { ...all, ...more },
    gauge: false,
    cells: new Map(
      [...calls].map(([minute, count]) => [minute, { sum: count * value, count, min: value, max: value }] as const),
    ),
  });
  return [
    of("Transactions", 1, { ResponseType: "Success", TransactionType: "user" }),
    of("Ingress", 100),
    of("Egress", 1_000),
    of("SuccessServerLatency", 5),
    of("SuccessE2ELatency", 12),
    of("Availability", 100),
  ];
};

/**
 * Keeps series as the roll-up does.
 * @param connectionString of Vigil's own state
 */
export async function keepMetrics(
  connectionString: string,
  target: MetricTarget,
  series: readonly SeriesCells[],
): Promise<void> {
  const store = metricStoreIn(BlobServiceClient.fromConnectionString(connectionString), () => new Date());
  const minutes = [...new Set(series.flatMap(({ cells }) => [...cells.keys()]))];
  for (const hour of new Set(minutes.map((minute) => Math.floor(minute / 60)))) {
    const mine = minutes.filter((minute) => Math.floor(minute / 60) === hour);
    await store.update(target, hour, () => Promise.resolve({ minutes: mine, series }));
  }
}
