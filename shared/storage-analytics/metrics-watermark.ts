const minuteMs = 60_000;

/** What is known of how far the log of one account and service reaches. Times in milliseconds since the epoch. */
export interface LogProgress {
  readonly now: number;
  /** What the gateway's mark said before the log blobs were listed; undefined: there is no gateway. */
  readonly flushedUpTo: number | undefined;
  /** How late entries may be where no gateway says so. */
  readonly latenessMs: number;
  /**
   * Earliest start of a request in a listed blob that is not rolled up yet, minus infinity if nothing says when that was;
   * undefined: all blobs are.
   */
  readonly oldestUnread: number | undefined;
}

export type WatermarkDecision =
  | {
      readonly advance: true;
      /** Since the epoch: every minute before it is complete. */
      readonly minute: number;
      readonly reason: "gateway" | "lateness" | "unread-blobs";
    }
  | { readonly advance: false; readonly reason: "behind" | "clock-went-back" };

/**
 * How far the metrics of a service are complete, but for requests that were still going on.
 *
 * With a gateway, what it flushed is in `$logs`; the mark must be read before the blobs are listed, so that all it
 * speaks of are among them. Without one, entries are taken to be there after the lateness. Blobs that wait to be rolled
 * up hold it back. It moves through idle minutes, too.
 * @param last watermark so far
 */
export function decideWatermark(progress: LogProgress, last: number | undefined): WatermarkDecision {
  const { now, flushedUpTo, latenessMs, oldestUnread } = progress;
  const complete = flushedUpTo ?? now - latenessMs;
  const minute = Math.floor(Math.min(complete, oldestUnread ?? Number.POSITIVE_INFINITY) / minuteMs);
  if (minute * minuteMs > now) return { advance: false, reason: "clock-went-back" };
  if (!Number.isFinite(minute) || (last !== undefined && minute <= last)) return { advance: false, reason: "behind" };
  if (oldestUnread !== undefined && oldestUnread < complete) return { advance: true, minute, reason: "unread-blobs" };
  return { advance: true, minute, reason: flushedUpTo === undefined ? "lateness" : "gateway" };
}
