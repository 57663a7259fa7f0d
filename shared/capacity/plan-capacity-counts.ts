import { planRun } from "../daily-work/plan-run.js";
import { Faults, forEachOf } from "../request-logs/concurrency.js";
import { services, type Service } from "../storage-analytics/log-entry.js";
import type { WorkQueue } from "../stores/work-queue/work-queue.js";
import { capacityKey, newCount, planCapacity, type CapacityCount, type CapacityRuns } from "./capacity-run.js";
import type { CapacityWork } from "./capacity-work.js";

const concurrentAccounts = 4;

export interface CapacityPlannerStores {
  readonly runs: CapacityRuns;
  readonly queue: WorkQueue;
  /** The clock of an account's storage service. */
  serviceTime(account: string): Promise<Date>;
}

/**
 * Begins the count of each service of each account that is due, and sends for those that stand still.
 * @returns messages sent
 * @throws AggregateError if a count can't be planned; the others were
 */
export async function planCapacityCounts(
  accounts: Iterable<string>,
  stores: CapacityPlannerStores,
  now: Date,
): Promise<number> {
  const faults = new Faults();
  let sent = 0;
  await forEachOf(accounts, concurrentAccounts, async (account) => {
    for (const service of services) {
      await faults.attempt(`planning to count the ${service} service of ${account}`, async () => {
        if (await planRun(countOf(account, service, stores), now)) sent += 1;
      });
    }
  });
  faults.throwIfAny();
  return sent;
}

const countOf = (account: string, service: Service, stores: CapacityPlannerStores) => ({
  key: capacityKey(account, service),
  runs: stores.runs,
  queue: stores.queue,
  serviceTime: () => stores.serviceTime(account),
  plan: planCapacity,
  begin: (last: CapacityCount | undefined) => newCount(service, last),
  message: ({ day, work }: { day: string; work: { progress: { step: number } } }): CapacityWork => ({
    kind: "count-capacity",
    account,
    service,
    day,
    step: work.progress.step,
  }),
});
