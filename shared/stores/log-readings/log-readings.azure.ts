import type { TableClient, TransactionAction } from "@azure/data-tables";

import type { LogBlobName } from "../../storage-analytics/log-blob.js";
import { failedWith } from "../azure-error.js";
import { findRow, maxTransactionRows, queryRows, removeRows, withTable } from "../table-rows.js";
import type { LogBlobState, LogReading, LogReadings, ReadLogBlob } from "./log-readings.js";
import {
  cellsRowKey,
  counterOfStateRow,
  hasCellsApart,
  maxCellsOfRow,
  packCells,
  parseCells,
  parseStateRow,
  readingPartition,
  rowKeysOfCells,
  stateColumns,
  stateRowKey,
  stateRowKeys,
  type CellsRow,
  type PackedCells,
  type StateRow,
} from "./reading-rows.js";

export const logReadingsTable = "VigilLogBlobs";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** The service takes 4 MiB in one transaction. */
const maxTransactionBytes = 2 * 1024 * 1024;
/** Of rows that are written together, about 100 bytes each. */
const maxTransactionCells = 20_000;
/** Conflicts with other writers of the same blob before the work goes back to its queue. */
const maxAttempts = 5;
/** The row is another than the one that was looked up, or retention has removed it. */
const conflicts = ["EntityAlreadyExists", "UpdateConditionNotSatisfied", "ResourceNotFound", "EntityNotFound"] as const;

type StoredRow = StateRow & { readonly etag: string };
/** The row that is to be replaced. Of one that says only that the blob was planned, the ETag is everything. */
type Known = Partial<StateRow> & { readonly etag: string };

/** A reading whose blob was noted to be planned, when nothing was known of it. */
type PlannedReading = ReadLogBlob & { readonly planned: string };

const partitionOf = (account: string, blob: LogBlobName): string => readingPartition(account, blob.service, blob.hour);

/** States and counts in one table of Table Storage: one partition per account, service and hour. */
export function logReadingsIn(table: TableClient): LogReadings {
  const find = (account: string, blob: LogBlobName): Promise<StoredRow | undefined> =>
    findRow<StateRow>(table, partitionOf(account, blob), stateRowKey(blob));

  /**
   * Writes the state unless the blob was read with this content, or somebody else wrote at the same time.
   * @returns the row's ETag if there was none before
   */
  async function mark(
    account: string,
    blob: LogBlobName,
    row: Omit<StateRow, "partitionKey" | "rowKey">,
  ): Promise<string | undefined> {
    const keys = { partitionKey: partitionOf(account, blob), rowKey: stateRowKey(blob) };
    try {
      return (await withTable(table, () => table.createEntity({ ...keys, ...row }))).etag;
    } catch (error) {
      if (!failedWith(error, "EntityAlreadyExists")) throw error;
    }
    const stored = await find(account, blob);
    if (stored === undefined || (isRead(stored) && stored.contentEtag === row.contentEtag)) return undefined;
    const again = stored.contentEtag === row.contentEtag && stored.state === "planned";
    const times = row.times === undefined ? {} : { times: again ? (stored.times ?? 1) + 1 : 1 };
    try {
      // merged: the rows of an earlier reading are still to be replaced
      await table.updateEntity({ ...keys, ...row, ...times }, "Merge", { etag: stored.etag });
    } catch (error) {
      // whoever was faster knows at least as much; the next plan looks again
      if (!failedWith(error, "UpdateConditionNotSatisfied")) throw error;
    }
    return undefined;
  }

  async function replace(
    account: string,
    blob: LogBlobName,
    stored: Known | undefined,
    reading: LogReading,
    at: Date,
  ): Promise<boolean> {
    // our own write whose reply was lost, or another instance's: the same content gives the same rows
    if (stored !== undefined && isRead(stored) && stored.contentEtag === reading.etag) return true;
    const partitionKey = partitionOf(account, blob);
    const [first, ...more] = packCells(reading.cells, stored?.parts ?? 0);
    const row = readRow(account, blob, reading, at, 1 + more.length, first);
    const others = more.map((cells, index) => ({ partitionKey, rowKey: cellsRowKey(blob, index + 1), ...cells }));
    for (const none of stored !== undefined && hasCellsApart(stored) ? packCells([], 1) : [])
      others.push({ partitionKey, rowKey: cellsRowKey(blob, 0), ...none });
    try {
      if (others.length === 0) {
        await withTable(table, () =>
          stored === undefined ? table.createEntity(row) : table.updateEntity(row, "Replace", { etag: stored.etag }),
        );
        return true;
      }
      const last: TransactionAction =
        stored === undefined ? ["create", row] : ["update", row, "Replace", { etag: stored.etag }];
      for (const transaction of transactions(others, last)) {
        await withTable(table, () => table.submitTransaction(transaction));
      }
      return true;
    } catch (error) {
      if (failedWith(error, ...conflicts)) return false;
      throw error;
    }
  }

  async function readAlone(
    account: string,
    blob: LogBlobName,
    reading: LogReading,
    at: Date,
    planned: string | undefined,
  ): Promise<void> {
    let stored: Known | undefined = planned === undefined ? await find(account, blob) : { etag: planned };
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      if (await replace(account, blob, stored, reading, at)) return;
      stored = await find(account, blob);
    }
    throw new Error(`recording a log blob of ${account}: others wrote to its row ${maxAttempts} times`);
  }

  /**
   * Writes readings that have a row each, over the notes that they were planned.
   * @returns false if one of the notes does not stand any more: then nothing is written
   */
  async function replaceTogether(account: string, readings: readonly PlannedReading[], at: Date): Promise<boolean> {
    const rows = readings.map(({ blob, reading, planned }): TransactionAction => {
      const [cells] = packCells(reading.cells, 0);
      return ["update", readRow(account, blob, reading, at, 1, cells), "Replace", { etag: planned }];
    });
    try {
      await withTable(table, () => table.submitTransaction(rows));
      return true;
    } catch (error) {
      if (failedWith(error, ...conflicts)) return false;
      throw error;
    }
  }

  return {
    states: async (account, service, hour) => {
      const states = new Map<number, LogBlobState>();
      const filter = rowsBetween(readingPartition(account, service, hour), stateRowKeys);
      for await (const row of queryRows<StateRow>(table, filter, stateColumns)) {
        states.set(counterOfStateRow(row.rowKey), parseStateRow(row));
      }
      return states;
    },
    state: async (account, blob) => {
      const row = await find(account, blob);
      return row && parseStateRow(row);
    },
    plan: (account, blob, contentEtag, at) => mark(account, blob, { state: "planned", contentEtag, at, times: 1 }),
    gone: async (account, blob, contentEtag, at) => {
      await mark(account, blob, { state: "gone", contentEtag, at });
    },
    read: async (account, readings, at) => {
      const known = readings.flatMap(({ planned, ...each }) =>
        planned === undefined || each.reading.cells.length > maxCellsOfRow ? [] : [{ ...each, planned }],
      );
      const outcomes = new Map<LogBlobName, boolean>();
      for (const some of sameTransaction(account, known).filter(({ length }) => length > 1)) {
        const written = await replaceTogether(account, some, at);
        for (const { blob } of some) outcomes.set(blob, written);
      }
      // one that somebody else wrote to has kept the others of its transaction from being written, too
      for (const { blob, reading, planned } of readings) {
        const written = outcomes.get(blob);
        if (written !== true) await readAlone(account, blob, reading, at, written === undefined ? planned : undefined);
      }
    },
    removeBefore: (account, service, hour, limit) => {
      const first = readingPartition(account, service, new Date(0));
      const end = readingPartition(account, service, hour);
      return removeRows(table, `PartitionKey ge '${first}' and PartitionKey lt '${end}'`, limit);
    },
    cells: async function* (account, service, from, to) {
      const [first, end] = [from.getTime() / minuteMs, to.getTime() / minuteMs];
      // filed by the hour in which they ended: one more hour is read
      const lastHour = to.getTime() + hourMs;
      for (let hour = Math.floor(from.getTime() / hourMs) * hourMs; hour < lastHour; hour += hourMs) {
        const rows = rowsBetween(readingPartition(account, service, new Date(hour)), rowKeysOfCells);
        const filter = `${rows} and firstMinute lt ${end} and lastMinute ge ${first}`;
        for await (const row of queryRows<CellsRow>(table, filter)) {
          yield* parseCells(row).filter(({ minute }) => minute >= first && minute < end);
        }
      }
    },
  };
}

