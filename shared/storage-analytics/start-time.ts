const startTime = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/;

/**
 * A request start time in the one form that sorts as text: `YYYY-MM-DDThh:mm:ss.fffffffZ`. Missing digits of the
 * fraction are filled up, further ones cut.
 * @returns undefined if the text is no UTC time or its day does not exist
 */
export function normaliseStartTime(text: string): string | undefined {
  const match = startTime.exec(text);
  const seconds = match?.[1];
  if (seconds === undefined) return undefined;
  const time = Date.parse(`${seconds}Z`);
  // a Date rolls 31 February over into March, and hour 24 into the next day
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 19) !== seconds) return undefined;
  return `${seconds}.${(match?.[2] ?? "").slice(0, 7).padEnd(7, "0")}Z`;
}

/**
 * The start time that a Date stands for, as it is written in a log: to compare with entries as text.
 * @throws RangeError if the year has no four digits
 */
export function formatStartTime(time: Date): string {
  const text = time.toISOString();
  if (text.length !== 24) throw new RangeError(`writing a start time: year of ${text} has no four digits`);
  return `${text.slice(0, 23)}0000Z`;
}
