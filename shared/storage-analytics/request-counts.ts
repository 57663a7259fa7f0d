import { services, type LogEntry, type Service } from "./log-entry.js";
import { categoryOf, requestCategories, waitedForClient, type RequestCategory } from "./request-status.js";

/** Different operation names, and different statuses, that are kept apart; Azure documents about 150 of each. */
export const maxDistinctNames = 500;
/** Different cells that are kept apart before names are folded; one cell takes about 250 bytes. */
export const maxCells = 250_000;

/** Stands for a name that was folded, or that is none. Azure itself calls a request that was not recognised so. */
export const unknownName = "Unknown";

/** Names longer or other than this are folded: a name from a log becomes a key of rows and a label of charts. */
const nameForm = /^[A-Za-z0-9]{1,64}$/;

export const authentications = ["authenticated", "sas", "anonymous", "bearer"] as const;
export type Authentication = (typeof authentications)[number];

/** What the requests of a cell have in common. */
export interface RequestCellKey {
  /** Minute in which the requests started, in minutes since the epoch. */
  readonly minute: number;
  readonly service: Service | typeof unknownName;
  readonly operation: string;
  /** As logged: a documented status or a storage error code. */
  readonly requestStatus: string;
  readonly authentication: Authentication | typeof unknownName;
  readonly category: RequestCategory;
}

/** Sums over the requests of a cell. All but `entries` count operation 0 alone: sub-operations repeat its sizes. */
export interface RequestSums {
  readonly entries: number;
  readonly requests: number;
  /** Bytes of request headers and bodies. */
  readonly ingressBytes: number;
  /** Bytes of response headers and bodies. */
  readonly egressBytes: number;
  /** Milliseconds, like the next one. */
  readonly endToEndLatencyMs: number;
  readonly serverLatencyMs: number;
}

export interface RequestCell extends RequestCellKey, RequestSums {}

/** Everything counted, as plain data that can cross to another thread. */
export interface CountedRequests {
  readonly cells: readonly RequestCell[];
  /** Earliest and latest start of a request in milliseconds since the epoch; undefined if there was none. */
  readonly firstStart: number | undefined;
  readonly lastStart: number | undefined;
}

export interface RequestTotals extends RequestSums {
  /** Requests whose category is another than `Success`. */
  readonly errors: number;
}

const sumNames = [
  "entries",
  "requests",
  "ingressBytes",
  "egressBytes",
  "endToEndLatencyMs",
  "serverLatencyMs",
] as const;

/** Names by number. The first ones up to the limit are kept, later ones are `Unknown`, which is number 0. */
class FoldedNames {
  readonly #numbers = new Map<string, number>([[unknownName, 0]]);
  readonly names: string[] = [unknownName];

  numberOf(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    if (this.names.length > maxDistinctNames || !nameForm.test(name)) return 0;
    this.#numbers.set(name, this.names.length);
    return this.names.push(name) - 1;
  }
}

const serviceNames: readonly RequestCellKey["service"][] = [...services, unknownName];
const authenticationNames: readonly RequestCellKey["authentication"][] = [...authentications, unknownName];

export function serviceNumber(serviceType: string): number {
  const index = serviceNames.findIndex((name) => name === serviceType);
  return index < 0 ? services.length : index;
}

export function authenticationNumber(authenticationType: string): number {
  const index = authenticationNames.findIndex((name) => name === authenticationType);
  return index < 0 ? authentications.length : index;
}

/** Room for `maxDistinctNames` and `Unknown`. */
const nameSpan = 512;
const categorySpan = requestCategories.length;
const sideSpan = serviceNames.length * authenticationNames.length * categorySpan;

type Sums = { -readonly [Name in keyof RequestSums]: RequestSums[Name] };
type Cell = RequestCellKey & Sums;

/**
 * Sums of requests by minute, service, operation, status, authentication and category, in memory that hostile names
 * cannot fill: names beyond `maxDistinctNames`, and of cells beyond `maxCells`, are folded to `Unknown`.
 */
export class RequestCounts {
  readonly #operations = new FoldedNames();
  readonly #statuses = new FoldedNames();
  /** Per minute: its cells by their packed key. */
  readonly #minutes = new Map<number, Map<number, Cell>>();
  #cellCount = 0;
  #lastMinute = Number.NaN;
  #lastCells = new Map<number, Cell>();
  #firstStart = Number.POSITIVE_INFINITY;
  #lastStart = Number.NEGATIVE_INFINITY;

  /** Number of an operation and a status together, for `add`. */
  nameKey(operation: string, requestStatus: string): number {
    return this.#operations.numberOf(operation) * nameSpan + this.#statuses.numberOf(requestStatus);
  }

