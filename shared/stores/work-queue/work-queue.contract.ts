import { beforeEach, describe, expect, test } from "vitest";

import type { WorkQueue } from "./work-queue.js";

/** A queue, what the Functions host would get from it, and a way to fail a message to the end. */
export interface WorkQueueFixture {
  readonly queue: WorkQueue;
  receive(): Promise<unknown>;
  poison(): Promise<void>;
}

/** What every work queue does. @param open one that does not exist yet */
export const workQueueContract = (name: string, open: () => Promise<WorkQueueFixture>): void => {
  describe(`${name} holds work`, () => {
    let fixture: WorkQueueFixture;
    beforeEach(async () => {
      fixture = await open();
    });

    test("a queue that is not there counts nothing, and is made by the first message", async () => {
      expect(await fixture.queue.counts()).toEqual({ waiting: 0, poison: 0 });
      await fixture.queue.send({ a: 1 });
      expect(await fixture.queue.counts()).toEqual({ waiting: 1, poison: 0 });
    });

    test("several first messages at once all arrive", async () => {
      await Promise.all([1, 2, 3, 4].map((each) => fixture.queue.send(each)));
      expect((await fixture.queue.counts()).waiting).toBe(4);
    });

    test("work travels in an envelope", async () => {
      await fixture.queue.send({ id: "ä", list: [1] });
      expect(await fixture.receive()).toEqual({ work: { id: "ä", list: [1] } });
    });

    test("what failed to the end is counted", async () => {
      await fixture.poison();
      expect((await fixture.queue.counts()).poison).toBe(1);
    });
  });
};
