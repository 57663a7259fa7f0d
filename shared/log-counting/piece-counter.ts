import { type RejectedLine } from "../storage-analytics/log-parser.js";
import { RequestCounts, type CountedRequests } from "../storage-analytics/request-counts.js";
import { RequestScanner } from "../storage-analytics/request-scanner.js";
import { type CountedPiece } from "./count-messages.js";

/** Counts some pieces of one log, which need not follow each other. */
export class PieceCounter {
  readonly #counts = new RequestCounts();
  readonly #scanner = new RequestScanner(this.#counts, (line) => this.#rejected.push(line));
  #rejected: RejectedLine[] = [];

  count(buffer: ArrayBuffer, length: number, offset: number): CountedPiece {
    const before = this.#scanner.lineCount;
    this.#scanner.seek(offset);
    this.#scanner.push(new Uint8Array(buffer, 0, length));
    this.#scanner.end();
    const rejected = this.#rejected.splice(0).map((line) => ({ ...line, lineNumber: line.lineNumber - before }));
    return { kind: "piece", buffer, lineCount: this.#scanner.lineCount - before, rejected };
  }

  counted(): CountedRequests {
    return this.#counts.counted();
  }
}
