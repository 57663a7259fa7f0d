import type { Service } from "../../storage-analytics/log-entry.js";
import type { ListedLogBlob } from "../log-blobs/log-blobs.js";

/** One hour of one service, which sort as the names of their log blobs do. */
export interface LogHour {
  readonly service: Service;
  /** Its start. */
  readonly hour: Date;
}

export interface ListedLogHour extends LogHour {
  /** All of its log blobs. */
  readonly blobs: readonly ListedLogBlob[];
}

/** Log blobs that are kept of one hour. Hours with more are not kept: they are listed when they are asked for. */
export const maxKeptBlobs = 5_000;

/**
 * Listings of hours that are over, so that finding requests of long ago costs a read instead of listing thousands of
 * blobs with their metadata. What is kept may be older than `$logs` by a round of the sweep that writes it.
 */
export interface LogHours {
  /** Kept listings of hours that begin in a range, by the start of the hour in milliseconds since the epoch. */
  read(
    account: string,
    service: Service,
    from: Date,
    to: Date,
  ): Promise<ReadonlyMap<number, readonly ListedLogBlob[] | "too-many">>;

  /**
   * Makes a span of the hours of an account what a listing found: hours that differ are written, hours that are not
   * among them are forgotten.
   * @param after exclusive; undefined: from the first hour of the first service
   * @param upTo inclusive; undefined: to the last hour of the last service
   */
  replace(
    account: string,
    after: LogHour | undefined,
    upTo: LogHour | undefined,
    hours: readonly ListedLogHour[],
  ): Promise<void>;
}
