import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { decideSchedule, type ProcessingSchedule } from "./processing-schedule.js";
import { findTimeZone, instantOfWallTime, wallTimeOf } from "./time-zone.js";
import { windowsTimeZones } from "./windows-time-zones.js";

const eastern = "Eastern Standard Time";
const active = (schedule: ProcessingSchedule | undefined, at: string) =>
  decideSchedule(schedule, Date.parse(at)).active;

describe("time zones", () => {
  test("every Windows name is a zone that this runtime knows", () => {
    const names = Object.keys(windowsTimeZones);
    expect(names.length).toBeGreaterThan(130);
    for (const name of names) expect(wallTimeOf(findTimeZone(name.toUpperCase()) ?? "", 0)).toBeTypeOf("number");
  });
  test("a name that is none, an IANA one included, is none", () => {
    expect(findTimeZone("Middle-earth Standard Time")).toBeUndefined();
    expect(findTimeZone("constructor")).toBeUndefined();
    expect(findTimeZone()).toBe("Etc/UTC");
  });
  test.each([
    { name: "Pacific Standard Time", at: "2026-01-01T00:00:00Z", wall: "2025-12-31T16:00:00Z" },
    { name: "Pacific Standard Time", at: "2026-07-01T00:00:00Z", wall: "2026-06-30T17:00:00Z" },
    { name: "India Standard Time", at: "2026-07-01T00:00:00.500Z", wall: "2026-07-01T05:30:00.500Z" },
    { name: "W. Europe Standard Time", at: "2026-03-29T01:00:00Z", wall: "2026-03-29T03:00:00Z" },
  ])("clocks in $name show $wall at $at", ({ name, at, wall }) => {
    expect(new Date(wallTimeOf(findTimeZone(name) ?? "", Date.parse(at)))).toEqual(new Date(wall));
  });
  test.each([
    { wall: "2026-11-01T01:30:00Z", which: "first", at: "2026-11-01T05:30:00Z" },
    { wall: "2026-11-01T01:30:00Z", which: "last", at: "2026-11-01T06:30:00Z" },
    { wall: "2026-03-08T02:30:00Z", which: "first", at: "2026-03-08T07:30:00Z" },
    { wall: "2026-03-08T03:30:00Z", which: "last", at: "2026-03-08T07:30:00Z" },
  ] as const)("in New York it is $wall ($which) at $at", ({ wall, which, at }) => {
    expect(new Date(instantOfWallTime("America/New_York", Date.parse(wall), which))).toEqual(new Date(at));
  });
  test("an instant is found by its wall time", () => {
    const zone = fc.constantFrom(
      "America/New_York",
      "Europe/Berlin",
      "Asia/Kolkata",
      "Australia/Lord_Howe",
      "Pacific/Apia",
      "Etc/UTC",
    );
    const instant = fc.date({ min: new Date("2015-01-01"), max: new Date("2035-01-01"), noInvalidDate: true });
    fc.assert(
      fc.property(zone, instant, (each, date) => {
        const wall = wallTimeOf(each, date.getTime());
        const [first, last] = (["first", "last"] as const).map((which) => instantOfWallTime(each, wall, which));
        expect([first, last]).toContain(date.getTime());
      }),
    );
  });
});

describe("a one-off span", () => {
  const schedule = {
    effectiveFrom: "2026-04-15T18:00:00",
    effectiveUntil: "2026-04-15T20:00:00",
    timeZone: "Pacific Standard Time",
  };
  test.each([
    { at: "2026-04-16T00:59:59Z", is: false },
    { at: "2026-04-16T01:00:00Z", is: true },
    { at: "2026-04-16T02:59:59Z", is: true },
    { at: "2026-04-16T03:00:00Z", is: false },
  ])("in local time, its end exclusive: $at $is", ({ at, is }) => {
    expect(active(schedule, at)).toBe(is);
  });
  test("that begins and ends in the hour that comes twice has all of it", () => {
    const twice = { effectiveFrom: "2026-11-01T01:00:00", effectiveUntil: "2026-11-01T01:30:00", timeZone: eastern };
    expect(
      ["T04:59:59Z", "T05:00:00Z", "T05:45:00Z", "T06:29:59Z", "T06:30:00Z"].map((time) =>
        active(twice, `2026-11-01${time}`),
      ),
    ).toEqual([false, true, true, true, false]);
  });
  test("open at one end, or at both", () => {
    expect(active({ effectiveFrom: "2026-01-01T00:00:00" }, "2030-01-01T00:00:00Z")).toBe(true);
    expect(active({ effectiveUntil: "2026-01-01T00:00:00" }, "2030-01-01T00:00:00Z")).toBe(false);
    expect(active({}, "2030-01-01T00:00:00Z")).toBe(true);
    expect(active(undefined, "2030-01-01T00:00:00Z")).toBe(true);
  });
});

