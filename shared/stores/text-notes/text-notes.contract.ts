import { beforeEach, describe, expect, test } from "vitest";

import type { TextNotes } from "./text-notes.js";

/** @param open an empty one */
export const textNotesContract = (name: string, open: () => Promise<TextNotes>): void => {
  describe(`${name} keeps notes`, () => {
    let notes: TextNotes;
    beforeEach(async () => {
      notes = await open();
    });

    test("one is read as it was written, and others are not touched", async () => {
      expect(await notes.read("one")).toBeUndefined();
      const saved = await notes.save("one", "x".repeat(100_000), undefined);
      await notes.save("two", "2", undefined);
      expect(await notes.read("one")).toEqual(saved);
    });

    test("of those who read the same one wins and the others are told", async () => {
      const first = await Promise.all(["a", "b", "c"].map((text) => notes.save("one", text, undefined)));
      expect(first.filter((each) => each !== undefined)).toHaveLength(1);
      const kept = await notes.read("one");
      const second = await Promise.all(["d", "e"].map((text) => notes.save("one", text, kept?.etag)));
      expect(second.filter((each) => each !== undefined)).toHaveLength(1);
      expect(await notes.save("one", "f", kept?.etag)).toBeUndefined();
    });
  });
};
