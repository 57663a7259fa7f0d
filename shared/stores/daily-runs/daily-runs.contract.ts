import { beforeEach, describe, expect, test } from "vitest";

import type { DailyRun, DailyRuns } from "./daily-runs.js";

const now = new Date("2026-01-08T00:00:20.123Z");
const run: DailyRun<unknown> = { day: "2026-01-08", began: now, at: now, sent: 1, sentAt: now, work: { step: 0 } };

/** @param open one without runs, of a kind */
export const dailyRunsContract = (name: string, open: (kind: string) => Promise<DailyRuns<unknown>>): void => {
  describe(`${name} keeps daily runs`, () => {
    let runs: DailyRuns<unknown>;
    beforeEach(async () => {
      runs = await open("one");
    });

    test("work that was never begun has no run", async () => {
      expect(await runs.read("acc;blob")).toBeUndefined();
    });

    test("a run is read as it was saved, however much it remembers, and pieces of work do not mix", async () => {
      const names = Array.from({ length: 1_000 }, (_, index) => `${index}`.padEnd(63, "ü"));
      const saved = await runs.save("acc;blob", { ...run, work: { names, marker: "x".repeat(40_000) } }, undefined);
      await runs.save("acc;queue", run, undefined);
      expect(await runs.read("acc;blob")).toEqual(saved);
      expect(saved?.run.work).toEqual({ names, marker: "x".repeat(40_000) });
      expect((await runs.read("acc;queue"))?.run).toEqual(run);
      expect(await runs.read("acc;table")).toBeUndefined();
      expect(await (await open("another")).read("acc;blob")).toBeUndefined();
    });

    test("of those who know the same, one wins and the others are told", async () => {
      const first = await Promise.all([1, 2, 3].map((sent) => runs.save("acc", { ...run, sent }, undefined)));
      expect(first.filter((saved) => saved !== undefined)).toHaveLength(1);
      const kept = await runs.read("acc");
      const second = await Promise.all([4, 5, 6].map((sent) => runs.save("acc", { ...run, sent }, kept?.etag)));
      expect(second.filter((saved) => saved !== undefined)).toHaveLength(1);
      expect(await runs.save("acc", run, kept?.etag)).toBeUndefined();
    });
  });
};
