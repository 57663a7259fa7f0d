import { decideTurn, turnMs } from "../daily-work/turn.js";
import type { AccountContents } from "../stores/account-contents/account-contents.js";
import type { WorkQueue } from "../stores/work-queue/work-queue.js";
import { capacityKey, isCounted, type CapacityRuns } from "./capacity-run.js";
import type { CapacityWork } from "./capacity-work.js";
import { countPage } from "./count-pages.js";
import { writeCapacityMetrics, writeCapacityRows, type CapacityResultStores } from "./publish-capacity.js";

const hourMs = 3_600_000;

export interface CapacityStores extends CapacityResultStores {
  readonly runs: CapacityRuns;
  readonly queue: WorkQueue;
  readonly contents: AccountContents;
  /** The clock of the account's storage service, which decides which hour the metrics are of. */
  serviceTime(): Promise<Date>;
}

export type CapacityOutcome =
  | { readonly kind: "goes-on"; readonly pages: number }
  | { readonly kind: "published"; readonly pages: number }
  /** Another message, or instance, is further, or has begun a newer count. */
  | { readonly kind: "superseded" }
  /** There is no such count: its row was removed, or this message is not from Vigil. */
  | { readonly kind: "lost" };

/**
 * Goes on with a count for one turn, and publishes it when it is complete.
 *
 * What was counted is kept before anybody is told to go on, on condition that it still is what this turn began with: so
 * a message that comes twice, or to two instances, counts nothing twice. When a process ends between two steps, the next
 * delivery begins where the kept row stands; should the message be lost, the planner sends another.
 * @param resourceId of the account
 * @param elapsed milliseconds since any moment, from a clock that never jumps
 */
export async function countCapacity(
  stores: CapacityStores,
  resourceId: string,
  work: CapacityWork,
  now: Date,
  elapsed: () => number,
): Promise<CapacityOutcome> {
  const key = capacityKey(work.account, work.service);
  const kept = await stores.runs.read(key);
  const turn = decideTurn(work, kept && { day: kept.run.day, step: kept.run.work.progress.step });
  if (kept === undefined || !turn.go) return { kind: turn.go ? "lost" : turn.reason };

  const deadline = elapsed() + turnMs;
  let count = kept.run.work;
  while (!isCounted(count) && elapsed() < deadline) count = await countPage(count, stores.contents);
  const pages = count.progress.step - kept.run.work.progress.step;
  const run = { ...kept.run, at: now, sent: 1, sentAt: now };
  const saved = pages === 0 ? kept : await stores.runs.save(key, { ...run, work: count }, kept.etag);
  if (saved === undefined) return { kind: "superseded" };
  if (!isCounted(count)) {
    await stores.queue.send({ ...work, step: count.progress.step } satisfies CapacityWork);
    return { kind: "goes-on", pages };
  }
  const hour = Math.floor((await stores.serviceTime()).getTime() / hourMs);
  if (count.publishedHour === undefined) await writeCapacityRows(stores, work.day, count);
  await writeCapacityMetrics(stores, resourceId, count, hour);
  // whoever was faster has published the same
  const published = {
    ...count,
    publishedHour: hour,
    ...(count.service === "table" && { analyticsRows: count.progress.analyticsItems }),
  };
  await stores.runs.save(key, { ...run, work: published }, saved.etag);
  return { kind: "published", pages };
}
