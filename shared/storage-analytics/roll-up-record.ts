import { LatencySketch } from "../metrics/latency-sketch.js";
import { ByteReader, ByteWriter, MalformedBytes } from "../metrics/packed-bytes.js";
import { requestCategories } from "./request-status.js";
import {
  accesses,
  authentications,
  geoTypes,
  type LatencySpread,
  type RollUpCell,
  type RollUpSeries,
  type RollUpSums,
  type Spread,
} from "./roll-up-cells.js";

/** Of the format; a reader refuses what it doesn't know. */
const formatVersion = 1;
const lengthBytes = 4;

const responseTypes = [
  ...requestCategories.filter((category) => category !== "ThrottlingError"),
  "ServerBusyError",
  "ClientThrottlingError",
] as const;

/** What one source adds to the ledger of an hour. */
export interface RollUpRecord {
  /** What was added up, unique: a log blob and its ETag. A source that is in a ledger already adds nothing. */
  readonly source: string;
  readonly cells: readonly RollUpCell[];
  /** Hashes of the counted entries, from `RequestIdSet.toSortedBytes`. */
  readonly ids: Uint8Array;
}

/** @returns the record as it is appended to a ledger: its length in four bytes, then as much */
export function encodeRollUpRecord({ source, cells: all, ids }: RollUpRecord): Uint8Array {
  const series = [...new Set(all.map((cell) => cell.series))];
  const numbers = new Map(series.map((each, number) => [each, number]));
  const writer = new ByteWriter().integer(formatVersion).text(source).integer(series.length);
  for (const each of series) writeSeries(writer, each);
  const firstMinute = all.reduce((first, { minute }) => Math.min(first, minute), all[0]?.minute ?? 0);
  writer.integer(firstMinute).integer(all.length);
  for (const cell of all) {
    writer.integer(cell.minute - firstMinute).integer(numbers.get(cell.series) ?? 0);
    writeSums(writer, cell);
  }
  const bytes = writer.block(ids).bytes();
  const framed = new Uint8Array(lengthBytes + bytes.length);
  new DataView(framed.buffer).setUint32(0, bytes.length, true);
  framed.set(bytes, lengthBytes);
  return framed;
}

/**
 * The records of a piece of a ledger, and where each ends, in bytes from the start of the piece.
 * @throws MalformedBytes if the piece is cut inside a record: one record is appended in one request, or not at all
 */
export function* decodeRollUpRecords(
  piece: Uint8Array,
): Generator<{ readonly record: RollUpRecord; readonly end: number }> {
  const view = new DataView(piece.buffer, piece.byteOffset, piece.length);
  for (let at = 0; at < piece.length;) {
    const end = at + lengthBytes + (piece.length - at < lengthBytes ? piece.length : view.getUint32(at, true));
    if (end > piece.length) throw new MalformedBytes("a ledger ends inside a record");
    yield { record: decodeRecord(piece.subarray(at + lengthBytes, end)), end };
    at = end;
  }
}

function decodeRecord(bytes: Uint8Array): RollUpRecord {
  const reader = new ByteReader(bytes);
  const version = reader.integer();
  if (version !== formatVersion) throw new MalformedBytes(`a ledger has a record of format ${version}`);
  const source = reader.text();
  const series = Array.from({ length: reader.integer() }, () => readSeries(reader));
  const cells: RollUpCell[] = [];
  const firstMinute = reader.integer();
  for (let left = reader.integer(); left > 0; left--) {
    const minute = firstMinute + reader.integer();
    const each = series[reader.integer()];
    if (each === undefined) throw new MalformedBytes("a ledger has a cell without series");
    cells.push({ minute, series: each, ...readSums(reader, each) });
  }
  return { source, cells, ids: reader.block() };
}

function writeSeries(writer: ByteWriter, series: RollUpSeries): void {
  writer.integer(accesses.indexOf(series.access)).text(series.operation);
  writer.integer(responseTypes.indexOf(series.responseType));
  writer.integer(authentications.indexOf(series.authentication)).integer(geoTypes.indexOf(series.geoType));
}

function readSeries(reader: ByteReader): RollUpSeries {
  const pick = <T>(values: readonly T[]): T => {
    const value = values[reader.integer()];
    if (value === undefined) throw new MalformedBytes("a ledger has a dimension with an unknown value");
    return value;
  };
  return {
    access: pick(accesses),
    operation: reader.text(),
    responseType: pick(responseTypes),
    authentication: pick(authentications),
    geoType: pick(geoTypes),
  };
}

function writeSums(writer: ByteWriter, { requests, ingress, egress, latency }: RollUpCell): void {
  writer.integer(requests);
  writeSpread(writer, ingress);
  writeSpread(writer, egress);
  for (const spread of latency === undefined ? [] : [latency.endToEnd, latency.server]) {
    writeSpread(writer, spread);
    spread.sketch.write(writer);
  }
}

function readSums(reader: ByteReader, { responseType }: RollUpSeries): RollUpSums {
  const readLatency = (): LatencySpread => ({ ...readSpread(reader), sketch: LatencySketch.read(reader) });
  const requests = reader.integer();
  const ingress = readSpread(reader);
  const egress = readSpread(reader);
  const latency = responseType === "Success" ? { endToEnd: readLatency(), server: readLatency() } : undefined;
  return { requests, ingress, egress, latency };
}

const writeSpread = (writer: ByteWriter, { sum, min, max }: Spread): ByteWriter =>
  writer
    .integer(sum)
    .integer(min)
    .integer(max - min);

function readSpread(reader: ByteReader): Spread {
  const sum = reader.integer();
  const min = reader.integer();
  return { sum, min, max: min + reader.integer() };
}
