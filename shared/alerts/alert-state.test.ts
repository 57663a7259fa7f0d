import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { type AlertSeries, seriesKey } from "./alert-series.js";
import {
  advanceState,
  alertIdOf,
  closeState,
  markTold,
  maxLateMinutes,
  type Advance,
  type AlertState,
  type StateRule,
} from "./alert-state.js";
import { type SeriesEvaluation, type Verdict } from "./evaluation.js";

const series: AlertSeries = { resourceId: "/subscriptions/s/resourceGroups/g/providers/p/t/a", dimensions: [] };
const key = seriesKey(series);
const stateful: StateRule = { ruleId: "/subscriptions/s/rule", frequencyMinutes: 1, isStateful: true };
const stateless: StateRule = { ...stateful, isStateful: false };
const windowMinutes = 5;
const nowOf = (minute: number): number => minute * 60_000 + 7;

const evaluation = (windowEnd: number, verdict: Verdict): SeriesEvaluation => ({
  ...{ series, key, windowEnd, verdict },
  ...{ windowStart: windowEnd - windowMinutes, criteria: [] },
});

const verdicts: Readonly<Record<string, Verdict>> = { x: "met", ".": "not-met", _: "absent", o: "absent-healthy" };
const verdictOf = (letter: string): Verdict => {
  const verdict = verdicts[letter];
  if (verdict === undefined) throw new Error(`no verdict is written ${letter}`);
  return verdict;
};

/** Evaluates minute by minute from 1,000 on; a space is a minute in which nothing was evaluated. Everything told is confirmed. */
function run(
  text: string,
  rule: StateRule = stateful,
  before?: AlertState,
): { readonly state: AlertState; readonly told: readonly string[] } {
  let state = before;
  const told: string[] = [];
  for (const [index, letter] of Array.from(text).entries()) {
    if (letter === " ") continue;
    const windowEnd = 1_000 + index;
    const advance = advanceState(rule, state, evaluation(windowEnd, verdictOf(letter)), false, nowOf(windowEnd));
    told.push(...advance.transitions.map(({ kind }) => `${kind}@${index}`));
    state = markTold(advance.state, advance.transitions);
  }
  if (state === undefined) throw new Error("nothing was evaluated");
  return { state, told };
}

const late = (rule: StateRule, state: AlertState, index: number, letter = "x"): Advance =>
  advanceState(rule, state, evaluation(1_000 + index, verdictOf(letter)), true, nowOf(2_000));

describe("a stateful rule", () => {
  test.each([
    { text: "....", told: [], what: "a healthy series tells nothing" },
    { text: "x", told: ["fired@0"], what: "the first breach fires" },
    { text: "xxxxx", told: ["fired@0"], what: "a breach that goes on fires once" },
    { text: "x..", told: ["fired@0"], what: "two healthy evaluations don't resolve" },
    { text: "x...", told: ["fired@0", "resolved@3"], what: "three do" },
    { text: "x..x...", told: ["fired@0", "resolved@6"], what: "only three in a row" },
    { text: "x......", told: ["fired@0", "resolved@3"], what: "it resolves once" },
    { text: "x...x...", told: ["fired@0", "resolved@3", "fired@4", "resolved@7"], what: "and fires again" },
    { text: "_____", told: [], what: "absence never fires" },
    { text: "x____", told: ["fired@0"], what: "absence of an average keeps the state" },
    { text: "x._._.", told: ["fired@0", "resolved@5"], what: "and does not interrupt recovery" },
    { text: "xooo", told: ["fired@0", "resolved@3"], what: "absence of a total counts as healthy" },
    { text: "x.o.", told: ["fired@0", "resolved@3"], what: "as any other healthy evaluation" },
    {
      text: "x  ..   .  ...",
      told: ["fired@0", "resolved@13"],
      what: "evaluations that were skipped are not in a row",
    },
  ])("$text: $what", ({ text, told }) => {
    expect(run(text).told).toEqual(told);
  });
});

describe("a stateless rule", () => {
  test.each([
    { text: "xxx", told: ["fired@0", "fired@1", "fired@2"], what: "each breach is an alert" },
    { text: "x....", told: ["fired@0"], what: "none ever resolves" },
    { text: "x_x", told: ["fired@0", "fired@2"], what: "absence never fires" },
  ])("$text: $what", ({ text, told }) => {
    expect(run(text, stateless).told).toEqual(told);
  });

  test("each alert has an id of its own", () => {
    const first = advanceState(stateless, undefined, evaluation(1, "met"), false, 0);
    const second = advanceState(stateless, first.state, evaluation(2, "met"), false, 0);
    expect(new Set(second.transitions.map(({ alertId }) => alertId)).size).toBe(2);
  });
});

