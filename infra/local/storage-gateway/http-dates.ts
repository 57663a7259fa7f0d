const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (value: number): string => value.toString().padStart(2, "0");

/** `Thursday, 19-Jun-14 22:58:10 GMT`, as log entries show dates (reference §1.5). */
export function formatRfc850(date: Date): string {
  const day = `${two(date.getUTCDate())}-${months[date.getUTCMonth()] ?? ""}-${two(date.getUTCFullYear() % 100)}`;
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(":");
  return `${weekdays[date.getUTCDay()] ?? ""}, ${day} ${time} GMT`;
}

/** `Thu, 19 Jun 2014 22:58:10 GMT`: what RFC 9110 makes every sender use. */
const fixdate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
/** `Thursday, 19-Jun-14 22:58:10 GMT`: what every receiver must still understand. */
const rfc850 = /^[A-Z][a-z]{2,5}day, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/;

/** @returns undefined if the text is no date in the form that HTTP headers have */
export function parseHttpDate(text: string): Date | undefined {
  if (!fixdate.test(text) && !rfc850.test(text)) return undefined;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/**
 * `2014-06-19T22:59:23.1967767Z`, always seven fractional digits (a number holds today's times to about 250 ns).
 * @param time milliseconds since the epoch, with fractions
 */
export function formatStartTime(time: number): string {
  const second = Math.floor(time / 1_000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastSecondText = new Date(second * 1_000).toISOString().slice(0, -"000Z".length);
  }
  const milliseconds = Math.floor(time);
  // a fraction of a millisecond in units of 100 ns
  const ticks = Math.min(9_999, Math.floor((time - milliseconds) * 10_000));
  const fraction = (milliseconds - second * 1_000) * 10_000 + ticks;
  return `${lastSecondText}${fraction.toString().padStart(7, "0")}Z`;
}

// requests come in the order of time: most share their second with the one before
let lastSecond = Number.NaN;
let lastSecondText = "";
