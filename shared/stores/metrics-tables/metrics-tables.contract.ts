import { describe, expect, test } from "vitest";

import { capacityRows } from "../../storage-analytics/capacity-row.js";
import { planMetricsRows } from "../../storage-analytics/metrics-row-plan.js";
import { metricsRows, type MetricsRow } from "../../storage-analytics/metrics-row.js";
import { RollUpCells } from "../../storage-analytics/roll-up-cells.js";
import type { MetricsTables, TransactionsTable } from "./metrics-tables.js";

const on = { enabled: true, includeApis: true };
const table: TransactionsTable = { kind: "transactions", level: "Minute", location: "Primary", service: "queue" };

/** @param apis how many different ones were called, each as often as `times` says */
export function sampleRows(partitionKey: string, apis: number, times = 1): readonly MetricsRow[] {
  const cells = new RollUpCells();
  for (let api = 0; api < apis; api++) {
    const operation = `Api${api}`;
    const series = {
      access: "user",
      operation,
      responseType: "Success",
      authentication: "SAS",
      geoType: "Primary",
    } as const;
    for (let time = 0; time < times; time++) cells.add(0, cells.seriesNumber(series), 2 ** 40, 300, 7, 2);
  }
  return metricsRows(partitionKey, cells.cells(), false);
}

/** @param open gives tables that are empty, or not there */
export const metricsTablesContract = (name: string, open: () => Promise<MetricsTables>): void => {
  describe(`${name} keeps metrics rows`, () => {
    const readAll = (tables: MetricsTables) => tables.read(table, "00000000T0000", "99999999T9999");

    test("a table that is not there has no rows", async () => {
      expect(await readAll(await open())).toEqual([]);
    });

    test("rows are read back as they were written, and are found to be right", async () => {
      const tables = await open();
      const rows = sampleRows("20260101T1000", 3);
      expect(await tables.write(table, "20260101T1000", planMetricsRows(rows, [], on))).toEqual({ kind: "written" });
      const stored = await readAll(tables);
      expect(stored.map(({ rowKey }) => rowKey).sort()).toEqual(rows.map(({ rowKey }) => rowKey).sort());
      expect(planMetricsRows(rows, stored, on)).toEqual({ writes: [], removals: [], edited: [] });
    });

    test("many rows of one minute are written, replaced and removed", async () => {
      const tables = await open();
      const key = "20260101T1001";
      await tables.write(table, key, planMetricsRows(sampleRows(key, 60), [], on));
      const more = sampleRows(key, 50, 2);
      expect(await tables.write(table, key, planMetricsRows(more, await tables.read(table, key, key), on))).toEqual({
        kind: "written",
      });
      const stored = await tables.read(table, key, key);
      expect(stored).toHaveLength(51);
      expect(planMetricsRows(more, stored, on).writes).toEqual([]);
    });

    test("of two writers who planned on the same rows one wins and the other is told", async () => {
      const tables = await open();
      const key = "20260101T1002";
      // the race is about rows, not about making the table: both writers were told `written` once when it was both
      await tables.write(table, "20260101T1001", planMetricsRows(sampleRows("20260101T1001", 1), [], on));
      const plans = [sampleRows(key, 1), sampleRows(key, 1, 2)].map((rows) => planMetricsRows(rows, [], on));
      const results = await Promise.all(plans.map((plan) => tables.write(table, key, plan)));
      expect(results.map(({ kind }) => kind).sort()).toEqual(["conflict", "written"]);
    });

    test("a plan on rows that were changed or deleted meanwhile changes nothing", async () => {
      const tables = await open();
      const key = "20260101T1003";
      await tables.write(table, key, planMetricsRows(sampleRows(key, 1), [], on));
      const stale = await tables.read(table, key, key);
      const newer = sampleRows(key, 1, 2);
      await tables.write(table, key, planMetricsRows(newer, stale, on));
      const late = planMetricsRows(sampleRows(key, 1, 3), stale, on);
      expect(await tables.write(table, key, late)).toEqual({ kind: "conflict" });
      expect(planMetricsRows(newer, await tables.read(table, key, key), on).writes).toEqual([]);
      await tables.removeBefore(table, "20260101T1004", 100);
      expect(await tables.write(table, key, late)).toEqual({ kind: "conflict" });
    });

    test("rows of a range of minutes are read, both ends included", async () => {
      const tables = await open();
      for (const key of ["20260101T1000", "20260101T1001", "20260101T1002", "20260101T1003"]) {
        await tables.write(table, key, planMetricsRows(sampleRows(key, 0), [], on));
      }
      const rows = await tables.read(table, "20260101T1001", "20260101T1002");
      expect(rows.map(({ partitionKey }) => partitionKey)).toEqual(["20260101T1001", "20260101T1002"]);
    });

    test("rows before a time are removed, as many at a time as asked for", async () => {
      const tables = await open();
      for (const key of ["20260101T1000", "20260101T1001", "20260101T1002"]) {
        await tables.write(table, key, planMetricsRows(sampleRows(key, 1), [], on));
      }
      expect(await tables.removeBefore(table, "20260101T1002", 3)).toBe(3);
      expect(await tables.removeBefore(table, "20260101T1002", 3)).toBe(1);
      expect(await tables.removeBefore(table, "20260101T1002", 3)).toBe(0);
      expect((await readAll(tables)).map(({ rowKey }) => rowKey).sort()).toEqual(["user;All", "user;Api0"]);
    });

    test("capacity rows of a range of days are read back", async () => {
      const tables = await open();
      expect(await tables.readCapacity("20260101T0000", "20260101T0000")).toEqual([]);
      const counts = { capacity: 2 ** 40, containers: 3, objects: 4 };
      for (const day of ["2026-01-01", "2026-01-02"]) {
        await tables.writeCapacity(capacityRows(new Date(day), { data: counts, analytics: counts }));
      }
      const rows = await tables.readCapacity("20260102T0000", "20260103T0000");
      expect(rows.map(({ partitionKey, rowKey }) => `${partitionKey} ${rowKey}`)).toEqual([
        "20260102T0000 analytics",
        "20260102T0000 data",
      ]);
      expect(rows[0]?.columns).toEqual({ Capacity: 2 ** 40, ContainerCount: 3, ObjectCount: 4 });
    });

    test("rows of a table that was deleted meanwhile are not found, and removing them is no fault", async () => {
      const tables = await open();
      expect(await tables.removeBefore({ kind: "capacity" }, "20260101T0000", 10)).toBe(0);
    });
  });
};
