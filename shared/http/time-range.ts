import { problem, type HttpProblem } from "./error-catalogue.js";

const hourMs = 3_600_000;

/** What a route takes for `from` and `to` where the caller gives none, and the longest range it answers. Milliseconds. */
export interface RangeLimits {
  readonly defaultMs: number;
  readonly maxMs: number;
}

/** Newest first and paged: a long range costs only as far as it is read. Azure keeps logs for at most 365 days. */
export const requestsRange: RangeLimits = { defaultMs: 24 * hourMs, maxMs: 366 * 24 * hourMs };
/** Every log of the range is read for one answer. */
export const usageRange: RangeLimits = { defaultMs: hourMs, maxMs: 24 * hourMs };

/** As long as Azure's own retention can keep them. */
export const metricsRowRanges = {
  hour: { defaultMs: 24 * hourMs, maxMs: 366 * 24 * hourMs },
  minute: { defaultMs: hourMs, maxMs: 31 * 24 * hourMs },
} as const satisfies Readonly<Record<string, RangeLimits>>;
export const capacityRange: RangeLimits = { defaultMs: 30 * 24 * hourMs, maxMs: 366 * 24 * hourMs };
/** Metrics are kept for 93 days. */
export const chartRange: RangeLimits = { defaultMs: 24 * hourMs, maxMs: 93 * 24 * hourMs };

/** Requests of this moment are found although the storage's clock may be ahead of ours. */
const clockSkewMs = 60_000;

export type TimeRange = { readonly kind: "range"; readonly from: Date; readonly to: Date } | HttpProblem;

/** The range that is asked for: up to now, and as long as the route's default, where nothing else is said. */
export function resolveRange(
  given: { readonly from: Date | undefined; readonly to: Date | undefined },
  limits: RangeLimits,
  now: Date,
): TimeRange {
  const to = given.to ?? new Date(now.getTime() + clockSkewMs);
  const from = given.from ?? new Date(Math.min(to.getTime(), now.getTime()) - limits.defaultMs);
  if (from >= to) {
    return problem(
      "InvalidQueryParameterValue",
      "The query parameter from must be before to, and not in the future.",
      "from",
    );
  }
  if (to.getTime() - from.getTime() > limits.maxMs + clockSkewMs) {
    return problem(
      "InvalidQueryParameterValue",
      `The query parameter from must be at most ${limits.maxMs / hourMs} hours before to.`,
      "from",
    );
  }
  return { kind: "range", from, to };
}
