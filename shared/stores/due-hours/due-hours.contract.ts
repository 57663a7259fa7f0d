import { beforeEach, describe, expect, test } from "vitest";

import type { DueHours } from "./due-hours.js";

/** What every store of due hours does. @param open an empty one */
export const dueHoursContract = (name: string, open: () => Promise<DueHours>): void => {
  describe(`${name} holds hours that are due`, () => {
    const noon = { account: "acc", service: "blob", hour: 490_000 } as const;
    let due: DueHours;
    beforeEach(async () => {
      due = await open();
    });

    test("nothing is due at first", async () => {
      expect(await due.find(noon)).toBeUndefined();
      expect(await due.list("acc")).toEqual([]);
    });

    test("hours of one account are listed by service and time, each once", async () => {
      const names = [
        { ...noon, service: "table" },
        { ...noon, hour: 490_001 },
        noon,
        noon,
        { ...noon, account: "other" },
      ] as const;
      for (const each of names) await due.add(each);
      expect((await due.list("acc")).map(({ service, hour }) => ({ service, hour }))).toEqual([
        { service: "blob", hour: 490_000 },
        { service: "blob", hour: 490_001 },
        { service: "table", hour: 490_000 },
      ]);
    });

    test("what is published is due no more; taking it away twice is no fault", async () => {
      await due.add(noon);
      const note = await due.find(noon);
      if (note === undefined) throw new Error("it was noted");
      expect(note).toMatchObject(noon);
      await due.remove(note);
      await due.remove(note);
      expect(await due.find(noon)).toBeUndefined();
    });

    test("an hour that was noted again while it was published stays due", async () => {
      await due.add(noon);
      const note = await due.find(noon);
      if (note === undefined) throw new Error("it was noted");
      await due.add(noon);
      await due.remove(note);
      expect(await due.find(noon)).toMatchObject(noon);
    });
  });
};
