import { formatRequestCsv, formatRequestJson, requestCsvHeader } from "../storage-analytics/request-rows.js";
import type { LogEntry } from "../storage-analytics/log-entry.js";

/** Media types that rows can be had in; the first is the default. */
export const rowMediaTypes = ["application/json", "application/x-ndjson", "text/csv"] as const;
export type RowMediaType = (typeof rowMediaTypes)[number];

/** Text is handed over in pieces of about this many characters. */
const pieceLength = 64 * 1024;

export interface RowsAnswer {
  readonly rows: readonly LogEntry[];
  readonly nextLink: string | undefined;
}

/**
 * The body of an answer, in pieces.
 *
 * The rows of one page are there before the first piece: once a body has begun, a fault could not be told any more, and
 * `@azure/functions` writes without waiting for a slow reader, so only a bounded answer keeps memory bounded.
 */
export function writeRows(answer: RowsAnswer, type: RowMediaType): ReadableStream<Uint8Array> {
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

function* texts({ rows, nextLink }: RowsAnswer, type: RowMediaType): Generator<string, undefined> {
  switch (type) {
    case "text/csv":
      yield requestCsvHeader;
      for (const row of rows) yield formatRequestCsv(row);
      return;
    case "application/x-ndjson":
      for (const row of rows) yield `${formatRequestJson(row)}\n`;
      return;
    case "application/json":
      yield '{"value":[';
      for (const [index, row] of rows.entries()) yield `${index === 0 ? "" : ","}\n${formatRequestJson(row)}`;
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
