import type { PublicationMarks } from "../stores/publication-marks/publication-marks.js";
import type { LedgerName } from "../stores/roll-up-ledgers/roll-up-ledgers.js";

const keyOf = ({ account, service, hour }: LedgerName): string => `${account} ${service} ${hour}`;

export function publicationMarksInMemory(): PublicationMarks {
  const marks = new Map<string, number>();
  return {
    read: (name) => Promise.resolve(marks.get(keyOf(name)) ?? 0),
    save: async (name, position) => {
      await Promise.resolve();
      marks.set(keyOf(name), position);
    },
    remove: async (name) => {
      await Promise.resolve();
      marks.delete(keyOf(name));
    },
  };
}
