const startTime = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?Z$/;
const normalLength = 28;

/**
 * A request start time in the one form that sorts as text: `YYYY-MM-DDThh:mm:ss.fffffffZ`. Missing digits of the
 * fraction are filled up, further ones cut.
 * @returns undefined if the text is no UTC time or its day does not exist
 */
export function normaliseStartTime(text: string): string | undefined {
  // only the last days of a month need a look at the calendar, which is slow for a million lines
  if (!startTime.test(text) || (text.charCodeAt(8) >= 0x32 && !dayExists(text.slice(0, 10)))) return undefined;
  if (text.length === normalLength) return text;
  return `${text.slice(0, 19)}.${text.slice(20, -1).slice(0, 7).padEnd(7, "0")}Z`;
}

/** A Date rolls 31 February over into March. */
const dayExists = (day: string): boolean => {
  const start = Date.parse(`${day}T00:00Z`);
  return !Number.isNaN(start) && new Date(start).toISOString().startsWith(day);
};

/**
 * The start time that a Date stands for, as it is written in a log: to compare with entries as text.
 * @throws RangeError if the year has no four digits
 */
export function formatStartTime(time: Date): string {
  const text = time.toISOString();
  if (text.length !== 24) throw new RangeError(`writing a start time: year of ${text} has no four digits`);
  return `${text.slice(0, 23)}0000Z`;
}
