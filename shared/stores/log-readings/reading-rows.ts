import type { LogBlobName } from "../../storage-analytics/log-blob.js";
import type { Service } from "../../storage-analytics/log-entry.js";
import type { RequestCell } from "../../storage-analytics/request-counts.js";
import { joinProperties, splitProperties } from "../table-properties.js";
import type { LogBlobState } from "./log-readings.js";

/** Some of the cells of a blob; their JSON is cut to properties `cells0`, `cells1`, … */
export type PackedCells = {
  /** Minutes since the epoch, of the earliest and the latest cell. */
  readonly firstMinute: number;
  readonly lastMinute: number;
  readonly [chunk: `cells${number}`]: string;
};

/** The row that says where a blob stands, with the first of its cells once it was read. */
export interface StateRow extends Partial<PackedCells> {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly state: LogBlobState["kind"];
  readonly contentEtag: string;
  readonly at: Date;
  readonly times?: number;
  /** Bytes. */
  readonly size?: number;
  readonly entries?: number;
  readonly badLines?: number;
  /** Absent where an earlier version read the blob, which knew no roll-up. */
  readonly rolledUp?: boolean;
  /** Parts that the cells of the blob are in, empty ones included; the first is in this row. */
  readonly parts?: number;
}

/** A row with more cells of a blob. */
export type CellsRow = PackedCells & { readonly partitionKey: string; readonly rowKey: string };

/** What is read of a state row by whoever does not ask for cells. */
export const stateColumns = ["rowKey", "state", "contentEtag", "at", "times", "entries", "badLines", "rolledUp"];

/** About 200 KB: a row holds at most 1 MiB, and text takes two bytes per character there. */
export const maxCellsOfRow = 2_000;

/** One partition per hour, as the blobs are filed: a report over the last hour reads two or three of them. */
export const readingPartition = (account: string, service: Service, hour: Date): string =>
  `${account};${service};${hour.toISOString().replaceAll(/[-:]/g, "").slice(0, "yyyyMMddTHH".length)}`;

/** Rows with the state of a blob sort before, and apart from, rows with more of its cells. */
export const stateRowKeys = { from: "blob;", below: "blob;~" };
const cellsRowKeys = { from: "cells;", below: "cells;~" };
/** All rows that can have cells. */
export const rowKeysOfCells = { from: stateRowKeys.from, below: cellsRowKeys.below };

const digits = (value: number, width: number): string => value.toString().padStart(width, "0");

export const stateRowKey = (blob: LogBlobName): string => `${stateRowKeys.from}${digits(blob.counter, 6)}`;

/** @throws Error if the row is not one of `stateRowKey` */
export function counterOfStateRow(rowKey: string): number {
  const counter = /^blob;(\d{6})$/.exec(rowKey)?.[1];
  if (counter === undefined) throw new Error(`reading VigilLogBlobs: ${rowKey} is not the key of a log blob`);
  return Number(counter);
}

export function parseStateRow(row: StateRow): LogBlobState {
  const { contentEtag: etag } = row;
  const at = new Date(row.at);
  switch (row.state) {
    case "planned":
      return { kind: "planned", etag, at, times: row.times ?? 1 };
    case "read":
      // long planned: the planner sends for it again
      if (row.rolledUp !== true) return { kind: "planned", etag, at: new Date(0), times: 1 };
      return { kind: "read", etag, at, entries: row.entries ?? 0, badLines: row.badLines ?? 0 };
    case "gone":
      return { kind: "gone", etag, at };
    default:
      throw new Error(`reading VigilLogBlobs: unknown state ${JSON.stringify(row.state satisfies never)}`);
  }
}

type PackedCell = readonly [
  minute: number,
  service: RequestCell["service"],
  operation: string,
  requestStatus: string,
  authentication: RequestCell["authentication"],
  category: RequestCell["category"],
  entries: number,
  requests: number,
  ingressBytes: number,
  egressBytes: number,
  endToEndLatencyMs: number,
  serverLatencyMs: number,
];

const pack = (cell: RequestCell): PackedCell => [
  cell.minute,
  cell.service,
  cell.operation,
  cell.requestStatus,
  cell.authentication,
  cell.category,
  cell.entries,
  cell.requests,
  cell.ingressBytes,
  cell.egressBytes,
  cell.endToEndLatencyMs,
  cell.serverLatencyMs,
];

function unpack(packed: PackedCell): RequestCell {
  const [minute, service, operation, requestStatus, authentication, category, ...sums] = packed;
  const [entries, requests, ingressBytes, egressBytes, endToEndLatencyMs, serverLatencyMs] = sums;
  const key = { minute, service, operation, requestStatus, authentication, category };
  return { ...key, entries, requests, ingressBytes, egressBytes, endToEndLatencyMs, serverLatencyMs };
}

/**
 * A blob's cells in parts, in the order of their minutes; of a log of ordinary size there is one.
 * @param atLeast parts: those that an earlier reading had more are emptied
 */
export function packCells(cells: readonly RequestCell[], atLeast: number): readonly PackedCells[] {
  const sorted = cells.toSorted((a, b) => a.minute - b.minute);
  const parts = Math.max(Math.ceil(sorted.length / maxCellsOfRow), atLeast, 1);
  return Array.from({ length: parts }, (_, part): PackedCells => {
    const own = sorted.slice(part * maxCellsOfRow, (part + 1) * maxCellsOfRow);
    const json = JSON.stringify(own.map(pack));
    const minutes = { firstMinute: own[0]?.minute ?? 0, lastMinute: own.at(-1)?.minute ?? 0 };
    return { ...minutes, ...splitProperties("cells", json) };
  });
}

export const cellsRowKey = (blob: LogBlobName, part: number): string =>
  `${cellsRowKeys.from}${digits(blob.counter, 6)};${digits(part, 3)}`;

/** Whether an earlier version wrote the row, which had the first part of the cells in a row of its own, too. */
export const hasCellsApart = ({ parts = 0, firstMinute }: Partial<StateRow>): boolean =>
  parts > 0 && firstMinute === undefined;

export function parseCells(packed: PackedCells): readonly RequestCell[] {
  return (JSON.parse(joinProperties(packed, "cells")) as readonly PackedCell[]).map(unpack);
}
