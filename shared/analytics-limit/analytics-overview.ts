import { readWriting, type AnalyticsWriting } from "../request-logs/health.js";
import type { AnalyticsPermits } from "../stores/analytics-permits/analytics-permits.js";
import type { GatewayMarks } from "../stores/gateway-marks/gateway-marks.js";
import { analyticsBytes, type AnalyticsBytesStores } from "./analytics-bytes.js";
import { analyticsCost, type AnalyticsCost, type AnalyticsCostStores } from "./analytics-cost.js";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

export interface AnalyticsOverview extends Omit<AnalyticsWriting, "account"> {
  /** Of log blobs and rows of metrics. */
  readonly bytes: number;
  readonly limitBytes: number;
  /** Of the last hour. */
  readonly cost: AnalyticsCost;
}

export interface AnalyticsOverviewStores extends AnalyticsBytesStores, AnalyticsCostStores {
  readonly permits: AnalyticsPermits;
  readonly marks: GatewayMarks;
}

/** What analytics keeps in an account, whether it may keep more, and what its own requests were in the last hour. */
export async function analyticsOverview(
  account: string,
  stores: AnalyticsOverviewStores,
  limitBytes: number,
  now: Date,
): Promise<AnalyticsOverview> {
  const to = new Date(Math.floor(now.getTime() / minuteMs) * minuteMs + minuteMs);
  const from = new Date(to.getTime() - hourMs);
  const [{ writing, since }, bytes, mark] = await Promise.all([
    readWriting(account, stores.permits),
    analyticsBytes(account, stores),
    stores.marks.read(account, "blob"),
  ]);
  const cost = await analyticsCost(account, stores, mark !== undefined, from, to);
  return { writing, since, bytes, limitBytes, cost };
}
