import type { DailyRun, DailyRuns } from "../stores/daily-runs/daily-runs.js";
import type { WorkQueue } from "../stores/work-queue/work-queue.js";
import { dayOf, type DailyPlan } from "./daily-plan.js";

/** One piece of work that is done once a day. */
export interface DailyWork<Work> {
  readonly key: string;
  readonly runs: DailyRuns<Work>;
  readonly queue: WorkQueue;
  /** The clock of the storage service. It decides which day it is: the one of this machine may have jumped. */
  serviceTime(): Promise<Date>;
  plan(run: DailyRun<Work> | undefined, now: Date): DailyPlan;
  /**
   * What a new run begins with.
   * @param last how far the one before has come
   */
  begin(last: Work | undefined): Work;
  /** The message that goes on with a run. */
  message(run: DailyRun<Work>): unknown;
}

/**
 * Begins the day's run if it is due, or sends for one that stands still.
 * @returns whether a message was sent
 */
export async function planRun<Work>(work: DailyWork<Work>, now: Date): Promise<boolean> {
  const kept = await work.runs.read(work.key);
  let plan = work.plan(kept?.run, now);
  let time = now;
  if (plan.kind === "begin") {
    time = await work.serviceTime();
    plan = work.plan(kept?.run, time);
  }
  if (plan.kind === "wait") return false;
  const run =
    plan.kind === "begin" || kept === undefined
      ? { day: dayOf(time), began: time, at: time, sent: 1, sentAt: time, work: work.begin(kept?.run.work) }
      : { ...kept.run, sent: kept.run.sent + 1, sentAt: now };
  // kept before it is sent: of two instances one begins
  if ((await work.runs.save(work.key, run, kept?.etag)) === undefined) return false;
  await work.queue.send(work.message(run));
  return true;
}
