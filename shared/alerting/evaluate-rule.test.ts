import { beforeEach, describe, expect, test } from "vitest";

import type { Transition } from "../alerts/alert-state.js";
import { putMetricAlert, type MetricAlertRule } from "../alerts/metric-alert-rule.js";
import { noDynamicThresholds } from "../alerts/threshold.js";
import { foldId } from "../arm/resource-id.js";
import type { AlertStates } from "../stores/alert-states/alert-states.js";
import { resourceId } from "../testing/alert-samples.js";
import { alertStatesInMemory } from "../testing/alert-states-in-memory.js";
import { callsByMinute } from "../testing/kept-metrics.js";
import { metricStoreInMemory } from "../testing/metric-store-in-memory.js";
import { evaluateStoredRule, type EvaluationStores } from "./evaluate-rule.js";
import type { EvaluationWork } from "./evaluation-work.js";
import { RecentRules } from "./recent-rules.js";
import { planEvaluations, type PlanningStores } from "./plan-evaluations.js";

const blobs = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/acc/blobServices/default";
const namespace = "Microsoft.Storage/storageAccounts/blobServices";
const ruleId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Insights/metricAlerts/r";
const start = 29_000_000;

const ruleOf = (threshold = 5, properties: object = {}): MetricAlertRule => {
  const criterion = { criterionType: "StaticThresholdCriterion", name: "a", metricName: "Transactions", threshold };
  const outcome = putMetricAlert(
    resourceId(ruleId),
    {
      location: "global",
      properties: {
        ...{ severity: 3, enabled: true, scopes: [blobs], evaluationFrequency: "PT1M", windowSize: "PT1M" },
        criteria: {
          "odata.type": "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
          allOf: [{ ...criterion, operator: "GreaterThan", timeAggregation: "Total" }],
        },
        ...properties,
      },
    },
    undefined,
    0,
  );
  if (outcome.kind !== "rule") throw new Error(outcome.message);
  return outcome.rule;
};

/** Rules, metrics, states and what was told, with a clock that shows the watermark's minute. */
function open() {
  const metrics = metricStoreInMemory();
  const states = alertStatesInMemory();
  const rules = new Map<string, MetricAlertRule>([[foldId(ruleId), ruleOf()]]);
  const told: Transition[] = [];
  const sent: EvaluationWork[] = [];
  let minute = start;
  let note: string | undefined;
  const kept = (resource: MetricAlertRule) => ({ resource, etag: "1" });
  const stores: EvaluationStores & PlanningStores = {
    metrics,
    states,
    rules: {
      find: (id: string) => {
        const rule = rules.get(foldId(id));
        return Promise.resolve(rule && kept(rule));
      },
      list: () => Promise.resolve([...rules.values()].map(kept)),
    },
    knownResources: () => Promise.resolve([blobs]),
    tell: (_, transition) => {
      told.push(transition);
      return Promise.resolve();
    },
    thresholds: () => Promise.resolve(noDynamicThresholds),
    evaluations: {
      name: "evaluations",
      send: (work) => {
        sent.push(work as EvaluationWork);
        return Promise.resolve();
      },
      counts: () => Promise.resolve({ waiting: 0, poison: 0 }),
    },
    notes: {
      read: () => Promise.resolve(note === undefined ? undefined : { text: note, etag: note }),
      save: (_, text) => {
        note = text;
        return Promise.resolve({ text, etag: text });
      },
    },
  };
  const clock = () => new Date(minute * 60_000 + 10_000);
  return {
    ...{ stores, rules, told, sent, clock },
    /** Calls in a minute of the roll-up. */
    calls: (at: number, count: number, api = "GetBlob") =>
      metrics.update({ resourceId: blobs, namespace }, Math.floor(at / 60), () =>
        Promise.resolve({ minutes: [at], series: callsByMinute(api, new Map([[at, count]])) }),
      ),
    completeUntil: async (at: number) => {
      minute = at;
      await metrics.advanceWatermark(blobs, at);
    },
    evaluate: (late?: { readonly from: number; readonly to: number }, other: Partial<EvaluationStores> = {}) =>
      evaluateStoredRule({ ...stores, ...other }, ruleId, late, clock),
  };
}
let world: ReturnType<typeof open>;
const kinds = (): readonly string[] => world.told.map(({ kind }) => kind);
beforeEach(async () => {
  world = open();
  await world.calls(start - 1, 9);
  await world.completeUntil(start);
});

