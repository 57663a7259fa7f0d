import type { TableClient } from "@azure/data-tables";
import { createHash } from "node:crypto";

import { formatLogBlobName, logTypes, type LogBlobMetadata } from "../../storage-analytics/log-blob.js";
import type { Service } from "../../storage-analytics/log-entry.js";
import type { ListedLogBlob } from "../log-blobs/log-blobs.js";
import { joinProperties, splitProperties } from "../table-properties.js";
import { queryRows, removeRow, withTable } from "../table-rows.js";
import { maxKeptBlobs, type ListedLogHour, type LogHour, type LogHours } from "./log-hours.js";

export const logHoursTable = "VigilLogHours";

/** A row's JSON is cut to properties `blobs0`, `blobs1`, … */
type HourRow = {
  readonly partitionKey: string;
  readonly rowKey: string;
  /** Of names and contents: rows are rewritten only where it differs. */
  readonly fingerprint: string;
  readonly [chunk: `blobs${number}`]: string;
};

type PackedBlob = readonly [
  counter: number,
  etag: string,
  size: number,
  /** Seconds since the epoch, which metadata is in; absent without metadata, like what follows. */
  startTime?: number,
  endTime?: number,
  /** `1` for version 1.0, `2` for 2.0. */
  version?: number,
  /** Bits in the order of `logTypes`. */
  types?: number,
];

/** Row keys sort as the names of log blobs: one range of them is one span of a listing. */
const keyOf = ({ service, hour }: LogHour): string =>
  `${service};${hour.toISOString().replaceAll(/[-:]/g, "").slice(0, "yyyyMMddTHH".length)}`;

function parseKey(rowKey: string): Date {
  const match = /;(\d{4})(\d{2})(\d{2})T(\d{2})$/.exec(rowKey);
  if (match === null) throw new Error(`reading ${logHoursTable}: ${rowKey} is not the key of an hour`);
  const [, year, month, day, hour] = match;
  return new Date(`${year}-${month}-${day}T${hour}:00:00Z`);
}

/** Listings in one table of Table Storage: one partition per account, one row per service and hour. */
export function logHoursIn(table: TableClient): LogHours {
  return {
    read: async (account, service, from, to) => {
      const hours = new Map<number, readonly ListedLogBlob[] | "too-many">();
      const [first, end] = [keyOf({ service, hour: from }), keyOf({ service, hour: to })];
      const filter = `PartitionKey eq '${account}' and RowKey ge '${first}' and RowKey lt '${end}'`;
      for await (const row of queryRows<HourRow>(table, filter)) {
        const hour = parseKey(row.rowKey);
        const json = joinProperties(row, "blobs");
        const packed = json === "" ? undefined : (JSON.parse(json) as readonly PackedBlob[]);
        hours.set(hour.getTime(), packed?.map((blob) => unpack(service, hour, blob)) ?? "too-many");
      }
      return hours;
    },
    replace: async (account, after, upTo, hours) => {
      const lower = after === undefined ? "" : ` and RowKey gt '${keyOf(after)}'`;
      const upper = upTo === undefined ? "" : ` and RowKey le '${keyOf(upTo)}'`;
      const filter = `PartitionKey eq '${account}'${lower}${upper}`;
      const kept = new Map<string, string>();
      for await (const row of queryRows<HourRow>(table, filter, ["rowKey", "fingerprint"])) {
        kept.set(row.rowKey, row.fingerprint);
      }
      for (const hour of hours) {
        const row = hourRow(account, hour);
        if (kept.get(row.rowKey) !== row.fingerprint) await withTable(table, () => table.upsertEntity(row, "Replace"));
        kept.delete(row.rowKey);
      }
      for (const rowKey of kept.keys()) await removeRow(table, account, rowKey);
    },
  };
}

function hourRow(partitionKey: string, hour: ListedLogHour): HourRow {
  const json = JSON.stringify(hour.blobs.map(pack));
  const fingerprint = createHash("sha256").update(json).digest("base64");
  // a row without blobs says that there are too many
  const chunks = hour.blobs.length > maxKeptBlobs ? {} : splitProperties("blobs", json);
  return { partitionKey, rowKey: keyOf(hour), fingerprint, ...chunks };
}

function pack({ parsed, etag, size, metadata }: ListedLogBlob): PackedBlob {
  if (metadata === undefined) return [parsed.counter, etag, size];
  const seconds = (time: Date): number => Math.floor(time.getTime() / 1_000);
  const types = logTypes.reduce((bits, type, index) => bits | (metadata.logTypes.includes(type) ? 1 << index : 0), 0);
  const version = metadata.version === "1.0" ? 1 : 2;
  return [parsed.counter, etag, size, seconds(metadata.startTime), seconds(metadata.endTime), version, types];
}

function unpack(service: Service, hour: Date, packed: PackedBlob): ListedLogBlob {
  const [counter, etag, size] = packed;
  const parsed = { service, hour, counter };
  return { name: formatLogBlobName(parsed), parsed, etag, size, metadata: unpackMetadata(packed) };
}

function unpackMetadata([, , , startTime, endTime, version, types = 0]: PackedBlob): LogBlobMetadata | undefined {
  if (startTime === undefined || endTime === undefined) return undefined;
  return {
    logTypes: logTypes.filter((_, index) => (types & (1 << index)) !== 0),
    startTime: new Date(startTime * 1_000),
    endTime: new Date(endTime * 1_000),
    version: version === 1 ? "1.0" : "2.0",
  };
}
