import { logTypes, type LogType } from "../storage-analytics/log-blob.js";
import { services, type Service } from "../storage-analytics/log-entry.js";
import type { AnalyticsSettings, AnalyticsSettingsOfAccount } from "../stores/analytics-settings/analytics-settings.js";
import type { DeadLetterCount, DeadLetters } from "../stores/dead-letters/dead-letters.js";
import type { GatewayMarks } from "../stores/gateway-marks/gateway-marks.js";
import type { MetricStore, MetricTarget } from "../stores/metrics/metric-store.js";
import type { LogReadings } from "../stores/log-readings/log-readings.js";
import type { LogSweep, LogSweeps } from "../stores/log-sweeps/log-sweeps.js";
import { logLag, type LogLag } from "./log-lag.js";
import { countOperations, type OperationCounts } from "./operation-counts.js";

const minuteMs = 60_000;
/** What the counts of an overview cover. */
export const overviewMs = 60 * minuteMs;

export interface OverviewStores {
  readonly analyticsSettings: AnalyticsSettingsOfAccount;
  readonly readings: LogReadings;
  readonly sweeps: LogSweeps;
  readonly marks: GatewayMarks;
  readonly deadLetters: DeadLetters;
  readonly metrics: MetricStore;
}

export interface ServiceOverview extends AnalyticsSettings {
  /** What the log blobs take; undefined until they were gone through once. */
  readonly kept: { readonly blobs: number; readonly bytes: number; readonly at: Date } | undefined;
  readonly lag: LogLag;
  /** Only a gateway knows: entries that wait to be written, and those that were ever lost, its earlier runs included. */
  readonly entriesBuffered: number | undefined;
  readonly entriesLost: number | undefined;
  /** Every minute before is in the metrics; undefined: none is yet. */
  readonly metricsCompleteUpTo: Date | undefined;
  /** Kinds of requests that are not logged, and so are in no metrics. */
  readonly withoutMetrics: readonly LogType[];
  readonly deadLetters: DeadLetterCount;
  readonly lastHour: OperationCounts & { readonly from: Date; readonly to: Date };
}

/**
 * What Vigil knows of an account: settings, what is kept, how far behind it is, and the requests of the last hour.
 * @param target of the metrics of each service
 */
export async function overviewOf(
  account: string,
  target: (service: Service) => MetricTarget,
  stores: OverviewStores,
  latenessMs: number,
  now: Date,
): Promise<Readonly<Record<Service, ServiceOverview>>> {
  const sweep = await stores.sweeps.read(account);
  const entries = services.map(async (service) => [
    service,
    await serviceOverview(account, service, target(service), stores, sweep, latenessMs, now),
  ]);
  return Object.fromEntries(await Promise.all(entries)) as Record<Service, ServiceOverview>;
}

async function serviceOverview(
  account: string,
  service: Service,
  target: MetricTarget,
  stores: OverviewStores,
  sweep: LogSweep | undefined,
  latenessMs: number,
  now: Date,
): Promise<ServiceOverview> {
  // whole minutes: the current one is counted as far as it has come
  const to = new Date(Math.floor(now.getTime() / minuteMs) * minuteMs + minuteMs);
  const from = new Date(to.getTime() - overviewMs);
  const [settings, mark, deadLetters, counts, watermark] = await Promise.all([
    stores.analyticsSettings.read(service),
    stores.marks.read(account, service),
    stores.deadLetters.count({ account, service }),
    countOperations(stores.readings.cells(account, service, from, to)),
    stores.metrics.watermark(target.resourceId),
  ]);
  return {
    ...settings,
    kept: sweep?.last && { ...sweep.last.sums[service], at: sweep.last.ended },
    lag: logLag(mark, latenessMs, now),
    entriesBuffered: mark?.buffered,
    entriesLost: mark?.lost,
    metricsCompleteUpTo: watermark === undefined ? undefined : new Date(watermark * minuteMs),
    withoutMetrics: logTypes.filter((kind) => !settings.logging[kind]),
    deadLetters,
    lastHour: { from, to, ...counts },
  };
}
