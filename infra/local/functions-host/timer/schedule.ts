import { parseTimeSpan } from "../config/time-span.js";
import { nextWallTime, parseCron } from "./ncrontab.js";
import { firstInstantOf, instantsOf, offsetChange, wallTime } from "./time-zone.js";

/** When a timer fires, in the time zone of the process. Instants are milliseconds since 1970. */
export type Schedule = {
  readonly kind: "cron" | "interval";
  /** Fires more than once a minute: no schedule monitor (§7.4). */
  readonly isSubMinute: boolean;
  /** @returns the first occurrence strictly after an instant; undefined: never */
  next(after: number): number | undefined;
};

export type ParsedSchedule =
  { readonly kind: "schedule"; readonly schedule: Schedule } | { readonly kind: "invalid"; readonly reason: string };

const minuteMs = 60_000;
/** Enough steps to get out of any repeated hour, one occurrence a second. */
const mostSteps = 100_000;

/** NCRONTAB first, else a .NET TimeSpan (§7.1). */
export function parseSchedule(text: string): ParsedSchedule {
  const parsed = parseCron(text);
  if (parsed.kind === "cron") {
    const { cron } = parsed;
    const next = (after: number): number | undefined => nextInstant(cron, after);
    return { kind: "schedule", schedule: { kind: "cron", isSubMinute: cron.isSubMinute, next } };
  }
  const interval = parseTimeSpan(text);
  if (interval === undefined || interval <= 0) {
    const detail = text.trim().includes(" ") ? ` (${parsed.reason})` : "";
    const reason = `The schedule expression '${text}' was not recognized as a valid cron expression or timespan string.${detail}`;
    return { kind: "invalid", reason };
  }
  const next = (after: number): number => after + interval;
  return { kind: "schedule", schedule: { kind: "interval", isSubMinute: interval < minuteMs, next } };
}

type Cron = Extract<ReturnType<typeof parseCron>, { kind: "cron" }>["cron"];

/** Interval schedules keep running in both passes of a repeated hour, point schedules run once, in the first (§7.3). */
function nextInstant(cron: Cron, after: number): number | undefined {
  let wall = wallTime(after);
  for (let step = 0; step < mostSteps; step++) {
    const found = nextWallTime(cron, wall);
    if (found === undefined) return undefined;
    const instants = instantsOf(found);
    const instant = cron.isInterval
      ? (instants.find((each) => each > after) ?? firstInstantOf(found))
      : firstInstantOf(found);
    if (instant > after) return cron.isInterval ? (inSecondPass(cron, after, instant) ?? instant) : instant;
    wall = found;
  }
  return undefined;
}

/** An occurrence between a clock that goes back and the next one that wall-clock order would give. */
function inSecondPass(cron: Cron, after: number, instant: number): number | undefined {
  const change = offsetChange(after, instant);
  if (change === undefined || wallTime(change) >= wallTime(change - 1)) return undefined;
  const found = nextWallTime(cron, wallTime(change) - 1_000);
  if (found === undefined) return undefined;
  const again = change + (found - wallTime(change));
  return again > after && again < instant ? again : undefined;
}
