import { decideCapacityTurn } from "../storage-analytics/capacity-count.js";
import type { AccountContents } from "../stores/account-contents/account-contents.js";
import type { CapacityRuns, KeptCapacityRun } from "../stores/capacity-runs/capacity-runs.js";
import type { WorkQueue } from "../stores/work-queue/work-queue.js";
import type { CapacityWork } from "./capacity-work.js";
import { countPage, isCounted } from "./count-pages.js";
import { writeCapacityMetrics, writeCapacityRows, type CapacityResultStores } from "./publish-capacity.js";

/**
 * How long one message counts before the next one goes on. A page that storage is slow to give adds at most half a
 * minute, so that a turn ends well within the two minutes that a function may run. Milliseconds.
 */
export const turnMs = 20_000;
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
  const kept = await stores.runs.read(work.account, work.service);
  if (kept === undefined || kept.run.day < work.day) return { kind: "lost" };
  if (kept.run.day > work.day) return { kind: "superseded" };
  const turn = decideCapacityTurn(work.step, kept.run.progress);
  if (!turn.go) return { kind: turn.reason === "lost" ? "lost" : "superseded" };

  const deadline = elapsed() + turnMs;
  let { run } = kept;
  while (!isCounted(run) && elapsed() < deadline) run = await countPage(run, stores.contents);
  const pages = run.progress.step - kept.run.progress.step;
  let saved: KeptCapacityRun | undefined = kept;
  if (pages > 0) {
    saved = await stores.runs.save(work.account, { ...run, at: now, sent: 1, sentAt: now }, kept.etag);
    if (saved === undefined) return { kind: "superseded" };
  }
  if (!isCounted(run)) {
    await stores.queue.send({ ...work, step: run.progress.step } satisfies CapacityWork);
    return { kind: "goes-on", pages };
  }
  const hour = Math.floor((await stores.serviceTime()).getTime() / hourMs);
  if (saved.run.publishedHour === undefined) await writeCapacityRows(stores, saved.run);
  await writeCapacityMetrics(stores, resourceId, saved.run, hour);
  // whoever was faster has published the same
  await stores.runs.save(work.account, { ...saved.run, publishedHour: hour, sent: 1, sentAt: now }, saved.etag);
  return { kind: "published", pages };
}