describe("repeated, late and skipped evaluations", () => {
  test("a window that was evaluated before changes nothing", () => {
    const { state } = run("..x");
    for (const letter of ["x", ".", "_"]) {
      const repeated = advanceState(stateful, state, evaluation(1_002, verdictOf(letter)), false, 0);
      expect(repeated).toEqual({ state, transitions: [], reason: "repeated" });
      expect(repeated.state).toBe(state);
    }
  });

  test("a late breach of a healthy series fires once, marked late, and resolves by what is due", () => {
    const { state } = run("..........");
    const first = late(stateful, state, 4);
    expect(first).toMatchObject({
      reason: "fired-late",
      transitions: [{ kind: "fired", isLate: true, firedAt: nowOf(2_000) }],
    });
    const after = markTold(first.state, first.transitions);
    for (const index of [4, 5, 6, 7, 8])
      expect(late(stateful, after, index)).toEqual({ state: after, transitions: [], reason: "late-without-effect" });
    const { told, state: resolved } = run("          ...", stateful, after);
    expect(told).toEqual(["resolved@12"]);
    for (const index of [4, 8, 12]) expect(late(stateful, resolved, index).transitions).toEqual([]);
    expect(late(stateful, resolved, 12, ".").reason).toBe("late-without-effect");
  });

  test.each([
    { text: "..xx...", index: 3, what: "a window within an alert that was told" },
    { text: "..xx...", index: 6, what: "the window that resolved it" },
    { text: "x...x...", index: 1, what: "a window within the alert before the last" },
    { text: "..x", index: 1, what: "a window of a series that is fired" },
    { text: `.${".".repeat(maxLateMinutes + 1)}`, index: 0, what: "a window of more than an hour ago" },
  ])("late data tell nothing about $what ($text, $index)", ({ text, index }) => {
    const { state } = run(text);
    expect(late(stateful, state, index)).toEqual({ state, transitions: [], reason: "late-without-effect" });
  });

  test("late data an hour ago, and after an alert was resolved, fire", () => {
    expect(late(stateful, run(`.${".".repeat(maxLateMinutes)}`).state, 0).reason).toBe("fired-late");
    expect(late(stateful, run("x......").state, 5).reason).toBe("fired-late");
  });

  test("a late breach of a stateless rule is one alert, though several windows hold it", () => {
    const { state } = run("...x......", stateless);
    const first = late(stateless, state, 6);
    expect(first.reason).toBe("fired-late");
    expect([7, 8, 9].map((index) => late(stateless, first.state, index).reason)).toEqual(
      Array(3).fill("late-without-effect"),
    );
    expect(late(stateless, state, 3).reason).toBe("late-without-effect");
  });

  test("back after an hour: the current state, what was skipped, and one notification at most", () => {
    const { state } = run("..");
    const back = advanceState(stateful, state, evaluation(1_061, "met"), false, nowOf(1_061));
    expect(back).toMatchObject({ reason: "fired", skipped: { count: 59, from: 1_002, to: 1_060 } });
    expect(back.transitions).toHaveLength(1);
    const slow = { ...stateful, frequencyMinutes: 15 };
    expect(advanceState(slow, state, evaluation(1_016, "met"), false, 0).skipped).toBeUndefined();
    expect(advanceState(slow, state, evaluation(1_046, "met"), false, 0).skipped).toEqual({
      count: 2,
      from: 1_016,
      to: 1_031,
    });
  });
});

describe("an instance that dies between storing and telling", () => {
  const fired = advanceState(stateful, undefined, evaluation(1_000, "met"), false, nowOf(1_000));

  test("loses nothing: the repeated message tells it", () => {
    expect(advanceState(stateful, fired.state, evaluation(1_000, "met"), false, 0)).toEqual({
      state: fired.state,
      transitions: fired.transitions,
      reason: "repeated",
    });
  });
  test("loses nothing: the next evaluation tells it, under the same id", () => {
    expect(advanceState(stateful, fired.state, evaluation(1_001, "not-met"), false, 0).transitions).toEqual(
      fired.transitions,
    );
  });
  test("what is confirmed is not told again", () => {
    const told = markTold(fired.state, fired.transitions);
    expect(advanceState(stateful, told, evaluation(1_001, "met"), false, 0).transitions).toEqual([]);
    expect(markTold(told, fired.transitions)).toBe(told);
  });
});