  /**
   * Counts one entry, in a form that a scanner of bytes has without making an object.
   * @param startTime milliseconds since the epoch
   * @param nameKey from `nameKey`
   * @param service from `serviceNumber`
   * @param authentication from `authenticationNumber`
   * @param category index in `requestCategories`
   * @param isRequest whether this is operation 0 of its request
   */
  add(
    startTime: number,
    nameKey: number,
    service: number,
    authentication: number,
    category: number,
    isRequest: boolean,
    ingressBytes: number,
    egressBytes: number,
    endToEndLatencyMs: number,
    serverLatencyMs: number,
  ): void {
    if (startTime < this.#firstStart) this.#firstStart = startTime;
    if (startTime > this.#lastStart) this.#lastStart = startTime;
    const cell = this.#cellOf(Math.floor(startTime / 60_000), nameKey, service, authentication, category);
    cell.entries += 1;
    if (!isRequest) return;
    cell.requests += 1;
    cell.ingressBytes += ingressBytes;
    cell.egressBytes += egressBytes;
    cell.endToEndLatencyMs += endToEndLatencyMs;
    cell.serverLatencyMs += serverLatencyMs;
  }

  addEntry(entry: LogEntry): void {
    const category = categoryOf(entry.requestStatus, entry.httpStatusCode, waitedForClient(entry));
    this.add(
      Date.parse(`${entry.requestStartTime.slice(0, 23)}Z`),
      this.nameKey(entry.operationType, entry.requestStatus),
      serviceNumber(entry.serviceType),
      authenticationNumber(entry.authenticationType),
      requestCategories.indexOf(category),
      (entry.operationCount ?? 0) === 0,
      (entry.requestHeaderSize ?? 0) + (entry.requestPacketSize ?? 0),
      (entry.responseHeaderSize ?? 0) + (entry.responsePacketSize ?? 0),
      entry.endToEndLatencyMs ?? 0,
      entry.serverLatencyMs ?? 0,
    );
  }

  /** Adds what was counted elsewhere. Which names are folded depends on the order; no sum does. */
  merge(counted: CountedRequests): void {
    for (const added of counted.cells) {
      const cell = this.#cellOf(
        added.minute,
        this.nameKey(added.operation, added.requestStatus),
        serviceNumber(added.service),
        authenticationNumber(added.authentication),
        requestCategories.indexOf(added.category),
      );
      for (const name of sumNames) cell[name] += added[name];
    }
    this.#firstStart = Math.min(this.#firstStart, counted.firstStart ?? Number.POSITIVE_INFINITY);
    this.#lastStart = Math.max(this.#lastStart, counted.lastStart ?? Number.NEGATIVE_INFINITY);
  }

  /** @returns what was counted so far; cells in no particular order, each key once */
  counted(): CountedRequests {
    const cells = [...this.#minutes.values()].flatMap((minute) => [...minute.values()].map((cell) => ({ ...cell })));
    if (cells.length === 0) return { cells, firstStart: undefined, lastStart: undefined };
    return { cells, firstStart: this.#firstStart, lastStart: this.#lastStart };
  }

  #cellOf(minute: number, nameKey: number, service: number, authentication: number, category: number): Cell {
    if (minute !== this.#lastMinute) this.#openMinute(minute);
    const side = (service * authenticationNames.length + authentication) * categorySpan + category;
    const key = nameKey * sideSpan + side;
    const known = this.#lastCells.get(key);
    if (known !== undefined) return known;
    if (this.#cellCount >= maxCells && nameKey !== 0) return this.#cellOf(minute, 0, service, authentication, category);
    const cell: Cell = {
      minute,
      service: serviceNames[service] ?? unknownName,
      operation: this.#operations.names[Math.floor(nameKey / nameSpan)] ?? unknownName,
      requestStatus: this.#statuses.names[nameKey % nameSpan] ?? unknownName,
      authentication: authenticationNames[authentication] ?? unknownName,
      category: requestCategories[category] ?? "NetworkError",
      entries: 0,
      requests: 0,
      ingressBytes: 0,
      egressBytes: 0,
      endToEndLatencyMs: 0,
      serverLatencyMs: 0,
    };
    this.#lastCells.set(key, cell);
    this.#cellCount += 1;
    return cell;
  }

  #openMinute(minute: number): void {
    const known = this.#minutes.get(minute);
    this.#lastCells = known ?? new Map<number, Cell>();
    if (known === undefined) this.#minutes.set(minute, this.#lastCells);
    this.#lastMinute = minute;
  }
}

/** What a scanner of log lines counts into. */
export interface RequestSink extends Pick<RequestCounts, "add" | "addEntry"> {
  /** Number of an operation and a status together, for `add`; asked for once per different ones. */
  nameKey(operation: string, requestStatus: string, httpStatusCode: string): number;
  /** Called before `add` with where the quoted URL begins, and where the request id does and ends. */
  locate?(bytes: Buffer, urlStart: number, idStart: number, idEnd: number): void;
}

/** @returns the sums over all cells */
export function totalRequests(cells: Iterable<RequestCell>): RequestTotals {
  const totals = {
    entries: 0,
    requests: 0,
    errors: 0,
    ingressBytes: 0,
    egressBytes: 0,
    endToEndLatencyMs: 0,
    serverLatencyMs: 0,
  };
  for (const cell of cells) {
    for (const name of sumNames) totals[name] += cell[name];
    if (cell.category !== "Success") totals.errors += cell.requests;
  }
  return totals;
}
