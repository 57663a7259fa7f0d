import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { maxLateMinutes } from "./alert-state.js";
import { completeUntilOf, dueWindow, lateWindows, phaseOf, settleMinutes } from "./evaluation-schedule.js";
import { type Criterion, type RuleConditions } from "./rule-conditions.js";

const criterion: Criterion = {
  ...{ kind: "static", name: "c", metricName: "m", namespace: "n", aggregation: "Total", filter: [], splitBy: [] },
  ...{ operator: "GreaterThan", threshold: 1 },
};
const rule = (changes: Partial<RuleConditions> = {}): RuleConditions => ({
  ...{ kind: "conditions", ruleId: "/subscriptions/s/rule", enabled: true, windowMinutes: 5, frequencyMinutes: 1 },
  ...{ isStateful: true, criteria: [criterion], ...changes },
});

describe("the window that is due", () => {
  test.each([
    { what: "the first one", until: 1_000, last: undefined, due: { kind: "due", windowEnd: 1_000, skipped: 0 } },
    { what: "the next one", until: 1_000, last: 999, due: { kind: "due", windowEnd: 1_000, skipped: 0 } },
    {
      what: "the latest after an outage, and how many are left out",
      until: 1_000,
      last: 940,
      due: { kind: "due", windowEnd: 1_000, skipped: 59 },
    },
    {
      what: "none when it was evaluated",
      until: 1_000,
      last: 1_000,
      due: { kind: "not-due", reason: "evaluated", nextWindowEnd: 1_001 },
    },
    {
      what: "none while the data is behind",
      until: 1_000,
      last: 1_003,
      due: { kind: "not-due", reason: "data-incomplete", nextWindowEnd: 1_004 },
    },
  ])("is $what", ({ until, last, due }) => {
    expect(dueWindow(rule(), until, last)).toEqual(due);
  });

  test("is none for a disabled rule", () => {
    expect(dueWindow(rule({ enabled: false }), 1_000, undefined)).toMatchObject({
      kind: "not-due",
      reason: "disabled",
    });
  });

  test("comes once per frequency, at the rule's own minutes, whoever plans and however often", () => {
    const id = fc.string({ minLength: 1 });
    fc.assert(
      fc.property(
        id,
        fc.constantFrom(1, 5, 15, 30, 60),
        fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 40 }),
        (ruleId, frequencyMinutes, steps) => {
          const of = rule({ ruleId, frequencyMinutes });
          let until = 10_000;
          let last: number | undefined;
          for (const step of steps) {
            until += step;
            const due = dueWindow(of, until, last);
            if (due.kind !== "due") {
              expect(until).toBeLessThan(due.nextWindowEnd);
              continue;
            }
            expect(due.windowEnd).toBeLessThanOrEqual(until);
            expect(until - due.windowEnd).toBeLessThan(frequencyMinutes);
            if (last !== undefined) expect(due.windowEnd - last).toBe((due.skipped + 1) * frequencyMinutes);
            last = due.windowEnd;
          }
        },
      ),
    );
  });

  test("rules of one frequency are spread over its minutes", () => {
    const phases = Array.from({ length: 600 }, (_, each) => phaseOf(`/subscriptions/s/rule${each}`, 15));
    const counts = Array.from({ length: 15 }, (_, phase) => phases.filter((each) => each === phase).length);
    expect(Math.min(...counts)).toBeGreaterThan(15);
    expect(Math.max(...counts)).toBeLessThan(80);
    expect(phaseOf("/Subscriptions/S/RULE1", 15)).toBe(phaseOf("/subscriptions/s/rule1", 15));
  });
});

describe("how far data is complete", () => {
  const now = 1_000 * 60_000 + 30_000;
  test.each([
    { watermarks: [1_000], settle: settleMinutes.store, until: 1_000, what: "to the watermark" },
    { watermarks: [998, 1_000], settle: settleMinutes.store, until: 998, what: "to the slowest resource" },
    { watermarks: [1_005], settle: settleMinutes.store, until: 1_000, what: "never beyond now" },
    {
      watermarks: [],
      settle: settleMinutes.azureMonitor,
      until: 998,
      what: "to two minutes ago where there is no watermark",
    },
  ])("$what", ({ watermarks, settle, until }) => {
    expect(completeUntilOf(watermarks, settle, now)).toBe(until);
  });
});

describe("windows to look at again", () => {
  test.each([
    {
      what: "all that hold the minute",
      of: rule(),
      change: { from: 990, to: 990 },
      last: 1_000,
      windows: [991, 992, 993, 994, 995],
    },
    {
      what: "none that was not evaluated yet",
      of: rule(),
      change: { from: 997, to: 999 },
      last: 999,
      windows: [998, 999],
    },
    {
      what: "none of a disabled rule",
      of: rule({ enabled: false }),
      change: { from: 990, to: 990 },
      last: 1_000,
      windows: [],
    },
    {
      what: "none of more than an hour ago",
      of: rule({ windowMinutes: 1 }),
      change: { from: 800, to: 940 },
      last: 1_000,
      windows: [1_000 - maxLateMinutes, 941],
    },
    {
      what: "those that look back over several points",
      of: rule({
        criteria: [
          { ...criterion, kind: "dynamic", operator: "GreaterThan", sensitivity: "Low", periods: 2, failingPeriods: 1 },
        ],
      }),
      change: { from: 990, to: 990 },
      last: 1_000,
      windows: [991, 992, 993, 994, 995, 996, 997, 998, 999, 1_000],
    },
  ])("are $what", ({ of, change, last, windows }) => {
    expect(lateWindows(of, change, last)).toEqual(windows);
  });

  test("lie on the grid of a slower rule", () => {
    const of = rule({ frequencyMinutes: 15, windowMinutes: 30 });
    const { windowEnd } = dueWindow(of, 1_000, undefined) as { windowEnd: number };
    expect(lateWindows(of, { from: windowEnd - 20, to: windowEnd - 20 }, windowEnd)).toEqual([
      windowEnd - 15,
      windowEnd,
    ]);
  });
});
