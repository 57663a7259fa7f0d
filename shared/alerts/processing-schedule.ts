import { findTimeZone, instantOfWallTime, wallTimeOf } from "./time-zone.js";

export const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;
export type Weekday = (typeof weekdays)[number];

interface Hours {
  /** `17:00:00`; with the end before the start, or equal to it, the span goes over midnight. */
  readonly startTime?: string;
  readonly endTime?: string;
}
export type Recurrence =
  | ({ readonly recurrenceType: "Daily" } & Hours)
  | ({ readonly recurrenceType: "Weekly"; readonly daysOfWeek: readonly Weekday[] } & Hours)
  | ({ readonly recurrenceType: "Monthly"; readonly daysOfMonth: readonly number[] } & Hours);

/** When a rule holds; without a schedule it always does. */
export interface ProcessingSchedule {
  /** Wall time in `timeZone`: `2026-11-01T22:00:00`. */
  readonly effectiveFrom?: string;
  readonly effectiveUntil?: string;
  /** A Windows name; default UTC. */
  readonly timeZone?: string;
  /** Any of them; none: all the time. */
  readonly recurrences?: readonly Recurrence[];
}

export type ScheduleDecision = { readonly active: boolean; readonly reason: string };

const dayMs = 86_400_000;

/**
 * Whether a schedule holds at an instant. Spans are of wall time: an hour that clocks show twice is in them twice, one
 * that they leave out, never; a span that begins on a day counts as of that day to its end after midnight. The hour of
 * the change is whole for `effectiveFrom` (its first coming) and `effectiveUntil` (its last).
 * @param at milliseconds since the epoch
 */
export function decideSchedule(schedule: ProcessingSchedule | undefined, at: number): ScheduleDecision {
  if (schedule === undefined) return { active: true, reason: "it has no schedule" };
  const { effectiveFrom, effectiveUntil, timeZone = "UTC", recurrences = [] } = schedule;
  const zone = findTimeZone(timeZone);
  if (zone === undefined) throw new Error(`reading a stored schedule: '${timeZone}' is no time zone`);
  if (effectiveFrom !== undefined && at < instantOfWallTime(zone, wallTime(effectiveFrom), "first")) {
    return { active: false, reason: `it is effective from ${effectiveFrom} (${timeZone}) on` };
  }
  if (effectiveUntil !== undefined && at >= instantOfWallTime(zone, wallTime(effectiveUntil), "last")) {
    return { active: false, reason: `it was effective until ${effectiveUntil} (${timeZone})` };
  }
  if (recurrences.length === 0) return { active: true, reason: "its schedule has no recurrence, and it is effective" };
  const now = wallTimeOf(zone, at);
  const shown = `${weekdays[new Date(now).getUTCDay()] ?? ""} ${new Date(now).toISOString().slice(0, 19)} in ${timeZone}`;
  const recurrence = recurrences.find((each) => isWithin(each, now));
  return recurrence === undefined
    ? { active: false, reason: `${shown} is in none of its recurrences` }
    : { active: true, reason: `${shown} is in its recurrence ${describe(recurrence)}` };
}

const wallTime = (text: string): number => Date.parse(`${text}Z`);

function isWithin(recurrence: Recurrence, now: number): boolean {
  const day = Math.floor(now / dayMs) * dayMs;
  const { startTime, endTime } = recurrence;
  if (startTime === undefined || endTime === undefined) return isOn(recurrence, day);
  const time = now - day;
  const [start, end] = [timeOfDay(startTime), timeOfDay(endTime)];
  if (start < end) return isOn(recurrence, day) && time >= start && time < end;
  return (isOn(recurrence, day) && time >= start) || (isOn(recurrence, day - dayMs) && time < end);
}

function isOn(recurrence: Recurrence, day: number): boolean {
  switch (recurrence.recurrenceType) {
    case "Daily":
      return true;
    case "Weekly":
      return recurrence.daysOfWeek.some((name) => weekdays.indexOf(name) === new Date(day).getUTCDay());
    case "Monthly":
      return recurrence.daysOfMonth.includes(new Date(day).getUTCDate());
    default:
      throw new Error(`no recurrence ${JSON.stringify(recurrence satisfies never)}`);
  }
}

function timeOfDay(text: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = text.split(":").map(Number);
  return ((hours * 60 + minutes) * 60 + seconds) * 1_000;
}

function describe(recurrence: Recurrence): string {
  const { startTime, endTime, recurrenceType } = recurrence;
  const hours = startTime === undefined || endTime === undefined ? "" : ` ${startTime} to ${endTime}`;
  const days =
    recurrenceType === "Weekly"
      ? ` ${recurrence.daysOfWeek.join(", ")}`
      : recurrenceType === "Monthly"
        ? ` ${recurrence.daysOfMonth.join(", ")}`
        : "";
  return `${recurrenceType}${days}${hours}`;
}
