import { describe, expect, test } from "vitest";

import type { OwnUsageSample } from "../../storage-analytics/system-usage.js";
import type { UsageSamples } from "./usage-samples.js";

/** What every store of usage samples does. @param open an empty one */
export const usageSamplesContract = (name: string, open: () => Promise<UsageSamples>): void => {
  describe(`${name} holds samples of own usage`, () => {
    const sample = (at: number): OwnUsageSample => ({ requests: at, bytes: at * 100, at });
    const [first, second, third] = [sample(1), sample(2), sample(3)];

    test("a writer that said nothing has none; what it says is kept, with what it said before", async () => {
      const samples = await open();
      expect(await samples.read("acc", "gateway")).toBeUndefined();
      expect(await samples.save("acc", "gateway", { before: undefined, last: first }, undefined)).toBe(true);
      const stored = await samples.read("acc", "gateway");
      expect(stored).toMatchObject({ before: undefined, last: first });
      expect(await samples.save("acc", "gateway", { before: first, last: second }, stored?.etag)).toBe(true);
      expect(await samples.read("acc", "gateway")).toMatchObject({ before: first, last: second });
      expect(await samples.read("other", "gateway")).toBeUndefined();
    });

    test("of two that save at once one is told that the other was faster", async () => {
      const samples = await open();
      const save = (etag?: string) => samples.save("acc", "gateway", { before: first, last: second }, etag);
      expect((await Promise.all([save(), save()])).sort()).toEqual([false, true]);
      const stored = await samples.read("acc", "gateway");
      expect(await samples.save("acc", "gateway", { before: second, last: third }, stored?.etag)).toBe(true);
      expect(await samples.save("acc", "gateway", { before: second, last: third }, stored?.etag)).toBe(false);
    });
  });
};
