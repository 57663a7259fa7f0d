import type { TableClient, TransactionAction } from "@azure/data-tables";
import { randomUUID } from "node:crypto";

import { failedWith } from "./azure-error.js";
import {
  maxTransactionRows,
  rowConflicts,
  saveSignedRow,
  withTable,
  type RowKeys,
  type SignedRow,
} from "./table-rows.js";

/** Characters of ASCII in the rows of one transaction: the service takes 4 MiB. */
const maxCommitLength = 3 * 1024 * 1024;

interface Waiting {
  readonly row: SignedRow;
  readonly etag: string | undefined;
  readonly length: number;
  readonly settle: (saved: Promise<string | undefined>) => void;
}

/** As `saveRow`, and with the same promises; rows of one partition that are saved at the same time share a request. */
export type SaveRow = (row: RowKeys, etag: string | undefined) => Promise<string | undefined>;

/**
 * Saves rows in transactions: whoever comes while one is under way shares the next one of that partition. A row that
 * somebody else has changed meanwhile ends its transaction; then each row is saved alone, and that one is told.
 * @param rows what they are, for faults, as in `states of rules`
 */
export function groupCommits(table: TableClient, rows: string): SaveRow {
  const partitions = new Map<string, Waiting[]>();
  const drain = async (partitionKey: string, waiting: Waiting[]): Promise<void> => {
    while (waiting.length > 0) {
      const group = takeGroup(waiting);
      const saved = saveGroup(table, group, `saving ${rows}`);
      for (const [index, { settle }] of group.entries()) settle(saved.then((each) => each[index]));
      // whoever waits is told of the fault; the next group is another matter
      await saved.catch(() => undefined);
    }
    partitions.delete(partitionKey);
  };
  return (row, etag) =>
    new Promise((resolve) => {
      const signed = { ...row, writeId: randomUUID() };
      const entry: Waiting = { row: signed, etag, length: JSON.stringify(signed).length, settle: resolve };
      const waiting = partitions.get(row.partitionKey);
      if (waiting !== undefined) {
        waiting.push(entry);
        return;
      }
      const started = [entry];
      partitions.set(row.partitionKey, started);
      void drain(row.partitionKey, started);
    });
}

/** Takes what fits into one transaction off the front; a transaction has no row twice. */
function takeGroup(waiting: Waiting[]): readonly Waiting[] {
  const keys = new Set<string>();
  let length = 0;
  let count = 0;
  for (const each of waiting) {
    length += each.length;
    if (count === maxTransactionRows || keys.has(each.row.rowKey) || (count > 0 && length > maxCommitLength)) break;
    keys.add(each.row.rowKey);
    count++;
  }
  return waiting.splice(0, count);
}

async function saveGroup(
  table: TableClient,
  group: readonly Waiting[],
  attempted: string,
): Promise<readonly (string | undefined)[]> {
  const alone = (): Promise<readonly (string | undefined)[]> =>
    Promise.all(group.map(({ row, etag }) => saveSignedRow(table, row, etag, attempted)));
  if (group.length === 1) return await alone();
  const actions = group.map(({ row: signed, etag }): TransactionAction => {
    const row = { ...signed };
    return etag === undefined ? ["create", row] : ["update", row, "Replace", { etag }];
  });
  try {
    const { subResponses } = await withTable(table, () => table.submitTransaction(actions));
    return subResponses.map(({ etag = "" }) => etag);
  } catch (error) {
    if (!failedWith(error, ...rowConflicts)) throw new Error(attempted, { cause: error });
  }
  // nothing was saved, or all of it and the reply was lost: each row knows its own writing again
  return await alone();
}
