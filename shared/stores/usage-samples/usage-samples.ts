import type { OwnUsageSample } from "../../storage-analytics/system-usage.js";

/** What a writer of analytics data said of itself last, and what before that: the difference belongs into a ledger. */
export interface UsagePair {
  /** undefined: `last` is the first sample. */
  readonly before: OwnUsageSample | undefined;
  readonly last: OwnUsageSample;
}

export interface StoredUsagePair extends UsagePair {
  readonly etag: string;
}

/**
 * The last two samples of each writer. They are saved before their difference is counted, so that whoever finds them
 * after a crash counts just that, and nothing twice.
 */
export interface UsageSamples {
  read(account: string, writer: string): Promise<StoredUsagePair | undefined>;

  /**
   * @param etag as read; undefined: there was none
   * @returns whether they were saved: not if somebody else was faster
   */
  save(account: string, writer: string, pair: UsagePair, etag: string | undefined): Promise<boolean>;
}
