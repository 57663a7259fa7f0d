import { beforeEach, describe, expect, test } from "vitest";

import type { MetricAlertRule } from "../alerts/metric-alert-rule.js";
import { alertStatesInMemory } from "../testing/alert-states-in-memory.js";
import { stateOfRule } from "../stores/alert-states/alert-states.contract.js";
import type { AlertStates } from "../stores/alert-states/alert-states.js";
import { plannedForMs, RecentRules } from "./recent-rules.js";

const { rule } = stateOfRule;
const now = 1_000_000;
const found = { resource: rule, etag: "1" };

let elsewhere: AlertStates;
let recent: RecentRules;
let states: AlertStates;
const plan = async (resource: MetricAlertRule = rule): Promise<void> => {
  const summaries = await states.list();
  recent.plan({ ...found, resource }, summaries[0], now);
};
beforeEach(() => {
  elsewhere = alertStatesInMemory();
  recent = new RecentRules();
  states = recent.remembering(elsewhere);
});

describe("a rule that was just planned", () => {
  test("is recalled once, with the state that was saved last", async () => {
    const first = await states.save(rule.id, stateOfRule, undefined);
    const second = await states.save(rule.id, { ...stateOfRule, leftOut: 1 }, first?.etag);
    await plan();
    expect(recent.recall(rule.id.toUpperCase().replace("É", "é"), now)).toEqual({ found, kept: second });
    expect(recent.recall(rule.id, now)).toBeUndefined();
  });

  test("is recalled without a state if it had none", async () => {
    await plan();
    expect(recent.recall(rule.id, now)).toEqual({ found, kept: undefined });
  });

  test.each([
    { title: "it is long ago", at: now + plannedForMs + 1, change: () => Promise.resolve() },
    {
      title: "another instance has saved its state since",
      at: now,
      change: async () => {
        const kept = await elsewhere.read(rule.id);
        await elsewhere.save(rule.id, { ...stateOfRule, leftOut: 7 }, kept?.etag);
        await plan();
      },
    },
    {
      title: "this one has saved it since",
      at: now,
      change: async () => {
        const kept = await states.read(rule.id);
        await states.save(rule.id, { ...stateOfRule, leftOut: 7 }, kept?.etag);
      },
    },
    {
      title: "its state was removed since",
      at: now,
      change: async () => {
        await states.remove(rule.id, (await states.read(rule.id))?.etag ?? "");
      },
    },
  ])("is read if $title", async ({ at, change }) => {
    await states.save(rule.id, stateOfRule, undefined);
    await plan();
    await change();
    expect(recent.recall(rule.id, at)).toBeUndefined();
  });
});

test("of the states of many series the oldest are forgotten", async () => {
  const [series] = stateOfRule.series;
  const large = { ...stateOfRule, series: Array.from({ length: 60_000 }, () => series ?? expect.unreachable()) };
  const ids = ["a", "b"].map((name) => `${rule.id}${name}`);
  for (const id of ids) await states.save(id, large, undefined);
  for (const summary of await states.list()) {
    recent.plan({ ...found, resource: { ...rule, id: summary.ruleId } }, summary, now);
  }
  expect(ids.map((id) => recent.recall(id, now) !== undefined)).toEqual([false, true]);
});
