import type { AnalyticsPermit } from "../../storage-analytics/analytics-permit.js";

/** Whether analytics may write into each account. The last writer wins: whoever writes has decided by the same numbers. */
export interface AnalyticsPermits {
  /** @returns undefined: writing is allowed, and always was */
  read(account: string, signal?: AbortSignal): Promise<AnalyticsPermit | undefined>;
  save(account: string, permit: AnalyticsPermit): Promise<void>;
}