function readRow(
  account: string,
  blob: LogBlobName,
  { etag: contentEtag, size, entries, badLines }: LogReading,
  at: Date,
  parts: number,
  cells: PackedCells | undefined,
) {
  const keys = { partitionKey: partitionOf(account, blob), rowKey: stateRowKey(blob) };
  const state = { contentEtag, at, size, entries, badLines, parts, rolledUp: true, state: "read" } as const;
  return { ...keys, ...state, ...cells } satisfies StateRow;
}

/** Groups of readings that one transaction takes: of one partition, and small enough. */
function sameTransaction(account: string, readings: readonly PlannedReading[]): readonly (readonly PlannedReading[])[] {
  const groups: PlannedReading[][] = [];
  const open = new Map<string, { group: PlannedReading[]; cells: number }>();
  for (const each of readings) {
    const key = partitionOf(account, each.blob);
    const cells = each.reading.cells.length;
    let last = open.get(key);
    if (last === undefined || last.group.length >= maxTransactionRows || last.cells + cells > maxTransactionCells) {
      last = { group: [], cells: 0 };
      open.set(key, last);
      groups.push(last.group);
    }
    last.group.push(each);
    last.cells += cells;
  }
  return groups;
}

const isRead = ({ state, rolledUp }: Partial<StateRow>): boolean => state === "read" && rolledUp === true;

/** Keys are built by `reading-rows.ts` from checked parts; none of them can hold a quote. */
const rowsBetween = (partition: string, keys: { readonly from: string; readonly below: string }): string =>
  `PartitionKey eq '${partition}' and RowKey ge '${keys.from}' and RowKey lt '${keys.below}'`;

/** Cuts the rows into as few transactions as the service takes; normally one. The state is written with the last. */
function transactions(rows: readonly CellsRow[], state: TransactionAction): TransactionAction[][] {
  const all: TransactionAction[][] = [];
  let current: TransactionAction[] = [];
  let bytes = 0;
  for (const row of rows) {
    const size = JSON.stringify(row).length;
    if (current.length === maxTransactionRows - 1 || bytes + size > maxTransactionBytes) {
      all.push(current);
      [current, bytes] = [[], 0];
    }
    current.push(["upsert", row, "Replace"]);
    bytes += size;
  }
  return [...all, [...current, state]];
}
