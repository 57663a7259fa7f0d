import { capacityKey, type CapacityRuns } from "../capacity/capacity-run.js";
import { services } from "../storage-analytics/log-entry.js";
import { metricsRowBytes } from "../storage-analytics/metrics-row.js";
import type { LogSweeps } from "../stores/log-sweeps/log-sweeps.js";

export interface AnalyticsBytesStores {
  readonly sweeps: LogSweeps;
  readonly capacityRuns: CapacityRuns;
}

/**
 * Bytes of what analytics keeps in an account: log blobs as the last round over them found them, or the one under way if
 * that is more, and rows of metrics as the last count of tables did.
 */
export async function analyticsBytes(account: string, { sweeps, capacityRuns }: AnalyticsBytesStores): Promise<number> {
  const [sweep, tables] = await Promise.all([sweeps.read(account), capacityRuns.read(capacityKey(account, "table"))]);
  const logs = services.map((service) =>
    Math.max(sweep?.last?.sums[service].bytes ?? 0, sweep?.soFar[service].bytes ?? 0),
  );
  const rows = tables?.run.work.analyticsRows ?? 0;
  return logs.reduce((sum, bytes) => sum + bytes, 0) + rows * metricsRowBytes;
}
