import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";

import { parseCron } from "./ncrontab.js";
import { parseSchedule, type Schedule } from "./schedule.js";
import { wallTime } from "./time-zone.js";

const zone = process.env.TZ;
afterEach(() => {
  process.env.TZ = zone ?? "UTC";
});

function schedule(text: string): Schedule {
  const parsed = parseSchedule(text);
  if (parsed.kind === "invalid") throw new Error(parsed.reason);
  return parsed.schedule;
}

/** The next occurrences, in UTC. */
function occurrences(text: string, after: string, count: number): string[] {
  const found: string[] = [];
  let at = Date.parse(after);
  while (found.length < count) {
    const next = schedule(text).next(at);
    if (next === undefined) break;
    found.push(new Date(next).toISOString().replace(":00.000Z", "").replace(".000Z", ""));
    at = next;
  }
  return found;
}

describe("NCRONTAB (functions-host.md §7.2)", () => {
  test.each([
    { text: "0 */5 * * * *", next: ["2026-01-01T00:05", "2026-01-01T00:10", "2026-01-01T00:15"] },
    { text: "*/5 * * * *", next: ["2026-01-01T00:05", "2026-01-01T00:10", "2026-01-01T00:15"] },
    { text: "0 0 0 13 * Fri", next: ["2026-02-13T00:00", "2026-03-13T00:00", "2026-11-13T00:00"] },
    { text: "0 0 9 1-7 * Mon", next: ["2026-01-05T09:00", "2026-02-02T09:00", "2026-03-02T09:00"] },
    { text: "0 0 0 29 Feb *", next: ["2028-02-29T00:00", "2032-02-29T00:00"] },
    { text: "0 5/20 * * * *", next: ["2026-01-01T00:05", "2026-01-01T00:25", "2026-01-01T00:45"] },
    { text: "0 0 0 31 * *", next: ["2026-01-31T00:00", "2026-03-31T00:00", "2026-05-31T00:00"] },
    { text: "0 0 22-20 * * *", next: ["2026-01-01T20:00", "2026-01-01T21:00", "2026-01-01T22:00"] },
    { text: "0 0 0 1 J *", next: ["2027-01-01T00:00"] },
    { text: "0 0 0 1 Ju *", next: ["2026-06-01T00:00"] },
    { text: "0 0 0 * * T", next: ["2026-01-06T00:00"] },
    { text: "0 0 0 * * S", next: ["2026-01-04T00:00"] },
    { text: "0 0 0 * * mon-FRI", next: ["2026-01-02T00:00", "2026-01-05T00:00"] },
    { text: "0 0 0 1,15 * *", next: ["2026-01-15T00:00", "2026-02-01T00:00"] },
    { text: "0 0/0 * * * *", next: ["2026-01-01T00:01", "2026-01-01T00:02"] },
    { text: "30  0   0 1 1 *", next: ["2026-01-01T00:00:30"] },
    { text: "0 0 0 31 2 *", next: [] },
  ])("$text after new year 2026: $next", ({ text, next }) => {
    expect(occurrences(text, "2026-01-01T00:00:00Z", Math.max(next.length, 1))).toEqual(next);
  });

  test.each([
    ["60 * * * * *", "60 is not a second"],
    ["0 0 24 * * *", "24 is not a hour"],
    ["0 0 0 * * 7", "7 is not a day-of-week"],
    ["0 0 0 ? * *", "'?' is not a valid day"],
    ["0 0 0 L * *", "'L' is not a valid day"],
    ["* * * *", "4 fields"],
    ["* * * * * * *", "7 fields"],
    ["@daily", "1 fields"],
    ["0 0 0 1-2-3 * *", "1-2-3"],
    ["0 0 0 */x * *", "'x' is not a valid step"],
    ["0 0 0 1, * *", "not a valid day"],
    ["0\t0 0 1 * *", "5 fields"],
  ])("%s is refused: %s", (text, reason) => {
    const parsed = parseCron(text);
    if (text.includes("\t")) expect(parseSchedule(text).kind).toBe("invalid");
    else expect(parsed).toEqual({ kind: "invalid", reason: expect.stringContaining(reason) as unknown });
  });

  test("milliseconds are cut off, and the next occurrence is strictly later", () => {
    const every = schedule("* * * * * *");
    expect(every.next(Date.parse("2026-01-01T00:00:00.000Z"))).toBe(Date.parse("2026-01-01T00:00:01Z"));
    expect(every.next(Date.parse("2026-01-01T00:00:00.999Z"))).toBe(Date.parse("2026-01-01T00:00:01Z"));
  });

  const field = (min: number, max: number): fc.Arbitrary<string> =>
    fc.oneof(
      fc.constant("*"),
      fc.integer({ min, max }).map(String),
      fc.tuple(fc.integer({ min, max }), fc.integer({ min, max })).map(([a, b]) => `${a}-${b}`),
      fc.tuple(fc.integer({ min, max }), fc.integer({ min: 1, max: 9 })).map(([a, step]) => `${a}/${step}`),
      fc.integer({ min: 1, max: 9 }).map((step) => `*/${step}`),
    );
  const expressions = fc.tuple(field(0, 59), field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6));
  const instants = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2060, 0, 1) });

  test("each occurrence satisfies all six fields, and none lies between it and its base", () => {
    fc.assert(
      fc.property(expressions, instants, (fields, after) => {
        const text = fields.join(" ");
        const parsed = parseCron(text);
        if (parsed.kind === "invalid") throw new Error(parsed.reason);
        const { cron } = parsed;
        const matches = (instant: number): boolean => {
          const date = new Date(instant);
          return (
            cron.seconds.includes(date.getUTCSeconds()) &&
            cron.minutes.includes(date.getUTCMinutes()) &&
            cron.hours.includes(date.getUTCHours()) &&
            cron.days.includes(date.getUTCDate()) &&
            cron.months.includes(date.getUTCMonth() + 1) &&
            cron.weekdays.includes(date.getUTCDay())
          );
        };
        process.env.TZ = "UTC";
        const next = schedule(text).next(after);
        if (next === undefined) return; // no such date in 400 years
        expect(next > after && matches(next)).toBe(true);
        const start = Math.floor(after / 1_000) * 1_000 + 1_000;
        for (let probe = start; probe < Math.min(next, start + 3_600_000); probe += 1_000) {
          if (matches(probe)) throw new Error(`${text}: ${new Date(probe).toISOString()} was skipped`);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe("TimeSpan schedules (functions-host.md §7.2)", () => {
  test.each([
    ["01:00:00", 3_600_000],
    ["24:00:00", 24 * 86_400_000],
    ["1.02:03:04", 86_400_000 + 7_384_000],
    ["00:00:30", 30_000],
  ])("%s is %i ms after the last start, not aligned to the clock", (text, ms) => {
    expect(schedule(text).next(12_345)).toBe(12_345 + ms);
  });

  test.each(["00:00:00", "-00:01:00", "00:60:00", "every day", ""])("'%s' is refused", (text) => {
    expect(parseSchedule(text)).toEqual({
      kind: "invalid",
      reason: expect.stringContaining(`The schedule expression '${text}' was not recognized`) as unknown,
    });
  });

  test.each([
    ["* * * * * *", true],
    ["*/30 * * * * *", true],
    ["30 * * * * *", false],
    ["* 0 * * * *", false],
    ["00:00:59", true],
    ["00:01:00", false],
  ])("%s is sub-minute: %s (§7.4)", (text, isSubMinute) => {
    expect(schedule(text).isSubMinute).toBe(isSubMinute);
  });
});

describe("time zones (functions-host.md §7.3)", () => {
  // 2026 in Berlin: 29 March 02:00 jumps to 03:00 (01:00 UTC), 25 October 03:00 falls back to 02:00 (01:00 UTC)
  test.each([
    [
      "point in the gap moves forward",
      "0 30 2 * * *",
      "2026-03-29T00:00:00Z",
      ["2026-03-29T01:30", "2026-03-30T00:30"],
    ],
    [
      "point in the repeated hour runs once",
      "0 30 2 * * *",
      "2026-10-24T23:00:00Z",
      ["2026-10-25T00:30", "2026-10-26T01:30"],
    ],
    ["point in the second pass waits for tomorrow", "0 30 2 * * *", "2026-10-25T01:10:00Z", ["2026-10-26T01:30"]],
    [
      "interval runs in both passes",
      "0 */30 * * * *",
      "2026-10-24T23:59:00Z",
      ["2026-10-25T00:00", "2026-10-25T00:30", "2026-10-25T01:00", "2026-10-25T01:30", "2026-10-25T02:00"],
    ],
    [
      "interval of one hour runs in both passes",
      "0 */30 2 * * *",
      "2026-10-24T23:59:00Z",
      ["2026-10-25T00:00", "2026-10-25T00:30", "2026-10-25T01:00", "2026-10-25T01:30", "2026-10-26T01:00"],
    ],
    [
      "interval over the gap goes on",
      "0 */30 * * * *",
      "2026-03-29T00:31:00Z",
      ["2026-03-29T01:00", "2026-03-29T01:30"],
    ],
    ["winter time", "0 0 9 * * *", "2026-01-01T00:00:00Z", ["2026-01-01T08:00"]],
  ])("%s", (_, text, after, expected) => {
    process.env.TZ = "Europe/Berlin";
    expect(occurrences(text, after, expected.length)).toEqual(expected);
  });

  test("occurrences always move forward, in zones with odd offsets, too", () => {
    const zones = fc.constantFrom(
      "Australia/Lord_Howe",
      "America/New_York",
      "Asia/Kathmandu",
      "Pacific/Apia",
      "Africa/Casablanca",
    );
    const texts = fc.constantFrom("0 */7 * * * *", "0 15 1-3 * * *", "0 30 2 * * *", "0 0 0 * * *", "0 59 23 * * *");
    fc.assert(
      fc.property(
        zones,
        texts,
        fc.integer({ min: Date.UTC(2011, 11, 28), max: Date.UTC(2030, 0, 1) }),
        (name, text, after) => {
          process.env.TZ = name;
          const next = schedule(text).next(after);
          expect(next).toBeGreaterThan(after);
          const date = new Date(wallTime(next ?? 0));
          if (text === "0 */7 * * * *") expect(date.getUTCMinutes() % 7).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });
});
