import { HourLedger } from "../storage-analytics/hour-ledger.js";
import { RequestIdSet } from "../storage-analytics/request-ids.js";
import { decodeRollUpRecords, encodeRollUpRecord, type RollUpRecord } from "../storage-analytics/roll-up-record.js";
import type { LedgerName, RollUpLedgers } from "../stores/roll-up-ledgers/roll-up-ledgers.js";

/** Ids of requests that are kept in memory over all ledgers, at up to 32 bytes each. */
export const maxIdsInMemory = 2_000_000;
/** Writers of one ledger at the same time; more than that is a fault, and the work comes back. */
const maxAttempts = 50;

interface Open {
  ledger: HourLedger;
  etag: string | undefined;
  /** Settles when whoever works on the ledger is done. */
  busy: Promise<unknown>;
}

const keyOf = ({ account, service, hour }: LedgerName): string => `${account} ${service} ${hour}`;

/**
 * Ledgers that this instance has read, so that it reads only what others appended. A cache: every answer is checked
 * against storage, by the read before it or by the condition of the append.
 */
export class OpenLedgers {
  readonly #store: RollUpLedgers;
  readonly #maxIds: number;
  /** The one used last is the last. */
  readonly #open = new Map<string, Open>();

  constructor(store: RollUpLedgers, maxIds = maxIdsInMemory) {
    this.#store = store;
    this.#maxIds = maxIds;
  }

  /** The ledger with everything that is in storage now. */
  async read(name: LedgerName): Promise<HourLedger> {
    return await this.#alone(name, async (open) => {
      await this.#readOn(name, open);
      return open.ledger;
    });
  }

  /**
   * Appends records that were made with knowledge of everything before them: all of them or none.
   * @param decide makes the records, and makes them anew when somebody else appended meanwhile; none: nothing to add
   */
  async append(name: LedgerName, decide: (ledger: HourLedger) => Promise<readonly RollUpRecord[]>): Promise<void> {
    await this.#alone(name, async (open) => {
      // an instance that is the only writer knows all; if it isn't, the append is refused
      if (open.etag === undefined) await this.#readOn(name, open);
      for (let attempt = 0; attempt < maxAttempts; attempt++) {
        const records = await decide(open.ledger);
        if (records.length === 0) return;
        const encoded = records.map((record) => ({ record, bytes: encodeRollUpRecord(record) }));
        const appended = await this.#store.append(name, Buffer.concat(encoded.map(({ bytes }) => bytes)), open.etag);
        if (appended.kind === "appended") {
          for (const { record, bytes } of encoded) open.ledger.append(record, bytes.length);
          open.etag = appended.etag;
          return;
        }
        await this.#readOn(name, open);
      }
      throw new Error(`rolling up hour ${name.hour} of ${name.account}: others were faster ${maxAttempts} times`);
    });
  }

  /** Ids of all records that stand before that of a source: reads the whole ledger. Without the source there are none. */
  async idsBefore(name: LedgerName, source: string): Promise<RequestIdSet> {
    const ids = new RequestIdSet();
    const piece = await this.#store.read(name, 0);
    for (const { record } of piece.kind === "read" ? decodeRollUpRecords(piece.bytes) : []) {
      if (record.source === source) return ids;
      ids.addAll(record.ids);
    }
    return new RequestIdSet();
  }

  async #readOn(name: LedgerName, open: Open): Promise<void> {
    const piece = await this.#store.read(name, open.ledger.position);
    if (piece.kind === "read") {
      open.ledger.read(piece.bytes);
      open.etag = piece.etag;
      return;
    }
    // retention removed it
    open.ledger = new HourLedger(name.hour);
    open.etag = undefined;
    if (piece.kind === "restarted") await this.#readOn(name, open);
  }

  /** Inside one instance, one at a time works on a ledger: they would only conflict. */
  async #alone<T>(name: LedgerName, work: (open: Open) => Promise<T>): Promise<T> {
    const key = keyOf(name);
    const open = this.#open.get(key) ?? {
      ledger: new HourLedger(name.hour),
      etag: undefined,
      busy: Promise.resolve(),
    };
    this.#open.delete(key);
    this.#open.set(key, open);
    const turn = open.busy.then(() => work(open));
    // the next one has its turn even if this one fails, on a state that it reads itself
    open.busy = turn.catch(() => {
      open.etag = undefined;
    });
    const result = await turn;
    this.#forgetOldest();
    return result;
  }

  #forgetOldest(): void {
    let ids = [...this.#open.values()].reduce((sum, { ledger }) => sum + ledger.ids.size, 0);
    for (const [key, { ledger }] of this.#open) {
      if (ids <= this.#maxIds || this.#open.size <= 1) return;
      this.#open.delete(key);
      ids -= ledger.ids.size;
    }
  }
}
