import { LatencySketch } from "./latency-sketch.js";
import { type MetricCell } from "./metric-cell.js";
import { type ByteReader, ByteWriter } from "./packed-bytes.js";
import { type AddCell } from "./series-query.js";

/** How the numbers of a cell are written, as bits. */
const asDoubles = 1;
const withSketch = 2;
/** Every sample is 1, as for a count of requests: the count says everything. */
const ones = 4;

export type Cells = ReadonlyMap<number, MetricCell>;

/** The cells of one series as bytes, in the order of their minutes. */
export interface PackedCells {
  readonly minutes: readonly number[];
  /** Each begins with the distance of its minute from the one before. */
  readonly cells: Uint8Array;
  readonly sketches: Uint8Array;
  /** Where in both each cell ends. */
  readonly ends: readonly { readonly cell: number; readonly sketch: number }[];
}

const nothing: PackedCells = { minutes: [], cells: new Uint8Array(), sketches: new Uint8Array(), ends: [] };

/** An hour is packed once a minute, and all but its latest minutes are as they were. */
const known = new WeakMap<Cells, PackedCells>();

/** @param cells which must not change afterwards */
export function packCells(cells: Cells): PackedCells {
  let packed = known.get(cells);
  if (packed === undefined) known.set(cells, (packed = packBehind(nothing, cells)));
  return packed;
}

/** Two sets of cells without a common minute as one. Costs no packing of the first, if the second is of later minutes. */
export function joinCells(first: Cells, second: Cells): Cells {
  const cells = new Map<number, MetricCell>();
  for (const [minute, cell] of first) cells.set(minute, cell);
  for (const [minute, cell] of second) cells.set(minute, cell);
  const before = known.get(first);
  const last = before?.minutes.at(-1) ?? -1;
  const isLater = [...second.keys()].every((minute) => minute > last);
  if (before !== undefined && isLater) known.set(cells, packBehind(before, second));
  return cells;
}

/** Cells without those of some minutes; the same ones if there are none. Costs no packing if those were the last. */
export function leaveOut(cells: Cells, isLeftOut: (minute: number) => boolean): Cells {
  const kept = new Map<number, MetricCell>();
  for (const [minute, cell] of cells) if (!isLeftOut(minute)) kept.set(minute, cell);
  if (kept.size === cells.size) return cells;
  const packed = known.get(cells);
  const minutes = packed?.minutes.slice(0, kept.size) ?? [];
  if (packed !== undefined && minutes.every((minute) => kept.has(minute))) {
    const { cell, sketch } = packed.ends[kept.size - 1] ?? { cell: 0, sketch: 0 };
    known.set(kept, {
      minutes,
      cells: packed.cells.subarray(0, cell),
      sketches: packed.sketches.subarray(0, sketch),
      ends: packed.ends.slice(0, kept.size),
    });
  }
  return kept;
}

/** @param more cells of later minutes */
function packBehind(before: PackedCells, more: Cells): PackedCells {
  const minutes = [...before.minutes];
  const ends = [...before.ends];
  const cells = new ByteWriter().raw(before.cells);
  const sketches = new ByteWriter().raw(before.sketches);
  for (const minute of [...more.keys()].sort((a, b) => a - b)) {
    const cell = more.get(minute);
    if (cell === undefined) continue;
    cells.integer(minute - (minutes.at(-1) ?? 0));
    writeCell(cells, cell);
    cell.sketch?.write(sketches);
    minutes.push(minute);
    ends.push({ cell: cells.length, sketch: sketches.length });
  }
  return { minutes, cells: cells.bytes(), sketches: sketches.bytes(), ends };
}

/**
 * @param count of cells
 * @param sketches of this series; undefined: they are left where they are
 * @throws MalformedBytes
 */
export function unpackCells(reader: ByteReader, count: number, sketches: ByteReader | undefined): Cells {
  const cells = new Map<number, MetricCell>();
  let minute = 0;
  for (let left = count; left > 0; left--) {
    minute += reader.integer();
    cells.set(minute, readCell(reader, sketches));
  }
  return cells;
}

/**
 * Tells the numbers of cells, without making anything of them.
 * @throws MalformedBytes
 */
export function scanCells(reader: ByteReader, count: number, from: number, to: number, add: AddCell): void {
  let minute = 0;
  for (let left = count; left > 0; left--) {
    minute += reader.integer();
    const form = reader.integer();
    const count = reader.integer();
    let [sum, min, max] = [count, 1, 1];
    if ((form & asDoubles) !== 0) [sum, min, max] = [reader.double(), reader.double(), reader.double()];
    else if ((form & ones) === 0) {
      sum = reader.integer();
      min = reader.integer();
      max = min + reader.integer();
    }
    if (minute >= from && minute < to) add(minute, sum, count, min, max);
  }
}

const isPackable = (value: number): boolean => Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0);

function writeCell(writer: ByteWriter, { sum, count, min, max, sketch }: MetricCell): void {
  const allOnes = min === 1 && max === 1 && sum === count;
  const doubles = !(isPackable(sum) && isPackable(min) && isPackable(max) && isPackable(max - min));
  writer.integer((doubles ? asDoubles : 0) | (sketch === undefined ? 0 : withSketch) | (allOnes ? ones : 0));
  writer.integer(count);
  if (doubles) writer.double(sum).double(min).double(max);
  else if (!allOnes)
    writer
      .integer(sum)
      .integer(min)
      .integer(max - min);
}

function readCell(reader: ByteReader, sketches: ByteReader | undefined): MetricCell {
  const form = reader.integer();
  const count = reader.integer();
  const { sum, min, max } = readNumbers(reader, form, count);
  return sketches === undefined || (form & withSketch) === 0
    ? { sum, count, min, max }
    : { sum, count, min, max, sketch: LatencySketch.read(sketches) };
}

function readNumbers(reader: ByteReader, form: number, count: number): { sum: number; min: number; max: number } {
  if ((form & asDoubles) !== 0) return { sum: reader.double(), min: reader.double(), max: reader.double() };
  if ((form & ones) !== 0) return { sum: count, min: 1, max: 1 };
  const sum = reader.integer();
  const min = reader.integer();
  return { sum, min, max: min + reader.integer() };
}
