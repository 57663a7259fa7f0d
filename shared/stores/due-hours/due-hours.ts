import type { LedgerName } from "../roll-up-ledgers/roll-up-ledgers.js";

/** A note that the ledger of an hour has more than was published. */
export interface DueHour extends LedgerName {
  /** Of this note; noting the hour again gives another. */
  readonly etag: string;
}

/** Hours whose rows and metrics are due, however old they are. A note too many costs work, never a number. */
export interface DueHours {
  /** Notes an hour, once its ledger has what is due. */
  add(name: LedgerName): Promise<void>;

  /** @returns undefined if nothing is due */
  find(name: LedgerName): Promise<DueHour | undefined>;

  /** All hours of an account that are due, by service, the oldest first. */
  list(account: string): Promise<readonly DueHour[]>;

  /** Takes a note away, unless the hour was noted again since. */
  remove(note: DueHour): Promise<void>;
}
