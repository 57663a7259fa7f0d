import { describe, expect, test } from "vitest";

import type { PublicationMarks } from "./publication-marks.js";

/** @param open marks of which none is there */
export const publicationMarksContract = (name: string, open: () => PublicationMarks): void => {
  describe(`${name} keeps publication marks`, () => {
    test("an hour that was never published is at 0; what is saved last is read", async () => {
      const marks = open();
      const name = { account: "acc", service: "table", hour: 490_000 } as const;
      expect(await marks.read(name)).toBe(0);
      for (const position of [2 ** 40, 17]) {
        await marks.save(name, position);
        expect(await marks.read(name)).toBe(position);
      }
      expect(await marks.read({ ...name, hour: 490_001 })).toBe(0);
      expect(await marks.read({ ...name, service: "blob" })).toBe(0);
      await marks.remove(name);
      await marks.remove(name);
      expect(await marks.read(name)).toBe(0);
    });
  });
};
