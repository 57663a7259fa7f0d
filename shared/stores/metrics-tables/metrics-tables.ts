import type { CapacityRow } from "../../storage-analytics/capacity-row.js";
import type { MetricsRowPlan, StoredMetricsRow } from "../../storage-analytics/metrics-row-plan.js";
import type { MetricsTable } from "../../storage-analytics/metrics-table.js";

export type RowsWritten =
  | { readonly kind: "written" }
  /** A row is another than the plan knew: read again, and plan again. */
  | { readonly kind: "conflict" }
  /** Analytics may write no more into the account for now; nothing was done. */
  | { readonly kind: "stopped" };

export type TransactionsTable = Extract<MetricsTable, { kind: "transactions" }>;

/**
 * The `$Metrics…` tables in one monitored account, exactly typed. Where the account does not let us create a table
 * with a `$`, one whose name begins with `Vigil` takes its place.
 */
export interface MetricsTables {
  /**
   * Rows between two partition keys, both inclusive, in order; none if the table is not there.
   */
  read(table: TransactionsTable, fromKey: string, toKey: string): Promise<readonly StoredMetricsRow[]>;

  /** Does what was planned for one partition, on condition that its rows are still those of the plan. */
  write(table: TransactionsTable, partitionKey: string, plan: MetricsRowPlan): Promise<RowsWritten>;

  /** As `read`, of `$MetricsCapacityBlob`. */
  readCapacity(fromKey: string, toKey: string): Promise<readonly StoredMetricsRow[]>;

  /** Writes, or writes anew, the two rows of a day. */
  writeCapacity(rows: readonly CapacityRow[]): Promise<void>;

  /**
   * Deletes up to `limit` rows whose partition key is below the given one.
   * @returns how many were deleted; fewer than the limit: there are no more
   */
  removeBefore(table: MetricsTable, key: string, limit: number): Promise<number>;
}
