import { type LogEntry, services, type Service } from "./log-entry.js";
import {
  authenticationNumber,
  authentications as authenticationTypes,
  serviceNumber,
  type RequestSink,
} from "./request-counts.js";
import { unknownOperation } from "./operations.js";
import { finishRequestId, highSeed, lowSeed, nextHigh, nextLow, RequestIdSet } from "./request-ids.js";
import { categoryOf, requestCategories, responseTypeOf, waitedForClient } from "./request-status.js";
import {
  FoldedOperations,
  type Authentication,
  type GeoType,
  geoTypes,
  maxOperations,
  RollUpCells,
} from "./roll-up-cells.js";
import { decodeRollUpRecords, encodeRollUpRecord } from "./roll-up-record.js";

const minuteMs = 60_000;
const blank = 0x20;
const quote = 0x22;
const dot = 0x2e;
const slash = 0x2f;
const colon = 0x3a;
const questionMark = 0x3f;
const lastLetter = 0x79;
export const minutesPerHour = 60;
/** Different hours that the requests of one log blob may have started in; Azure files a blob by one hour. */
export const maxHoursPerBlob = 1_000;

/** A service and the hour, since the epoch, in which requests started. */
export interface LedgerHour {
  readonly service: Service;
  readonly hour: number;
}

export const ledgerHourKey = ({ service, hour }: LedgerHour): string => `${service} ${hour}`;

/** What one log blob adds to one hour. */
export interface RollUpPart extends LedgerHour {
  readonly cells: RollUpCells;
  readonly ids: RequestIdSet;
}

interface OpenPart extends RollUpPart {
  readonly excluded: RequestIdSet | undefined;
  /** Numbers of series by what the scanner knows of them. */
  readonly series: Map<number, number>;
}

interface Names {
  readonly operation: string;
  /** `OAuth`, `SAS` or `Anonymous` before the status. */
  readonly statusPrefix: string;
  readonly isServerBusy: boolean;
}

const statusPrefix = /^(?:OAuth|SAS|Anonymous)/;
const statusPrefixes = 4;
/** Keys of names are below: every operation with every prefix of a status, busy or not. */
export const maxNameKeys = (maxOperations + 1) * statusPrefixes * 2;

/** A roll-up on its way from one thread to another. */
export interface PackedRollUp {
  readonly parts: readonly (LedgerHour & { readonly record: Uint8Array })[];
  readonly duplicates: number;
  readonly unplaced: number;
}

const noNames: Names = { operation: unknownOperation, statusPrefix: "", isServerBusy: false };

/** Room for indexes of authentications, categories and geo types beside that of names. */
const authenticationSpan = authenticationTypes.length + 1;
const sideSpan = authenticationSpan * requestCategories.length * geoTypes.length;

/**
 * Adds up one log blob by the hour in which its requests started. Entries of operation 0 alone are counted, because the
 * others repeat its sizes and latencies; an entry whose id was there before is dropped; one without an id never is.
 *
 * It is what a `RequestScanner` counts into, or gets entries one by one: both give the same.
 */
export class LogRollUp implements RequestSink {
  readonly #service: Service;
  readonly #excluded: ReadonlyMap<string, RequestIdSet>;
  readonly #parts = new Map<string, OpenPart>();
  readonly #operations = new FoldedOperations();
  readonly #names: Names[] = [];
  readonly #nameKeys = new Map<string, number>();
  #lastPart: OpenPart | undefined;
  #duplicates = 0;
  #unplaced = 0;
  /** Of the entry that comes next: halves of the hash so far, whether there is an id, and where it went. */
  #high = 0;
  #low = 0;
  #hasId = false;
  #isSecondary = false;

  /**
   * @param service that the blob is filed under, for entries that name none
   * @param excluded ids counted already, by `ledgerHourKey`
   */
  constructor(service: Service, excluded: ReadonlyMap<string, RequestIdSet> = new Map()) {
    this.#service = service;
    this.#excluded = excluded;
  }

  /** Entries dropped because their id was there before. */
  get duplicates(): number {
    return this.#duplicates;
  }

