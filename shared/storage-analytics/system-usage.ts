import { RollUpCells, type RollUpCell } from "./roll-up-cells.js";

const minuteMs = 60_000;

/** What one writer of analytics data (gateway or app) says of its own requests: counters since it started. */
export interface OwnUsage {
  readonly requests: number;
  /** Bytes that these requests wrote. */
  readonly bytes: number;
}

/** What it said at a time. */
export interface OwnUsageSample extends OwnUsage {
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Counters that went down began anew: the writer was started again. */
export function usageBetween(before: OwnUsage | undefined, after: OwnUsage): OwnUsage {
  if (before === undefined || after.requests < before.requests || after.bytes < before.bytes) return after;
  return { requests: after.requests - before.requests, bytes: after.bytes - before.bytes };
}

/**
 * What analytics itself did between two samples as a cell of `system;All`: successful requests with the account's key,
 * in the minute of the later sample. Their latencies are not known and count as 0.
 * @returns undefined if it did nothing
 */
export function systemCell(before: OwnUsage | undefined, after: OwnUsageSample): RollUpCell | undefined {
  const { requests, bytes } = usageBetween(before, after);
  if (requests === 0 && bytes === 0) return undefined;
  const series = {
    access: "system",
    operation: "Unknown",
    responseType: "Success",
    authentication: "AccountKey",
    geoType: "Primary",
  } as const;
  const minute = Math.floor(after.at / minuteMs);
  // the shape of a cell, latencies of 0 included
  const one = new RollUpCells();
  one.add(minute, one.seriesNumber(series), 0, 0, 0, 0);
  const [cell] = one.cells();
  if (cell === undefined) throw new Error("adding up analytics' own requests: a cell is missing");
  const mean = requests === 0 ? 0 : Math.round(bytes / requests);
  return { ...cell, requests, ingress: { sum: bytes, min: mean, max: mean } };
}

/** Identity of a sample in the ledgers: the same one twice counts once. */
export const ownUsageSource = (writer: string, at: number): string => `system ${writer} ${new Date(at).toISOString()}`;

/** Adds up what this process itself asks of one account. */
export class OwnUsageMeter {
  #requests = 0;
  #bytes = 0;

  /** @param bytes that the request wrote */
  add(requests: number, bytes: number): void {
    this.#requests += requests;
    this.#bytes += bytes;
  }

  /** What was added since it was taken last. */
  take(): OwnUsage {
    const taken = { requests: this.#requests, bytes: this.#bytes };
    [this.#requests, this.#bytes] = [0, 0];
    return taken;
  }
}
