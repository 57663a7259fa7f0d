/** Azure's limit on logs and metrics of an account together, in bytes: 20 TB. */
export const azureAnalyticsLimit = 20 * 1_000 ** 4;

/** Writing goes on once this share of the limit is free again, so that it doesn't stop and start with each blob. */
export const resumeFreeShare = 0.01;

export type LimitDecision =
  | { readonly write: true; readonly reason: "below-limit" | "space-is-free-again" }
  | { readonly write: false; readonly reason: "limit-reached" | "waiting-for-space" };

/**
 * Whether analytics may write more into an account. It stops at the limit and goes on by itself.
 * @param bytes of logs and metrics rows that are kept
 * @param limit in bytes (`VIGIL_ANALYTICS_LIMIT_BYTES`)
 * @param stopped whether the last decision was to stop
 */
export function decideAnalyticsWriting(bytes: number, limit: number, stopped: boolean): LimitDecision {
  if (bytes >= limit) return { write: false, reason: stopped ? "waiting-for-space" : "limit-reached" };
  if (!stopped) return { write: true, reason: "below-limit" };
  return bytes <= limit * (1 - resumeFreeShare)
    ? { write: true, reason: "space-is-free-again" }
    : { write: false, reason: "waiting-for-space" };
}
