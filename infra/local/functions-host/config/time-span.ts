const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Parses a .NET `TimeSpan` (`hh:mm:ss`, `d.hh:mm:ss`, `d:hh:mm:ss`, `hh:mm`, `d`).
 * `24:00:00` is 24 days: a first number above 23 is read as days (functions-host.md §7.2).
 * @returns milliseconds; undefined when .NET would not accept the text
 */
export function parseTimeSpan(text: string): number | undefined {
  const match = /^\s*(-?)(?:(\d+)[.:])?(\d+)(?::(\d+))?(?::(\d+))?(?:\.(\d{1,7}))?\s*$/.exec(text);
  if (match === null) return undefined;
  // groups that did not take part are undefined, whatever the type says
  const [, sign, ...parts] = match as readonly (string | undefined)[];
  const numbers = parts.slice(0, 4).filter((part) => part !== undefined);
  const found = fields(text, numbers.map(Number));
  if (found === undefined || (parts[4] !== undefined && numbers.length < 3)) return undefined;
  const { days, hours, minutes, seconds } = found;
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  const fraction = parts[4] === undefined ? 0 : Math.trunc(Number(`0.${parts[4]}`) * secondMs);
  const total = days * dayMs + hours * hourMs + minutes * minuteMs + seconds * secondMs + fraction;
  return sign === "-" ? -total : total;
}

type Fields = { days: number; hours: number; minutes: number; seconds: number };

function fields(text: string, given: readonly number[]): Fields | undefined {
  const [first = 0, second = 0, third = 0, fourth = 0] = given;
  const daysBeforePoint = /^\s*-?\d+\./.test(text);
  switch (given.length) {
    case 1:
      return { days: first, hours: 0, minutes: 0, seconds: 0 };
    case 2:
      return daysBeforePoint ? undefined : { days: 0, hours: first, minutes: second, seconds: 0 };
    case 3:
      if (daysBeforePoint || first > 23) return { days: first, hours: second, minutes: third, seconds: 0 };
      return { days: 0, hours: first, minutes: second, seconds: third };
    default:
      return { days: first, hours: second, minutes: third, seconds: fourth };
  }
}
