import { services, type LogVersion, type Service } from "./log-entry.js";

/** Container of all log blobs of an account. */
export const logContainer = "$logs";

/** Six digits hold the counter of a log blob. */
export const maxLogCounter = 999_999;

const hourMs = 3_600_000;

/** A log blob's name: `<service>/YYYY/MM/DD/hh00/NNNNNN.log`, all UTC. */
export interface LogBlobName {
  readonly service: Service;
  /** Start of the hour in which the requests of the blob ended. */
  readonly hour: Date;
  /** Number of the blob in that hour, from 0. */
  readonly counter: number;
}

const digits = (value: number, width: number): string => value.toString().padStart(width, "0");

/** @returns `YYYY/MM/DD/hh00/`, cut to `depth` segments (1: the year, 4: the hour) */
function timeSegments(time: Date, depth: number): string {
  const segments = [
    digits(time.getUTCFullYear(), 4),
    digits(time.getUTCMonth() + 1, 2),
    digits(time.getUTCDate(), 2),
    `${digits(time.getUTCHours(), 2)}00`,
  ];
  return segments
    .slice(0, depth)
    .map((segment) => `${segment}/`)
    .join("");
}

const startOfHour = (time: Date): Date => new Date(Math.floor(time.getTime() / hourMs) * hourMs);

/** @throws RangeError if the counter is no integer from 0 to `maxLogCounter` or the year has no four digits */
export function formatLogBlobName({ service, hour, counter }: LogBlobName): string {
  if (!Number.isInteger(counter) || counter < 0 || counter > maxLogCounter) {
    throw new RangeError(`naming a log blob: counter ${counter} is not from 0 to ${maxLogCounter}`);
  }
  return `${logHourPrefix(service, hour)}${digits(counter, 6)}.log`;
}

const blobName = /^([a-z]+)\/(\d{4})\/(\d{2})\/(\d{2})\/(\d{2})00\/(\d{6})\.log$/;

/** @returns undefined if the text is not the name of a log blob */
export function parseLogBlobName(text: string): LogBlobName | undefined {
  const match = blobName.exec(text);
  const service = services.find((known) => known === match?.[1]);
  if (match === null || service === undefined) return undefined;
  const [year, month, day, hours, counter] = match.slice(2);
  const hour = new Date(`${year}-${month}-${day}T${hours}:00:00Z`);
  if (Number.isNaN(hour.getTime())) return undefined;
  const name = { service, hour, counter: Number(counter) };
  // a Date rolls 31 February over into March; such a name is not one that Azure writes
  return formatLogBlobName(name) === text ? name : undefined;
}

/**
 * Prefix of the log blobs of one service and hour.
 * @throws RangeError if the year has no four digits
 */
export function logHourPrefix(service: Service, hour: Date): string {
  const year = hour.getUTCFullYear();
  if (!(year >= 0 && year <= 9999)) throw new RangeError(`naming a log blob: year ${year} has no four digits`);
  return `${service}/${timeSegments(hour, 4)}`;
}

/**
 * Prefixes that together list every log blob with requests that **started** in a time range, oldest first.
 *
 * Blobs are filed by the hour in which the request ended, so the list goes one hour beyond the one of `to`; requests
 * that took longer than that are not found. Whole days, months and years are one prefix each.
 * @param from inclusive
 * @param to exclusive
 */
export function logPrefixes(service: Service, from: Date, to: Date): readonly string[] {
  if (to.getTime() <= from.getTime()) return [];
  const end = startOfHour(new Date(to.getTime() - 1)).getTime() + 2 * hourMs;
  const prefixes: string[] = [];
  let hour = startOfHour(from);
  while (hour.getTime() < end) {
    const [depth, next] = widestSpan(hour, end);
    prefixes.push(`${service}/${timeSegments(hour, depth)}`);
    hour = next;
  }
  return prefixes;
}

/** The longest of year, month, day and hour that begins at `start` and does not go beyond `end`. */
function widestSpan(start: Date, end: number): readonly [depth: number, next: Date] {
  const [year, month, day, hour] = [
    start.getUTCFullYear(),
    start.getUTCMonth(),
    start.getUTCDate(),
    start.getUTCHours(),
  ];
  const spans: (readonly [number, boolean, Date])[] = [
    [1, month === 0 && day === 1 && hour === 0, new Date(Date.UTC(year + 1, 0))],
    [2, day === 1 && hour === 0, new Date(Date.UTC(year, month + 1))],
    [3, hour === 0, new Date(Date.UTC(year, month, day + 1))],
  ];
  for (const [depth, begins, next] of spans) {
    if (begins && next.getTime() <= end) return [depth, next];
  }
  return [4, new Date(start.getTime() + hourMs)];
}

/** Kinds of requests that a log blob may hold, in the order in which Azure lists them. */
export const logTypes = ["read", "write", "delete"] as const;
export type LogType = (typeof logTypes)[number];

/** Metadata of a log blob. Both times are request **start** times and may lie before the hour in the blob's name. */
export interface LogBlobMetadata {
  readonly logTypes: readonly LogType[];
  /** Earliest start of a request, rounded down to seconds when written. */
  readonly startTime: Date;
  /** Latest start of a request, rounded down to seconds: entries may start up to a second later. */
  readonly endTime: Date;
  readonly version: LogVersion;
}

const formatSeconds = (time: Date): string => `${time.toISOString().slice(0, 19)}Z`;

/** Metadata as Azure writes it: `LogType`, `StartTime`, `EndTime`, `LogVersion`. */
export function formatLogBlobMetadata(metadata: LogBlobMetadata): Record<string, string> {
  return {
    LogType: logTypes.filter((type) => metadata.logTypes.includes(type)).join(","),
    StartTime: formatSeconds(metadata.startTime),
    EndTime: formatSeconds(metadata.endTime),
    LogVersion: metadata.version,
  };
}

const metadataTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,7})?Z$/;

function parseMetadataTime(text: string | undefined): Date | undefined {
  if (text === undefined || !metadataTime.test(text)) return undefined;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/**
 * Reads the metadata of a log blob. Keys compare without case (they are HTTP header names), times may have up to
 * seven fractional digits.
 * @returns undefined if a key is missing or not as documented: then only the content tells what the blob holds
 */
export function parseLogBlobMetadata(
  metadata: Readonly<Record<string, string | undefined>>,
): LogBlobMetadata | undefined {
  const values = new Map(Object.entries(metadata).map(([key, value]) => [key.toLowerCase(), value?.trim()]));
  const named = (values.get("logtype") ?? "").split(",").map((type) => type.trim().toLowerCase());
  const startTime = parseMetadataTime(values.get("starttime"));
  const endTime = parseMetadataTime(values.get("endtime"));
  const version = values.get("logversion");
  const known = logTypes.filter((type) => named.includes(type));
  if (known.length === 0 || known.length !== named.length) return undefined;
  if (startTime === undefined || endTime === undefined || (version !== "1.0" && version !== "2.0")) return undefined;
  return { logTypes: known, startTime, endTime, version };
}
