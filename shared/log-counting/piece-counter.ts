import { longLine, readLogLine, type RejectedLine } from "../storage-analytics/log-parser.js";
import { maxLineBytes } from "../storage-analytics/line-blocks.js";
import { CountedRollUp } from "../storage-analytics/counted-roll-up.js";
import { type Service } from "../storage-analytics/log-entry.js";
import { LogRollUp } from "../storage-analytics/log-roll-up.js";
import { RequestCounts, type CountedRequests } from "../storage-analytics/request-counts.js";
import { RequestScanner } from "../storage-analytics/request-scanner.js";
import { type CountedPiece } from "./count-messages.js";

/** Counts some pieces of one log, which need not follow each other. */
export class PieceCounter {
  readonly #counts = new RequestCounts();
  readonly rollUp: LogRollUp | undefined;
  readonly #scanner: RequestScanner;
  #rejected: number[] = [];
  #linesBefore = 0;
  #offset = 0;

  /** @param service to roll the log up for; undefined: it is counted only */
  constructor(service: Service | undefined) {
    this.rollUp = service && new LogRollUp(service);
    const sink = this.rollUp === undefined ? this.#counts : new CountedRollUp(this.#counts, this.rollUp);
    this.#scanner = new RequestScanner(sink, ({ lineNumber, offset, length }) => {
      this.#rejected.push(lineNumber - this.#linesBefore, offset - this.#offset, length);
    });
  }

  count(buffer: ArrayBuffer, length: number, offset: number): CountedPiece {
    this.#linesBefore = this.#scanner.lineCount;
    this.#offset = offset;
    this.#scanner.seek(offset);
    this.#scanner.push(new Uint8Array(buffer, 0, length));
    this.#scanner.end();
    const rejected = Uint32Array.from(this.#rejected);
    this.#rejected = [];
    return { kind: "piece", buffer, offset, lineCount: this.#scanner.lineCount - this.#linesBefore, rejected };
  }

  counted(): CountedRequests {
    return this.#counts.counted();
  }
}

/**
 * The rejected lines of a piece with their reasons, one at a time.
 * @param linesBefore lines of the log before the piece
 */
export function* rejectedLines(piece: CountedPiece, linesBefore: number): Generator<RejectedLine, void, undefined> {
  for (let index = 0; index < piece.rejected.length; index += 3) {
    const [line = 0, start = 0, length = 0] = piece.rejected.subarray(index, index + 3);
    const position = { lineNumber: linesBefore + line, offset: piece.offset + start, length };
    if (length > maxLineBytes) {
      yield { ...longLine(length), ...position, bytes: undefined };
      continue;
    }
    const bytes = Buffer.from(new Uint8Array(piece.buffer, start, length));
    const outcome = readLogLine(bytes, 0, length, position.offset === 0, false);
    if (outcome?.kind !== "rejected")
      throw new Error(`line ${position.lineNumber} was rejected once, and now it is not`);
    yield { ...outcome, ...position, bytes };
  }
}
