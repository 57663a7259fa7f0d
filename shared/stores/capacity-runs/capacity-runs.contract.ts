import { beforeEach, describe, expect, test } from "vitest";

import { noCapacityCounted } from "../../storage-analytics/capacity-count.js";
import { noItemsCounted } from "../../storage-analytics/item-count.js";
import type { CapacityRun, CapacityRuns } from "./capacity-runs.js";

const now = new Date("2026-01-08T00:00:20.123Z");
const run: CapacityRun = {
  service: "blob",
  day: "2026-01-08",
  began: now,
  at: now,
  sent: 1,
  sentAt: now,
  publishedHour: undefined,
  progress: noCapacityCounted,
};

/** @param open one without runs */
export const capacityRunsContract = (name: string, open: () => Promise<CapacityRuns>): void => {
  describe(`${name} keeps capacity runs`, () => {
    let runs: CapacityRuns;
    beforeEach(async () => {
      runs = await open();
    });

    test("a service that was never counted has no run", async () => {
      expect(await runs.read("acc", "blob")).toBeUndefined();
    });

    test("a run is read as it was saved, however many containers wait, and services do not mix", async () => {
      const names = Array.from({ length: 100 }, (_, index) => `${index}`.padEnd(63, "ü"));
      const progress = { ...noCapacityCounted, step: 7, containers: names, blobMarker: "x".repeat(40_000) };
      const saved = await runs.save("acc", { ...run, progress, publishedHour: 490_000 }, undefined);
      await runs.save("acc", { ...run, service: "queue", progress: noItemsCounted }, undefined);
      expect(await runs.read("acc", "blob")).toEqual(saved);
      expect(saved?.run).toEqual({ ...run, progress, publishedHour: 490_000 });
      expect((await runs.read("acc", "queue"))?.run.progress).toEqual(noItemsCounted);
      expect(await runs.read("other", "blob")).toBeUndefined();
    });

    test("of those who know the same, one wins and the others are told", async () => {
      const first = await Promise.all([1, 2, 3].map((sent) => runs.save("acc", { ...run, sent }, undefined)));
      expect(first.filter((saved) => saved !== undefined)).toHaveLength(1);
      const kept = await runs.read("acc", "blob");
      const second = await Promise.all([4, 5, 6].map((sent) => runs.save("acc", { ...run, sent }, kept?.etag)));
      expect(second.filter((saved) => saved !== undefined)).toHaveLength(1);
      expect(await runs.save("acc", run, kept?.etag)).toBeUndefined();
    });
  });
};
