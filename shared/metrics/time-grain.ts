/** Grains that metrics can be asked in, as minutes by their ISO 8601 form. */
export const grainMinutes = {
  PT1M: 1,
  PT5M: 5,
  PT15M: 15,
  PT30M: 30,
  PT1H: 60,
  PT6H: 360,
  PT12H: 720,
  P1D: 1_440,
} as const;
export type TimeGrain = keyof typeof grainMinutes;
export const timeGrains = Object.keys(grainMinutes) as readonly TimeGrain[];

const minuteMs = 60_000;
const duration =
  /^P(?=\d|T\d)(?:(\d{1,5})W)?(?:(\d{1,5})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,9})(?:\.\d{1,9})?S)?)?$/i;

/**
 * Reads an ISO 8601 duration of weeks, days, hours, minutes and seconds, without case: specifications themselves have
 * `Pt1m`. Months and years have no length and are refused.
 * @returns milliseconds, more than 0; undefined if the text is none
 */
export function parseDuration(text: string): number | undefined {
  const match = duration.exec(text.trim());
  if (match === null) return undefined;
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = (match.slice(1) as (string | undefined)[]).map(
    (part) => Number(part ?? 0),
  );
  const total = ((((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000;
  return total > 0 ? total : undefined;
}

/** A number of minutes as the shortest ISO 8601 duration: `PT4H`, `P1D`, `PT1H30M`. */
export function formatMinutes(minutes: number): string {
  const days = Math.floor(minutes / 1_440);
  const hours = Math.floor((minutes % 1_440) / 60);
  const time = [hours > 0 ? `${hours}H` : "", minutes % 60 > 0 || minutes === 0 ? `${minutes % 60}M` : ""].join("");
  return `P${days > 0 ? `${days}D` : ""}${time === "" ? "" : `T${time}`}`;
}

/** As Azure's messages have it: `00:05:00`, `1.00:00:00`. */
export function formatTimeSpan(minutes: number): string {
  const digits = (value: number): string => value.toString().padStart(2, "0");
  const days = Math.floor(minutes / 1_440);
  return `${days > 0 ? `${days}.` : ""}${digits(Math.floor((minutes % 1_440) / 60))}:${digits(minutes % 60)}:00`;
}

/** @param milliseconds since the epoch @returns the minute in which it lies, since the epoch */
export const minuteOf = (milliseconds: number): number => Math.floor(milliseconds / minuteMs);

/** `2026-01-01T00:00:00Z` */
export const formatMinuteTime = (minute: number): string => formatSeconds(minute * minuteMs);

export const formatSeconds = (milliseconds: number): string => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;

/** A range of time, both in milliseconds since the epoch. */
export interface TimeRange {
  /** Inclusive. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

const instant = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;

/** @returns milliseconds since the epoch of an ISO 8601 time (UTC where it names no zone); undefined if it is none */
export function parseInstant(text: string): number | undefined {
  const trimmed = text.trim().replace(" ", "+"); // a plus that was not encoded
  const match = instant.exec(trimmed);
  if (match === null) return undefined;
  const zoned = match[1] !== undefined || !trimmed.toUpperCase().includes("T") ? trimmed : `${trimmed}Z`;
  const time = Date.parse(zoned.toUpperCase());
  if (Number.isNaN(time)) return undefined;
  // a Date rolls 31 February over into March
  const day = Number(trimmed.slice(8, 10));
  return new Date(Date.parse(`${trimmed.slice(0, 10)}T00:00:00Z`)).getUTCDate() === day ? time : undefined;
}

/**
 * Reads `start/end`, `start/duration`, `duration/end` or a duration that ends now.
 * @returns undefined if the text is none of these, or does not end after it starts
 */
export function parseTimeSpan(text: string, now: number): TimeRange | undefined {
  const [first = "", second, ...others] = text.split("/");
  if (others.length > 0) return undefined;
  const ends = parseDuration(first);
  if (second === undefined) return ends === undefined ? undefined : { from: now - ends, to: now };
  const start = parseInstant(first);
  const end = parseInstant(second);
  const lasts = parseDuration(second);
  if (start !== undefined && end !== undefined) return end > start ? { from: start, to: end } : undefined;
  if (start !== undefined && lasts !== undefined) return { from: start, to: start + lasts };
  return ends !== undefined && end !== undefined ? { from: end - ends, to: end } : undefined;
}
