import type { LedgerName, RollUpLedgers } from "../stores/roll-up-ledgers/roll-up-ledgers.js";

const keyOf = ({ account, service, hour }: LedgerName): string => `${account}/${service}/${hour}`;

/** Ledgers for simulations with thousands of runs; passes the same contract as those in storage. */
export function ledgersInMemory(): RollUpLedgers {
  const ledgers = new Map<string, { name: LedgerName; bytes: Buffer; etag: string }>();
  let writes = 0;
  return {
    read: async (name, from) => {
      const found = ledgers.get(keyOf(name));
      await Promise.resolve();
      if (found === undefined) return { kind: "not-found" };
      if (from > found.bytes.length) return { kind: "restarted" };
      return { kind: "read", bytes: Uint8Array.from(found.bytes.subarray(from)), etag: found.etag };
    },
    append: async (name, record, etag) => {
      await Promise.resolve();
      const found = ledgers.get(keyOf(name));
      if (found?.etag !== etag) return { kind: "conflict" };
      const next = `${++writes}`;
      ledgers.set(keyOf(name), { name, bytes: Buffer.concat([found?.bytes ?? Buffer.of(), record]), etag: next });
      return { kind: "appended", etag: next };
    },
    list: async function* (account) {
      for (const { name } of [...ledgers.values()]) if (name.account === account) yield await Promise.resolve(name);
    },
    remove: async (name) => {
      await Promise.resolve();
      ledgers.delete(keyOf(name));
    },
  };
}
