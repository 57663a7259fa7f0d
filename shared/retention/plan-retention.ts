import { planDailyRun } from "../daily-work/daily-plan.js";
import { planRun } from "../daily-work/plan-run.js";
import { Faults, forEachOf } from "../request-logs/concurrency.js";
import type { DailyRun } from "../stores/daily-runs/daily-runs.js";
import type { WorkQueue } from "../stores/work-queue/work-queue.js";
import { isRetained, newRetention, type RetentionProgress, type RetentionRuns } from "./retention-run.js";
import type { RetentionWork } from "./retention-work.js";

const concurrentAccounts = 4;

export interface RetentionPlannerStores {
  readonly runs: RetentionRuns;
  readonly queue: WorkQueue;
  /** The clock of an account's storage service. */
  serviceTime(account: string): Promise<Date>;
}

/**
 * Begins the day's retention of each account that is due, and sends for those that stand still.
 * @returns messages sent
 * @throws AggregateError if one can't be planned; the others were
 */
export async function planRetentionRuns(
  accounts: Iterable<string>,
  stores: RetentionPlannerStores,
  now: Date,
): Promise<number> {
  const faults = new Faults();
  let sent = 0;
  await forEachOf(accounts, concurrentAccounts, (account) =>
    faults.attempt(`planning the retention of ${account}`, async () => {
      if (await planRun(retentionOf(account, stores), now)) sent += 1;
    }),
  );
  faults.throwIfAny();
  return sent;
}

const retentionOf = (account: string, stores: RetentionPlannerStores) => ({
  key: account,
  runs: stores.runs,
  queue: stores.queue,
  serviceTime: () => stores.serviceTime(account),
  plan: (run: DailyRun<RetentionProgress> | undefined, now: Date) =>
    planDailyRun(run, run !== undefined && isRetained(run.work), now),
  begin: () => newRetention,
  message: ({ day, work }: DailyRun<RetentionProgress>): RetentionWork => ({
    kind: "remove-expired",
    account,
    day,
    step: work.step,
  }),
});
