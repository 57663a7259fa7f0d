import { beforeEach, describe, expect, test } from "vitest";

import { putMetricAlert } from "../../alerts/metric-alert-rule.js";
import { parseResourceId } from "../../arm/resource-id.js";
import type { AlertStates, RuleState } from "./alert-states.js";

const ruleId = "/subscriptions/s/resourceGroups/Ops/providers/Microsoft.Insights/metricAlerts/it's (1) é";
const rule = (() => {
  const id = parseResourceId(ruleId);
  const criterion = { criterionType: "StaticThresholdCriterion", name: "a", metricName: "m", operator: "GreaterThan" };
  const body = {
    location: "global",
    properties: {
      ...{ severity: 3, enabled: true, evaluationFrequency: "PT1M", windowSize: "PT5M" },
      scopes: ["/subscriptions/s/resourceGroups/g/providers/P.P/t/n"],
      criteria: {
        "odata.type": "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
        allOf: [{ ...criterion, threshold: 5, timeAggregation: "Total" }],
      },
    },
  };
  const outcome = id && putMetricAlert(id, body, undefined, 0);
  if (outcome?.kind !== "rule") throw new Error(`the rule of this contract is none: ${JSON.stringify(outcome)}`);
  return outcome.rule;
})();
const stateAt = (lastWindowEnd: number | undefined, leftOut = 0): RuleState => ({
  ...{ rule, lastWindowEnd, leftOut },
  series: [
    {
      series: { resourceId: "/subscriptions/s", dimensions: [{ name: "ApiName", value: "ü" }] },
      ...{ condition: "Healthy", lastWindowEnd: lastWindowEnd ?? 0, healthyCount: 2, episodes: [], untold: [] },
    },
  ],
});

export const stateOfRule = stateAt(1);

/** @param open an empty one */
export const alertStatesContract = (name: string, open: () => Promise<AlertStates>): void => {
  describe(`${name} keeps states of rules`, () => {
    let states: AlertStates;
    beforeEach(async () => {
      states = await open();
    });

    test("a rule that was never evaluated has none", async () => {
      expect(await states.read(ruleId)).toBeUndefined();
      expect(await states.list()).toEqual([]);
      expect(await states.remove(ruleId, `W/"datetime'2026-01-01T00%3A00%3A00.0000000Z'"`)).toBe(true);
    });

    test("a state is read as it was saved, whatever the case of the rule's id", async () => {
      const saved = await states.save(ruleId, stateAt(29_000_000), undefined);
      expect(await states.read(ruleId.toUpperCase().replace("É", "é"))).toEqual(saved);
      expect(saved?.state).toEqual(stateAt(29_000_000));
    });

    test("of those who know the same one wins and the others are told", async () => {
      const first = await Promise.all([1, 2, 3].map((each) => states.save(ruleId, stateAt(1, each), undefined)));
      expect(first.filter((each) => each !== undefined)).toHaveLength(1);
      const kept = await states.read(ruleId);
      const second = await Promise.all([4, 5].map((each) => states.save(ruleId, stateAt(2, each), kept?.etag)));
      expect(second.filter((each) => each !== undefined)).toHaveLength(1);
      expect(await states.save(ruleId, stateAt(3), kept?.etag)).toBeUndefined();
      expect(await states.remove(ruleId, kept?.etag ?? "")).toBe(false);
    });

    test("many that are saved at once are all kept, and of each one wins", async () => {
      const ids = Array.from({ length: 230 }, (_, index) => `${ruleId}${index}`);
      const first = await Promise.all(ids.map((id, index) => states.save(id, stateAt(1, index), undefined)));
      const stale = first[7]?.etag;
      await states.save(ids[7] ?? "", stateAt(2, 7_007), stale);
      const second = await Promise.all(ids.map((id, index) => states.save(id, stateAt(2, index), first[index]?.etag)));
      expect(second.flatMap((each, index) => (each === undefined ? [index] : []))).toEqual([7]);
      const leftOut = await Promise.all(ids.map(async (id) => (await states.read(id))?.state.leftOut));
      expect(leftOut).toEqual(ids.map((_, index) => (index === 7 ? 7_007 : index)));
      const third = await Promise.all(
        second.map((each, index) => states.save(ids[index] ?? "", stateAt(3), each?.etag)),
      );
      expect(third.flatMap((each, index) => (each === undefined ? [index] : []))).toEqual([7]);
    });

    test("one of thousands of series is kept, replaced and removed like any other", async () => {
      const [series] = stateAt(1).series;
      const of = (value: string): RuleState => ({
        ...stateAt(1),
        series: Array.from({ length: 3_000 }, (_, index) => ({
          ...(series ?? expect.unreachable()),
          series: { resourceId: "/subscriptions/s", dimensions: [{ name: "ApiName", value: `${value}${index}` }] },
        })),
      });
      const first = await states.save(ruleId, of("ä"), undefined);
      const second = await states.save(ruleId, of("ö"), first?.etag);
      expect(await states.read(ruleId)).toEqual(second);
      expect(second?.state).toEqual(of("ö"));
      expect(await states.save(ruleId, of("ü"), first?.etag)).toBeUndefined();
      expect(await states.read(ruleId)).toEqual(second);
      const short = await states.save(ruleId, stateAt(2), second?.etag);
      expect(await states.read(ruleId)).toEqual(short);
      expect(await states.remove(ruleId, short?.etag ?? "")).toBe(true);
    });

    test("planners learn which rules there are and how far each is", async () => {
      const one = await states.save(ruleId, stateAt(undefined), undefined);
      const two = await states.save(`${ruleId}2`, stateAt(29_000_001), undefined);
      const byId = (a: { ruleId: string }, b: { ruleId: string }) => (a.ruleId < b.ruleId ? -1 : 1);
      expect([...(await states.list())].sort(byId)).toEqual([
        { ruleId, etag: one?.etag, lastWindowEnd: undefined },
        { ruleId: `${ruleId}2`, etag: two?.etag, lastWindowEnd: 29_000_001 },
      ]);
    });

    test("what was removed can be saved anew, but not replaced", async () => {
      const kept = await states.save(ruleId, stateAt(1), undefined);
      expect(await states.remove(ruleId, kept?.etag ?? "")).toBe(true);
      expect(await states.save(ruleId, stateAt(2), kept?.etag)).toBeUndefined();
      expect(await states.save(ruleId, stateAt(2), undefined)).toBeDefined();
    });
  });
};
