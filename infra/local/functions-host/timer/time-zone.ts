const minuteMs = 60_000;
/** No zone is further from UTC than 14 hours, and none has ever moved its clock by more than a day. */
const dayMs = 86_400_000;

/** Wall-clock time of the process's time zone, as if it were UTC, in milliseconds. */
export function wallTime(instant: number): number {
  return instant - new Date(instant).getTimezoneOffset() * minuteMs;
}

/** Instants at which the clock shows a wall time, ascending: one, two in a repeated hour, none in a skipped one. */
export function instantsOf(wall: number): readonly number[] {
  // the offsets that hold before and after the wall time, whatever the zone
  const candidates = [wall - dayMs, wall + dayMs].map((probe) => wall + new Date(probe).getTimezoneOffset() * minuteMs);
  return [...new Set(candidates)].filter((instant) => wallTime(instant) === wall).sort((a, b) => a - b);
}

/** The instant of a wall time; one in a skipped hour moves forward by what was skipped (functions-host.md §7.3). */
export function firstInstantOf(wall: number): number {
  const [first] = instantsOf(wall);
  if (first !== undefined) return first;
  return wall + new Date(wall - dayMs).getTimezoneOffset() * minuteMs;
}

/** The first instant in (from, to] whose offset from UTC differs from that of `from`; undefined when it stays. */
export function offsetChange(from: number, to: number): number | undefined {
  const offset = (instant: number): number => new Date(instant).getTimezoneOffset();
  const before = offset(from);
  if (offset(to) === before) return undefined;
  let [low, high] = [from, to];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offset(middle) === before) low = middle;
    else high = middle;
  }
  return high;
}

/** ISO 8601 with the offset of the process's time zone, as .NET writes a local time. */
export function localIso(instant: number): string {
  const offset = -new Date(instant).getTimezoneOffset();
  const two = (number: number): string => String(number).padStart(2, "0");
  const sign = offset < 0 ? "-" : "+";
  const zone = `${sign}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  return new Date(wallTime(instant)).toISOString().replace(/(?:\.000)?Z$/, zone);
}
