import { type LogEntry, services, type Service } from "./log-entry.js";
import { hashRequestId, RequestIdSet } from "./request-ids.js";
import { classifyRequest } from "./request-status.js";
import { type Authentication, type GeoType, RollUpCells } from "./roll-up-cells.js";

const minuteMs = 60_000;
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

/**
 * Adds up one log blob by the hour in which its requests started. Entries of operation 0 alone are counted, because the
 * others repeat its sizes and latencies; an entry whose id was there before is dropped; one without an id never is.
 */
export class LogRollUp {
  readonly #service: Service;
  readonly #excluded: ReadonlyMap<string, RequestIdSet>;
  readonly #parts = new Map<string, RollUpPart>();
  #duplicates = 0;
  #unplaced = 0;

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

  addEntry(entry: LogEntry): void {
    const operationCount = entry.operationCount ?? 0;
    if (operationCount !== 0) return;
    const minute = Math.floor(Date.parse(`${entry.requestStartTime.slice(0, 23)}Z`) / minuteMs);
    const service = services.find((known) => known === entry.serviceType) ?? this.#service;
    const part = this.#partOf(service, Math.floor(minute / minutesPerHour));
    if (part === undefined) {
      this.#unplaced += 1;
      return;
    }
    if (entry.requestIdHeader !== "") {
      const { high, low } = hashRequestId(entry.requestIdHeader, operationCount);
      if (this.#excluded.get(ledgerHourKey(part))?.has(high, low) === true || !part.ids.add(high, low)) {
        this.#duplicates += 1;
        return;
      }
    }
    const series = part.cells.seriesNumber({
      access: "user",
      operation: entry.operationType,
      responseType: classifyRequest(entry).responseType,
      authentication: authenticationOf(entry),
      geoType: geoTypeOf(entry.requestUrl),
    });
    part.cells.add(
      minute,
      series,
      (entry.requestHeaderSize ?? 0) + (entry.requestPacketSize ?? 0),
      (entry.responseHeaderSize ?? 0) + (entry.responsePacketSize ?? 0),
      entry.endToEndLatencyMs ?? 0,
      entry.serverLatencyMs ?? 0,
    );
  }

  #partOf(service: Service, hour: number): RollUpPart | undefined {
    const key = ledgerHourKey({ service, hour });
    const known = this.#parts.get(key);
    if (known !== undefined || this.#parts.size >= maxHoursPerBlob) return known;
    const part = { service, hour, cells: new RollUpCells(), ids: new RequestIdSet() };
    this.#parts.set(key, part);
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
      const named = /^(?:OAuth|SAS|Anonymous)/.exec(entry.requestStatus)?.[0];
      return (named as "OAuth" | "SAS" | "Anonymous" | undefined) ?? "AccountKey";
    }
  }
}

/** `https://account-secondary.blob.…` or, as emulators have it, `http://127.0.0.1:10000/account-secondary/…`. */
const secondaryUrl = /^https?:\/\/(?:[^/.?]*-secondary\.|[^/?]*\/[^/?]*-secondary(?:[/?]|$))/i;

export const geoTypeOf = (requestUrl: string): GeoType => (secondaryUrl.test(requestUrl) ? "Secondary" : "Primary");
