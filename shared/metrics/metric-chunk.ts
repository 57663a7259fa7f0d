import { type Dimensions, type SeriesCells } from "./metric-cell.js";
import { ByteReader, ByteWriter, MalformedBytes } from "./packed-bytes.js";
import { packCells, scanCells, unpackCells, type Cells } from "./packed-cells.js";
import { type AddCell } from "./series-query.js";

const formatVersion = 2;

/** Some series over a stretch of time, packed. */
export interface MetricChunk {
  readonly series: readonly SeriesCells[];
  /** What the chunk was made of, by name: the ETags of the chunks that it sums up. */
  readonly sources: Readonly<Record<string, string>>;
}

/**
 * Packs series. A cell of requests takes about 3 bytes, one of bytes about 10, one of latencies 15 to 40.
 * Series without cells are left out. Sketches, which are most of the bytes and are seldom asked for, come last, so that
 * a reader can leave them where they are.
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
  const sketches = new ByteWriter();
  for (const { metric, dimensions, gauge, cells } of kept) {
    const pairs = Object.entries(dimensions);
    body
      .integer(numberOf(metric))
      .integer(gauge ? 1 : 0)
      .integer(pairs.length);
    for (const [name, value] of pairs) body.integer(numberOf(name)).integer(numberOf(value));
    const packed = packCells(cells);
    body.block(new ByteWriter().integer(cells.size).raw(packed.cells).bytes());
    sketches.raw(packed.sketches);
  }
  const head = new ByteWriter();
  const names = Object.entries(sources);
  head.integer(names.length);
  for (const [name, etag] of names) head.text(name).text(etag);
  head.integer(texts.size);
  for (const text of texts.keys()) head.text(text);
  head.block(body.bytes());
  return new ByteWriter().integer(formatVersion).block(head.bytes()).block(sketches.bytes()).bytes();
}

/**
 * How many bytes at the beginning of a chunk hold everything but its sketches.
 * @param beginning of the chunk, 16 bytes or more
 * @throws MalformedBytes
 */
export function chunkHeadLength(beginning: Uint8Array): number {
  const reader = new ByteReader(beginning);
  readVersion(reader);
  const length = reader.integer();
  return reader.position + length;
}

function readVersion(reader: ByteReader): void {
  const version = reader.integer();
  if (version !== formatVersion) throw new MalformedBytes(`metrics are of format ${version}`);
}

/**
 * @param bytes of the chunk; without sketches its head will do
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
  const { sources, texts, body } = readHead(reader);
  const latencies = sketches ? new ByteReader(reader.block()) : undefined;
  const text = (): string => textOf(texts, body.integer());
  const series: SeriesCells[] = [];
  for (let left = body.integer(); left > 0; left--) {
    const metric = text();
    const gauge = body.integer() === 1;
    const dimensions = Object.fromEntries(repeat(body.integer(), () => [text(), text()] as const));
    const cells = body.block();
    // sketches of all series follow one another, so those of unwanted ones are passed over
    if (wanted(metric, dimensions)) series.push({ metric, dimensions, gauge, cells: decodeCells(cells, latencies) });
    else if (latencies !== undefined) decodeCells(cells, latencies);
  }
  return { series, sources };
}

/** Who is told what a chunk holds. */
export interface ChunkVisitor {
  wantsMetric(metric: string): boolean;
  /** @returns undefined: the series is skipped */
  open(metric: string, dimensions: Dimensions, gauge: boolean): AddCell | undefined;
}

/**
 * Tells the numbers of a chunk, cell by cell, without making anything of those that nobody wants: queries read a
 * hundred thousand of them.
 * @param bytes of the chunk, or its head
 * @param from first minute that is told
 * @param to first minute that is not any more
 * @throws MalformedBytes
 */
export function scanChunk(bytes: Uint8Array, from: number, to: number, visitor: ChunkVisitor): void {
  const { texts, body } = readHead(new ByteReader(bytes));
  const text = (): string => textOf(texts, body.integer());
  const wanted = texts.map((each) => visitor.wantsMetric(each));
  for (let left = body.integer(); left > 0; left--) {
    const metric = body.integer();
    const gauge = body.integer() === 1;
    const pairs = body.integer();
    if (wanted[metric] !== true) {
      for (let each = 2 * pairs; each > 0; each--) body.integer();
      body.block();
      continue;
    }
    const dimensions: Record<string, string> = {};
    for (let each = pairs; each > 0; each--) dimensions[text()] = text();
    const cells = body.block();
    const add = visitor.open(textOf(texts, metric), dimensions, gauge);
    if (add === undefined) continue;
    const reader = new ByteReader(cells);
    scanCells(reader, reader.integer(), from, to, add);
  }
}

interface Head {
  readonly sources: Readonly<Record<string, string>>;
  readonly texts: readonly string[];
  readonly body: ByteReader;
}

function readHead(reader: ByteReader): Head {
  readVersion(reader);
  const head = new ByteReader(reader.block());
  const sources = Object.fromEntries(repeat(head.integer(), () => [head.text(), head.text()] as const));
  const texts = repeat(head.integer(), () => head.text());
  return { sources, texts, body: new ByteReader(head.block()) };
}

function textOf(texts: readonly string[], number: number): string {
  const found = texts[number];
  if (found === undefined) throw new MalformedBytes("metrics have a text without number");
  return found;
}

const repeat = <T>(times: number, read: () => T): T[] => {
  const values: T[] = [];
  for (let left = times; left > 0; left--) values.push(read());
  return values;
};

function decodeCells(bytes: Uint8Array, sketches: ByteReader | undefined): Cells {
  const reader = new ByteReader(bytes);
  return unpackCells(reader, reader.integer(), sketches);
}
