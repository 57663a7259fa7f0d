import { describe, expect, test } from "vitest";

import type { LedgerName, RollUpLedgers } from "./roll-up-ledgers.js";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
let last = 490_000;
/** One that no other test touches. */
const newName = (): LedgerName => ({ account: "acc", service: "blob", hour: last++ });

/** @param open called once per test; may give the same storage each time */
export const rollUpLedgersContract = (name: string, open: () => Promise<RollUpLedgers>): void => {
  describe(`${name} keeps ledgers`, () => {
    async function appendTo(
      ledgers: RollUpLedgers,
      to: LedgerName,
      record: Uint8Array,
      etag?: string,
    ): Promise<string> {
      const appended = await ledgers.append(to, record, etag);
      if (appended.kind !== "appended") throw new Error(`appending: ${appended.kind}`);
      return appended.etag;
    }

    test("one that was never written is not found", async () => {
      expect(await (await open()).read(newName(), 0)).toEqual({ kind: "not-found" });
    });

    test("records are read back in order, whole or from a position on", async () => {
      const ledgers = await open();
      const to = newName();
      const etag = await appendTo(ledgers, to, bytes(1, 2, 3), await appendTo(ledgers, to, bytes(9)));
      expect(await ledgers.read(to, 0)).toMatchObject({ kind: "read", etag });
      const read = async (from: number) => {
        const piece = await ledgers.read(to, from);
        return piece.kind === "read" ? [...piece.bytes] : piece.kind;
      };
      expect([await read(0), await read(1), await read(4), await read(5)]).toEqual([
        [9, 1, 2, 3],
        [1, 2, 3],
        [],
        "restarted",
      ]);
      expect(await ledgers.read(to, 4)).toMatchObject({ etag });
    });

    test("of writers who know the same, one wins and the others are told", async () => {
      const ledgers = await open();
      const to = newName();
      const first = await Promise.all([1, 2, 3].map((value) => ledgers.append(to, bytes(value), undefined)));
      expect(first.map(({ kind }) => kind).sort()).toEqual(["appended", "conflict", "conflict"]);
      const read = await ledgers.read(to, 0);
      const etag = read.kind === "read" ? read.etag : undefined;
      const second = await Promise.all([4, 5, 6].map((value) => ledgers.append(to, bytes(value), etag)));
      expect(second.map(({ kind }) => kind).sort()).toEqual(["appended", "conflict", "conflict"]);
      const whole = await ledgers.read(to, 0);
      expect(whole.kind === "read" && whole.bytes.length).toBe(2);
    });

    test("a writer who knows less than what is there writes nothing", async () => {
      const ledgers = await open();
      const to = newName();
      const etag = await appendTo(ledgers, to, bytes(1));
      await appendTo(ledgers, to, bytes(2), etag);
      expect(await ledgers.append(to, bytes(3), etag)).toEqual({ kind: "conflict" });
      expect(await ledgers.append(to, bytes(3), undefined)).toEqual({ kind: "conflict" });
    });

    test("a removed ledger is gone, for a writer who knew it, too; removing it again is no fault", async () => {
      const ledgers = await open();
      const to = newName();
      const etag = await appendTo(ledgers, to, bytes(1, 2));
      await ledgers.remove(to);
      await ledgers.remove(to);
      expect(await ledgers.read(to, 0)).toEqual({ kind: "not-found" });
      expect(await ledgers.append(to, bytes(3), etag)).toEqual({ kind: "conflict" });
      await appendTo(ledgers, to, bytes(4));
      expect(await ledgers.read(to, 2)).toEqual({ kind: "restarted" });
    });

    test("a list has the ledgers of one account", async () => {
      const ledgers = await open();
      const mine: LedgerName = { account: `mine${last++}`, service: "queue", hour: 491_234 };
      expect(await names(ledgers, mine.account)).toEqual([]);
      await appendTo(ledgers, mine, bytes(1));
      await appendTo(ledgers, { ...mine, account: `${mine.account}x` }, bytes(1));
      expect(await names(ledgers, mine.account)).toEqual([mine]);
    });
  });
};

async function names(ledgers: RollUpLedgers, account: string): Promise<LedgerName[]> {
  const found: LedgerName[] = [];
  for await (const name of ledgers.list(account)) found.push(name);
  return found;
}
