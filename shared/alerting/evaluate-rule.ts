import {
  advanceState,
  closeState,
  markTold,
  type AlertState,
  type ClosingReason,
  type Transition,
} from "../alerts/alert-state.js";
import { seriesKey, type AlertSeries } from "../alerts/alert-series.js";
import { evaluateRule, type RuleEvaluation, type SeriesEvaluation } from "../alerts/evaluation.js";
import { dueWindow, lateWindows } from "../alerts/evaluation-schedule.js";
import type { MetricAlertRule } from "../alerts/metric-alert-rule.js";
import { conditionsOf, type RuleConditions } from "../alerts/rule-conditions.js";
import { isSameWatch } from "../alerts/rule-watch.js";
import type { DynamicThresholds } from "../alerts/threshold.js";
import { foldId } from "../arm/resource-id.js";
import type { AlertStates, KeptState, RuleState } from "../stores/alert-states/alert-states.js";
import type { ArmResources } from "../stores/arm-resources/arm-resources.js";
import type { MetricQuery } from "../stores/metrics/metric-store.js";
import type { RecentRules } from "./recent-rules.js";
import { rememberAnswers } from "./remembered-answers.js";
import { completenessOf, readWindows, resourcesOfRule, type RuleMetrics } from "./rule-data.js";

export interface EvaluationStores extends RuleMetrics {
  readonly rules: Pick<ArmResources<MetricAlertRule>, "find">;
  readonly states: AlertStates;
  /** Rules that were just planned here; undefined: they are always read. */
  readonly recent?: RecentRules;
  /** Puts what is to be told on its way, each thing once, however often it is called. */
  readonly tell: (rule: MetricAlertRule, transition: Transition) => Promise<void>;
  /** What was learned of the series of a rule; asked for rules with dynamic criteria alone. */
  readonly thresholds: (
    rule: MetricAlertRule,
    conditions: RuleConditions,
    resources: readonly string[],
    now: Date,
  ) => Promise<DynamicThresholds>;
}

export type EvaluationOutcome =
  | {
      readonly kind: "evaluated";
      readonly ruleId: string;
      /** Minute since the epoch. */
      readonly windowEnd: number;
      readonly series: number;
      readonly fired: number;
      readonly resolved: number;
      readonly skipped: number;
    }
  | { readonly kind: "closed"; readonly ruleId: string; readonly because: ClosingReason; readonly resolved: number }
  | {
      readonly kind: "nothing-to-do";
      readonly ruleId: string;
      readonly reason: "gone" | "not-evaluated" | "disabled" | "evaluated" | "data-incomplete";
    };

/** Somebody else may store the state first; whoever has lost so often is on a state that never rests. */
const maxTries = 5;

/**
 * Evaluates one rule: what is due, or windows whose data changed late. Told is what the stored state says, and marked as
 * told afterwards: whoever dies in between leaves it to the next evaluation or to the message that comes again. Of two
 * instances one stores the state; the other reads it and finds the window evaluated.
 * @param late minutes since the epoch between which data changed, both included
 * @throws if the state can't be stored; the message comes again
 */
export async function evaluateStoredRule(
  stores: EvaluationStores,
  ruleId: string,
  late: { readonly from: number; readonly to: number } | undefined,
  clock: () => Date,
): Promise<EvaluationOutcome> {
  for (let attempt = 1; attempt <= maxTries; attempt++) {
    const recalled = attempt === 1 ? stores.recent?.recall(ruleId, clock().getTime()) : undefined;
    const [found, kept] =
      recalled === undefined
        ? await Promise.all([stores.rules.find(ruleId), stores.states.read(ruleId)])
        : [recalled.found, recalled.kept];
    const outcome = await evaluateOnce(stores, ruleId, found?.resource, kept, late, clock());
    if (outcome !== "conflict") return outcome;
  }
  throw new Error(`evaluating ${ruleId}: its state changed ${maxTries} times meanwhile`);
}

/**
 * The same stores, for the rules of one message: what several of them ask of metrics is read once. Only for as long as a
 * message takes.
 */
export function sharingReads<Stores extends EvaluationStores>(stores: Stores): Stores {
  const { metrics } = stores;
  return {
    ...stores,
    metrics: {
      query: rememberAnswers(
        (query) => JSON.stringify(query),
        (query: MetricQuery) => metrics.query(query),
      ),
      watermark: rememberAnswers(foldId, (resourceId: string) => metrics.watermark(resourceId)),
    },
  };
}

