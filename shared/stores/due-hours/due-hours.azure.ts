import type { TableClient } from "@azure/data-tables";

import { services } from "../../storage-analytics/log-entry.js";
import { failedWith } from "../azure-error.js";
import type { LedgerName } from "../roll-up-ledgers/roll-up-ledgers.js";
import { findRow, queryRows, withTable } from "../table-rows.js";
import type { DueHour, DueHours } from "./due-hours.js";

export const dueHoursTable = "VigilDueHours";

const keysOf = ({ account, service, hour }: LedgerName) => ({
  partitionKey: account,
  rowKey: `${service};${hour.toString().padStart(8, "0")}`,
});

const rowKeyForm = /^([a-z]+);(\d{8})$/;

/** Notes in Table Storage: a partition per account, which holds what is due now and nothing else. */
export function dueHoursIn(table: TableClient): DueHours {
  return {
    add: async (name) => {
      await withTable(table, () => table.upsertEntity(keysOf(name), "Replace"));
    },
    find: async (name) => {
      const { partitionKey, rowKey } = keysOf(name);
      const row = await findRow(table, partitionKey, rowKey);
      return row && { ...name, etag: row.etag };
    },
    list: async (account) => {
      const due: DueHour[] = [];
      const rows = queryRows<{ rowKey: string; etag: string }>(table, `PartitionKey eq '${account}'`);
      for await (const { rowKey, etag } of rows) {
        const [, of, hour = ""] = rowKeyForm.exec(rowKey) ?? [];
        const service = services.find((known) => known === of);
        if (service !== undefined) due.push({ account, service, hour: Number(hour), etag });
      }
      return due;
    },
    remove: async (note) => {
      const { partitionKey, rowKey } = keysOf(note);
      try {
        await table.deleteEntity(partitionKey, rowKey, { etag: note.etag });
      } catch (error) {
        if (failedWith(error, "UpdateConditionNotSatisfied", "ResourceNotFound", "TableNotFound")) return;
        throw new Error(`noting that an hour of ${note.account} is published`, { cause: error });
      }
    },
  };
}
