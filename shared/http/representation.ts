/** Media types that rows can be had in; the first is the default. */
export const rowMediaTypes = ["application/json", "application/x-ndjson", "text/csv"] as const;
export type RowMediaType = (typeof rowMediaTypes)[number];

/** Text is handed over in pieces of about this many characters. */
const pieceLength = 64 * 1024;

/** How one kind of row is written. */
export interface RowFormat<Row> {
  /** With its line end. */
  readonly csvHeader: string;
  /** With its line end. */
  readonly csv: (row: Row) => string;
  /** On one line, without its end. */
  readonly json: (row: Row) => string;
}

export interface RowsAnswer<Row> {
  readonly rows: readonly Row[];
  readonly format: RowFormat<Row>;
  readonly nextLink: string | undefined;
}

/**
 * The body of an answer, in pieces.
 *
 * The rows of one page are there before the first piece: once a body has begun, a fault could not be told any more, and
 * `@azure/functions` writes without waiting for a slow reader, so only a bounded answer keeps memory bounded.
 */
export function writeRows<Row>(answer: RowsAnswer<Row>, type: RowMediaType): ReadableStream<Uint8Array> {
  const pieces = joinPieces(texts(answer, type));
  const encoder = new TextEncoder();
  return new ReadableStream({
    pull: (controller) => {
      const { value, done } = pieces.next();
      if (done === true) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
  });
}

function* texts<Row>({ rows, format, nextLink }: RowsAnswer<Row>, type: RowMediaType): Generator<string, undefined> {
  switch (type) {
    case "text/csv":
      yield format.csvHeader;
      for (const row of rows) yield format.csv(row);
      return;
    case "application/x-ndjson":
      for (const row of rows) yield `${format.json(row)}\n`;
      return;
    case "application/json":
      yield '{"value":[';
      for (const [index, row] of rows.entries()) yield `${index === 0 ? "" : ","}\n${format.json(row)}`;
      yield nextLink === undefined ? "\n]}\n" : `\n],"nextLink":${JSON.stringify(nextLink)}}\n`;
      return;
    default:
      throw new Error(`no rows as ${JSON.stringify(type satisfies never)}`);
  }
}

function* joinPieces(parts: Iterable<string>): Generator<string, undefined> {
  let piece = "";
  for (const part of parts) {
    piece += part;
    if (piece.length < pieceLength) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}
