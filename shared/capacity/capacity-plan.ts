import type { CapacityRun } from "../stores/capacity-runs/capacity-runs.js";
import { isCounted } from "./count-pages.js";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** A count that has not come on for so long after its message was sent gets another one; doubled with each. */
export const firstWaitMs = 5 * minuteMs;
export const longestWaitMs = 6 * hourMs;
/** A count of an earlier day that stands still for so long is given up for a new one. */
export const givenUpAfterMs = 30 * minuteMs;

export type CapacityPlan =
  | { readonly kind: "begin"; readonly reason: "never-counted" | "new-day" | "gave-up" }
  /** Its message goes out again, or for the first time in this hour. */
  | { readonly kind: "send"; readonly reason: "stands-still" | "publish-hour" }
  | { readonly kind: "wait"; readonly reason: "counting" | "up-to-date" };

export const dayOf = (time: Date): string => time.toISOString().slice(0, 10);

/** What is due for one service of an account. A clock that jumps causes a message too many, or a count too early. */
export function planCapacity(run: CapacityRun | undefined, now: Date): CapacityPlan {
  if (run === undefined) return { kind: "begin", reason: "never-counted" };
  const isEarlierDay = run.day !== dayOf(now);
  const stillMs = Math.abs(now.getTime() - run.at.getTime());
  const waits = Math.abs(now.getTime() - run.sentAt.getTime()) < waitMs(run.sent);
  if (!isCounted(run) || run.publishedHour === undefined) {
    if (isEarlierDay && stillMs >= givenUpAfterMs) return { kind: "begin", reason: "gave-up" };
    return waits ? { kind: "wait", reason: "counting" } : { kind: "send", reason: "stands-still" };
  }
  if (isEarlierDay) return { kind: "begin", reason: "new-day" };
  if (run.publishedHour === Math.floor(now.getTime() / hourMs)) return { kind: "wait", reason: "up-to-date" };
  return waits ? { kind: "wait", reason: "counting" } : { kind: "send", reason: "publish-hour" };
}

const waitMs = (sent: number): number => Math.min(firstWaitMs * 2 ** (sent - 1), longestWaitMs);
