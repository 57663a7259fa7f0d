import { beforeEach, describe, expect, test } from "vitest";

import type { LogBlobName } from "../../storage-analytics/log-blob.js";
import type { RequestCell } from "../../storage-analytics/request-counts.js";
import type { LogReading, LogReadings } from "./log-readings.js";

const hour = new Date("2026-01-01T10:00:00Z");
const at = (minute: number): Date => new Date(hour.getTime() + minute * 60_000);
const blob = (counter: number): LogBlobName => ({ service: "blob", hour, counter });
const now = new Date("2026-01-01T11:00:00Z");

const cell = (minute: number, requests: number, operation = "GetBlob"): RequestCell => ({
  minute: at(minute).getTime() / 60_000,
  service: "blob",
  operation,
  requestStatus: "Success",
  authentication: "sas",
  category: "Success",
  entries: requests,
  requests,
  ingressBytes: requests * 10,
  egressBytes: requests * 100,
  endToEndLatencyMs: requests * 3,
  serverLatencyMs: requests * 2,
});
const reading = (etag: string, cells: readonly RequestCell[]): LogReading => ({
  etag,
  size: 1_000,
  entries: cells.reduce((sum, { entries }) => sum + entries, 0),
  badLines: 1,
  cells,
});

const known = (planned: string | undefined) => (planned === undefined ? {} : { planned });

