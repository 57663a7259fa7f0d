import { createHash } from "node:crypto";

import { foldId } from "../arm/resource-id.js";
import { type AlertSeries } from "./alert-series.js";
import { type SeriesEvaluation } from "./evaluation.js";
import { type RuleConditions } from "./rule-conditions.js";

/** Evaluations in a row that don't meet the condition until an alert resolves (Azure, reference §2.4). */
export const healthyEvaluationsToResolve = 3;
/** Minutes that a change of data may come late and still fire. */
export const maxLateMinutes = 60;

/** An alert that was fired: windows since it began are spoken for. Minutes since the epoch. */
interface Episode {
  /** Start of the window that fired it. */
  readonly from: number;
  /** End of the window that resolved it, or of the last one that met a stateless rule; undefined: it is still fired. */
  readonly to?: number;
}

/** What is remembered of one series of one rule. Stored as it is; every change goes by `advanceState`. */
export interface AlertState {
  readonly series: AlertSeries;
  readonly condition: "Healthy" | "Fired";
  /** End of the last window that was evaluated, in minutes since the epoch. */
  readonly lastWindowEnd: number;
  /** Evaluations in a row that didn't meet the condition. */
  readonly healthyCount: number;
  /** The alert that is fired, or the last one that was. */
  readonly alert?: {
    readonly id: string;
    /** Milliseconds since the epoch. */
    readonly firedAt: number;
    /** Milliseconds since the epoch. */
    readonly resolvedAt?: number;
  };
  /** Of the last hour, oldest first, so that what comes late tells nothing twice. */
  readonly episodes: readonly Episode[];
  /**
   * Transitions that nobody has confirmed to be on their way. They are stored together with the change that made them, so
   * that an instance that dies in between loses none; `markTold` takes them out.
   */
  readonly untold: readonly Transition[];
}

/** What is to be told to others. */
export type Transition =
  | {
      readonly kind: "fired";
      readonly alertId: string;
      /** Milliseconds since the epoch. */
      readonly firedAt: number;
      /** Because of data that came after the window had been found healthy. */
      readonly isLate: boolean;
      readonly evaluation: SeriesEvaluation;
    }
  | {
      readonly kind: "resolved";
      readonly alertId: string;
      readonly firedAt: number;
      readonly resolvedAt: number;
      readonly because: "healthy";
      readonly evaluation: SeriesEvaluation;
    }
  | {
      readonly kind: "resolved";
      readonly alertId: string;
      readonly firedAt: number;
      readonly resolvedAt: number;
      readonly because: ClosingReason;
      readonly series: AlertSeries;
    };

export type ClosingReason = "rule-deleted" | "rule-disabled" | "rule-changed";

/** Evaluations that were due and never happened, because Vigil was down or behind. Minutes since the epoch. */
export interface SkippedEvaluations {
  readonly count: number;
  /** End of the first window that was skipped. */
  readonly from: number;
  /** End of the last one. */
  readonly to: number;
}

export interface Advance {
  /** The same object if nothing changed: then there is nothing to store. */
  readonly state: AlertState;
  /** To be told, those included that an earlier evaluation left: whoever delivers recognises what came before. */
  readonly transitions: readonly Transition[];
  readonly reason:
    | "fired"
    | "fired-late"
    | "still-fired"
    | "resolved"
    | "recovering"
    | "healthy"
    | "absent"
    | "repeated"
    | "late-without-effect";
  readonly skipped?: SkippedEvaluations;
}

/** The part of a rule that a state moves by. */
export type StateRule = Pick<RuleConditions, "ruleId" | "frequencyMinutes" | "isStateful">;

/**
 * Moves the state of a series by one evaluation. Pure, and the same for the same window whoever does it: of two
 * instances that evaluate one window, the second to store finds its write refused, reads, and is told `repeated`.
 * Order: store `state` by compare-and-set, put `transitions` on their way under names made of alert and kind, store
 * `markTold`. Whoever dies on the way is made up for by the next evaluation.
 * @param before undefined: the series has none yet
 * @param evaluation a window that is due, or, if its end is not after the last one, one whose data changed late
 * @param late whether it is the latter: a repeated message about a due window changes nothing
 * @param now milliseconds since the epoch: when the alert counts as fired or resolved
 */