describe("a rule that ends while it is fired", () => {
  test.each(["rule-deleted", "rule-disabled", "rule-changed"] as const)("resolves, and says why: %s", (because) => {
    const { state } = run("..x");
    const closed = closeState(stateful, state, because, nowOf(1_010));
    expect(closed.transitions).toEqual([
      { kind: "resolved", alertId: state.alert?.id, firedAt: nowOf(1_002), resolvedAt: nowOf(1_010), because, series },
    ]);
    expect(closed.state).toMatchObject({ condition: "Healthy", alert: { resolvedAt: nowOf(1_010) } });
    expect(closeState(stateful, markTold(closed.state, closed.transitions), because, 0).transitions).toEqual([]);
  });
  test("tells nothing when it is healthy, or stateless", () => {
    expect(closeState(stateful, run("x...").state, "rule-deleted", 0).transitions).toEqual([]);
    const closed = closeState(stateless, run("x", stateless).state, "rule-deleted", 0);
    expect(closed).toMatchObject({ transitions: [], state: { condition: "Healthy" } });
    expect(closed.state.alert).not.toHaveProperty("resolvedAt");
  });
});

test("an alert's id is the same for everyone, and another for every rule, series and window", () => {
  const id = alertIdOf("/Subscriptions/s/Rule", { key, windowEnd: 1 });
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(alertIdOf("/subscriptions/s/rule", { key, windowEnd: 1 })).toBe(id);
  const others = [
    ["/subscriptions/s/rule2", key, 1],
    ["/subscriptions/s/rule", "other", 1],
    ["/subscriptions/s/rule", key, 2],
  ] as const;
  expect(new Set([id, ...others.map(([rule, of, windowEnd]) => alertIdOf(rule, { key: of, windowEnd }))]).size).toBe(4);
});

describe("whatever happens", () => {
  /** A due window `steps` minutes on, the last one again, or one of the past whose data changed. */
  const event = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant("due" as const),
        steps: fc.integer({ min: 1, max: 3 }),
        letter: fc.constantFrom("x", ".", "_", "o"),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("repeated" as const),
        steps: fc.constant(0),
        letter: fc.constantFrom("x", ".", "_", "o"),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("late" as const),
        steps: fc.integer({ min: 0, max: 90 }),
        letter: fc.constantFrom("x", ".", "_", "o"),
      }),
    },
  );
  const story = fc.array(fc.record({ event, dies: fc.boolean() }), { maxLength: 60 });

  function play(
    all: readonly { event: { kind: "due" | "repeated" | "late"; steps: number; letter: string }; dies: boolean }[],
    rule: StateRule,
  ) {
    let state: AlertState | undefined;
    let end = 1_000;
    const told = new Map<string, { kind: string; alertId: string; isLate?: boolean }>();
    for (const {
      event: { kind, steps, letter },
      dies,
    } of all) {
      if (kind === "due") end += steps;
      const windowEnd = kind === "late" ? end - steps : end;
      const advance = advanceState(rule, state, evaluation(windowEnd, verdictOf(letter)), kind === "late", nowOf(end));
      state = JSON.parse(JSON.stringify(advance.state)) as AlertState; // as the store gives it back
      if (dies) continue;
      for (const each of advance.transitions) told.set(`${each.alertId} ${each.kind}`, each);
      state = markTold(state, advance.transitions);
    }
    for (const each of state?.untold ?? []) told.set(`${each.alertId} ${each.kind}`, each);
    return { state, told: [...told.values()] };
  }

  test("fired and resolved alternate, each under the id of its alert; the state says which came last", () => {
    fc.assert(
      fc.property(story, (all) => {
        const { state, told } = play(all, stateful);
        told.forEach(({ kind, alertId }, index) => {
          expect(kind).toBe(index % 2 === 0 ? "fired" : "resolved");
          if (kind === "resolved") expect(alertId).toBe(told[index - 1]?.alertId);
        });
        expect(state?.condition ?? "Healthy").toBe(told.length % 2 === 0 ? "Healthy" : "Fired");
      }),
      { numRuns: 500 },
    );
  });

  test("dying never changes what is told in the end", () => {
    fc.assert(
      fc.property(story, fc.constantFrom(stateful, stateless), (all, rule) => {
        const survivor = all.map((each) => ({ ...each, dies: false }));
        expect(play(all, rule).told).toEqual(play(survivor, rule).told);
      }),
      { numRuns: 300 },
    );
  });

  test("repeated messages never change what is told", () => {
    fc.assert(
      fc.property(story, fc.constantFrom(stateful, stateless), (all, rule) => {
        const [first, ...others] = all;
        if (first?.event.kind !== "due") return;
        const once = [first, ...others.filter(({ event: { kind } }) => kind !== "repeated")];
        expect(play(all, rule).told).toEqual(play(once, rule).told);
      }),
      { numRuns: 300 },
    );
  });

  test("what is remembered stays small", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("x", "."), { minLength: 200, maxLength: 400 }), (letters) => {
        expect(run(letters.join(""), stateless).state.episodes.length).toBeLessThanOrEqual(maxLateMinutes / 2 + 1);
      }),
      { numRuns: 20 },
    );
  });
});
