import type { Service } from "../../storage-analytics/log-entry.js";
import type { LogHour } from "../log-hours/log-hours.js";

/** What one service's log blobs take. */
export interface KeptLogs {
  readonly blobs: number;
  readonly bytes: number;
}

export type KeptLogsByService = Readonly<Record<Service, KeptLogs>>;

/** One round over all log blobs of an account. */
export interface CompletedSweep {
  readonly began: Date;
  readonly ended: Date;
  readonly sums: KeptLogsByService;
}

/** How far the walk over all log blobs of an account has come. It goes page by page, round after round. */
export interface LogSweep {
  /** When the last page was read. */
  readonly at: Date;
  /** Where the next page begins; undefined: at the beginning. */
  readonly from: string | undefined;
  /** The last hour that this round has gone through, whole; undefined: none yet. */
  readonly reached: LogHour | undefined;
  /** When this round began. */
  readonly began: Date;
  /** Summed up in this round so far. */
  readonly soFar: KeptLogsByService;
  /** The last complete round; undefined until there was one. */
  readonly last: CompletedSweep | undefined;
}

/** Where the sweep over `$logs` of each account stands, so that it goes on after a restart. The last writer wins. */
export interface LogSweeps {
  read(account: string): Promise<LogSweep | undefined>;
  save(account: string, sweep: LogSweep): Promise<void>;
}
