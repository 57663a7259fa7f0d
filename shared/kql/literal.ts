/**
 * Text of literals to values. The official parser's own value parsers are broken in JavaScript (hex longs, NaN, timespans,
 * `bool(1)`, ticks of datetimes), so everything but strings is read from `ValueText` here. The same functions read text
 * at run time (`todatetime`, `totimespan`).
 */
import { ticksPerDay, unixEpochTicks } from "./types.js";

const ticksPerUnit: Readonly<Record<string, bigint>> = {
  d: ticksPerDay,
  day: ticksPerDay,
  h: 36_000_000_000n,
  hr: 36_000_000_000n,
  hour: 36_000_000_000n,
  m: 600_000_000n,
  min: 600_000_000n,
  minute: 600_000_000n,
  s: 10_000_000n,
  sec: 10_000_000n,
  second: 10_000_000n,
  ms: 10_000n,
  milli: 10_000n,
  milliseconds: 10_000n,
  millisecond: 10_000n,
  micro: 10n,
  microsecond: 10n,
  nanosecond: 0n,
  tick: 1n,
};

function ticksOfUnit(unit: string): bigint | undefined {
  const lower = unit.toLowerCase();
  return ticksPerUnit[lower] ?? ticksPerUnit[lower.replace(/s$/, "")];
}

/** Decimal text times a number of ticks, truncated; exact, since doubles lose ticks. */
function scale(decimal: string, unit: bigint): bigint {
  const [whole = "0", fraction = ""] = decimal.split(".");
  const digits = BigInt(whole === "" ? "0" : whole) * 10n ** BigInt(fraction.length) + BigInt(fraction || "0");
  return (digits * unit) / 10n ** BigInt(fraction.length);
}

