import { createHash } from "node:crypto";

import { foldId } from "../arm/resource-id.js";
import { maxLateMinutes } from "./alert-state.js";
import { lookbackOf, type RuleConditions } from "./rule-conditions.js";

/** Minutes to wait for data of a source after a window has ended (issue 5, §3). */
export const settleMinutes = { store: 0, azureMonitor: 2 } as const;

type ScheduledRule = Pick<RuleConditions, "ruleId" | "enabled" | "frequencyMinutes" | "windowMinutes" | "criteria">;

export type Due =
  | {
      readonly kind: "due";
      /** Minute since the epoch, exclusive. */
      readonly windowEnd: number;
      /** Windows since the last one that are left out: only the current state counts. */
      readonly skipped: number;
    }
  | {
      readonly kind: "not-due";
      readonly reason: "disabled" | "evaluated" | "data-incomplete";
      readonly nextWindowEnd: number;
    };

/**
 * The whole-minute phase of a rule within its frequency: rules that are evaluated each quarter of an hour don't all come
 * at once, and one rule always comes at the same minutes, whoever plans.
 */
export function phaseOf(ruleId: string, frequencyMinutes: number): number {
  if (frequencyMinutes <= 1) return 0;
  return createHash("sha256").update(foldId(ruleId)).digest().readUInt32BE() % frequencyMinutes;
}

/**
 * Which window of a rule is to be evaluated now: the latest whose data is complete. Missed ones are not made up
 * (reference §2.5), so that an hour's outage is followed by one evaluation.
 * @param completeUntil minute since the epoch: the watermark of the rule's data, see `completeUntilOf`
 * @param lastWindowEnd of the last evaluation; undefined: there was none
 */
export function dueWindow(rule: ScheduledRule, completeUntil: number, lastWindowEnd: number | undefined): Due {
  const { frequencyMinutes } = rule;
  const phase = phaseOf(rule.ruleId, frequencyMinutes);
  const windowEnd = phase + Math.floor((completeUntil - phase) / frequencyMinutes) * frequencyMinutes;
  const nextWindowEnd = windowEnd + frequencyMinutes;
  if (!rule.enabled) return { kind: "not-due", reason: "disabled", nextWindowEnd };
  if (lastWindowEnd === undefined) return { kind: "due", windowEnd, skipped: 0 };
  if (lastWindowEnd > windowEnd)
    return { kind: "not-due", reason: "data-incomplete", nextWindowEnd: lastWindowEnd + frequencyMinutes };
  if (lastWindowEnd === windowEnd) return { kind: "not-due", reason: "evaluated", nextWindowEnd };
  // after a change of frequency the last window need not be on the new grid
  return { kind: "due", windowEnd, skipped: Math.ceil((windowEnd - lastWindowEnd) / frequencyMinutes) - 1 };
}

/**
 * How far data can be relied on.
 * @param watermarks of the resources, in minutes since the epoch: the slowest counts; none: the clock alone
 * @param settle minutes to wait, by the source
 * @param now milliseconds since the epoch; a watermark never counts beyond the current minute
 */
export function completeUntilOf(watermarks: readonly number[], settle: number, now: number): number {
  return Math.min(Math.floor(now / 60_000), ...watermarks) - settle;
}

/**
 * Windows that were evaluated, and are to be evaluated again because their data changed, oldest first: those of the last
 * hour.
 * @param change minutes since the epoch, inclusive
 */
export function lateWindows(
  rule: ScheduledRule,
  change: { readonly from: number; readonly to: number },
  lastWindowEnd: number,
): readonly number[] {
  if (!rule.enabled) return [];
  const { frequencyMinutes, windowMinutes } = rule;
  const lookback = Math.max(...rule.criteria.map((criterion) => lookbackOf(criterion, windowMinutes)));
  const first = Math.max(change.from + 1, lastWindowEnd - maxLateMinutes);
  const last = Math.min(change.to + lookback, lastWindowEnd);
  const phase = phaseOf(rule.ruleId, frequencyMinutes);
  const windows: number[] = [];
  for (
    let end = phase + Math.ceil((first - phase) / frequencyMinutes) * frequencyMinutes;
    end <= last;
    end += frequencyMinutes
  ) {
    windows.push(end);
  }
  return windows;
}