export function advanceState(
  rule: StateRule,
  before: AlertState | undefined,
  evaluation: SeriesEvaluation,
  late: boolean,
  now: number,
): Advance {
  if (before !== undefined && evaluation.windowEnd <= before.lastWindowEnd) {
    if (!late) return { state: before, transitions: before.untold, reason: "repeated" };
    return withUntold(advanceLate(rule, before, evaluation, now));
  }
  const skipped = skippedBetween(rule, before, evaluation);
  const state: AlertState = {
    ...(before ?? { series: evaluation.series, condition: "Healthy", healthyCount: 0, episodes: [], untold: [] }),
    lastWindowEnd: evaluation.windowEnd,
    episodes: recentEpisodes(before?.episodes ?? [], evaluation.windowEnd),
    // what was skipped may have met the condition: only evaluations in a row resolve
    ...(skipped !== undefined && { healthyCount: 0 }),
  };
  return { ...withUntold(judge(rule, state, evaluation, now)), ...(skipped !== undefined && { skipped }) };
}

function withUntold(advance: Advance): Advance {
  const { state, transitions } = advance;
  if (transitions.length === 0) return state.untold.length === 0 ? advance : { ...advance, transitions: state.untold };
  const untold = [...state.untold, ...transitions];
  return { ...advance, state: { ...state, untold }, transitions: untold };
}

/** The state when these transitions are on their way; the same object if it held none of them. */
export function markTold(state: AlertState, told: readonly Transition[]): AlertState {
  const isTold = (each: Transition): boolean =>
    told.some(({ kind, alertId }) => kind === each.kind && alertId === each.alertId);
  return state.untold.some(isTold) ? { ...state, untold: state.untold.filter((each) => !isTold(each)) } : state;
}

function judge(rule: StateRule, state: AlertState, evaluation: SeriesEvaluation, now: number): Advance {
  switch (evaluation.verdict) {
    case "met":
      if (!rule.isStateful) return fireStateless(rule, state, evaluation, now);
      if (state.condition === "Fired")
        return { state: { ...state, healthyCount: 0 }, transitions: [], reason: "still-fired" };
      return fire(rule, state, evaluation, now, false);
    case "absent":
      return { state, transitions: [], reason: "absent" };
    case "not-met":
    case "absent-healthy":
      return recover(rule, state, evaluation, now);
    default:
      throw new Error(`no verdict ${JSON.stringify(evaluation.verdict satisfies never)}`);
  }
}

function fire(rule: StateRule, state: AlertState, evaluation: SeriesEvaluation, now: number, isLate: boolean): Advance {
  const alertId = alertIdOf(rule.ruleId, evaluation);
  const episode = { from: evaluation.windowStart, ...(!rule.isStateful && { to: state.lastWindowEnd }) };
  return {
    state: {
      ...state,
      condition: "Fired",
      healthyCount: 0,
      alert: { id: alertId, firedAt: now },
      episodes: [...state.episodes, episode],
    },
    transitions: [{ kind: "fired", alertId, firedAt: now, isLate, evaluation }],
    reason: isLate ? "fired-late" : "fired",
  };
}

/** A stateless rule makes an alert of every evaluation that meets it; a run of those is one episode. */
function fireStateless(rule: StateRule, state: AlertState, evaluation: SeriesEvaluation, now: number): Advance {
  const { condition, episodes } = state;
  const last = episodes.at(-1);
  const fired = fire(
    rule,
    { ...state, episodes: condition === "Fired" ? episodes.slice(0, -1) : episodes },
    evaluation,
    now,
    false,
  );
  if (condition !== "Fired" || last === undefined) return fired;
  return {
    ...fired,
    state: { ...fired.state, episodes: [...episodes.slice(0, -1), { from: last.from, to: evaluation.windowEnd }] },
  };
}