/** `1d`, `1.5h`, `2.03:04:05.6`, `5` (days). Undefined when it is none of these. */
export function parseTimespan(text: string): bigint | undefined {
  const trimmed = text.trim().replace(/^["'](.*)["']$/, "$1");
  const united = /^(-?)(\d+(?:\.\d*)?|\.\d+)\s*([a-zA-Z]+)$/.exec(trimmed);
  if (united !== null) {
    const unit = ticksOfUnit(united[3] ?? "");
    if (unit === undefined) return undefined;
    const ticks = scale(united[2] ?? "0", unit);
    return united[1] === "-" ? -ticks : ticks;
  }
  const clock = /^(-?)(?:(\d+)[.:](?=\d+:\d+:))?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7})\d*)?)?$/.exec(trimmed);
  if (clock !== null) {
    const [, sign, days = "0", hours = "0", minutes = "0", seconds = "0", fraction = ""] = clock;
    if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
    const ticks =
      BigInt(days) * ticksPerDay +
      BigInt(Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 10_000_000n +
      BigInt(fraction.padEnd(7, "0"));
    return sign === "-" ? -ticks : ticks;
  }
  const days = /^(-?)(\d+(?:\.\d+)?)$/.exec(trimmed);
  if (days === null) return undefined;
  const ticks = scale(days[2] ?? "0", ticksPerDay);
  return days[1] === "-" ? -ticks : ticks;
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const clockPattern = String.raw`(?:[T\s]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d+))?)?\s*(AM|PM)?)?\s*(Z|UTC|GMT|[+-]\d{1,2}:?\d{2})?`;
const isoPattern = new RegExp(String.raw`^(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2}))?)?${clockPattern}$`, "i");
const monthFirstPattern = new RegExp(String.raw`^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})${clockPattern}$`, "i");
const compactPattern = /^(\d{4})(\d{2})(\d{2})$/;
const dayMonthPattern = new RegExp(
  String.raw`^(?:[a-z]+,?\s+)?(\d{1,2})[\s-]+([a-z]{3})[a-z]*[\s,-]+(\d{4}|\d{2})${clockPattern}$`,
  "i",
);
const monthDayPattern = new RegExp(
  String.raw`^(?:[a-z]+,?\s+)?([a-z]{3})[a-z]*\s+(\d{1,2}),?\s+(\d{4})${clockPattern}$`,
  "i",
);

/** Ticks since 0001-01-01 (UTC) of a date in one of the formats Kusto reads; undefined when it is none. */
export function parseDatetime(text: string): bigint | undefined {
  const trimmed = text.trim().replace(/^["'](.*)["']$/, "$1");
  let match = isoPattern.exec(trimmed);
  if (match !== null) return ticksOf(match[1], match[2], match[3], match.slice(4));
  match = monthFirstPattern.exec(trimmed);
  if (match !== null) return ticksOf(match[3], match[1], match[2], match.slice(4));
  match = compactPattern.exec(trimmed);
  if (match !== null) return ticksOf(match[1], match[2], match[3], []);
  match = dayMonthPattern.exec(trimmed);
  if (match !== null) return ticksOf(fullYear(match[3]), monthOf(match[2]), match[1], match.slice(4));
  match = monthDayPattern.exec(trimmed);
  if (match !== null) return ticksOf(match[3], monthOf(match[1]), match[2], match.slice(4));
  return undefined;
}

function monthOf(name: string | undefined): string {
  return String(months.indexOf((name ?? "").toLowerCase()) + 1);
}

function fullYear(year: string | undefined): string | undefined {
  if (year?.length !== 2) return year;
  return Number(year) < 50 ? `20${year}` : `19${year}`;
}

/** @param clock hour, minute, second, fraction, AM or PM, zone: as captured by `clockPattern` */
function ticksOf(
  year: string | undefined,
  month: string | undefined,
  day: string | undefined,
  clock: readonly (string | undefined)[],
): bigint | undefined {
  const [y, m, d] = [Number(year), Number(month ?? 1), Number(day ?? 1)];
  const [, minuteText, secondText, fraction = "", half, zone] = clock;
  let hour = Number(clock[0] ?? 0);
  if (half !== undefined) hour = (hour % 12) + (half.toUpperCase() === "PM" ? 12 : 0);
  const [minute, second] = [Number(minuteText ?? 0), Number(secondText ?? 0)];
  if (y < 1 || m < 1 || m > 12 || d < 1 || hour > 24 || minute > 59 || second > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(y, m - 1, d);
  if (date.getUTCMonth() !== m - 1) return undefined;
  const midnight = BigInt(date.getTime()) * 10_000n + unixEpochTicks;
  const seconds = BigInt(hour * 3600 + minute * 60 + second) * 10_000_000n;
  return midnight + seconds + BigInt(fraction.slice(0, 7).padEnd(7, "0")) - zoneTicks(zone);
}

function zoneTicks(zone: string | undefined): bigint {
  const offset = /^([+-])(\d{1,2}):?(\d{2})$/.exec(zone ?? "");
  if (offset === null) return 0n;
  const ticks = BigInt(Number(offset[2]) * 60 + Number(offset[3])) * 600_000_000n;
  return offset[1] === "-" ? -ticks : ticks;
}

/** `5`, `-5`, `0x1F`. */
export function parseLong(text: string): bigint | undefined {
  const match = /^\s*([+-]?)(0x[0-9a-f]+|\d+)\s*$/i.exec(text);
  if (match === null) return undefined;
  const magnitude = BigInt(match[2] ?? "0");
  return match[1] === "-" ? -magnitude : magnitude;
}

/** `1.5`, `1e3`, `nan`, `+inf`. */
export function parseReal(text: string): number | undefined {
  const lower = text.trim().toLowerCase();
  if (lower === "nan") return NaN;
  if (/^[+-]?inf(inity)?$/.test(lower)) return lower.startsWith("-") ? -Infinity : Infinity;
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(lower) ? Number(lower) : Number(parseLong(lower) ?? NaN);
  return Number.isNaN(value) ? undefined : value;
}

/** `true`, `false`, `1`, `0`. */
export function parseBool(text: string): boolean | undefined {
  const lower = text.trim().toLowerCase();
  if (lower === "true" || lower === "false") return lower === "true";
  const number = parseLong(lower);
  return number === undefined ? undefined : number !== 0n;
}

/** A GUID in lower case with dashes; undefined when it is none. */
export function parseGuid(text: string): string | undefined {
  const hex = text
    .trim()
    .replace(/^[{("']|[})"']$/g, "")
    .toLowerCase();
  if (/^[0-9a-f]{32}$/.test(hex)) return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(hex) ? hex : undefined;
}

/** `[-][d.]hh:mm:ss[.fffffff]`. */
export function formatTimespan(ticks: bigint): string {
  const positive = ticks < 0n ? -ticks : ticks;
  const two = (value: bigint) => String(value).padStart(2, "0");
  const days = positive / ticksPerDay;
  const fraction = positive % 10_000_000n;
  return (
    (ticks < 0n ? "-" : "") +
    (days > 0n ? `${String(days)}.` : "") +
    `${two((positive / 36_000_000_000n) % 24n)}:${two((positive / 600_000_000n) % 60n)}:${two((positive / 10_000_000n) % 60n)}` +
    (fraction > 0n ? `.${String(fraction).padStart(7, "0")}` : "")
  );
}

/** `yyyy-MM-ddTHH:mm:ss.fffffffZ`. */
export function formatDatetime(ticks: bigint): string {
  const sinceEpoch = ticks - unixEpochTicks;
  const fraction = ((sinceEpoch % 10_000_000n) + 10_000_000n) % 10_000_000n;
  const date = new Date(Number((sinceEpoch - fraction) / 10_000n));
  const [seconds = ""] = date.toISOString().split(".");
  return `${seconds}.${String(fraction).padStart(7, "0")}Z`;
}
