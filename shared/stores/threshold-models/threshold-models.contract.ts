import { describe, expect, test } from "vitest";

import type { RuleModels, ThresholdModels } from "./threshold-models.js";

const ruleId = "/subscriptions/s/resourceGroups/Ops/providers/Microsoft.Insights/metricAlerts/it's (1) é";
const modelsOf = (hour: number): RuleModels => ({
  ...{ hour, watch: "w" },
  series: [{ key: "ü", model: { kind: "learning", reason: "Still learning." } }],
});

/** @param open one that has nothing of the rules `it's (1) é…` */
export const thresholdModelsContract = (name: string, open: () => Promise<ThresholdModels>): void => {
  describe(`${name} keeps what was learned`, () => {
    test("it is read as it was saved last, whatever the case of the rule's id, and others are not touched", async () => {
      const models = await open();
      expect(await models.read(ruleId)).toBeUndefined();
      await models.save(ruleId, modelsOf(1));
      await models.save(ruleId.toUpperCase().replace("É", "é"), modelsOf(2));
      await models.save(`${ruleId}2`, modelsOf(3));
      expect(await models.read(ruleId)).toEqual(modelsOf(2));
    });
  });
};
