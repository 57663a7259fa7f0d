import type { CapacityProgress } from "../../storage-analytics/capacity-count.js";
import type { ItemProgress } from "../../storage-analytics/item-count.js";
import type { Service } from "../../storage-analytics/log-entry.js";

interface Run {
  /** The day that is measured, UTC: `2026-11-24`. */
  readonly day: string;
  readonly began: Date;
  /** When it last came on. */
  readonly at: Date;
  /** Messages sent since then, the first one included. */
  readonly sent: number;
  /** When the last of them was. */
  readonly sentAt: Date;
  /** Up to which hour since the epoch its result was published as metrics; undefined: not at all yet. */
  readonly publishedHour: number | undefined;
}

/** One count of what a service of an account holds. */
export type CapacityRun = Run &
  (
    | { readonly service: "blob"; readonly progress: CapacityProgress }
    | { readonly service: "queue" | "table"; readonly progress: ItemProgress }
  );

export interface KeptCapacityRun {
  readonly run: CapacityRun;
  readonly etag: string;
}

/** How far the newest count of each service of an account has come. */
export interface CapacityRuns {
  read(account: string, service: Service): Promise<KeptCapacityRun | undefined>;

  /**
   * Replaces what was read. Of two who read the same, one wins.
   * @param etag of what is replaced; undefined: nothing is there
   * @returns undefined: somebody else was faster
   */
  save(account: string, run: CapacityRun, etag: string | undefined): Promise<KeptCapacityRun | undefined>;
}
