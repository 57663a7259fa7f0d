import { odata, RestError, type TableClient, type TransactionAction } from "@azure/data-tables";

import { capacityColumns, type CapacityRow } from "../../storage-analytics/capacity-row.js";
import type { MetricsRowPlan, StoredMetricsRow } from "../../storage-analytics/metrics-row-plan.js";
import { allApis, doubleColumns, int64Columns, type MetricsRow } from "../../storage-analytics/metrics-row.js";
import {
  azureMetricsTableName,
  vigilMetricsTableName,
  type MetricsTable,
} from "../../storage-analytics/metrics-table.js";
import { failedWith } from "../azure-error.js";
import { maxTransactionRows, removeRows } from "../table-rows.js";
import type { MetricsTables } from "./metrics-tables.js";

const conflicts = ["UpdateConditionNotSatisfied", "EntityAlreadyExists", "ResourceNotFound", "EntityNotFound"] as const;

type Edm = { readonly type: "Int64" | "Double"; readonly value: string };
const int64 = (value: number): Edm => ({ type: "Int64", value: value.toString() });
/** As text, because JSON has no way to write a whole number as a double. */
const double = (value: number): Edm => ({ type: "Double", value: value.toString() });

/** @param tableNamed client of a table of the monitored account */
export function metricsTablesIn(tableNamed: (name: string) => TableClient): MetricsTables {
  const opened = new Map<string, TableClient>();

  /** The client that a table is read through: Azure's name, unless it was refused before. */
  async function find(table: MetricsTable): Promise<TableClient | undefined> {
    const name = azureMetricsTableName(table);
    const known = opened.get(name);
    if (known !== undefined) return known;
    for (const candidate of [name, vigilMetricsTableName(table)]) {
      const client = tableNamed(candidate);
      if (await exists(client)) {
        opened.set(name, client);
        return client;
      }
    }
    return undefined;
  }

  async function open(table: MetricsTable): Promise<TableClient> {
    const found = await find(table);
    if (found !== undefined) return found;
    const name = azureMetricsTableName(table);
    const client = (await create(tableNamed(name))) ?? (await create(tableNamed(vigilMetricsTableName(table))));
    if (client === undefined)
      throw new Error(`creating ${name}: the account refuses this name and ${vigilMetricsTableName(table)}`);
    opened.set(name, client);
    return client;
  }

  const forget = (table: MetricsTable): boolean => opened.delete(azureMetricsTableName(table));

  async function read(table: MetricsTable, fromKey: string, toKey: string): Promise<readonly StoredMetricsRow[]> {
    const client = await find(table);
    if (client === undefined) return [];
    const rows: StoredMetricsRow[] = [];
    const int64 = table.kind === "capacity" ? capacityColumns : int64Columns;
    const filter = odata`PartitionKey ge ${fromKey} and PartitionKey le ${toKey}`;
    try {
      for await (const row of client.listEntities({ queryOptions: { filter } })) rows.push(parseRow(row, int64));
    } catch (error) {
      if (!failedWith(error, "TableNotFound")) throw new Error(`reading ${client.tableName}`, { cause: error });
      forget(table);
      return [];
    }
    return rows;
  }

  return {
    read,
    readCapacity: (fromKey, toKey) => read({ kind: "capacity" }, fromKey, toKey),
    write: async (table, partitionKey, { writes, removals }) => {
      // the sum comes last: while it is being written, All may lag behind its APIs, never the reverse
      const sorted = writes.toSorted((a, b) => Number(isSum(a.row)) - Number(isSum(b.row)));
      const client = await open(table);
      try {
        if (client.tableName.startsWith("$")) await writeAlone(client, partitionKey, { writes: sorted, removals });
        else await writeTogether(client, partitionKey, { writes: sorted, removals });
        return { kind: "written" };
      } catch (error) {
        if (failedWith(error, ...conflicts)) return { kind: "conflict" };
        if (!failedWith(error, "TableNotFound")) throw new Error(`writing ${client.tableName}`, { cause: error });
        forget(table); // somebody deleted the table: the next try makes it anew
        return { kind: "conflict" };
      }
    },
    writeCapacity: async (rows) => {
      const client = await open({ kind: "capacity" });
      for (const row of rows) await client.upsertEntity(capacityEntity(row), "Replace");
    },
    removeBefore: async (table, key, limit) => {
      const client = await find(table);
      return client === undefined ? 0 : await removeRows(client, odata`PartitionKey lt ${key}`, limit);
    },
  };
}

