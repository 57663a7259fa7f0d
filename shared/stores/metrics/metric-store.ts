import type { SeriesCells } from "../../metrics/metric-cell.js";
import type { MetricSeries, SeriesQuery } from "../../metrics/series-query.js";

/** Whose metrics: a resource, and the namespace that they are in. Both compare without case. */
export interface MetricTarget {
  /** ARM id. */
  readonly resourceId: string;
  /** `Microsoft.Storage/storageAccounts/blobServices`, or the one of a custom metric. */
  readonly namespace: string;
}

export interface MetricQuery extends MetricTarget, SeriesQuery {}

/** What becomes of some minutes: all that was kept for them is replaced, or all of some metrics. */
export interface MinuteUpdate {
  /** Since the epoch, all of one hour. */
  readonly minutes: readonly number[];
  /** Metrics that are replaced; undefined: all. Two writers of one resource replace each their own. */
  readonly metrics?: readonly string[];
  /** Whether the writer comes again soon, so that the sums of the hour can wait; queries see the minutes at once. */
  readonly sumLater?: boolean;
  /** Their cells; those of other minutes are left out. */
  readonly series: readonly SeriesCells[];
}

/** A metric that has data, with the dimensions that were seen. */
export interface StoredDefinition {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: readonly string[];
}

export interface MetricChange extends MetricTarget {
  /** Minutes since the epoch, inclusive. */
  readonly from: number;
  readonly to: number;
}

/**
 * Metrics of every kind by minute. Whoever writes replaces whole minutes with what it computed from a source of its own,
 * so writing twice, or on two instances at once, is harmless.
 */
export interface MetricStore {
  /**
   * Replaces minutes of one hour.
   * @param hour since the epoch
   * @param compute called after what is kept was read, and again if somebody else wrote meanwhile; so whatever it reads
   *   is at least as new as anything that it replaces
   */
  update(target: MetricTarget, hour: number, compute: () => Promise<MinuteUpdate>): Promise<void>;

  query(query: MetricQuery): Promise<readonly MetricSeries[]>;

  /** Metrics of a resource in all namespaces; a new one is here as soon as its first value is. */
  definitions(resourceId: string): Promise<readonly StoredDefinition[]>;

  /** Every minute before this one is complete, but for requests that were still going on; undefined: none is yet. */
  watermark(resourceId: string): Promise<number | undefined>;

  /** @param minute since the epoch; the watermark never goes back */
  advanceWatermark(resourceId: string, minute: number): Promise<void>;

  /**
   * What was written since a token was given out. A change can come twice.
   * @param token undefined: from now on
   */
  changedSince(
    token: string | undefined,
    now: Date,
  ): Promise<{ readonly changes: readonly MetricChange[]; readonly token: string }>;

  /**
   * Deletes what is older than an hour.
   * @param limit of objects deleted in one call
   * @returns how many were; fewer than the limit: there are no more
   */
  removeBefore(hour: number, limit: number): Promise<number>;
}
