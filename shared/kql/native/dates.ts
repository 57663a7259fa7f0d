/** Dates and timespans: reading, making, formatting. */
import { type NativeFunction } from "../functions/function.js";
import { parseDatetime, parseTimespan } from "../literal.js";
import { ticksPerDay, unixEpochTicks } from "../types.js";
import { define } from "./define.js";

function pad(value: bigint, width: number): string {
  return String(value).padStart(width, "0");
}

/** `fff` always, `FFF` without trailing zeros. */
function fraction(ticks: bigint, token: string): string {
  const digits = pad(ticks % 10_000_000n, 7).slice(0, token.length);
  return token.startsWith("F") ? digits.replace(/0+$/, "") : digits;
}

function formatDate(ticks: bigint, format: string): string {
  const date = new Date(Number((ticks - unixEpochTicks - (((ticks % 10_000n) + 10_000n) % 10_000n)) / 10_000n));
  const hour = date.getUTCHours();
  return format.replace(/y+|M+|d+|H+|h+|m+|s+|t+|f+|F+/g, (token) => {
    const width = token.length;
    switch (token[0]) {
      case "y":
        return width <= 2 ? pad(BigInt(date.getUTCFullYear() % 100), width) : pad(BigInt(date.getUTCFullYear()), width);
      case "M":
        return pad(BigInt(date.getUTCMonth() + 1), width);
      case "d":
        return pad(BigInt(date.getUTCDate()), width);
      case "H":
        return pad(BigInt(hour), width);
      case "h":
        return pad(BigInt(hour % 12 === 0 ? 12 : hour % 12), width);
      case "m":
        return pad(BigInt(date.getUTCMinutes()), width);
      case "s":
        return pad(BigInt(date.getUTCSeconds()), width);
      case "t":
        return (hour < 12 ? "AM" : "PM").slice(0, width);
      default:
        return fraction(ticks, token);
    }
  });
}

function formatSpan(ticks: bigint, format: string): string {
  const positive = ticks < 0n ? -ticks : ticks;
  const text = format.replace(/d+|H+|h+|m+|s+|f+|F+/g, (token) => {
    const width = token.length;
    switch (token[0]) {
      case "d":
        return pad(positive / ticksPerDay, width);
      case "H":
      case "h":
        return pad((positive / 36_000_000_000n) % 24n, width);
      case "m":
        return pad((positive / 600_000_000n) % 60n, width);
      case "s":
        return pad((positive / 10_000_000n) % 60n, width);
      default:
        return fraction(positive, token);
    }
  });
  return (ticks < 0n ? "-" : "") + text;
}

function makeDatetime(parts: readonly (bigint | null)[], second: number | null): bigint | null {
  const [year = null, month = null, day = null, hour = null, minute = null] = parts;
  if (year === null || month === null || day === null) return null;
  const two = (value: bigint) => pad(value, 2);
  if (year < 1n || year > 9999n) return null;
  const ticks = parseDatetime(`${pad(year, 4)}-${two(month)}-${two(day)} ${two(hour ?? 0n)}:${two(minute ?? 0n)}:00`);
  if (ticks === undefined || (hour ?? 0n) > 23n || (second ?? 0) >= 60) return null;
  return ticks + BigInt(Math.trunc((second ?? 0) * 10_000_000));
}

/** (h, m), (h, m, s) or (d, h, m, s). */
function makeTimespan(a: bigint | null, b: bigint | null, c: number | null, d: number | null): bigint | null {
  const [days, hours, minutes, seconds] = d === null ? [0n, a, Number(b), c ?? 0] : [a, b, c, d];
  if (days === null || hours === null || minutes === null || hours > 23n || minutes > 59 || seconds >= 60) return null;
  return (
    days * ticksPerDay +
    hours * 36_000_000_000n +
    BigInt(Math.trunc(minutes)) * 600_000_000n +
    BigInt(Math.trunc(seconds * 10_000_000))
  );
}

export const dateNatives: readonly NativeFunction[] = [
  define("parse_datetime", ["string"], "datetime", (text) => (text === null ? null : (parseDatetime(text) ?? null))),
  define("parse_timespan", ["string"], "timespan", (text) => (text === null ? null : (parseTimespan(text) ?? null))),
  define("format_datetime", ["datetime", "string"], "string", (ticks, format) =>
    ticks === null || format === null ? null : formatDate(ticks, format),
  ),
  define("format_timespan", ["timespan", "string"], "string", (ticks, format) =>
    ticks === null || format === null ? null : formatSpan(ticks, format),
  ),
  define(
    "make_datetime",
    ["long", "long", "long", "long", "long", "real"],
    "datetime",
    (year, month, day, hour, minute, second) => makeDatetime([year, month, day, hour, minute], second),
  ),
  define("make_timespan", ["long", "long", "real", "real"], "timespan", makeTimespan),
];
