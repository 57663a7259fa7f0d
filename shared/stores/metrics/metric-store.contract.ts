import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { LatencySketch } from "../../metrics/latency-sketch.js";
import { aggregate, type SeriesCells } from "../../metrics/metric-cell.js";
import type { MetricQuery, MetricStore, MetricTarget, MinuteUpdate } from "./metric-store.js";

const hour = 490_000;
const at = (minute: number): number => hour * 60 + minute;
const day = 24 * Math.floor(hour / 24);
let last = 0;
const newTarget = (): MetricTarget => ({
  resourceId: `/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a${last++}/blobServices/default`,
  namespace: "Microsoft.Storage/storageAccounts/blobServices",
});

const requests = (api: string, counts: Readonly<Record<number, number>>): SeriesCells => ({
  metric: "Transactions",
  dimensions: { ApiName: api },
  gauge: false,
  cells: new Map(
    Object.entries(counts).map(([minute, count]) => [Number(minute), { sum: count, count, min: 1, max: 1 }]),
  ),
});
const update =
  (minutes: readonly number[], ...series: readonly SeriesCells[]) =>
  (): Promise<MinuteUpdate> =>
    Promise.resolve({ minutes, series });

/** @param open called once per test; may give the same storage each time */
export const metricStoreContract = (name: string, open: () => Promise<MetricStore>): void => {
  describe(`${name} keeps metrics`, () => {
    async function totals(store: MetricStore, target: MetricTarget, query: Partial<MetricQuery> = {}) {
      const asked = { metrics: ["Transactions"], filter: [], splitBy: [], from: at(0), to: at(60), grain: 1 };
      const series = await store.query({ ...asked, ...target, ...query });
      return Object.fromEntries(
        series.map(({ dimensions, points }) => [
          Object.values(dimensions).join("/"),
          Object.fromEntries(
            [...points].sort(([a], [b]) => a - b).map(([minute, cell]) => [minute, aggregate(cell, "Total")]),
          ),
        ]),
      );
    }

    test("a resource without metrics has no series, definitions or watermark", async () => {
      const store = await open();
      const target = newTarget();
      expect(await totals(store, target)).toEqual({});
      expect(await store.definitions(target.resourceId)).toEqual([]);
      expect(await store.watermark(target.resourceId)).toBeUndefined();
    });

    test("minutes are read back, whatever the case of the resource's id", async () => {
      const store = await open();
      const target = newTarget();
      await store.update(target, hour, update([at(1), at(2)], requests("GetBlob", { [at(1)]: 3, [at(2)]: 4 })));
      const shouting = { resourceId: target.resourceId.toUpperCase(), namespace: target.namespace.toUpperCase() };
      expect(await totals(store, shouting)).toEqual({ "": { [at(1)]: 3, [at(2)]: 4 } });
    });

    test("an update replaces its minutes whole, and leaves all others", async () => {
      const store = await open();
      const target = newTarget();
      await store.update(
        target,
        hour,
        update([at(1), at(2)], requests("GetBlob", { [at(1)]: 3, [at(2)]: 4 }), requests("PutBlob", { [at(1)]: 9 })),
      );
      // of minute 3, cells come along that were not asked to be replaced
      await store.update(target, hour, update([at(1)], requests("GetBlob", { [at(1)]: 5, [at(3)]: 1 })));
      expect(await totals(store, target, { splitBy: ["ApiName"] })).toEqual({ GetBlob: { [at(1)]: 5, [at(2)]: 4 } });
    });

    test("writers of different metrics of one minute leave each other's alone", async () => {
      const store = await open();
      const target = newTarget();
      const blobs = (count: number): SeriesCells => ({ ...requests("", { [at(0)]: count }), metric: "BlobCount" });
      const of = (metric: string, series: SeriesCells) => (): Promise<MinuteUpdate> =>
        Promise.resolve({ minutes: [at(0)], metrics: [metric], series: [series] });
      await store.update(target, hour, of("Transactions", requests("GetBlob", { [at(0)]: 3 })));
      await store.update(target, hour, of("BlobCount", blobs(7)));
      await store.update(target, hour, of("Transactions", requests("GetBlob", { [at(0)]: 4 })));
      await store.update(target, hour, of("BlobCount", blobs(8)));
      expect(await totals(store, target)).toEqual({ "": { [at(0)]: 4 } });
      for (const grain of [1, 60]) {
        expect(await totals(store, target, { metrics: ["BlobCount"], grain })).toEqual({ "": { [at(0)]: 8 } });
      }
    });

    test("the same update twice changes nothing", async () => {
      const store = await open();
      const target = newTarget();
      for (let time = 0; time < 2; time++)
        await store.update(target, hour, update([at(1)], requests("GetBlob", { [at(1)]: 3 })));
      expect(await totals(store, target)).toEqual({ "": { [at(1)]: 3 } });
      expect(await totals(store, target, { grain: 60 })).toEqual({ "": { [at(0)]: 3 } });
    });

    test("writers at the same time all get through, and compute anew on what they lost to", async () => {
      const store = await open();
      const target = newTarget();
      let source = 0;
      let running = 0;
      await Promise.all(
        [1, 2, 3, 4].map(async () => {
          source += 1;
          await store.update(target, hour, async () => {
            running += 1;
            const seen = source; // read while others write
            await new Promise((resolve) => setImmediate(resolve));
            return { minutes: [at(1)], series: [requests("GetBlob", { [at(1)]: seen })] };
          });
        }),
      );
      expect(running).toBeGreaterThanOrEqual(4);
      expect(await totals(store, target)).toEqual({ "": { [at(1)]: 4 } });
    });

    test("hours and days are the sums of their minutes, with the latency of all", async () => {
      const store = await open();
      const target = newTarget();
      for (const [of, value] of [
        [day, 5],
        [day + 1, 7],
        [day + 24, 11],
      ] as const) {
        const sketch = new LatencySketch();
        sketch.add(value);
        const cell = { sum: value, count: 1, min: value, max: value, sketch };
        const series = {
          metric: "SuccessE2ELatency",
          dimensions: {},
          gauge: false,
          cells: new Map([[of * 60 + 7, cell]]),
        };
        await store.update(target, of, update([of * 60 + 7], series));
      }
      const range = { ...target, metrics: ["SuccessE2ELatency"], filter: [], splitBy: [], from: day * 60 };
      const [hours] = await store.query({ ...range, to: (day + 48) * 60, grain: 60 });
      expect([...(hours?.points ?? [])].map(([minute, { sum }]) => [minute / 60 - day, sum])).toEqual([
        [0, 5],
        [1, 7],
        [24, 11],
      ]);
      const [days] = await store.query({ ...range, to: (day + 48) * 60, grain: 1_440, sketches: true });
      expect([...(days?.points.values() ?? [])].map(({ min, max, sketch }) => [min, max, sketch?.quantile(1)])).toEqual(
        [
          [5, 7, 7],
          [11, 11, 11],
        ],
      );
      // ends inside an hour, and begins inside one
      const [cut] = await store.query({ ...range, to: (day + 24) * 60 + 7, grain: 60 });
      expect(cut?.points.size).toBe(2);
      const [shifted] = await store.query({ ...range, from: day * 60 + 8, to: (day + 48) * 60, grain: 60 });
      expect([...(shifted?.points ?? [])].map(([minute, { sum }]) => [minute - day * 60, sum])).toEqual([
        [8, 7],
        [24 * 60 - 52, 11],
      ]);
    });

    test("points of any length that begin anywhere are the sums of their minutes", async () => {
      const store = await open();
      const target = newTarget();
      const kept = [0, 7, 59, 60, 61, 119, 600, 1_439, 1_440, 1_500, 2_879].map((minute) => day * 60 + minute);
      for (const of of new Set(kept.map((minute) => Math.floor(minute / 60)))) {
        const mine = kept.filter((minute) => Math.floor(minute / 60) === of);
        const counts = Object.fromEntries(mine.map((minute) => [minute, minute - day * 60 + 1]));
        await store.update(target, of, update(mine, requests("GetBlob", counts)));
      }
      const grains = fc.constantFrom(1, 5, 30, 60, 90, 360, 1_440, 2_880);
      await fc.assert(
        fc.asyncProperty(
          fc.nat({ max: 2_000 }),
          fc.integer({ min: 1, max: 2_900 }),
          grains,
          async (start, length, grain) => {
            const from = day * 60 + start;
            const to = from + length;
            const expected: Record<number, number> = {};
            for (const minute of kept.filter((each) => each >= from && each < to)) {
              const point = minute - ((minute - from) % grain);
              expected[point] = (expected[point] ?? 0) + minute - day * 60 + 1;
            }
            const found = await totals(store, target, { from, to, grain });
            expect(found[""] ?? {}).toEqual(expected);
          },
        ),
        { numRuns: 40 },
      );
    });

    test("a correction reaches the sums of its hour", async () => {
      const store = await open();
      const target = newTarget();
      await store.update(target, hour, update([at(1)], requests("GetBlob", { [at(1)]: 3 })));
      await store.update(target, hour, update([at(1)], requests("GetBlob", { [at(1)]: 4 })));
      await store.update(target, hour, update([at(2)], requests("PutBlob", { [at(2)]: 1 })));
      expect(await totals(store, target, { grain: 60 })).toEqual({ "": { [at(0)]: 5 } });
    });

    test("definitions name metrics with every dimension that was seen", async () => {
      const store = await open();
      const target = newTarget();
      await store.update(target, hour, update([at(1)], requests("GetBlob", { [at(1)]: 3 })));
      const ingress = { ...requests("a", { [at(1)]: 1 }), metric: "Ingress", dimensions: { GeoType: "Primary" } };
      await store.update(target, hour, update([at(1)], ingress, { ...ingress, dimensions: { Tier: "Hot" } }));
      const found = (await store.definitions(target.resourceId)).filter(({ metric }) => metric === "Ingress");
      expect(found).toEqual([{ namespace: target.namespace, metric: "Ingress", dimensions: ["GeoType", "Tier"] }]);
    });

    test("the watermark never goes back", async () => {
      const store = await open();
      const { resourceId } = newTarget();
      for (const minute of [5, 9, 7]) await store.advanceWatermark(resourceId, minute);
      expect(await store.watermark(resourceId.toUpperCase())).toBe(9);
    });

    test("changes since a token are told, and not again with the next token", async () => {
      const store = await open();
      const target = newTarget();
      const now = new Date();
      const { token } = await store.changedSince(undefined, now);
      await store.update(target, hour, update([at(1), at(4)], requests("GetBlob", { [at(1)]: 3 })));
      const { changes, token: next } = await store.changedSince(token, now);
      expect(changes).toEqual([{ ...target, from: at(1), to: at(4) }]);
      expect((await store.changedSince(next, now)).changes).toEqual([]);
      expect((await store.changedSince(token, now)).changes).toEqual(changes);
    });

    test("what is older than an hour is removed, as much at a time as asked for", async () => {
      const store = await open();
      const target = newTarget();
      for (const of of [1_000, 1_001, 1_002]) {
        await store.update(target, of, update([of * 60], requests("GetBlob", { [of * 60]: 1 })));
      }
      expect(await store.removeBefore(1_002, 1)).toBe(1);
      let rounds = 0;
      while ((await store.removeBefore(1_002, 1)) > 0 && rounds < 10) rounds += 1;
      const left = await totals(store, target, { from: 60_000, to: 60_180 });
      expect(left).toEqual({ "": { [1_002 * 60]: 1 } });
    });
  });
};
