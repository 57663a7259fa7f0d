import type { DailyRun } from "../stores/daily-runs/daily-runs.js";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** A run that has not come on for so long after its message was sent gets another one; doubled with each. */
export const firstWaitMs = 5 * minuteMs;
export const longestWaitMs = 6 * hourMs;
/** A run of an earlier day that stands still for so long is given up for a new one. */
export const givenUpAfterMs = 30 * minuteMs;

export type DailyPlan =
  | { readonly kind: "begin"; readonly reason: "never-done" | "new-day" | "gave-up" }
  | { readonly kind: "send"; readonly reason: "stands-still" | "next-hour" }
  | { readonly kind: "wait"; readonly reason: "under-way" | "done" };

export const dayOf = (time: Date): string => time.toISOString().slice(0, 10);

/**
 * What is due for a piece of daily work. A clock that jumps causes a message too many, or work too early.
 * @param done whether the run has nothing left to do
 */
export function planDailyRun(run: DailyRun<unknown> | undefined, done: boolean, now: Date): DailyPlan {
  if (run === undefined) return { kind: "begin", reason: "never-done" };
  const isOtherDay = run.day !== dayOf(now);
  if (done) return isOtherDay ? { kind: "begin", reason: "new-day" } : { kind: "wait", reason: "done" };
  if (isOtherDay && Math.abs(now.getTime() - run.at.getTime()) >= givenUpAfterMs) {
    return { kind: "begin", reason: "gave-up" };
  }
  return isUnderWay(run, now) ? { kind: "wait", reason: "under-way" } : { kind: "send", reason: "stands-still" };
}

/** Whether the message that was sent last may still be on its way, or worked on. */
export const isUnderWay = ({ sent, sentAt }: DailyRun<unknown>, now: Date): boolean =>
  Math.abs(now.getTime() - sentAt.getTime()) < Math.min(firstWaitMs * 2 ** (sent - 1), longestWaitMs);