function recover(rule: StateRule, state: AlertState, evaluation: SeriesEvaluation, now: number): Advance {
  const healthyCount = Math.min(state.healthyCount + 1, healthyEvaluationsToResolve);
  const { alert, condition } = state;
  if (condition === "Healthy" || alert === undefined)
    return {
      state: healthyCount === state.healthyCount ? state : { ...state, healthyCount },
      transitions: [],
      reason: "healthy",
    };
  // alerts of stateless rules never resolve; the series itself is healthy again
  if (!rule.isStateful)
    return { state: { ...state, condition: "Healthy", healthyCount }, transitions: [], reason: "healthy" };
  if (healthyCount < healthyEvaluationsToResolve)
    return { state: { ...state, healthyCount }, transitions: [], reason: "recovering" };
  return {
    state: resolveIn({ ...state, healthyCount }, alert, now),
    transitions: [
      { kind: "resolved", alertId: alert.id, firedAt: alert.firedAt, resolvedAt: now, because: "healthy", evaluation },
    ],
    reason: "resolved",
  };
}

const resolveIn = (state: AlertState, alert: NonNullable<AlertState["alert"]>, now: number): AlertState => ({
  ...state,
  condition: "Healthy",
  alert: { ...alert, resolvedAt: now },
  episodes: state.episodes.map((each) => (each.to === undefined ? { ...each, to: state.lastWindowEnd } : each)),
});

/**
 * A window that was evaluated before, over changed data. Only what makes a healthy series breach matters: it fires once,
 * and nothing that was told is told again or taken back. Recovery goes by the windows that are due.
 */
function advanceLate(rule: StateRule, state: AlertState, evaluation: SeriesEvaluation, now: number): Advance {
  const { windowEnd, verdict } = evaluation;
  const wasTold = state.episodes.some(({ from, to }) => windowEnd > from && (to === undefined || windowEnd <= to));
  const isTooLate = state.lastWindowEnd - windowEnd > maxLateMinutes;
  if (verdict !== "met" || state.condition === "Fired" || wasTold || isTooLate) {
    return { state, transitions: [], reason: "late-without-effect" };
  }
  const fired = fire(rule, state, evaluation, now, true);
  // a stateless alert is about that window alone: the series is as healthy as it was
  return rule.isStateful ? fired : { ...fired, state: { ...fired.state, condition: "Healthy" } };
}

function skippedBetween(
  { frequencyMinutes }: StateRule,
  before: AlertState | undefined,
  { windowEnd }: SeriesEvaluation,
): SkippedEvaluations | undefined {
  if (before === undefined) return undefined;
  const count = Math.ceil((windowEnd - before.lastWindowEnd) / frequencyMinutes) - 1;
  if (count <= 0) return undefined;
  return { count, from: windowEnd - count * frequencyMinutes, to: windowEnd - frequencyMinutes };
}

const recentEpisodes = (episodes: readonly Episode[], windowEnd: number): readonly Episode[] => {
  const isRecent = ({ to }: Episode): boolean => to === undefined || windowEnd - to <= maxLateMinutes;
  return episodes.every(isRecent) ? episodes : episodes.filter(isRecent);
};

/**
 * Ends what a rule has fired, because the rule is deleted, disabled or changed in what it watches: its alert resolves,
 * and says why. Alerts of stateless rules never resolve. Tell the transitions, then forget the state: what the rule
 * does when it comes back is a new story.
 * @param now milliseconds since the epoch
 */
export function closeState(
  { isStateful }: StateRule,
  before: AlertState,
  because: ClosingReason,
  now: number,
): { readonly state: AlertState; readonly transitions: readonly Transition[] } {
  const { alert, condition, untold } = before;
  if (condition === "Healthy" || alert === undefined) return { state: before, transitions: untold };
  const healthy = resolveIn({ ...before, healthyCount: 0 }, alert, now);
  if (!isStateful) return { state: { ...healthy, alert }, transitions: untold };
  const { id, firedAt } = alert;
  const transitions = [
    ...untold,
    { kind: "resolved", alertId: id, firedAt, resolvedAt: now, because, series: before.series } as const,
  ];
  return { state: { ...healthy, untold: transitions }, transitions };
}

/**
 * Id of the alert that a window fires: the same for everyone who evaluates it, so that a message that comes twice makes
 * no second alert. In the form of a GUID, as Azure's are (RFC 9562, version 8: made of a hash).
 */
export function alertIdOf(ruleId: string, { key, windowEnd }: Pick<SeriesEvaluation, "key" | "windowEnd">): string {
  const hex = createHash("sha256")
    .update(JSON.stringify([foldId(ruleId), key, windowEnd]))
    .digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}
