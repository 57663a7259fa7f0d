import { Readable } from "node:stream";
import { beforeEach, describe, expect, test } from "vitest";

import type { DeadLetters, DeadLine } from "./dead-letters.js";

/** Dead letters and a look into where they are kept. */
export interface DeadLettersFixture {
  readonly deadLetters: DeadLetters;
  /** Contents by name. */
  kept(): Promise<ReadonlyMap<string, Buffer>>;
}

const source = { account: "account", blob: "blob/2026/01/01/1000/000007.log", etag: "0x1" };
const folder = "storage-analytics/account/blob/2026/01/01/1000/000007.log.0x1";
const line = (lineNumber: number, content: DeadLine["content"]): DeadLine => ({
  lineNumber,
  offset: lineNumber * 100,
  length: 3,
  reason: "field-count",
  message: "it has 3 fields",
  content,
});

/** What every keeper of dead letters does. @param open a new, empty one */
export const deadLettersContract = (name: string, open: () => Promise<DeadLettersFixture>): void => {
  describe(`${name} keeps dead letters`, () => {
    let fixture: DeadLettersFixture;
    beforeEach(async () => {
      fixture = await open();
    });
    const write = async (...lines: readonly DeadLine[]): Promise<void> => {
      const writer = fixture.deadLetters.lines(source);
      for (const each of lines) await writer.add(each);
      await writer.close();
    };
    const letters = async (): Promise<unknown[]> =>
      ((await fixture.kept()).get(`${folder}.ndjson`) ?? "")
        .toString()
        .split("\n")
        .filter((text) => text !== "")
        .map((text): unknown => JSON.parse(text));

    test("without letters there is nothing, and nothing is written", async () => {
      expect(await fixture.deadLetters.count()).toEqual({ letters: 0, blobs: 0, complete: true });
      await write();
      expect((await fixture.kept()).size).toBe(0);
    });

    test("a line is kept with its source, position and reason; bytes that are no text as base64", async () => {
      await write(line(3, Buffer.from("a;ü")), line(4, Buffer.from([0x61, 0xff])));
      const common = { account: "account", blob: source.blob, length: 3, reason: "field-count" };
      expect(await letters()).toEqual([
        { ...common, line: 3, offset: 300, message: "it has 3 fields", text: "a;ü" },
        { ...common, line: 4, offset: 400, message: "it has 3 fields", base64: "Yf8=" },
      ]);
      expect(await fixture.deadLetters.count()).toEqual({ letters: 2, blobs: 1, complete: true });
    });

    test("writing the same lines again, and at the same time, keeps them once", async () => {
      await Promise.all([write(line(1, Buffer.from("x"))), write(line(1, Buffer.from("x")))]);
      await write(line(1, Buffer.from("x")));
      expect((await letters()).length).toBe(1);
      expect(await fixture.deadLetters.count()).toMatchObject({ letters: 1, blobs: 1 });
    });

    test("many lines are kept in order", async () => {
      const text = Buffer.from("x".repeat(1_000_000));
      await write(...Array.from({ length: 10 }, (_, index) => line(index, text)));
      expect((await letters()).map((each) => (each as { line: number }).line)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });

    test("a line too long to hold has a blob of its own", async () => {
      const content = Buffer.alloc(9_000_000, "y");
      await write(line(1, Readable.from([content.subarray(0, 5_000_000), content.subarray(5_000_000)])));
      expect(await letters()).toMatchObject([{ line: 1, keptIn: `${folder}.line-1.bin` }]);
      expect((await fixture.kept()).get(`${folder}.line-1.bin`)?.equals(content)).toBe(true);
      expect(await fixture.deadLetters.count()).toMatchObject({ letters: 1 });
    });

    test("letters are counted by account and service", async () => {
      await write(line(1, Buffer.from("x")));
      const { deadLetters } = fixture;
      expect(await deadLetters.count({ account: "account", service: "blob" })).toMatchObject({ letters: 1 });
      expect(await deadLetters.count({ account: "account", service: "queue" })).toMatchObject({ letters: 0 });
      expect(await deadLetters.count({ account: "other", service: "blob" })).toMatchObject({ letters: 0 });
    });

    test("lines of one account and service go with hours before one, as many blobs at a time as asked for", async () => {
      const { deadLetters } = fixture;
      const sources = [
        { ...source, blob: "blob/2025/12/31/2300/000000.log" },
        { ...source, blob: "blob/2026/01/01/0900/000000.log" },
        { ...source, blob: "blob/2026/01/01/0900/000001.log" },
        source,
        { ...source, blob: "queue/2025/12/31/2300/000000.log" },
        { ...source, account: "account2", blob: "blob/2025/12/31/2300/000000.log" },
      ];
      for (const each of sources) {
        const writer = deadLetters.lines(each);
        await writer.add(line(1, Buffer.from("x")));
        await writer.close();
      }
      await deadLetters.message({ queue: "q", reason: "r", message: 1 });
      const remove = (limit: number) =>
        deadLetters.removeLines({ account: "account", service: "blob" }, new Date("2026-01-01T10:00Z"), limit);
      expect([await remove(2), await remove(2), await remove(2)]).toEqual([2, 1, 0]);
      const left = [...(await fixture.kept()).keys()].filter((key) => key.startsWith("storage-analytics/"));
      expect(left.sort()).toEqual([
        `${folder}.ndjson`,
        "storage-analytics/account/queue/2025/12/31/2300/000000.log.0x1.ndjson",
        "storage-analytics/account2/blob/2025/12/31/2300/000000.log.0x1.ndjson",
      ]);
    });

    test("messages go that were kept before a time, and no line", async () => {
      const { deadLetters } = fixture;
      await write(line(1, Buffer.from("x")));
      for (const message of [1, 2, 3]) await deadLetters.message({ queue: "q", reason: "r", message });
      expect(await deadLetters.removeMessages(new Date(Date.now() - 60_000), 9)).toBe(0);
      const later = new Date(Date.now() + 60_000);
      expect([await deadLetters.removeMessages(later, 2), await deadLetters.removeMessages(later, 2)]).toEqual([2, 1]);
      expect([...(await fixture.kept()).keys()]).toEqual([`${folder}.ndjson`]);
    });

    test("where nothing was ever kept there is nothing to remove", async () => {
      const { deadLetters } = fixture;
      expect(await deadLetters.removeLines({ account: "account", service: "blob" }, new Date(), 9)).toBe(0);
      expect(await deadLetters.removeMessages(new Date(), 9)).toBe(0);
    });

    test("a message is kept once, and beside others, whatever it says of itself", async () => {
      const message = { queue: "vigil-read-logs", reason: "no work", message: { id: "../x", dequeueCount: 0 } };
      await fixture.deadLetters.message(message);
      await fixture.deadLetters.message(message);
      await fixture.deadLetters.message({ ...message, message: { id: "../x" } });
      await fixture.deadLetters.message({ ...message, message: undefined });
      const kept = await fixture.kept();
      expect(kept.size).toBe(3);
      expect([...kept.keys()].every((key) => /^messages\/vigil-read-logs\/[0-9a-f]{64}\.json$/.test(key))).toBe(true);
      expect([...kept.values()].map((text) => JSON.parse(text.toString()) as unknown)).toContainEqual(message);
    });
  });
};
