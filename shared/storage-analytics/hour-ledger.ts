import { minutesPerHour } from "./log-roll-up.js";
import { RequestIdSet } from "./request-ids.js";
import { decodeRollUpRecords, type RollUpRecord } from "./roll-up-record.js";
import { RollUpCells, type RollUpCell } from "./roll-up-cells.js";

/**
 * What the records of one service and hour add up to. A ledger grows at its end only, and everybody who reads the same
 * bytes has the same sums, whichever instance wrote them and in whichever order its sources came.
 */
export class HourLedger {
  /** Since the epoch. */
  readonly hour: number;
  readonly #cells = new RollUpCells();
  readonly #ids = new RequestIdSet();
  readonly #sources = new Set<string>();
  /** Where in the ledger each minute was touched last. */
  readonly #touched = new Map<number, number>();
  #position = 0;

  constructor(hour: number) {
    this.hour = hour;
  }

  /** Bytes of the ledger that were read. */
  get position(): number {
    return this.#position;
  }

  /** Ids of all entries counted so far. */
  get ids(): RequestIdSet {
    return this.#ids;
  }

  hasSource(source: string): boolean {
    return this.#sources.has(source);
  }

  /**
   * Reads on.
   * @param piece the bytes from `position` on, to the end of a record
   * @throws MalformedBytes
   */
  read(piece: Uint8Array): void {
    const start = this.#position;
    for (const { record, end } of decodeRollUpRecords(piece)) this.#add(record, start + end);
  }

  /**
   * Adds a record that was just appended, without reading it back.
   * @param bytes that it takes in the ledger
   */
  append(record: RollUpRecord, bytes: number): void {
    this.#add(record, this.#position + bytes);
  }

  #add(record: RollUpRecord, end: number): void {
    this.#position = end;
    // a writer that lost the race with itself: a reply got lost and the request was sent again
    if (this.#sources.has(record.source)) return;
    this.#sources.add(record.source);
    this.#ids.addAll(record.ids);
    for (const cell of record.cells) {
      this.#cells.merge(cell);
      this.#touched.set(cell.minute, end);
    }
  }

  /** Minutes, since the epoch, that were touched after a position, in order. */
  minutesSince(position: number): readonly number[] {
    const minutes = [...this.#touched].filter(([, touched]) => touched > position).map(([minute]) => minute);
    return minutes.sort((a, b) => a - b);
  }

  cellsOf(minute: number): Iterable<RollUpCell> {
    return this.#cells.cellsOf(minute);
  }

  /** Cells of all minutes of the hour. */
  cells(): Iterable<RollUpCell> {
    return this.#cells.cells();
  }
}

/** Minutes of an hour, both since the epoch. */
export const minutesOfHour = (hour: number): readonly number[] =>
  Array.from({ length: minutesPerHour }, (_, minute) => hour * minutesPerHour + minute);
