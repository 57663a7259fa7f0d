import type { SeriesCells } from "../metrics/metric-cell.js";
import { servicesOfAccount } from "../metrics/storage-metrics.js";
import { capacityCounts } from "../storage-analytics/capacity-count.js";
import { capacityRows } from "../storage-analytics/capacity-row.js";
import {
  accountCapacitySeries,
  blobCapacitySeries,
  queueCapacitySeries,
  tableCapacitySeries,
} from "../storage-analytics/capacity-series.js";
import type { MetricStore, MetricTarget } from "../stores/metrics/metric-store.js";
import type { MetricsTables } from "../stores/metrics-tables/metrics-tables.js";
import type { CapacityCount } from "./capacity-run.js";

const minutesPerHour = 60;

export interface CapacityResultStores {
  readonly metrics: MetricStore;
  readonly metricsTables: MetricsTables;
}

/**
 * Writes the rows of the day that was measured. Only the Blob service has such rows.
 * @param day `2026-11-24`
 */
export async function writeCapacityRows(
  { metricsTables }: CapacityResultStores,
  day: string,
  count: CapacityCount,
): Promise<void> {
  if (count.service !== "blob") return;
  await metricsTables.writeCapacity(capacityRows(new Date(`${day}T00:00:00Z`), capacityCounts(count.progress)));
}

/**
 * Says what was counted as metrics of an hour: as in Azure, where each hour has a value that is refreshed once a day.
 * @param resourceId of the account
 * @param hour since the epoch
 */
export async function writeCapacityMetrics(
  { metrics }: CapacityResultStores,
  resourceId: string,
  count: CapacityCount,
  hour: number,
): Promise<void> {
  const write = (target: MetricTarget, series: readonly SeriesCells[]): Promise<void> =>
    metrics.update(target, hour, () =>
      Promise.resolve({ minutes: [hour * minutesPerHour], metrics: metricsOf[count.service], series }),
    );
  const [blobs, queues, tables] = servicesOfAccount(resourceId);
  if (blobs === undefined || queues === undefined || tables === undefined) throw new Error("a service has no metrics");
  switch (count.service) {
    case "blob": {
      const { data, analytics } = capacityCounts(count.progress);
      await write(blobs, blobCapacitySeries(count.progress, hour));
      await write(
        { resourceId, namespace: "Microsoft.Storage/storageAccounts" },
        accountCapacitySeries(data.capacity + analytics.capacity, hour),
      );
      return;
    }
    case "queue":
      await write(queues, queueCapacitySeries(count.progress.count, count.progress.items, hour));
      return;
    case "table":
      await write(tables, tableCapacitySeries(count.progress.count, count.progress.items, hour));
      return;
    default:
      throw new Error(`unknown service ${JSON.stringify(count satisfies never)}`);
  }
}

const metricsOf = {
  blob: ["BlobCapacity", "BlobCount", "ContainerCount", "UsedCapacity"],
  queue: ["QueueCount", "QueueMessageCount"],
  table: ["TableCount", "TableEntityCount"],
} as const;
