import type { Service } from "../../storage-analytics/log-entry.js";

/** What one service's log blobs take. */
export interface KeptLogs {
  readonly blobs: number;
  readonly bytes: number;
}

export type KeptLogsByService = Readonly<Record<Service, KeptLogs>>;

/** How far the walk over all log blobs of an account has come. It goes page by page, round after round. */
export interface LogSweep {
  /** When the last page was read. */
  readonly at: Date;
  /** Where the next page begins; undefined: at the beginning. */
  readonly from: string | undefined;
  /** Summed up in this round so far. */
  readonly soFar: KeptLogsByService;
  /** Sums of the last complete round, and when that ended; undefined until there was one. */
  readonly kept: { readonly sums: KeptLogsByService; readonly at: Date } | undefined;
}

/** Where the sweep over `$logs` of each account stands, so that it goes on after a restart. The last writer wins. */
export interface LogSweeps {
  read(account: string): Promise<LogSweep | undefined>;
  save(account: string, sweep: LogSweep): Promise<void>;
}
