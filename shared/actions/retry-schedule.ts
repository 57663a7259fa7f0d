import type { DeliveryOutcome, RetryAfter } from "./delivery-outcome.js";

/** Seconds between attempts 1 and 2, 2 and 3, … of a webhook ("Action groups", Azure Monitor docs). */
export const retryDelaysSeconds: readonly number[] = [5, 20, 5, 40, 5];
/** Seconds that a receiver may ask for; Azure leaves an endpoint that failed alone for as long. */
export const longestRetryAfterSeconds = 15 * 60;

export type NextStep =
  | { readonly kind: "done"; readonly detail: string }
  | { readonly kind: "wait"; readonly seconds: number; readonly reason: string }
  | { readonly kind: "given-up"; readonly reason: string };

/**
 * What follows an attempt.
 * @param attempt 1 for the first
 */
export function decideNextStep(outcome: DeliveryOutcome, attempt: number, now: Date): NextStep {
  if (outcome.kind === "delivered") return { kind: "done", detail: outcome.detail };
  if (outcome.kind === "rejected") return { kind: "given-up", reason: outcome.reason };
  const delay = retryDelaysSeconds[attempt - 1];
  if (delay === undefined) return { kind: "given-up", reason: `${outcome.reason}, ${attempt} times` };
  const asked = Math.min(longestRetryAfterSeconds, secondsUntil(outcome.retryAfter, now));
  return { kind: "wait", seconds: Math.max(delay, asked), reason: outcome.reason };
}

function secondsUntil(retryAfter: RetryAfter | undefined, now: Date): number {
  if (retryAfter === undefined) return 0;
  if (retryAfter.kind === "seconds") return retryAfter.seconds;
  return Math.ceil((retryAfter.at.getTime() - now.getTime()) / 1_000);
}
