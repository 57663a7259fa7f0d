import { windowsTimeZones } from "./windows-time-zones.js";

const dayMs = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();
const zonesByName = new Map(Object.entries(windowsTimeZones).map(([name, zone]) => [name.toLowerCase(), zone]));

/** @param name as Windows has it, without case; absent: UTC @returns the IANA zone, or undefined for a name that is none */
export const findTimeZone = (name = "UTC"): string | undefined => zonesByName.get(name.toLowerCase());

/**
 * What clocks on the wall show, as milliseconds: those since the epoch at which clocks in UTC show the same.
 * @param zone IANA
 * @param instant milliseconds since the epoch
 */
export function wallTimeOf(zone: string, instant: number): number {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US-u-ca-iso8601-nu-latn", {
      ...{ timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric" },
      ...{ hour: "numeric", minute: "numeric", second: "numeric" },
    });
    formats.set(zone, format);
  }
  const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  const seconds = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return seconds + (((instant % 1_000) + 1_000) % 1_000);
}

/**
 * When clocks on the wall show a time. In autumn an hour comes twice: `first` or `last` says which is meant. In spring
 * one is left out: times within it are those as far after the change.
 * @returns milliseconds since the epoch
 */
export function instantOfWallTime(zone: string, wallTime: number, which: "first" | "last"): number {
  const offsetAt = (instant: number): number => wallTimeOf(zone, instant) - instant;
  const before = offsetAt(wallTime - dayMs);
  const after = offsetAt(wallTime + dayMs);
  const candidates = [wallTime - before, wallTime - after].filter((each) => wallTimeOf(zone, each) === wallTime);
  if (candidates.length === 0) return wallTime - before;
  return which === "first" ? Math.min(...candidates) : Math.max(...candidates);
}
