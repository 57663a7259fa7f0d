import { decideTurn, turnMs } from "../daily-work/turn.js";
import { oldestHour } from "../metric-roll-up/publication.js";
import { planRetention, type RetentionPlan, type RetentionSettings } from "../storage-analytics/analytics-retention.js";
import { services, type Service } from "../storage-analytics/log-entry.js";
import type { AnalyticsSettingsOfAccount } from "../stores/analytics-settings/analytics-settings.js";
import type { DeadLetters } from "../stores/dead-letters/dead-letters.js";
import type { DueHours } from "../stores/due-hours/due-hours.js";
import type { MetricStore } from "../stores/metrics/metric-store.js";
import type { MetricsTables } from "../stores/metrics-tables/metrics-tables.js";
import type { PublicationMarks } from "../stores/publication-marks/publication-marks.js";
import type { RollUpLedgers } from "../stores/roll-up-ledgers/roll-up-ledgers.js";
import type { WorkQueue } from "../stores/work-queue/work-queue.js";
import { removeExpiredLogs, type ExpiredLogsStores } from "./expired-logs.js";
import {
  addRemoved,
  isRetained,
  retentionTasks,
  type Removed,
  type RetentionProgress,
  type RetentionRuns,
  type RetentionTask,
} from "./retention-run.js";
import type { RetentionWork } from "./retention-work.js";

const hourMs = 3_600_000;
const dayHours = 24;
/** Days that messages which could not be worked on are kept: long enough to be looked into. */
export const deadMessageDays = 30;
/** What one call of a store deletes, between two looks at the clock. */
const removalsAtOnce = 500;

export interface RetentionStores extends ExpiredLogsStores {
  readonly runs: RetentionRuns;
  readonly queue: WorkQueue;
  readonly analyticsSettings: AnalyticsSettingsOfAccount;
  readonly metricsTables: MetricsTables;
  readonly metrics: MetricStore;
  readonly ledgers: RollUpLedgers;
  readonly due: DueHours;
  readonly published: PublicationMarks;
  readonly deadLetters: Pick<DeadLetters, "removeLines" | "removeMessages">;
  /** The clock of the account's storage service. */
  serviceTime(): Promise<Date>;
}

export type RetentionOutcome =
  | { readonly kind: "goes-on" | "done"; readonly progress: RetentionProgress }
  | { readonly kind: "superseded" | "lost" };

/**
 * Goes on with the day's retention of an account for one turn: deletes what its policies, asked now, say is due.
 *
 * What time it is, is the earlier one of this machine's clock and the storage service's: no jump of one of them makes
 * anything older than it is. Nothing depends on how far an earlier turn came; a process may end anywhere.
 * @param metricsDays how long the metric store keeps what it has (`VIGIL_METRICS_RETENTION_DAYS`)
 * @param elapsed milliseconds since any moment, from a clock that never jumps
 */
export async function removeExpired(
  stores: RetentionStores,
  work: RetentionWork,
  metricsDays: number,
  now: Date,
  elapsed: () => number,
): Promise<RetentionOutcome> {
  const kept = await stores.runs.read(work.account);
  const turn = decideTurn(work, kept && { day: kept.run.day, step: kept.run.work.step });
  if (kept === undefined || !turn.go) return { kind: turn.go ? "lost" : turn.reason };

  const deadline = elapsed() + turnMs;
  const isOver = (): boolean => elapsed() >= deadline;
  const serviceTime = await stores.serviceTime();
  const time = serviceTime < now ? serviceTime : now;
  const plan = planRetention(await readPolicies(stores.analyticsSettings), time);
  const context: Context = { stores, account: work.account, plan, time, metricsDays, isOver };
  let progress = kept.run.work;
  do progress = await removeSome(context, progress);
  while (!isRetained(progress) && !isOver());
  progress = { ...progress, step: kept.run.work.step + 1 };

  const run = { ...kept.run, at: now, sent: 1, sentAt: now, work: progress };
  if ((await stores.runs.save(work.account, run, kept.etag)) === undefined) return { kind: "superseded" };
  if (isRetained(progress)) return { kind: "done", progress };
  await stores.queue.send({ ...work, step: progress.step } satisfies RetentionWork);
  return { kind: "goes-on", progress };
}

async function readPolicies(
  settings: AnalyticsSettingsOfAccount,
): Promise<Readonly<Record<Service, RetentionSettings>>> {
  const read = services.map(async (service) => {
    const { logging, hourMetrics, minuteMetrics } = await settings.read(service);
    const days = {
      logging: logging.retentionDays,
      hourMetrics: hourMetrics.retentionDays,
      minuteMetrics: minuteMetrics.retentionDays,
    };
    return [service, days] as const;
  });
  return Object.fromEntries(await Promise.all(read)) as Record<Service, RetentionSettings>;
}

