import type { OpenLedgers } from "../metric-roll-up/open-ledgers.js";
import type { RetentionRuns } from "../retention/retention-run.js";
import { services } from "../storage-analytics/log-entry.js";

const minuteMs = 60_000;
const minutesPerHour = 60;

/** What analytics itself did in a range of time. */
export interface AnalyticsCost {
  readonly from: Date;
  readonly to: Date;
  /** Writing log blobs and rows, which Azure bills; absent where no gateway says: over a real account Azure does it. */
  readonly billable: { readonly requests: number; readonly bytes: number } | undefined;
  /** Deletes by the retention run that last came on in that time, which Azure does not bill. */
  readonly free: { readonly requests: number };
}

export interface AnalyticsCostStores {
  readonly ledgers: OpenLedgers;
  readonly retentionRuns: RetentionRuns;
}

/**
 * Adds up what analytics' own requests were.
 * @param hasGateway whether one stands before the account
 * @param from a whole minute
 * @param to a whole minute
 */
export async function analyticsCost(
  account: string,
  { ledgers, retentionRuns }: AnalyticsCostStores,
  hasGateway: boolean,
  from: Date,
  to: Date,
): Promise<AnalyticsCost> {
  const kept = await retentionRuns.read(account);
  const inTime = kept !== undefined && kept.run.at >= from && kept.run.at < to;
  const { logBlobs = 0, metricsRows = 0 } = inTime ? kept.run.work.removed : {};
  const free = { requests: logBlobs + metricsRows };
  if (!hasGateway) return { from, to, billable: undefined, free };
  const billable = { requests: 0, bytes: 0 };
  const [first, end] = [from.getTime() / minuteMs, to.getTime() / minuteMs];
  for (const service of services) {
    for (let hour = Math.floor(first / minutesPerHour); hour * minutesPerHour < end; hour++) {
      const ledger = await ledgers.read({ account, service, hour });
      for (const { series, minute, requests, ingress } of ledger.cells()) {
        if (series.access !== "system" || minute < first || minute >= end) continue;
        billable.requests += requests;
        billable.bytes += ingress.sum;
      }
    }
  }
  return { from, to, billable, free };
}
