import type { LogBlobName } from "../../storage-analytics/log-blob.js";
import type { Service } from "../../storage-analytics/log-entry.js";
import type { RequestCell } from "../../storage-analytics/request-counts.js";

/** What a read of one log blob found. */
export interface LogReading {
  /** Of the content that was read. */
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
  readonly entries: number;
  /** Lines that went to the dead letters. */
  readonly badLines: number;
  /** Sums by minute, operation and status. */
  readonly cells: readonly RequestCell[];
}

/** A reading, and the blob that it is of. */
export interface ReadLogBlob {
  readonly blob: LogBlobName;
  readonly reading: LogReading;
  /** Version of a note that the blob was planned, if there is one: saves a look at what is there, if it still stands. */
  readonly planned?: string;
}

/** Where one log blob stands. */
export type LogBlobState =
  | {
      readonly kind: "planned";
      readonly etag: string;
      readonly at: Date;
      /** How often a message was sent for this content. */
      readonly times: number;
    }
  | {
      readonly kind: "read";
      readonly etag: string;
      readonly at: Date;
      readonly entries: number;
      readonly badLines: number;
    }
  /** Retention or a user deleted it before it was read. */
  | { readonly kind: "gone"; readonly etag: string; readonly at: Date };

/**
 * What became of each log blob of a monitored account, and the counts that were read out of it.
 *
 * State and counts of a blob are written together or not at all, under keys made of its name: reading it twice, on two
 * instances at once, or after a crash leaves the same rows, and the sum over all rows is the count. A reading replaces
 * every row of an earlier one, so that a name that came back with other content (Azure gives the number of a deleted
 * last blob again) corrects its own.
 */
export interface LogReadings {
  /** Where the blobs of one hour stand, by their number; those never seen are absent. */
  states(account: string, service: Service, hour: Date): Promise<ReadonlyMap<number, LogBlobState>>;

  state(account: string, blob: LogBlobName): Promise<LogBlobState | undefined>;

  /**
   * Notes that a message is sent. A blob that was read meanwhile with the same content stays read.
   * @returns version of the note, if nothing was known of the blob before
   */
  plan(account: string, blob: LogBlobName, etag: string, at: Date): Promise<string | undefined>;

  /**
   * Keeps readings of different blobs, those of one hour in as few writes as can be. After a fault some may be kept, each
   * one whole.
   */
  read(account: string, readings: readonly ReadLogBlob[], at: Date): Promise<void>;

  /** Notes that the blob is not there any more, unless it was read. */
  gone(account: string, blob: LogBlobName, etag: string, at: Date): Promise<void>;

  /**
   * Sums over the requests that started in a range of minutes, in no order; the same key comes once per blob.
   * Requests that took longer than an hour are filed too late to be found.
   * @param from inclusive; a whole minute
   * @param to exclusive; a whole minute
   */
  cells(account: string, service: Service, from: Date, to: Date): AsyncIterable<RequestCell>;

  /**
   * Forgets blobs of hours before one, and their counts: for logs that are gone.
   * @param hour start of the first hour that stays
   * @param limit of rows
   * @returns how many rows were deleted; fewer than the limit: there are no more
   */
  removeBefore(account: string, service: Service, hour: Date, limit: number): Promise<number>;
}