  /** Entries beyond `maxHoursPerBlob`, in no part. */
  get unplaced(): number {
    return this.#unplaced;
  }

  parts(): readonly RollUpPart[] {
    return [...this.#parts.values()];
  }

  /** @returns as `add` */
  addEntry(entry: LogEntry): boolean {
    const { requestIdHeader, requestUrl } = entry;
    const id = Buffer.from(requestIdHeader);
    this.#readId(id, 0, id.length);
    this.#isSecondary = geoTypeOf(requestUrl) === "Secondary";
    const category = categoryOf(entry.requestStatus, entry.httpStatusCode, waitedForClient(entry));
    return this.add(
      Date.parse(`${entry.requestStartTime.slice(0, 23)}Z`),
      this.nameKey(entry.operationType, entry.requestStatus, entry.httpStatusCode),
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

  /** Keeps what matters of the three: a blob can hold a million different ones. */
  nameKey(operation: string, requestStatus: string, httpStatusCode: string): number {
    const names = {
      operation: this.#operations.fold(operation),
      statusPrefix: statusPrefix.exec(requestStatus)?.[0] ?? "",
      isServerBusy: httpStatusCode === "503",
    };
    const key = `${names.operation} ${names.statusPrefix} ${names.isServerBusy ? "503" : ""}`;
    const known = this.#nameKeys.get(key);
    if (known !== undefined) return known;
    this.#nameKeys.set(key, this.#names.length);
    return this.#names.push(names) - 1;
  }

  locate(bytes: Buffer, urlStart: number, idStart: number, idEnd: number): void {
    this.#readId(bytes, idStart, idEnd);
    this.#isSecondary = isSecondaryUrl(bytes, urlStart + 1);
  }

  /** @returns whether it is a request, and one that was not there before */
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
  ): boolean {
    if (!isRequest) return false;
    const minute = Math.floor(startTime / minuteMs);
    const part = this.#partOf(services[service] ?? this.#service, Math.floor(minute / minutesPerHour));
    if (part === undefined) {
      this.#unplaced += 1;
      return true;
    }
    if (this.#hasId) {
      const { high, low } = finishRequestId(this.#high, this.#low, 0);
      if (part.excluded?.has(high, low) === true || !part.ids.add(high, low)) {
        this.#duplicates += 1;
        return false;
      }
    }
    const side = (authentication * requestCategories.length + category) * geoTypes.length + Number(this.#isSecondary);
    const series =
      part.series.get(nameKey * sideSpan + side) ?? this.#newSeries(part, nameKey, authentication, category);
    part.cells.add(minute, series, ingressBytes, egressBytes, endToEndLatencyMs, serverLatencyMs);
    return true;
  }

  pack(): PackedRollUp {
    const parts = this.parts().map(({ service, hour, cells, ids }) => {
      const record = { source: "", cells: [...cells.cells()], ids: ids.toSortedBytes() };
      return { service, hour, record: encodeRollUpRecord(record) };
    });
    return { parts, duplicates: this.#duplicates, unplaced: this.#unplaced };
  }

  /**
   * Adds what was added up from other lines of the same log.
   * @returns whether that is right; not if an id is in both: its request is in the sums of both, and this is of no use
   */
  merge({ parts, duplicates, unplaced }: PackedRollUp): boolean {
    this.#duplicates += duplicates;
    this.#unplaced += unplaced;
    for (const { service, hour, record: packed } of parts) {
      const part = this.#partOf(service, hour);
      for (const { record } of decodeRollUpRecords(packed)) {
        if (part === undefined) {
          this.#unplaced += record.cells.reduce((sum, { requests }) => sum + requests, 0);
          continue;
        }
        if (part.ids.hasAnyOf(record.ids)) return false;
        part.ids.addAll(record.ids);
        for (const cell of record.cells) part.cells.merge(cell);
      }
    }
    return true;
  }

  #newSeries(part: OpenPart, nameKey: number, authentication: number, category: number): number {
    const { operation, statusPrefix, isServerBusy } = this.#names[nameKey] ?? noNames;
    const authenticationType = authenticationTypes[authentication] ?? "";
    const side = (authentication * requestCategories.length + category) * geoTypes.length + Number(this.#isSecondary);
    const series = part.cells.seriesNumber({
      access: "user",
      operation,
      responseType: responseTypeOf(requestCategories[category] ?? "NetworkError", isServerBusy ? "503" : ""),
      authentication: authenticationOf({ authenticationType, operationType: operation, requestStatus: statusPrefix }),
      geoType: this.#isSecondary ? "Secondary" : "Primary",
    });
    part.series.set(nameKey * sideSpan + side, series);
    return series;
  }

  #readId(bytes: Buffer, start: number, end: number): void {
    let from = start;
    let to = end;
    while (from < to && (bytes[from] ?? 0) <= blank) from++;
    while (to > from && (bytes[to - 1] ?? 0) <= blank) to--;
    let high = highSeed;
    let low = lowSeed;
    for (let at = from; at < to; at++) {
      const byte = bytes[at] ?? 0;
      high = nextHigh(high, byte);
      low = nextLow(low, byte);
    }
    this.#high = high;
    this.#low = low;
    this.#hasId = to > from;
  }

  #partOf(service: Service, hour: number): OpenPart | undefined {
    const last = this.#lastPart;
    if (last?.hour === hour && last.service === service) return last;
    const key = ledgerHourKey({ service, hour });
    let part = this.#parts.get(key);
    if (part === undefined && this.#parts.size < maxHoursPerBlob) {
      const excluded = this.#excluded.get(key);
      part = { service, hour, cells: new RollUpCells(), ids: new RequestIdSet(), excluded, series: new Map() };
      this.#parts.set(key, part);
    }
    this.#lastPart = part;
    return part;
  }
}

/** Value of the Authentication dimension. Source: mapping of authentication-type in the tables of resource logs. */
export function authenticationOf(
  entry: Pick<LogEntry, "authenticationType" | "operationType" | "requestStatus">,
): Authentication {
  switch (entry.authenticationType) {
    case "authenticated":
      return "AccountKey";
    case "sas":
      return "SAS";
    case "bearer":
      return "OAuth";
    case "anonymous":
      return entry.operationType.endsWith("PreflightRequest") ? "AnonymousPreflight" : "Anonymous";
    default: {
      // the status may still tell
      const named = statusPrefix.exec(entry.requestStatus)?.[0];
      return (named as "OAuth" | "SAS" | "Anonymous" | undefined) ?? "AccountKey";
    }
  }
}

const secondary = "-secondary";

/**
 * Whether a URL goes to the secondary location: `https://account-secondary.blob.…`, or, as emulators have it,
 * `http://127.0.0.1:10000/account-secondary/…`.
 */
export function geoTypeOf(requestUrl: string): GeoType {
  return isSecondaryUrl(Buffer.from(`${requestUrl}"`), 0) ? "Secondary" : "Primary";
}

/** @param start of a URL that ends with a quote */
function isSecondaryUrl(bytes: Buffer, start: number): boolean {
  // after the scheme, "http://" or "https://"
  const host = start + (bytes[start + 4] === colon ? 7 : 8);
  if (bytes[host - 1] !== slash || bytes[host - 2] !== slash) return false;
  let at = host;
  while (isInside(bytes[at]) && bytes[at] !== slash && bytes[at] !== dot) at++;
  // a name with dots is that of the account; an address, or a name without, has the account in its path
  if (bytes[at] === dot && !isDigit(bytes[host])) return endsWithSecondary(bytes, host, at);
  while (isInside(bytes[at]) && bytes[at] !== slash) at++;
  if (bytes[at] !== slash) return false;
  const path = ++at;
  while (isInside(bytes[at]) && bytes[at] !== slash) at++;
  return endsWithSecondary(bytes, path, at);
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;

const isInside = (byte: number | undefined): boolean => byte !== undefined && byte !== quote && byte !== questionMark;

/** The last letter alone tells nearly all. */
const endsWithSecondary = (bytes: Buffer, start: number, end: number): boolean =>
  bytes[end - 1] === lastLetter &&
  end - secondary.length >= start &&
  bytes.toString("latin1", end - secondary.length, end) === secondary;