describe("recurrences", () => {
  const outsideBusinessHours: ProcessingSchedule = {
    timeZone: eastern,
    recurrences: [
      { recurrenceType: "Daily", startTime: "17:00:00", endTime: "09:00:00" },
      { recurrenceType: "Weekly", daysOfWeek: ["Saturday", "Sunday"] },
    ],
  };
  const monthly: ProcessingSchedule = {
    recurrences: [{ recurrenceType: "Monthly", daysOfMonth: [1, 31], startTime: "22:00:00", endTime: "02:00:00" }],
  };
  const fridayNight: ProcessingSchedule = {
    recurrences: [{ recurrenceType: "Weekly", daysOfWeek: ["Friday"], startTime: "22:00:00", endTime: "06:00:00" }],
  };
  const daytime: ProcessingSchedule = {
    timeZone: eastern,
    recurrences: [{ recurrenceType: "Daily", startTime: "01:30:00", endTime: "02:30:00" }],
  };
  test.each([
    { schedule: outsideBusinessHours, at: "2026-11-24T21:59:59Z", is: false, what: "a Tuesday before five" },
    { schedule: outsideBusinessHours, at: "2026-11-24T22:00:00Z", is: true, what: "a Tuesday from five on" },
    { schedule: outsideBusinessHours, at: "2026-11-25T13:59:59Z", is: true, what: "the morning after" },
    { schedule: outsideBusinessHours, at: "2026-11-25T14:00:00Z", is: false, what: "from nine on" },
    { schedule: outsideBusinessHours, at: "2026-11-28T17:00:00Z", is: true, what: "Saturday at noon" },
    { schedule: outsideBusinessHours, at: "2026-07-24T21:00:00Z", is: true, what: "five o'clock in summer" },
    { schedule: monthly, at: "2026-02-01T01:00:00Z", is: true, what: "after midnight of the 31st" },
    { schedule: monthly, at: "2026-02-01T03:00:00Z", is: false, what: "between the spans" },
    { schedule: monthly, at: "2026-02-01T23:00:00Z", is: true, what: "the evening of the 1st" },
    { schedule: monthly, at: "2026-03-01T01:00:00Z", is: false, what: "after midnight of 28 February" },
    { schedule: fridayNight, at: "2026-11-28T05:59:59Z", is: true, what: "Saturday morning belongs to Friday night" },
    { schedule: fridayNight, at: "2026-11-27T05:00:00Z", is: false, what: "Friday morning does not" },
    { schedule: daytime, at: "2026-11-01T05:45:00Z", is: true, what: "1:45, the first time" },
    { schedule: daytime, at: "2026-11-01T06:15:00Z", is: false, what: "1:15, when the clock went back" },
    { schedule: daytime, at: "2026-11-01T06:45:00Z", is: true, what: "1:45, the second time" },
    { schedule: daytime, at: "2026-03-08T06:45:00Z", is: true, what: "1:45, before the hour that is left out" },
    { schedule: daytime, at: "2026-03-08T07:15:00Z", is: false, what: "3:15, after it" },
  ])("$what ($at): $is", ({ schedule, at, is }) => {
    expect(active(schedule, at)).toBe(is);
  });

  test("hold within the effective span only", () => {
    const schedule: ProcessingSchedule = { ...fridayNight, effectiveFrom: "2026-11-28T00:00:00" };
    expect(decideSchedule(schedule, Date.parse("2026-11-27T23:00:00Z"))).toEqual({
      active: false,
      reason: "it is effective from 2026-11-28T00:00:00 (UTC) on",
    });
    expect(decideSchedule(schedule, Date.parse("2026-11-28T01:00:00Z"))).toEqual({
      active: true,
      reason: "Saturday 2026-11-28T01:00:00 in UTC is in its recurrence Weekly Friday 22:00:00 to 06:00:00",
    });
  });
});
