import { forEachOf } from "../request-logs/concurrency.js";
import { noCapacityCounted } from "../storage-analytics/capacity-count.js";
import { noItemsCounted } from "../storage-analytics/item-count.js";
import { services, type Service } from "../storage-analytics/log-entry.js";
import type { CapacityRun, CapacityRuns } from "../stores/capacity-runs/capacity-runs.js";
import type { WorkQueue } from "../stores/work-queue/work-queue.js";
import { dayOf, planCapacity } from "./capacity-plan.js";
import type { CapacityWork } from "./capacity-work.js";

const concurrentAccounts = 4;

export interface CapacityPlannerStores {
  readonly runs: CapacityRuns;
  readonly queue: WorkQueue;
  /** The clock of the storage service. It decides which day it is: the one of this machine may have jumped. */
  serviceTime(account: string): Promise<Date>;
}

/**
 * Begins the count of each service of each account that is due, and sends for those that stand still.
 * @returns messages sent
 * @throws AggregateError if a count can't be planned; the others were
 */
export async function planCapacityCounts(
  accounts: readonly string[],
  stores: CapacityPlannerStores,
  now: Date,
): Promise<number> {
  const faults: unknown[] = [];
  let sent = 0;
  await forEachOf(accounts, concurrentAccounts, async (account) => {
    for (const service of services) {
      try {
        if (await planOne(account, service, stores, now)) sent += 1;
      } catch (error) {
        faults.push(new Error(`planning to count the ${service} service of ${account}`, { cause: error }));
      }
    }
  });
  if (faults.length > 0) throw new AggregateError(faults, faults.map(String).join("; "));
  return sent;
}

/** @returns whether a message was sent */
async function planOne(account: string, service: Service, stores: CapacityPlannerStores, now: Date): Promise<boolean> {
  const kept = await stores.runs.read(account, service);
  let plan = planCapacity(kept?.run, now);
  let time = now;
  if (plan.kind === "begin") {
    time = await stores.serviceTime(account);
    plan = planCapacity(kept?.run, time);
  }
  if (plan.kind === "wait") return false;
  const run =
    plan.kind === "begin" || kept === undefined
      ? newRun(service, time)
      : { ...kept.run, sent: kept.run.sent + 1, sentAt: now };
  // kept before it is sent: of two instances one begins
  if ((await stores.runs.save(account, run, kept?.etag)) === undefined) return false;
  const { day, progress } = run;
  await stores.queue.send({
    kind: "count-capacity",
    account,
    service,
    day,
    step: progress.step,
  } satisfies CapacityWork);
  return true;
}

function newRun(service: Service, now: Date): CapacityRun {
  const begun = { day: dayOf(now), began: now, at: now, sent: 1, sentAt: now, publishedHour: undefined };
  return service === "blob"
    ? { ...begun, service, progress: noCapacityCounted }
    : { ...begun, service, progress: noItemsCounted };
}
