import { LatencySketch } from "../metrics/latency-sketch.js";
import { unknownOperation } from "./operations.js";
import { type ResponseType } from "./request-status.js";

/** Operation names kept apart in one place; Azure documents about 150. Later ones are counted as `Unknown`. */
export const maxOperations = 500;
/** A name that is to become a key of rows and a value of dimensions; any other is counted as `Unknown`. */
const operationForm = /^[A-Za-z][A-Za-z0-9]{0,63}$/;

/** Values of the Authentication dimension of today's storage metrics that a log can tell apart. */
export const authentications = ["AccountKey", "SAS", "OAuth", "Anonymous", "AnonymousPreflight"] as const;
export type Authentication = (typeof authentications)[number];

export const geoTypes = ["Primary", "Secondary"] as const;
export type GeoType = (typeof geoTypes)[number];

/** `user`: requests of clients, whatever they read. `system`: what analytics itself writes. */
export const accesses = ["user", "system"] as const;
export type Access = (typeof accesses)[number];

/** What the requests of a cell have in common, besides their minute. */
export interface RollUpSeries {
  readonly access: Access;
  readonly operation: string;
  readonly responseType: ResponseType;
  readonly authentication: Authentication;
  readonly geoType: GeoType;
}

/** Sum, smallest and largest of one number per request. */
export interface Spread {
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

export interface LatencySpread extends Spread {
  readonly sketch: LatencySketch;
}

/** Sums over the requests of a cell. */
export interface RollUpSums {
  readonly requests: number;
  /** Bytes of request headers and bodies. */
  readonly ingress: Spread;
  /** Bytes of response headers and bodies. */
  readonly egress: Spread;
  /** Milliseconds; undefined unless the response type is `Success`: Azure's latencies are those of successes. */
  readonly latency: { readonly endToEnd: LatencySpread; readonly server: LatencySpread } | undefined;
}

export interface RollUpCell extends RollUpSums {
  /** Minute in which the requests started, in minutes since the epoch. */
  readonly minute: number;
  readonly series: RollUpSeries;
}

class Spreading implements Spread {
  sum = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;

  add(value: number): void {
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }

  merge({ sum, min, max }: Spread): void {
    this.sum += sum;
    if (min < this.min) this.min = min;
    if (max > this.max) this.max = max;
  }
}

class LatencySpreading extends Spreading implements LatencySpread {
  readonly sketch = new LatencySketch();

  override add(value: number): void {
    super.add(value);
    this.sketch.add(value);
  }

  override merge(other: LatencySpread): void {
    super.merge(other);
    this.sketch.merge(other.sketch);
  }
}

class Cell implements RollUpCell {
  readonly minute: number;
  readonly series: RollUpSeries;
  requests = 0;
  readonly ingress = new Spreading();
  readonly egress = new Spreading();
  readonly latency: { readonly endToEnd: LatencySpreading; readonly server: LatencySpreading } | undefined;

  constructor(minute: number, series: RollUpSeries) {
    this.minute = minute;
    this.series = series;
    const isSuccess = series.responseType === "Success";
    this.latency = isSuccess ? { endToEnd: new LatencySpreading(), server: new LatencySpreading() } : undefined;
  }
}

/** Operation names up to the limit; those that come later, or are none, are `Unknown`. */
export class FoldedOperations {
  readonly #names = new Set<string>([unknownOperation]);

  fold(operation: string): string {
    if (this.#names.has(operation)) return operation;
    if (this.#names.size > maxOperations || !operationForm.test(operation)) return unknownOperation;
    this.#names.add(operation);
    return operation;
  }
}

/** Requests added up by minute and series, in memory that hostile operation names cannot fill. */
export class RollUpCells {
  readonly #operations = new FoldedOperations();
  readonly #numbers = new Map<string, number>();
  readonly #series: RollUpSeries[] = [];
  readonly #minutes = new Map<number, Map<number, Cell>>();
  #lastMinute = Number.NaN;
  #lastCells = new Map<number, Cell>();

  /** Number of a series for `add`. Which names are `Unknown` depends on the order in which they come; no sum does. */
  seriesNumber(series: RollUpSeries): number {
    const operation = this.#operations.fold(series.operation);
    const { access, responseType, authentication, geoType } = series;
    const key = [operation, responseType, authentication, geoType, access].join(" ");
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#series.push({ access, operation, responseType, authentication, geoType }) - 1;
    this.#numbers.set(key, number);
    return number;
  }

  /** @param minute since the epoch */
  add(
    minute: number,
    seriesNumber: number,
    ingress: number,
    egress: number,
    endToEndMs: number,
    serverMs: number,
  ): void {
    const cell = this.#cellOf(minute, seriesNumber);
    cell.requests += 1;
    cell.ingress.add(ingress);
    cell.egress.add(egress);
    cell.latency?.endToEnd.add(endToEndMs);
    cell.latency?.server.add(serverMs);
  }

  /** Adds what was added up elsewhere. */
  merge(other: RollUpCell): void {
    const cell = this.#cellOf(other.minute, this.seriesNumber(other.series));
    cell.requests += other.requests;
    cell.ingress.merge(other.ingress);
    cell.egress.merge(other.egress);
    if (other.latency !== undefined) {
      cell.latency?.endToEnd.merge(other.latency.endToEnd);
      cell.latency?.server.merge(other.latency.server);
    }
  }

  /** Minutes since the epoch that have cells, in no order. */
  minutes(): Iterable<number> {
    return this.#minutes.keys();
  }

  cellsOf(minute: number): Iterable<RollUpCell> {
    return this.#minutes.get(minute)?.values() ?? [];
  }

  *cells(): Generator<RollUpCell> {
    for (const cells of this.#minutes.values()) yield* cells.values();
  }

  #cellOf(minute: number, seriesNumber: number): Cell {
    if (minute !== this.#lastMinute) {
      let cells = this.#minutes.get(minute);
      if (cells === undefined) this.#minutes.set(minute, (cells = new Map<number, Cell>()));
      this.#lastMinute = minute;
      this.#lastCells = cells;
    }
    const known = this.#lastCells.get(seriesNumber);
    if (known !== undefined) return known;
    const series = this.#series[seriesNumber];
    if (series === undefined) throw new RangeError(`adding up requests: there is no series ${seriesNumber}`);
    const cell = new Cell(minute, series);
    this.#lastCells.set(seriesNumber, cell);
    return cell;
  }
}
