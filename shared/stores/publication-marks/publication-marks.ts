import type { LedgerName } from "../roll-up-ledgers/roll-up-ledgers.js";

/**
 * How far the ledger of an hour was made into rows and metrics. A mark that is lost or too low costs work, never a
 * number: it says where to begin, not what is there.
 */
export interface PublicationMarks {
  /** @returns bytes of the ledger; 0 if nothing is known */
  read(name: LedgerName): Promise<number>;

  save(name: LedgerName, position: number): Promise<void>;

  /** For a ledger that goes. One that is not there is no fault. */
  remove(name: LedgerName): Promise<void>;
}