async function evaluateOnce(
  stores: EvaluationStores,
  ruleId: string,
  rule: MetricAlertRule | undefined,
  kept: KeptState | undefined,
  late: { readonly from: number; readonly to: number } | undefined,
  now: Date,
): Promise<EvaluationOutcome | "conflict"> {
  const because = kept && closingReason(rule, kept.state.rule);
  if (kept !== undefined && because !== undefined) return await close(stores, kept, because, now);
  if (rule === undefined) return { kind: "nothing-to-do", ruleId, reason: "gone" };
  const conditions = conditionsOf(rule);
  if (conditions.kind === "not-evaluated") return { kind: "nothing-to-do", ruleId, reason: "not-evaluated" };
  const resources = await resourcesOfRule(rule, stores);
  const state = kept?.state;
  const lastWindowEnd = state?.lastWindowEnd;
  const completeUntil = await completenessOf(
    conditions,
    resources,
    (id) => stores.metrics.watermark(id),
    now.getTime(),
  );
  if (completeUntil === undefined) return { kind: "nothing-to-do", ruleId, reason: "data-incomplete" };
  const due = dueWindow(conditions, completeUntil, lastWindowEnd);
  const windows =
    late !== undefined && lastWindowEnd !== undefined
      ? lateWindows(conditions, late, lastWindowEnd)
      : due.kind === "due"
        ? [due.windowEnd]
        : [];
  if (windows.length === 0) {
    // whoever evaluated this window may have ended before it told what it found
    if (kept !== undefined && untoldOf(kept.state).length > 0) await tellUntold(stores, rule, kept);
    return { kind: "nothing-to-do", ruleId, reason: due.kind === "due" ? "evaluated" : due.reason };
  }
  const data = await readWindows(stores, conditions, resources, windows);
  const isDynamic = conditions.criteria.some(({ kind }) => kind === "dynamic");
  const thresholds = isDynamic ? await stores.thresholds(rule, conditions, resources, now) : undefined;
  let series: ReadonlyMap<string, AlertState> = new Map(
    (state?.series ?? []).map((each) => [seriesKey(each.series), each]),
  );
  let evaluation: RuleEvaluation = { series: [], leftOut: 0 };
  let skipped: RuleState["skipped"];
  for (const windowEnd of windows) {
    const known = [...series.values()].map((each) => each.series);
    evaluation = evaluateRule(conditions, windowEnd, data, known, thresholds ?? noThresholds);
    const moved = advanceAll(conditions, series, evaluation.series, late !== undefined, now.getTime());
    series = moved.series;
    skipped = moved.skipped ?? skipped;
  }
  const windowEnd = Math.max(lastWindowEnd ?? Number.NEGATIVE_INFINITY, ...windows);
  const next: RuleState = {
    rule,
    lastWindowEnd: windowEnd,
    series: [...series.values()],
    leftOut: evaluation.leftOut,
    ...(skipped !== undefined && { skipped }),
  };
  const saved = await stores.states.save(rule.id, next, kept?.etag);
  if (saved === undefined) return "conflict";
  const told = await tellUntold(stores, rule, saved);
  return {
    ...{ kind: "evaluated", ruleId, windowEnd, series: evaluation.series.length },
    fired: told.filter(({ kind }) => kind === "fired").length,
    resolved: told.filter(({ kind }) => kind === "resolved").length,
    skipped: skipped?.count ?? 0,
  };
}

/** A rule without dynamic criteria asks for no band. */
const noThresholds: DynamicThresholds = {
  bandAt: () => {
    throw new Error("evaluating a rule: a static criterion asked for a band");
  },
};

function closingReason(rule: MetricAlertRule | undefined, before: MetricAlertRule): ClosingReason | undefined {
  if (rule === undefined) return "rule-deleted";
  if (!rule.properties.enabled) return "rule-disabled";
  return isSameWatch(rule, before) ? undefined : "rule-changed";
}

/** Ends what a rule had fired, tells it, and forgets the rule's state. */
async function close(
  stores: EvaluationStores,
  kept: KeptState,
  because: ClosingReason,
  now: Date,
): Promise<EvaluationOutcome | "conflict"> {
  const { rule } = kept.state;
  const conditions = conditionsOf(rule);
  if (conditions.kind === "not-evaluated") throw new Error(`closing ${rule.id}: it never was evaluated`);
  const series = kept.state.series.map((each) => closeState(conditions, each, because, now.getTime()).state);
  const isChanged = series.some((each, index) => each !== kept.state.series[index]);
  const saved = isChanged ? await stores.states.save(rule.id, { ...kept.state, series }, kept.etag) : kept;
  if (saved === undefined) return "conflict";
  const untold = untoldOf(saved.state);
  for (const transition of untold) await stores.tell(rule, transition);
  if (!(await stores.states.remove(rule.id, saved.etag))) return "conflict";
  return { kind: "closed", ruleId: rule.id, because, resolved: untold.length };
}

function advanceAll(
  conditions: RuleConditions,
  before: ReadonlyMap<string, AlertState>,
  evaluations: readonly SeriesEvaluation[],
  late: boolean,
  now: number,
): { readonly series: ReadonlyMap<string, AlertState>; readonly skipped: RuleState["skipped"] } {
  // series that were left out, or whose resource is out of scope, keep what they have
  const series = new Map(before);
  let skipped: RuleState["skipped"];
  for (const evaluation of evaluations) {
    const advance = advanceState(conditions, before.get(evaluation.key), evaluation, late, now);
    skipped ??= advance.skipped;
    if (isForgotten(conditions, advance.state, evaluation)) series.delete(evaluation.key);
    else series.set(evaluation.key, advance.state);
  }
  return { series, skipped };
}

/**
 * Whether there is nothing to remember of a series: one of many combinations, healthy and silent. Otherwise every value
 * that a dimension ever had would be evaluated forever.
 */
function isForgotten(
  { criteria }: RuleConditions,
  { condition, untold, episodes }: AlertState,
  { verdict }: Pick<SeriesEvaluation, "verdict"> & { readonly series: AlertSeries },
): boolean {
  const [only, ...others] = criteria;
  const isSplit = others.length === 0 && only !== undefined && only.splitBy.length > 0;
  const isSilent = verdict === "absent" || verdict === "absent-healthy";
  return isSplit && isSilent && condition === "Healthy" && untold.length === 0 && episodes.length === 0;
}

const untoldOf = ({ series }: RuleState): readonly Transition[] => series.flatMap(({ untold }) => untold);

/** @returns what was told */
async function tellUntold(
  stores: EvaluationStores,
  rule: MetricAlertRule,
  { state, etag }: KeptState,
): Promise<readonly Transition[]> {
  const untold = untoldOf(state);
  if (untold.length === 0) return untold;
  for (const transition of untold) await stores.tell(rule, transition);
  const series = state.series.map((each) => markTold(each, untold));
  // somebody who was faster has read these transitions, too, and tells them again: that is recognised
  await stores.states.save(rule.id, { ...state, series }, etag);
  return untold;
}
