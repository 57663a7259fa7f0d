import type { Service } from "../../storage-analytics/log-entry.js";

/** Which ledger: what the requests of one service that started in one hour add up to. */
export interface LedgerName {
  readonly account: string;
  readonly service: Service;
  /** Since the epoch. */
  readonly hour: number;
}

export type LedgerPiece =
  /** `bytes` are those from the asked position to the end, and `etag` is of the ledger that ends there. */
  | { readonly kind: "read"; readonly bytes: Uint8Array; readonly etag: string }
  | { readonly kind: "not-found" }
  /** The ledger is shorter than the position: it was removed, and begun anew. */
  | { readonly kind: "restarted" };

export type Appended =
  | { readonly kind: "appended"; readonly etag: string }
  /** Somebody else appended, or an earlier try of this call did and its answer was lost: read on and look. */
  | { readonly kind: "conflict" };

/**
 * Ledgers of roll-up records, one per account, service and hour. A ledger only grows, record by record, and only for a
 * writer that knows everything before: so no request is counted twice, whoever writes at the same time.
 */
export interface RollUpLedgers {
  /** @param from bytes that are known already */
  read(name: LedgerName, from: number): Promise<LedgerPiece>;

  /**
   * Appends a record whole, or not at all.
   * @param etag of the ledger as it was read; undefined: there was none
   */
  append(name: LedgerName, record: Uint8Array, etag: string | undefined): Promise<Appended>;

  /** Names of all ledgers of an account, in no order. */
  list(account: string): AsyncIterable<LedgerName>;

  /** Removing one that is not there is no fault. */
  remove(name: LedgerName): Promise<void>;
}
