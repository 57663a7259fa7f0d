import { localIso } from "./time-zone.js";
import { type Schedule } from "./schedule.js";

/** State of a timer as the schedule monitor keeps it. Instants; `last` is undefined until it has fired. */
export type ScheduleStatus = {
  readonly last: number | undefined;
  readonly next: number | undefined;
  readonly lastUpdated: number | undefined;
};

/** What .NET writes for a time that never was, and for one that never comes. */
const never = "0001-01-01T00:00:00+00:00";
const endOfTime = "9999-12-31T23:59:59+00:00";
/** Statuses written by .NET have seven digits of a second, ours three. */
const sameNextWithinMs = 1_000;

export function formatStatus(status: ScheduleStatus): { Last: string; Next: string; LastUpdated: string } {
  return {
    Last: status.last === undefined ? never : localIso(status.last),
    Next: status.next === undefined ? endOfTime : localIso(status.next),
    LastUpdated: status.lastUpdated === undefined ? never : localIso(status.lastUpdated),
  };
}

/** Reads the monitor's blob. A text that is no status is as good as none.
 * `0001-01-01` is accepted with and without an offset (§14).
 */
export function parseStatus(text: string): ScheduleStatus | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // an empty or foreign blob
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { Last, Next, LastUpdated } = value as Record<string, unknown>;
  return { last: readInstant(Last), next: readInstant(Next), lastUpdated: readInstant(LastUpdated) };
}

function readInstant(text: unknown): number | undefined {
  if (typeof text !== "string" || /^(?:0001-01-01|9999-12-31)/.test(text)) return undefined;
  const instant = Date.parse(text.replace(/(\.\d{3})\d+/, "$1"));
  return Number.isNaN(instant) ? undefined : instant;
}

export type StartDecision = {
  readonly status: ScheduleStatus;
  /** Whether the status has to be written before anything else. */
  readonly write: boolean;
  readonly run: "past-due" | "on-startup" | "none";
  readonly reason: "first-start" | "schedule-changed" | "resumed";
};

/** What a timer does when its listener starts (§7.4). */
export function decideStart(
  stored: ScheduleStatus | undefined,
  schedule: Schedule,
  runOnStartup: boolean,
  now: number,
): StartDecision {
  const startRun = runOnStartup ? "on-startup" : "none";
  if (stored === undefined) {
    const status = { last: undefined, next: schedule.next(now), lastUpdated: now };
    return { status, write: true, run: startRun, reason: "first-start" };
  }
  const expected = schedule.next(stored.last ?? stored.lastUpdated ?? now);
  const unchanged =
    expected === stored.next ||
    (expected !== undefined && stored.next !== undefined && Math.abs(expected - stored.next) < sameNextWithinMs);
  if (!unchanged) {
    const next = expected === undefined || expected > now ? expected : schedule.next(now);
    const status = { last: undefined, next, lastUpdated: now };
    return { status, write: true, run: startRun, reason: "schedule-changed" };
  }
  const pastDue = stored.next !== undefined && now > stored.next;
  return { status: stored, write: false, run: pastDue ? "past-due" : startRun, reason: "resumed" };
}

/** State after a run, even a failed one (§7.4).
 * @param slot the occurrence that was served; undefined for a run at start
 * @param firedAt when the run began; one that came early counts for its slot, so that the slot cannot come twice
 */
export function statusAfterRun(
  schedule: Schedule,
  slot: number | undefined,
  firedAt: number,
  now: number,
): ScheduleStatus {
  const last = slot === undefined ? firedAt : Math.max(slot, firedAt);
  return { last, next: schedule.next(last), lastUpdated: now };
}