interface Context {
  readonly stores: RetentionStores;
  readonly account: string;
  readonly plan: RetentionPlan;
  /** Not later than now. */
  readonly time: Date;
  readonly metricsDays: number;
  readonly isOver: () => boolean;
}

/** Does a bounded piece of the current task. */
async function removeSome(context: Context, progress: RetentionProgress): Promise<RetentionProgress> {
  const task = retentionTasks[progress.task];
  if (task === undefined) return progress;
  if (task.kind === "logs") return await removeLogs(context, task.service, progress);
  const { removed, more } = await removeRest(context, task, progress);
  return { ...progress, task: progress.task + (more ? 0 : 1), removed: addRemoved(progress.removed, removed) };
}

async function removeLogs(
  { stores, account, plan, isOver }: Context,
  service: Service,
  { marker, ...progress }: RetentionProgress,
): Promise<RetentionProgress> {
  if (!plan.logs.some((each) => each.service === service)) return { ...progress, task: progress.task + 1 };
  const page = await removeExpiredLogs(stores, account, service, plan, marker, isOver);
  const kept = (progress.kept[service] ?? 0) + page.kept;
  return {
    ...progress,
    task: progress.task + (page.next === undefined ? 1 : 0),
    ...(page.next?.marker !== undefined && { marker: page.next.marker }),
    removed: addRemoved(progress.removed, { logBlobs: page.blobs, logBytes: page.bytes }),
    ...(kept > 0 && { kept: { ...progress.kept, [service]: kept } }),
    ...(page.refusal !== undefined && { refusal: page.refusal }),
  };
}

interface SomeRemoved {
  readonly removed: Partial<Removed>;
  readonly more: boolean;
}

async function removeRest(
  { stores, account, plan, time, metricsDays }: Context,
  task: Exclude<RetentionTask, { kind: "logs" }>,
  { kept }: RetentionProgress,
): Promise<SomeRemoved> {
  const hour = Math.floor(time.getTime() / hourMs);
  switch (task.kind) {
    case "readings": {
      const policy = plan.logs.find(({ service }) => service === task.service);
      // a blob that stays would be taken for a new one
      if (policy === undefined || (kept[task.service] ?? 0) > 0) return { removed: {}, more: false };
      const end = new Date(policy.beforeHour * hourMs);
      const readings = await stores.readings.removeBefore(account, task.service, end, removalsAtOnce);
      return { removed: { readings }, more: readings >= removalsAtOnce };
    }
    case "rows": {
      for (const { table, below } of plan.rows) {
        const metricsRows = await stores.metricsTables.removeBefore(table, below, removalsAtOnce);
        if (metricsRows > 0) return { removed: { metricsRows }, more: true };
      }
      return { removed: {}, more: false };
    }
    case "ledgers":
      return await removeLedgers(stores, account, oldestHour(time) - dayHours);
    case "metrics": {
      const metrics = await stores.metrics.removeBefore(hour - metricsDays * dayHours, removalsAtOnce);
      return { removed: { metrics }, more: metrics >= removalsAtOnce };
    }
    case "dead-letters":
      return await removeDeadLetters(stores.deadLetters, account, plan, time);
    default:
      throw new Error(`unknown task ${JSON.stringify(task satisfies never)}`);
  }
}

/** Lines go with the logs that they are from; messages are of no account, so that any of them removes those of all. */
async function removeDeadLetters(
  deadLetters: RetentionStores["deadLetters"],
  account: string,
  plan: RetentionPlan,
  time: Date,
): Promise<SomeRemoved> {
  for (const { service, beforeHour } of plan.logs) {
    const hour = new Date(beforeHour * hourMs);
    const lines = await deadLetters.removeLines({ account, service }, hour, removalsAtOnce);
    if (lines > 0) return { removed: { deadLetters: lines }, more: true };
  }
  const before = new Date(time.getTime() - deadMessageDays * dayHours * hourMs);
  const messages = await deadLetters.removeMessages(before, removalsAtOnce);
  return { removed: { deadLetters: messages }, more: messages >= removalsAtOnce };
}

/** @param before since the epoch: a day before the first hour that the roll-up still adds to, on whatever instance */
async function removeLedgers(
  { ledgers, due, published }: RetentionStores,
  account: string,
  before: number,
): Promise<SomeRemoved> {
  for (const note of await due.list(account)) if (note.hour < before) await due.remove(note);
  let removed = 0;
  for await (const ledger of ledgers.list(account)) {
    if (ledger.hour >= before) continue;
    if (removed >= removalsAtOnce) return { removed: { ledgers: removed }, more: true };
    // the mark first: it is found by its ledger
    await published.remove(ledger);
    await ledgers.remove(ledger);
    removed += 1;
  }
  return { removed: { ledgers: removed }, more: false };
}
