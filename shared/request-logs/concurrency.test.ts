import { expect, test } from "vitest";

import { forEachOf } from "./concurrency.js";

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("every item is done, no more than the limit at a time", async () => {
  const done: number[] = [];
  let running = 0;
  let most = 0;
  await forEachOf([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
    most = Math.max(most, ++running);
    await soon();
    running -= 1;
    done.push(item);
  });
  expect(done.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(most).toBe(3);
});

test("the first fault ends it, after what was begun is over", async () => {
  const done: number[] = [];
  const work = forEachOf([1, 2, 3, 4, 5, 6], 2, async (item) => {
    await soon();
    if (item === 2) throw new Error("two");
    await soon();
    done.push(item);
  });
  await expect(work).rejects.toThrow("two");
  expect(done).toEqual([1]);
});

test("nothing to do is done", async () => {
  await forEachOf([], 5, () => Promise.reject(new Error("not called")));
});
