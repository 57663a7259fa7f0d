import type { CapacityRow } from "../storage-analytics/capacity-row.js";
import type { StoredMetricsRow } from "../storage-analytics/metrics-row-plan.js";
import { azureMetricsTableName, type MetricsTable } from "../storage-analytics/metrics-table.js";
import type { MetricsTables } from "../stores/metrics-tables/metrics-tables.js";

type Row = Omit<StoredMetricsRow, "columns"> & { readonly columns: Readonly<Record<string, number>> };

/** Metrics tables for simulations with thousands of runs; passes the same contract as those in storage. */
export function metricsTablesInMemory(): MetricsTables & {
  edit(table: MetricsTable, row: Omit<Row, "etag">): void;
  rows(table: MetricsTable): readonly Row[];
} {
  const tables = new Map<string, Map<string, Row>>();
  let writes = 0;
  const open = (table: MetricsTable): Map<string, Row> => {
    const name = azureMetricsTableName(table);
    const rows = tables.get(name) ?? new Map<string, Row>();
    tables.set(name, rows);
    return rows;
  };
  const keyOf = (partitionKey: string, rowKey: string): string => `${partitionKey} ${rowKey}`;
  const put = (table: MetricsTable, row: Omit<Row, "etag">): void => {
    open(table).set(keyOf(row.partitionKey, row.rowKey), { ...row, etag: `${++writes}` });
  };
  const sorted = (table: MetricsTable): Row[] =>
    [...open(table)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  return {
    read: async (table, from, to) => {
      await Promise.resolve();
      return sorted(table).filter(({ partitionKey }) => partitionKey >= from && partitionKey <= to);
    },
    readCapacity: async (from, to) => {
      await Promise.resolve();
      return sorted({ kind: "capacity" }).filter(({ partitionKey }) => partitionKey >= from && partitionKey <= to);
    },
    write: async (table, partitionKey, plan) => {
      await Promise.resolve();
      const rows = open(table);
      const known = [...plan.removals, ...plan.writes.map(({ row, etag }) => ({ rowKey: row.rowKey, etag }))];
      if (known.some(({ rowKey, etag }) => rows.get(keyOf(partitionKey, rowKey))?.etag !== etag)) {
        return { kind: "conflict" };
      }
      for (const { rowKey } of plan.removals) rows.delete(keyOf(partitionKey, rowKey));
      for (const { row } of plan.writes) put(table, row);
      return { kind: "written" };
    },
    writeCapacity: async (rows: readonly CapacityRow[]) => {
      await Promise.resolve();
      for (const row of rows) put({ kind: "capacity" }, row);
    },
    removeBefore: async (table, key, limit) => {
      await Promise.resolve();
      const old = sorted(table)
        .filter(({ partitionKey }) => partitionKey < key)
        .slice(0, limit);
      for (const row of old) open(table).delete(keyOf(row.partitionKey, row.rowKey));
      return old.length;
    },
    edit: put,
    rows: sorted,
  };
}
