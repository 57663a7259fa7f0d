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
      expect(await states.remove(ruleId, '"0x1"')).toBe(true);
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

    test("planners learn which rules there are and how far each is", async () => {
      await states.save(ruleId, stateAt(undefined), undefined);
      await states.save(`${ruleId}2`, stateAt(29_000_001), undefined);
      const byId = (a: { ruleId: string }, b: { ruleId: string }) => (a.ruleId < b.ruleId ? -1 : 1);
      expect([...(await states.list())].sort(byId)).toEqual([
        { ruleId, lastWindowEnd: undefined },
        { ruleId: `${ruleId}2`, lastWindowEnd: 29_000_001 },
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
