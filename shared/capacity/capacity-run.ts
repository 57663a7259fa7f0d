import { planDailyRun, isUnderWay, type DailyPlan } from "../daily-work/daily-plan.js";
import { nextCapacityStep, noCapacityCounted, type CapacityProgress } from "../storage-analytics/capacity-count.js";
import { nextItemStep, noItemsCounted, type ItemProgress } from "../storage-analytics/item-count.js";
import type { Service } from "../storage-analytics/log-entry.js";
import type { DailyRun, DailyRuns } from "../stores/daily-runs/daily-runs.js";

const hourMs = 3_600_000;

/** How far the count of what a service of an account holds has come. */
export type CapacityCount = {
  /** Up to which hour since the epoch its result was published as metrics; absent: not at all yet. */
  readonly publishedHour?: number;
  /** Rows of `$Metrics…` by the last complete count of tables; absent: none yet. */
  readonly analyticsRows?: number;
} & (
  | { readonly service: "blob"; readonly progress: CapacityProgress }
  | { readonly service: "queue" | "table"; readonly progress: ItemProgress }
);
export type CapacityRuns = DailyRuns<CapacityCount>;

export const capacityKey = (account: string, service: Service): string => `${account};${service}`;

/** @param last count of the same service */
export const newCount = (service: Service, last: CapacityCount | undefined): CapacityCount => ({
  ...(service === "blob" ? { service, progress: noCapacityCounted } : { service, progress: noItemsCounted }),
  ...(last?.analyticsRows !== undefined && { analyticsRows: last.analyticsRows }),
});

/** Whether there is nothing left to be counted. */
export const isCounted = (count: CapacityCount): boolean =>
  (count.service === "blob" ? nextCapacityStep(count.progress) : nextItemStep(count.progress)).kind === "done";

/** What is due for the count of a service: once a day, and its result as metrics of every hour. */
export function planCapacity(run: DailyRun<CapacityCount> | undefined, now: Date): DailyPlan {
  const publishedHour = run?.work.publishedHour;
  const plan = planDailyRun(run, publishedHour !== undefined, now);
  const isPublished = publishedHour === Math.floor(now.getTime() / hourMs);
  if (run === undefined || plan.kind !== "wait" || plan.reason !== "done" || isPublished) return plan;
  return isUnderWay(run, now) ? { kind: "wait", reason: "under-way" } : { kind: "send", reason: "next-hour" };
}
