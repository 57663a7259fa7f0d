import { foldId } from "../arm/resource-id.js";
import { dueWindow, lateWindows } from "../alerts/evaluation-schedule.js";
import type { MetricAlertRule } from "../alerts/metric-alert-rule.js";
import { conditionsOf, type RuleConditions } from "../alerts/rule-conditions.js";
import { isWithin } from "../alerts/rule-scope.js";
import type { AlertStates } from "../stores/alert-states/alert-states.js";
import type { ArmResources } from "../stores/arm-resources/arm-resources.js";
import type { MetricChange, MetricStore } from "../stores/metrics/metric-store.js";
import type { TextNotes } from "../stores/text-notes/text-notes.js";
import type { WorkQueue } from "../stores/work-queue/work-queue.js";
import { shardRules } from "./evaluation-work.js";
import { rememberAnswers } from "./remembered-answers.js";
import type { RecentRules } from "./recent-rules.js";
import { completenessOf, resourcesOfRule, type RuleMetrics } from "./rule-data.js";

export interface PlanningStores extends RuleMetrics {
  readonly metrics: Pick<MetricStore, "query" | "watermark" | "changedSince">;
  readonly rules: Pick<ArmResources<MetricAlertRule>, "list">;
  readonly states: Pick<AlertStates, "list">;
  readonly evaluations: WorkQueue;
  readonly recent?: RecentRules;
  /** Remembers up to where changes of metrics were looked at. */
  readonly notes: TextNotes;
}

export interface EvaluationPlan {
  /** Rules that are due. */
  readonly due: number;
  /** Rules that are gone or not evaluated any more and have a state that is to be closed. */
  readonly closing: number;
  /** Rules whose data changed late. */
  readonly late: number;
}

const changesNote = "alert-changes";

/**
 * Finds out which rules are due and sends them in shards. Planning twice, or on two instances at once, sends messages
 * that find nothing to do.
 * @param about a resource whose data has just become complete: only rules that watch it; undefined: all, those besides
 *   whose data changed late, and those that are gone
 */
export async function planEvaluations(
  stores: PlanningStores,
  about: string | undefined,
  clock: () => Date,
): Promise<EvaluationPlan> {
  const now = clock();
  const change = await newChanges(stores, now);
  const [rules, summaries, known] = await Promise.all([
    stores.rules.list({}),
    stores.states.list(),
    stores.knownResources(),
  ]);
  const states = new Map(summaries.map((each) => [foldId(each.ruleId), each]));
  const watermark = rememberAnswers(foldId, (resourceId: string) => stores.metrics.watermark(resourceId));
  const due: string[] = [];
  const closing = new Map(states);
  const late = new Map<string, { readonly from: number; readonly to: number; readonly rules: string[] }>();
  for (const found of rules) {
    const { resource: rule } = found;
    const conditions = conditionsOf(rule);
    if (conditions.kind === "not-evaluated" || !conditions.enabled) continue;
    const key = foldId(rule.id);
    closing.delete(key);
    const resources = await resourcesOfRule(rule, { ...stores, knownResources: () => Promise.resolve(known) });
    const lastWindowEnd = states.get(key)?.lastWindowEnd;
    const range =
      lastWindowEnd === undefined ? undefined : lateRange(conditions, resources, change.changes, lastWindowEnd);
    if (range !== undefined) {
      const name = `${range.from} ${range.to}`;
      const same = late.get(name) ?? { ...range, rules: [] };
      same.rules.push(rule.id);
      late.set(name, same);
    }
    if (about !== undefined && !resources.some((each) => isWithin(each, about) || isWithin(about, each))) continue;
    const completeUntil = await completenessOf(conditions, resources, watermark, now.getTime());
    if (completeUntil === undefined) continue;
    if (dueWindow(conditions, completeUntil, lastWindowEnd).kind !== "due") continue;
    due.push(rule.id);
    stores.recent?.plan(found, states.get(key), now.getTime());
  }
  const gone = about === undefined ? [...closing.values()].map(({ ruleId }) => ruleId) : [];
  const work = [
    ...shardRules(due),
    ...shardRules(gone),
    ...[...late.values()].flatMap(({ from, to, rules: ids }) => shardRules(ids, { from, to })),
  ];
  for (const each of work) await stores.evaluations.send(each);
  // only now: whoever ends before, or another planner, finds the same changes again
  await change.seen();
  return {
    due: due.length,
    closing: gone.length,
    late: [...late.values()].reduce((sum, each) => sum + each.rules.length, 0),
  };
}

/** The minutes in which data of a rule changed after they had been evaluated; undefined: none. */
function lateRange(
  conditions: RuleConditions,
  resources: readonly string[],
  changes: readonly MetricChange[],
  lastWindowEnd: number,
): { readonly from: number; readonly to: number } | undefined {
  let range: { from: number; to: number } | undefined;
  for (const { resourceId, from, to } of changes) {
    if (!resources.some((each) => isWithin(each, resourceId))) continue;
    if (lateWindows(conditions, { from, to }, lastWindowEnd).length === 0) continue;
    range = range === undefined ? { from, to } : { from: Math.min(range.from, from), to: Math.max(range.to, to) };
  }
  return range;
}

/**
 * Changes of metrics since the last planning. They are read before the states: a change that is there when its window is
 * evaluated for the first time is not late.
 */
async function newChanges({ metrics, notes }: PlanningStores, now: Date) {
  const before = await notes.read(changesNote);
  const { changes, token } = await metrics.changedSince(before?.text, now);
  const seen = async (): Promise<void> => {
    if (token !== before?.text) await notes.save(changesNote, token, before?.etag);
  };
  return { changes, seen };
}
