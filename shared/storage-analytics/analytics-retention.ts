import { capacityPartitionKey } from "./capacity-row.js";
import { services, type Service } from "./log-entry.js";
import { type LogBlobName } from "./log-blob.js";
import { metricsPartitionKey } from "./metrics-row.js";
import { type MetricsTable } from "./metrics-table.js";
import { geoTypes } from "./roll-up-cells.js";

const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** Days after which data are deleted, of one service; undefined: never. */
export interface RetentionSettings {
  readonly logging: number | undefined;
  readonly hourMetrics: number | undefined;
  readonly minuteMetrics: number | undefined;
}

/** Rows of a table that are due: those whose partition key is below. */
export interface DueRows {
  readonly table: MetricsTable;
  readonly below: string;
}

export interface RetentionPlan {
  /** Log blobs of a service are due if their hour is before this one, since the epoch; others are kept. */
  readonly logs: readonly { readonly service: Service; readonly beforeHour: number }[];
  readonly rows: readonly DueRows[];
}

/**
 * What is due to be deleted. The policy holds whether logging and metrics are on or off; a policy that is off keeps
 * everything. A log blob is as old as the hour that it is filed under, and is kept until that hour is over for the given
 * number of days. Capacity rows go with the hour metrics of the Blob service.
 * Source: "Setting a Storage Analytics data retention policy".
 */
export function planRetention(settings: Readonly<Record<Service, RetentionSettings>>, now: Date): RetentionPlan {
  const before = (days: number): Date => new Date(now.getTime() - days * dayMs);
  const logs: { service: Service; beforeHour: number }[] = [];
  const rows: DueRows[] = [];
  for (const service of services) {
    const { logging, hourMetrics, minuteMetrics } = settings[service];
    if (logging !== undefined) logs.push({ service, beforeHour: Math.floor(before(logging).getTime() / hourMs) });
    for (const [level, days] of [
      ["Hour", hourMetrics],
      ["Minute", minuteMetrics],
    ] as const) {
      if (days === undefined) continue;
      for (const location of geoTypes) {
        rows.push({
          table: { kind: "transactions", level, location, service },
          below: metricsPartitionKey(before(days)),
        });
      }
    }
    if (service === "blob" && hourMetrics !== undefined) {
      rows.push({ table: { kind: "capacity" }, below: capacityPartitionKey(before(hourMetrics)) });
    }
  }
  return { logs, rows };
}

/** Whether a log blob is due, and why. */
export function isLogBlobDue(
  { service, hour }: LogBlobName,
  plan: RetentionPlan,
): { readonly due: boolean; readonly reason: "too-old" | "young-enough" | "no-policy" } {
  const policy = plan.logs.find((each) => each.service === service);
  if (policy === undefined) return { due: false, reason: "no-policy" };
  const due = hour.getTime() / hourMs < policy.beforeHour;
  return { due, reason: due ? "too-old" : "young-enough" };
}
