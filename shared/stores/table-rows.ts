import type { TableClient } from "@azure/data-tables";

import { failedWith } from "./azure-error.js";

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
