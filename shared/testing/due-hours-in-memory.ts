import type { DueHour, DueHours } from "../stores/due-hours/due-hours.js";
import type { LedgerName } from "../stores/roll-up-ledgers/roll-up-ledgers.js";

const keyOf = ({ account, service, hour }: LedgerName): string => `${account} ${service} ${hour}`;

export function dueHoursInMemory(): DueHours {
  const notes = new Map<string, DueHour>();
  let written = 0;
  return {
    add: async (name) => {
      await Promise.resolve();
      notes.set(keyOf(name), { ...name, etag: `${++written}` });
    },
    find: (name) => Promise.resolve(notes.get(keyOf(name))),
    list: async (account) => {
      await Promise.resolve();
      const own = [...notes].filter(([, note]) => note.account === account);
      return own.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, note]) => note);
    },
    remove: async (note) => {
      await Promise.resolve();
      if (notes.get(keyOf(note))?.etag === note.etag) notes.delete(keyOf(note));
    },
  };
}
