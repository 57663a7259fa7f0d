import type { TableClient } from "@azure/data-tables";

import type { LedgerName } from "../roll-up-ledgers/roll-up-ledgers.js";
import { findRow, removeRow, withTable } from "../table-rows.js";
import type { PublicationMarks } from "./publication-marks.js";

export const publicationMarksTable = "VigilPublishedHours";

const keysOf = ({ account, service, hour }: LedgerName) => ({
  partitionKey: `${account};${service}`,
  rowKey: hour.toString().padStart(8, "0"),
});

/** Marks in Table Storage, one row for each ledger. */
export function publicationMarksIn(table: TableClient): PublicationMarks {
  return {
    read: async (name) => {
      const { partitionKey, rowKey } = keysOf(name);
      const row = await findRow<{ readonly position?: unknown }>(table, partitionKey, rowKey);
      return typeof row?.position === "number" ? row.position : 0;
    },
    save: async (name, position) => {
      // a double as text: a number alone would become an Int32, and a ledger may be larger
      const row = { ...keysOf(name), position: { type: "Double", value: position.toString() } };
      await withTable(table, () => table.upsertEntity(row, "Replace"));
    },
    remove: async (name) => {
      const { partitionKey, rowKey } = keysOf(name);
      await removeRow(table, partitionKey, rowKey);
    },
  };
}