/** What every keeper of log readings does. @param open a new, empty one */
export const logReadingsContract = (name: string, open: () => Promise<LogReadings>): void => {
  describe(`${name} keeps log readings`, () => {
    let readings: LogReadings;
    beforeEach(async () => {
      readings = await open();
    });
    const counted = async (from = at(-120), to = at(120)): Promise<RequestCell[]> => {
      const cells: RequestCell[] = [];
      for await (const each of readings.cells("account", "blob", from, to)) cells.push(each);
      return cells.sort((a, b) => a.minute - b.minute);
    };

    test("nothing is known before anything was noted", async () => {
      expect(await readings.state("account", blob(0))).toBeUndefined();
      expect(await readings.states("account", "blob", hour)).toEqual(new Map());
      expect(await counted()).toEqual([]);
    });

    test("a planned blob counts its messages, from one again when its content changes", async () => {
      await readings.plan("account", blob(1), "e1", at(1));
      expect(await readings.state("account", blob(1))).toEqual({ kind: "planned", etag: "e1", at: at(1), times: 1 });
      await readings.plan("account", blob(1), "e1", at(2));
      expect(await readings.state("account", blob(1))).toEqual({ kind: "planned", etag: "e1", at: at(2), times: 2 });
      await readings.plan("account", blob(1), "e2", at(3));
      expect(await readings.state("account", blob(1))).toEqual({ kind: "planned", etag: "e2", at: at(3), times: 1 });
    });

    test("a note of a blob that is known already has no version: what is kept of it is to be looked at", async () => {
      const planned = await readings.plan("account", blob(1), "e1", at(1));
      await readings.read(
        "account",
        [{ blob: blob(1), reading: reading("e1", [cell(0, 5)]), ...known(planned) }],
        at(2),
      );
      expect(await readings.plan("account", blob(1), "e2", at(3))).toBeUndefined();
      expect(await counted()).toEqual([cell(0, 5)]);
    });

    test("a reading comes back with its cells, whole", async () => {
      await readings.plan("account", blob(1), "e1", at(1));
      const cells = [cell(-1, 1), cell(0, 2), cell(0, 3, "PutBlob")];
      await readings.read("account", [{ blob: blob(1), reading: reading("e1", cells) }], now);
      expect(await readings.state("account", blob(1))).toEqual({
        kind: "read",
        etag: "e1",
        at: now,
        entries: 6,
        badLines: 1,
      });
      expect(await counted()).toEqual(cells);
      expect([...(await readings.states("account", "blob", hour)).keys()]).toEqual([1]);
    });

    test("the same reading twice, one after the other and at once, counts once", async () => {
      const record = (): Promise<void> =>
        readings.read("account", [{ blob: blob(1), reading: reading("e1", [cell(0, 5)]) }], now);
      await Promise.all([record(), record(), record()]);
      await record();
      expect(await counted()).toEqual([cell(0, 5)]);
    });

    test.each([
      { between: "planned it again", do: () => readings.plan("account", blob(1), "e1", at(2)) },
      { between: "found it gone", do: () => readings.gone("account", blob(1), "e1", at(2)) },
      { between: "forgot its hour", do: () => readings.removeBefore("account", "blob", at(60), 9) },
      {
        between: "read other content",
        do: () => readings.read("account", [{ blob: blob(1), reading: reading("e0", [cell(3, 1)]) }], at(2)),
      },
    ])("a reading replaces what is there, though somebody $between since it was planned", async (case_) => {
      const planned = await readings.plan("account", blob(1), "e1", at(1));
      expect(planned).toBeTypeOf("string");
      await case_.do();
      await readings.read("account", [{ blob: blob(1), reading: reading("e1", [cell(0, 5)]), ...known(planned) }], now);
      expect((await readings.state("account", blob(1)))?.kind).toBe("read");
      expect(await counted()).toEqual([cell(0, 5)]);
    });

    test.each([
      { between: "nobody did anything", do: () => Promise.resolve() },
      { between: "somebody planned one of them again", do: () => readings.plan("account", blob(2), "e2", at(2)) },
      { between: "somebody found one of them gone", do: () => readings.gone("account", blob(2), "e2", at(2)) },
      { between: "somebody forgot their hour", do: () => readings.removeBefore("account", "blob", at(60), 9) },
      {
        between: "another instance kept one of them",
        do: () => readings.read("account", [{ blob: blob(2), reading: reading("e2", [cell(1, 2)]) }], at(2)),
      },
    ])("readings of several blobs are kept, each once, though $between since they were planned", async (case_) => {
      // of the last one nothing was planned, the one before has too many cells for a row
      const many = Array.from({ length: 2_500 }, (_, index) => cell(3, 1, `Operation${index}`));
      const cells = [[cell(0, 1)], [cell(1, 2)], many, [cell(4, 5)]];
      const all = await Promise.all(
        cells.map(async (own, index) => {
          const counter = index + 1;
          const planned = counter > 3 ? undefined : await readings.plan("account", blob(counter), `e${counter}`, at(1));
          return { blob: blob(counter), reading: reading(`e${counter}`, own), ...known(planned) };
        }),
      );
      await case_.do();
      await readings.read("account", all, now);
      await readings.read("account", all, now);
      const states = [...(await readings.states("account", "blob", hour)).values()];
      expect(states.map(({ kind, etag }) => [kind, etag])).toEqual(
        ["e1", "e2", "e3", "e4"].map((etag) => ["read", etag]),
      );
      const sum = (of: readonly RequestCell[]): number => of.reduce((total, { requests }) => total + requests, 0);
      expect(sum(await counted())).toBe(sum(cells.flat()));
    });

    test("readings of two hours, and more than one transaction takes, are all kept", async () => {
      const blobs = [hour, at(60)].flatMap((of) =>
        Array.from({ length: 60 }, (_, counter) => ({ ...blob(counter), hour: of })),
      );
      const all = await Promise.all(
        blobs.map(async (each) => {
          const own = Array.from({ length: 400 }, (_, index) => cell(0, 1, `Operation${index}`));
          return { blob: each, reading: reading("e", own), ...known(await readings.plan("account", each, "e", at(1))) };
        }),
      );
      await readings.read("account", all, now);
      const found = (await counted()).reduce((total, { requests }) => total + requests, 0);
      expect(found).toBe(120 * 400);
    });

    test("other content under the same name replaces the counts, when it is less, too", async () => {
      const many = Array.from({ length: 4_500 }, (_, index) => cell(0, 1, `Operation${index}`));
      await readings.read("account", [{ blob: blob(1), reading: reading("e1", many) }], now);
      expect((await counted()).length).toBe(4_500);
      await readings.plan("account", blob(1), "e2", now);
      await readings.read("account", [{ blob: blob(1), reading: reading("e2", [cell(1, 7)]) }], now);
      expect(await counted()).toEqual([cell(1, 7)]);
    });

    test("more cells than one transaction takes are all there", async () => {
      const cells = Array.from({ length: 30_000 }, (_, index) => cell(index % 60, 1, `Operation${index}`));
      await readings.read("account", [{ blob: blob(1), reading: reading("e1", cells) }], now);
      expect((await counted()).length).toBe(30_000);
    });

    test("planning does not touch what was read with the same content", async () => {
      await readings.read("account", [{ blob: blob(1), reading: reading("e1", [cell(0, 1)]) }], now);
      await readings.plan("account", blob(1), "e1", now);
      await readings.gone("account", blob(1), "e1", now);
      expect((await readings.state("account", blob(1)))?.kind).toBe("read");
    });

    test("a blob that is gone is noted, and read if it comes back", async () => {
      await readings.plan("account", blob(1), "e1", at(1));
      await readings.gone("account", blob(1), "e1", at(2));
      expect(await readings.state("account", blob(1))).toEqual({ kind: "gone", etag: "e1", at: at(2) });
      await readings.read("account", [{ blob: blob(1), reading: reading("e1", [cell(0, 1)]) }], now);
      expect((await readings.state("account", blob(1)))?.kind).toBe("read");
    });

    test("an empty log is read, too", async () => {
      await readings.read("account", [{ blob: blob(1), reading: reading("e1", []) }], now);
      expect((await readings.state("account", blob(1)))?.kind).toBe("read");
      expect(await counted()).toEqual([]);
    });

    test("hours before one are forgotten, as many rows at a time as asked for, and nothing else", async () => {
      const hours = [at(-60), at(0), at(60)];
      for (const hour of hours)
        await readings.read("account", [{ blob: { ...blob(1), hour }, reading: reading("e1", [cell(0, 1)]) }], now);
      for (const [account, service] of [
        ["account2", "blob"],
        ["account", "queue"],
      ] as const) {
        await readings.read(
          account,
          [{ blob: { ...blob(1), service, hour: at(-60) }, reading: reading("e1", []) }],
          now,
        );
      }
      expect(await readings.removeBefore("account", "blob", at(60), 1)).toBe(1);
      expect(await readings.removeBefore("account", "blob", at(60), 3)).toBe(1);
      expect(await readings.removeBefore("account", "blob", at(60), 3)).toBe(0);
      const left = await Promise.all(hours.map((hour) => readings.states("account", "blob", hour)));
      expect(left.map(({ size }) => size)).toEqual([0, 0, 1]);
      expect((await readings.states("account2", "blob", at(-60))).size).toBe(1);
      expect((await readings.states("account", "queue", at(-60))).size).toBe(1);
    });

    test("accounts, services, hours and minutes are kept apart", async () => {
      await readings.read(
        "account",
        [{ blob: blob(1), reading: reading("e1", [cell(0, 1), cell(5, 2), cell(10, 4)]) }],
        now,
      );
      await readings.read("account", [{ blob: blob(2), reading: reading("e2", [cell(5, 8)]) }], now);
      await readings.read(
        "account",
        [{ blob: { ...blob(1), hour: at(60) }, reading: reading("e3", [cell(6, 16)]) }],
        now,
      );
      await readings.read(
        "account",
        [{ blob: { ...blob(1), service: "queue" }, reading: reading("e4", [cell(5, 32)]) }],
        now,
      );
      await readings.read("account2", [{ blob: blob(1), reading: reading("e5", [cell(5, 64)]) }], now);
      const sum = (cells: readonly RequestCell[]): number => cells.reduce((total, each) => total + each.requests, 0);
      expect(sum(await counted(at(5), at(10)))).toBe(2 + 8 + 16);
      expect(sum(await counted(at(0), at(1)))).toBe(1);
      expect(sum(await counted())).toBe(1 + 2 + 4 + 8 + 16);
    });
  });
};
