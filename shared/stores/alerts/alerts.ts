import type { AlertRecord } from "../../alerts/alert-record.js";

export interface KeptAlert {
  readonly record: AlertRecord;
  readonly etag: string;
}

/** Alerts that people can see, in the subscription of their rules. */
export interface Alerts {
  /** @param id GUID, whatever its case */
  find(subscriptionId: string, id: string): Promise<KeptAlert | undefined>;

  /**
   * Replaces what was read. Of two who read the same, one wins; to write again what one has written is no conflict.
   * @param etag of what is replaced; undefined: nothing is there
   * @returns undefined: somebody else was faster
   */
  save(subscriptionId: string, record: AlertRecord, etag: string | undefined): Promise<KeptAlert | undefined>;

  /**
   * Those of a subscription, the last changed first.
   * @param since they were last changed then or later
   * @param limit the most that are read
   */
  changedSince(subscriptionId: string, since: Date, limit: number): Promise<readonly AlertRecord[]>;

  /** Deletes alerts that were last changed before a time, whatever their subscription. @returns how many */
  removeBefore(before: Date, limit: number): Promise<number>;
}