const isSum = ({ rowKey }: MetricsRow): boolean => rowKey.endsWith(`;${allApis}`);

async function exists(client: TableClient): Promise<boolean> {
  try {
    await client
      .listEntities({ queryOptions: { select: ["RowKey"] } })
      .byPage({ maxPageSize: 1 })
      .next();
    return true;
  } catch (error) {
    if (failedWith(error, "TableNotFound", "ResourceNotFound")) return false;
    throw new Error(`looking for table ${client.tableName}`, { cause: error });
  }
}

/** @returns undefined if the account does not take the name */
async function create(client: TableClient): Promise<TableClient | undefined> {
  try {
    await client.createTable();
    return client;
  } catch (error) {
    // the name is all that the request says, so a 400 is about the name
    if (error instanceof RestError && error.statusCode === 400) return undefined;
    throw new Error(`creating table ${client.tableName}`, { cause: error });
  }
}

function entityOf({ partitionKey, rowKey, columns }: MetricsRow) {
  const entity: Record<string, unknown> & { partitionKey: string; rowKey: string } = { partitionKey, rowKey };
  for (const column of int64Columns) entity[column] = int64(columns[column]);
  for (const column of doubleColumns) entity[column] = double(columns[column]);
  return entity;
}

const capacityEntity = ({ partitionKey, rowKey, columns }: CapacityRow) => ({
  partitionKey,
  rowKey,
  Capacity: int64(columns.Capacity),
  ContainerCount: int64(columns.ContainerCount),
  ObjectCount: int64(columns.ObjectCount),
});

function parseRow(entity: Record<string, unknown>, int64: readonly string[]): StoredMetricsRow {
  const columns: Record<string, number> = {};
  // the SDK gives an Int64 as a bigint and a Double as a number
  for (const column of int64) if (typeof entity[column] === "bigint") columns[column] = Number(entity[column]);
  for (const column of doubleColumns) if (typeof entity[column] === "number") columns[column] = entity[column];
  const text = (name: string): string => (typeof entity[name] === "string" ? entity[name] : "");
  return { partitionKey: text("partitionKey"), rowKey: text("rowKey"), etag: text("etag"), columns };
}

type Changes = Omit<MetricsRowPlan, "edited">;

/**
 * One row after the other: the emulator fails on transactions in a table whose name has a `$` (500, its parser knows
 * letters only), and nothing says that Azure takes them. A plan can be interrupted anywhere.
 */
async function writeAlone(client: TableClient, partitionKey: string, { writes, removals }: Changes): Promise<void> {
  for (const { rowKey, etag } of removals) await client.deleteEntity(partitionKey, rowKey, { etag });
  for (const { row, etag } of writes) {
    if (etag === undefined) await client.createEntity(entityOf(row));
    else await client.updateEntity(entityOf(row), "Replace", { etag });
  }
}

async function writeTogether(client: TableClient, partitionKey: string, { writes, removals }: Changes): Promise<void> {
  const actions: TransactionAction[] = [
    ...removals.map(({ rowKey }): TransactionAction => ["delete", { partitionKey, rowKey }]),
    ...writes.map(({ row, etag }): TransactionAction =>
      etag === undefined ? ["create", entityOf(row)] : ["update", entityOf(row), "Replace", { etag }],
    ),
  ];
  for (let start = 0; start < actions.length; start += maxTransactionRows) {
    await client.submitTransaction(actions.slice(start, start + maxTransactionRows));
  }
}
