import fc from "fast-check";
import { expect, test } from "vitest";

import { addHolderPage, addItemPage, nextItemStep, noItemsCounted, type ItemProgress } from "./item-count.js";

const holders = fc.uniqueArray(
  fc.record({ name: fc.constantFrom("a", "b", "c", "$MetricsHourX", "VigilMetricsHourX"), items: fc.nat(12) }),
  { selector: ({ name }) => name },
);

/** Counts everything in pages of a few, each from the JSON of the one before; at most this many. */
function countAll(all: readonly { readonly name: string; readonly items: number }[], pageSize: number): ItemProgress {
  let progress = noItemsCounted;
  for (let turn = 0; turn < 100; turn++) {
    const step = nextItemStep(progress);
    if (step.kind === "done") return progress;
    const start = Number(step.marker ?? 0);
    const nextOf = (size: number): string | undefined => (start + pageSize < size ? `${start + pageSize}` : undefined);
    const before = progress.step;
    if (step.kind === "list-holders") {
      const names = all.slice(start, start + pageSize).map(({ name }) => name);
      progress = addHolderPage(progress, { names, next: nextOf(all.length) });
    } else {
      const size = all.find(({ name }) => name === step.holder)?.items ?? 0;
      progress = addItemPage(progress, { items: Math.min(pageSize, size - start), next: nextOf(size) });
    }
    expect(progress.step).toBe(before + 1);
    progress = JSON.parse(JSON.stringify(progress)) as ItemProgress;
  }
  throw new Error("it does not end");
}

test("page by page, every table and entity is counted once, those of analytics apart", () => {
  fc.assert(
    fc.property(holders, fc.integer({ min: 1, max: 5 }), (all, pageSize) => {
      const users = all.filter(({ name }) => name.length === 1);
      const sum = (of: typeof all): number => of.reduce((total, { items }) => total + items, 0);
      expect(countAll(all, pageSize)).toMatchObject({
        count: users.length,
        items: sum(users),
        analyticsItems: sum(all) - sum(users),
      });
    }),
  );
});