describe("an alert is told once", () => {
  test("though two instances evaluate the same window at once", async () => {
    const outcomes = await Promise.all([world.evaluate(), world.evaluate(), world.evaluate()]);
    expect(outcomes.filter(({ kind }) => kind === "evaluated")).toHaveLength(1);
    // whoever came second may have found it untold and told it again: under the same id, by which deliveries know it
    expect(new Set(world.told.map(({ alertId }) => alertId)).size).toBe(1);
    world.told.length = 0;
    expect(await world.evaluate()).toMatchObject({ kind: "nothing-to-do", reason: "evaluated" });
    expect(world.told).toEqual([]);
  });

  test("though another instance was faster than one that recalls rule and state", async () => {
    const recent = new RecentRules();
    const states = recent.remembering(world.stores.states);
    await world.evaluate(undefined, { states });
    await world.completeUntil(start + 1);
    await planEvaluations({ ...world.stores, recent }, undefined, world.clock);
    await world.evaluate();
    const recalled = await world.evaluate(undefined, { recent, states });
    expect(recalled).toMatchObject({ kind: "nothing-to-do", reason: "evaluated" });
    expect(kinds()).toEqual(["fired"]);
  });

  test("though whoever stored it ended before it was told", async () => {
    const dying = world.evaluate(undefined, { tell: () => Promise.reject(new Error("killed")) });
    await expect(dying).rejects.toThrow("killed");
    await world.evaluate();
    await world.evaluate();
    expect(kinds()).toEqual(["fired"]);
  });

  test("though storage was down between evaluation and state: then nobody was told of what is not stored", async () => {
    const states: AlertStates = { ...world.stores.states, save: () => Promise.reject(new Error("storage is down")) };
    await expect(world.evaluate(undefined, { states })).rejects.toThrow("storage is down");
    expect(world.told).toEqual([]);
    await world.evaluate();
    expect(kinds()).toEqual(["fired"]);
  });

  test("though marking it as told failed", async () => {
    let saves = 0;
    const { states: before } = world.stores;
    const states: AlertStates = {
      ...world.stores.states,
      save: (...given) => (++saves === 2 ? Promise.reject(new Error("storage is down")) : before.save(...given)),
    };
    await expect(world.evaluate(undefined, { states })).rejects.toThrow("storage is down");
    await world.completeUntil(start + 1);
    await world.evaluate();
    expect(kinds()).toEqual(["fired", "fired"]);
    expect(new Set(world.told.map(({ alertId }) => alertId)).size).toBe(1);
  });
});

describe("a rule that is changed while it fires", () => {
  test.each([
    { title: "in its threshold", change: () => ruleOf(7), because: "rule-changed" },
    { title: "to be disabled", change: () => ruleOf(5, { enabled: false }), because: "rule-disabled" },
    { title: "to be gone", change: () => undefined, because: "rule-deleted" },
  ])("$title: resolves what it fired, says why, and forgets it", async ({ change, because }) => {
    await world.evaluate();
    const changed = change();
    if (changed === undefined) world.rules.clear();
    else world.rules.set(foldId(ruleId), changed);
    expect(await world.evaluate()).toEqual({ kind: "closed", ruleId, because, resolved: 1 });
    expect(world.told.at(-1)).toMatchObject({ kind: "resolved", because, alertId: world.told[0]?.alertId });
    expect(await world.stores.states.list()).toEqual([]);
  });

  test("in its severity alone: goes on", async () => {
    await world.evaluate();
    world.rules.set(foldId(ruleId), ruleOf(5, { severity: 0 }));
    await world.completeUntil(start + 1);
    expect(await world.evaluate()).toMatchObject({ kind: "evaluated" });
    expect(kinds()).toEqual(["fired"]);
  });

  test("is told though whoever closed it ended before", async () => {
    await world.evaluate();
    world.rules.clear();
    await expect(world.evaluate(undefined, { tell: () => Promise.reject(new Error("killed")) })).rejects.toThrow(
      "killed",
    );
    await world.evaluate();
    expect(kinds()).toEqual(["fired", "resolved"]);
    expect(await world.evaluate()).toMatchObject({ kind: "nothing-to-do", reason: "gone" });
  });
});

test("after an hour's outage one evaluation catches up, and says what it left out", async () => {
  await world.evaluate();
  for (let minute = start; minute < start + 60; minute++) await world.calls(minute, minute % 2 === 0 ? 9 : 1);
  await world.completeUntil(start + 60);
  expect(await world.evaluate()).toMatchObject({ windowEnd: start + 60, skipped: 59, fired: 0, resolved: 0 });
  expect(kinds()).toEqual(["fired"]);
});

describe("planning", () => {
  const plan = (about?: string) => planEvaluations(world.stores, about, world.clock);

  test("finds what is due, by the watermark and by the clock, and nothing twice", async () => {
    expect(await plan()).toMatchObject({ due: 1 });
    expect(world.sent).toEqual([{ kind: "evaluate", rules: [ruleId] }]);
    await world.evaluate();
    expect(await plan()).toEqual({ due: 0, closing: 0, late: 0 });
    await world.completeUntil(start + 1);
    expect(
      await plan("/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/other"),
    ).toMatchObject({ due: 0 });
    expect(await plan(blobs.toUpperCase())).toMatchObject({ due: 1 });
  });

  test("two planners at once send what one evaluation does", async () => {
    await Promise.all([plan(), plan()]);
    expect(world.sent).toHaveLength(2);
    await Promise.all(world.sent.map(() => world.evaluate()));
    expect(new Set(world.told.map(({ alertId }) => alertId)).size).toBe(1);
  });

  test("finds rules that are gone, and an account that is not complete", async () => {
    await world.evaluate();
    world.rules.clear();
    expect(await plan()).toEqual({ due: 0, closing: 1, late: 0 });
    const fresh = open();
    expect(await planEvaluations(fresh.stores, undefined, fresh.clock)).toMatchObject({ due: 0 });
  });

  test("finds data that came late, which fires a healthy series once, marked late", async () => {
    await world.calls(start - 1, 1);
    await plan();
    await world.evaluate();
    for (const minute of [1, 2]) {
      await world.completeUntil(start + minute);
      expect(await plan()).toMatchObject({ due: 1, late: 0 });
      await world.evaluate();
    }
    expect(world.told).toEqual([]);
    await world.calls(start, 20);
    world.sent.length = 0;
    expect(await plan()).toEqual({ due: 0, closing: 0, late: 1 });
    const late = { from: start, to: start };
    expect(world.sent).toEqual([{ kind: "evaluate", rules: [ruleId], late }]);
    for (let time = 0; time < 2; time++) await world.evaluate(late);
    expect(world.told).toMatchObject([{ kind: "fired", isLate: true }]);
    expect(await plan()).toMatchObject({ late: 0 });
  });
});
