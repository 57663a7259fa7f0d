import { LatencySketch } from "./latency-sketch.js";
import { type Dimensions, type MetricCell, type SeriesCells } from "./metric-cell.js";
import { ByteReader, ByteWriter, MalformedBytes } from "./packed-bytes.js";

const formatVersion = 1;

/** How the numbers of a cell are written, as bits. */
const asDoubles = 1;
const withSketch = 2;
/** Every sample is 1, as for a count of requests: the count says everything. */
const ones = 4;

/** Some series over a stretch of time, packed. */
export interface MetricChunk {
  readonly series: readonly SeriesCells[];
  /** What the chunk was made of, by name: the ETags of the chunks that it sums up. */
  readonly sources: Readonly<Record<string, string>>;
}

/**
 * Packs series. A cell of requests takes about 3 bytes, one of bytes about 10, one of latencies 15 to 40.
 * Series without cells are left out.
 */
export function encodeChunk({ series, sources }: MetricChunk): Uint8Array {
  const kept = series.filter(({ cells }) => cells.size > 0);
  const texts = new Map<string, number>();
  const numberOf = (text: string): number => {
    const known = texts.get(text) ?? texts.size;
    texts.set(text, known);
    return known;
  };
  const body = new ByteWriter().integer(kept.length);
  for (const { metric, dimensions, gauge, cells } of kept) {
    const pairs = Object.entries(dimensions);
    body
      .integer(numberOf(metric))
      .integer(gauge ? 1 : 0)
      .integer(pairs.length);
    for (const [name, value] of pairs) body.integer(numberOf(name)).integer(numberOf(value));
    body.block(encodeCells(cells));
  }
  const writer = new ByteWriter().integer(formatVersion);
  const names = Object.entries(sources);
  writer.integer(names.length);
  for (const [name, etag] of names) writer.text(name).text(etag);
  writer.integer(texts.size);
  for (const text of texts.keys()) writer.text(text);
  return writer.block(body.bytes()).bytes();
}

/**
 * @param wanted whether a series is to be read; others are skipped
 * @param sketches whether to read those, too
 * @throws MalformedBytes
 */
export function decodeChunk(
  bytes: Uint8Array,
  wanted: (metric: string, dimensions: Dimensions) => boolean = () => true,
  sketches = true,
): MetricChunk {
  const reader = new ByteReader(bytes);
  const version = reader.integer();
  if (version !== formatVersion) throw new MalformedBytes(`metrics are of format ${version}`);
  const sources = Object.fromEntries(repeat(reader.integer(), () => [reader.text(), reader.text()] as const));
  const texts = repeat(reader.integer(), () => reader.text());
  const body = new ByteReader(reader.block());
  const text = (): string => {
    const found = texts[body.integer()];
    if (found === undefined) throw new MalformedBytes("metrics have a text without number");
    return found;
  };
  const series: SeriesCells[] = [];
  for (let left = body.integer(); left > 0; left--) {
    const metric = text();
    const gauge = body.integer() === 1;
    const dimensions = Object.fromEntries(repeat(body.integer(), () => [text(), text()] as const));
    const cells = body.block();
    if (wanted(metric, dimensions)) series.push({ metric, dimensions, gauge, cells: decodeCells(cells, sketches) });
  }
  return { series, sources };
}

const repeat = <T>(times: number, read: () => T): T[] => {
  const values: T[] = [];
  for (let left = times; left > 0; left--) values.push(read());
  return values;
};

function encodeCells(cells: ReadonlyMap<number, MetricCell>): Uint8Array {
  const sorted = [...cells].sort(([a], [b]) => a - b);
  const writer = new ByteWriter().integer(sorted.length);
  let last = 0;
  for (const [minute, cell] of sorted) {
    writer.integer(minute - last);
    last = minute;
    writeCell(writer, cell);
  }
  return writer.bytes();
}

function decodeCells(bytes: Uint8Array, sketches: boolean): ReadonlyMap<number, MetricCell> {
  const reader = new ByteReader(bytes);
  const cells = new Map<number, MetricCell>();
  let minute = 0;
  for (let left = reader.integer(); left > 0; left--) {
    minute += reader.integer();
    cells.set(minute, readCell(reader, sketches));
  }
  return cells;
}

const isPackable = (value: number): boolean => Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0);

function writeCell(writer: ByteWriter, { sum, count, min, max, sketch }: MetricCell): void {
  const allOnes = min === 1 && max === 1 && sum === count;
  const doubles = ![sum, min, max, max - min].every(isPackable);
  writer.integer((doubles ? asDoubles : 0) | (sketch === undefined ? 0 : withSketch) | (allOnes ? ones : 0));
  writer.integer(count);
  if (doubles) writer.double(sum).double(min).double(max);
  else if (!allOnes)
    writer
      .integer(sum)
      .integer(min)
      .integer(max - min);
  sketch?.write(writer);
}

function readCell(reader: ByteReader, sketches: boolean): MetricCell {
  const form = reader.integer();
  const count = reader.integer();
  const { sum, min, max } = readNumbers(reader, form, count);
  if ((form & withSketch) === 0) return { sum, count, min, max };
  if (sketches) return { sum, count, min, max, sketch: LatencySketch.read(reader) };
  LatencySketch.skip(reader);
  return { sum, count, min, max };
}

function readNumbers(reader: ByteReader, form: number, count: number): { sum: number; min: number; max: number } {
  if ((form & asDoubles) !== 0) return { sum: reader.double(), min: reader.double(), max: reader.double() };
  if ((form & ones) !== 0) return { sum: count, min: 1, max: 1 };
  const sum = reader.integer();
  const min = reader.integer();
  return { sum, min, max: min + reader.integer() };
}
