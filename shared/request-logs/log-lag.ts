import type { GatewayMark } from "../storage-analytics/gateway-mark.js";

/** How far the log of one service is complete. */
export interface LogLag {
  /** Every request that ended before is in `$logs`, or counted as lost. */
  readonly completeUpTo: Date;
  /** Not negative. */
  readonly seconds: number;
  /** Who says so: the gateway, or for a real account the setting `VIGIL_LOG_LATENESS`. */
  readonly source: "gateway" | "lateness";
}

/** @param mark of the gateway; undefined: there is none */
export function logLag(mark: GatewayMark | undefined, latenessMs: number, now: Date): LogLag {
  const completeUpTo = mark === undefined ? new Date(now.getTime() - latenessMs) : new Date(mark.flushedUpTo);
  return {
    completeUpTo,
    seconds: Math.max(0, Math.round((now.getTime() - completeUpTo.getTime()) / 1000)),
    source: mark === undefined ? "lateness" : "gateway",
  };
}
