const months = "January February March April May June July August September October November December".split(" ");
const weekdays = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

type FieldRule = {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
};
const fieldRules = [
  { name: "second", min: 0, max: 59 },
  { name: "minute", min: 0, max: 59 },
  { name: "hour", min: 0, max: 23 },
  { name: "day", min: 1, max: 31 },
  { name: "month", min: 1, max: 12, names: months },
  { name: "day-of-week", min: 0, max: 6, names: weekdays },
] as const satisfies readonly FieldRule[];

/** A calendar repeats itself after 400 years: what has not occurred by then never will. */
const longestSearchYears = 400;
const secondMs = 1_000;
const dayMs = 86_400_000;

/** A parsed NCRONTAB expression: the values each field allows, ascending. */
export type Cron = {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: readonly number[];
  readonly months: readonly number[];
  readonly weekdays: readonly number[];
  /** A `*`, `-` or `/` in second, minute or hour: it keeps running through a repeated hour (§7.3). */
  readonly isInterval: boolean;
  /** Fires more than once a minute: the schedule monitor is off (§7.4). */
  readonly isSubMinute: boolean;
};

export type ParsedCron =
  { readonly kind: "cron"; readonly cron: Cron } | { readonly kind: "invalid"; readonly reason: string };

class CronError extends Error {}

/** Parses `{second} {minute} {hour} {day} {month} {day-of-week}`; five fields have no seconds (§7.2). */
export function parseCron(text: string): ParsedCron {
  const tokens = text.split(" ").filter((token) => token !== "");
  if (tokens.length === 5) tokens.unshift("0");
  if (tokens.length !== 6) {
    return { kind: "invalid", reason: `it has ${tokens.length} fields instead of 6 (or 5, without seconds)` };
  }
  try {
    const [seconds, minutes, hours, days, monthValues, weekdayValues] = fieldRules.map((rule, index) =>
      parseField(tokens[index] ?? "", rule),
    ) as [number[], number[], number[], number[], number[], number[]];
    const isInterval = tokens.slice(0, 3).some((token) => /[*/-]/.test(token));
    const isSubMinute = tokens.slice(1).every((token) => token === "*") && seconds.length > 1;
    const cron = {
      seconds,
      minutes,
      hours,
      days,
      months: monthValues,
      weekdays: weekdayValues,
      isInterval,
      isSubMinute,
    };
    return { kind: "cron", cron };
  } catch (error) {
    if (error instanceof CronError) return { kind: "invalid", reason: error.message };
    throw error;
  }
}

function parseField(text: string, rule: FieldRule): number[] {
  const allowed = new Set<number>();
  for (const item of text.split(",")) {
    const { from, to, step } = parseItem(item, rule);
    for (let value = from; value <= to; value += step) allowed.add(value);
  }
  return [...allowed].sort((a, b) => a - b);
}

function parseItem(item: string, rule: FieldRule): { from: number; to: number; step: number } {
  const [range = "", stepText, ...more] = item.split("/");
  if (more.length > 0 || item === "") throw new CronError(`'${item}' is not a valid ${rule.name}`);
  const step = stepText === undefined ? 1 : parseStep(stepText, rule);
  if (range === "*") return { from: rule.min, to: rule.max, step };
  const [firstText = "", lastText, ...rest] = range.split("-");
  if (rest.length > 0) throw new CronError(`'${item}' is not a valid ${rule.name}`);
  const first = parseValue(firstText, rule);
  if (lastText === undefined) return { from: first, to: stepText === undefined ? first : rule.max, step };
  const last = parseValue(lastText, rule);
  // a range written backwards is swapped, it does not wrap around (§7.2)
  return { from: Math.min(first, last), to: Math.max(first, last), step };
}

function parseStep(text: string, rule: FieldRule): number {
  if (!/^\d+$/.test(text)) throw new CronError(`'${text}' is not a valid step of ${rule.name}`);
  return Math.max(1, Number(text));
}

function parseValue(text: string, rule: FieldRule): number {
  if (/^\d+$/.test(text)) {
    const value = Number(text);
    if (value >= rule.min && value <= rule.max) return value;
    throw new CronError(`${text} is not a ${rule.name}: it must be ${rule.min} to ${rule.max}`);
  }
  const index =
    text === "" ? -1 : (rule.names?.findIndex((name) => name.toLowerCase().startsWith(text.toLowerCase())) ?? -1);
  if (index < 0) throw new CronError(`'${text}' is not a valid ${rule.name}`);
  return index + rule.min;
}

/** The first wall-clock time strictly after another that satisfies all fields, day of month AND day of week (§7.2).
 * @param after wall-clock time as if it were UTC, in milliseconds
 * @returns the same kind of time; undefined: never
 */
export function nextWallTime(cron: Cron, after: number): number | undefined {
  const start = Math.floor(after / secondMs) * secondMs + secondMs;
  const firstDay = Math.floor(start / dayMs) * dayMs;
  const lastYear = new Date(start).getUTCFullYear() + longestSearchYears;
  let day = new Date(firstDay);
  while (day.getUTCFullYear() <= lastYear) {
    if (!cron.months.includes(day.getUTCMonth() + 1)) {
      day = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 1));
      continue;
    }
    if (cron.days.includes(day.getUTCDate()) && cron.weekdays.includes(day.getUTCDay())) {
      const earliest = day.getTime() === firstDay ? (start - firstDay) / secondMs : 0;
      const found = firstTimeOfDay(cron, earliest);
      if (found !== undefined) return day.getTime() + found * secondMs;
    }
    day = new Date(day.getTime() + dayMs);
  }
  return undefined;
}

/** Seconds of the day, at or after `earliest`. */
function firstTimeOfDay(cron: Cron, earliest: number): number | undefined {
  for (const hour of cron.hours) {
    if (hour * 3_600 + 3_599 < earliest) continue;
    for (const minute of cron.minutes) {
      const base = hour * 3_600 + minute * 60;
      if (base + 59 < earliest) continue;
      const second = cron.seconds.find((each) => base + each >= earliest);
      if (second !== undefined) return base + second;
    }
  }
  return undefined;
}
