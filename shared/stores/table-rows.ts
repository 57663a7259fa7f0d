import type { TableClient } from "@azure/data-tables";
import { randomUUID } from "node:crypto";

import { failedWith } from "./azure-error.js";

/** The service takes this many rows in one transaction. */
export const maxTransactionRows = 100;

/**
 * Does something to a table that may not be there yet: makes it and tries again.
 * @param table whose creation is idempotent in the SDK
 */
export async function withTable<T>(table: TableClient, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!failedWith(error, "TableNotFound")) throw error;
    await table.createTable();
    return await write();
  }
}

/** One row, or undefined if it or its table is not there. */
export async function findRow<Row extends object>(
  table: TableClient,
  partitionKey: string,
  rowKey: string,
): Promise<(Row & { readonly etag: string }) | undefined> {
  try {
    return await table.getEntity<Row>(partitionKey, rowKey);
  } catch (error) {
    if (failedWith(error, "ResourceNotFound", "TableNotFound")) return undefined;
    throw error;
  }
}

export interface RowKeys {
  readonly partitionKey: string;
  readonly rowKey: string;
}

/** A row with the id of its writing, by which a writer whose reply was lost knows its own row again. */
export interface SignedRow extends RowKeys {
  readonly writeId: string;
}

/** What the service calls it if a row is not as the writer knows it. */
export const rowConflicts = ["EntityAlreadyExists", "UpdateConditionNotSatisfied", "ResourceNotFound"] as const;

/**
 * Writes a row unless somebody else has written it meanwhile.
 * @param etag of the row that it replaces; undefined: there is none
 * @param attempted what a fault is told to have happened at, as in `keeping alert 1`
 * @returns the new ETag; undefined: somebody else was faster
 */
export async function saveRow(
  table: TableClient,
  row: RowKeys,
  etag: string | undefined,
  attempted: string,
): Promise<string | undefined> {
  return await saveSignedRow(table, { ...row, writeId: randomUUID() }, etag, attempted);
}

/** As `saveRow`, of a row that is signed: it may have been sent before. */
export async function saveSignedRow(
  table: TableClient,
  signed: SignedRow,
  etag: string | undefined,
  attempted: string,
): Promise<string | undefined> {
  try {
    const written = await withTable(table, () =>
      etag === undefined ? table.createEntity(signed) : table.updateEntity(signed, "Replace", { etag }),
    );
    return written.etag ?? "";
  } catch (error) {
    if (!failedWith(error, ...rowConflicts)) {
      throw new Error(attempted, { cause: error });
    }
  }
  // a lost reply to our own write looks like a conflict, too
  const stored = await findRow<{ readonly writeId: string }>(table, signed.partitionKey, signed.rowKey);
  return stored?.writeId === signed.writeId ? stored.etag : undefined;
}

/** Rows that an OData filter selects; none if the table is not there. */
export async function* queryRows<Row extends object>(
  table: TableClient,
  filter: string,
  select?: string[],
): AsyncGenerator<Row> {
  try {
    for await (const row of table.listEntities<Row>({ queryOptions: { filter, ...(select && { select }) } })) {
      yield row as unknown as Row;
    }
  } catch (error) {
    if (!failedWith(error, "TableNotFound")) throw error;
  }
}

const concurrentRemovals = 16;

/**
 * Deletes rows that an OData filter selects, each alone, because a transaction takes rows of one partition only and the
 * emulator none of a table whose name has a `$`.
 * @param limit the most that are deleted
 * @returns how many were; fewer than the limit: there are no more
 */
export async function removeRows(table: TableClient, filter: string, limit: number): Promise<number> {
  const keys: RowKeys[] = [];
  const queryOptions = { filter, select: ["PartitionKey", "RowKey"] };
  try {
    for await (const page of table.listEntities({ queryOptions }).byPage({ maxPageSize: Math.min(limit, 1_000) })) {
      for (const { partitionKey = "", rowKey = "" } of page)
        if (keys.length < limit) keys.push({ partitionKey, rowKey });
      if (keys.length >= limit) break;
    }
  } catch (error) {
    if (!failedWith(error, "TableNotFound"))
      throw new Error(`looking for old rows of ${table.tableName}`, { cause: error });
  }
  for (let start = 0; start < keys.length; start += concurrentRemovals) {
    const some = keys.slice(start, start + concurrentRemovals);
    await Promise.all(some.map(({ partitionKey, rowKey }) => removeRow(table, partitionKey, rowKey)));
  }
  return keys.length;
}

/** Deletes a row; one that is not there is no fault. */
export async function removeRow(table: TableClient, partitionKey: string, rowKey: string): Promise<void> {
  try {
    await table.deleteEntity(partitionKey, rowKey);
  } catch (error) {
    // another instance, or a user, was faster
    if (!failedWith(error, "ResourceNotFound", "EntityNotFound", "TableNotFound")) {
      throw new Error(`deleting a row of ${table.tableName}`, { cause: error });
    }
  }
}
