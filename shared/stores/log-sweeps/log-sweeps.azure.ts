import type { TableClient } from "@azure/data-tables";

import { findRow, withTable } from "../table-rows.js";
import type { KeptLogsByService, LogSweeps } from "./log-sweeps.js";

export const logSweepsTable = "VigilLogSweeps";

interface SweepRow {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly at: Date;
  readonly from?: string;
  readonly soFar: string;
  readonly kept?: string;
  readonly keptAt?: Date;
}

const rowKey = "sweep";

/** One row per account in Table Storage; the sums are JSON. */
export function logSweepsIn(table: TableClient): LogSweeps {
  return {
    read: async (account) => {
      const row = await findRow<SweepRow>(table, account, rowKey);
      if (row === undefined) return undefined;
      const { at, from, soFar, kept, keptAt } = row;
      return {
        at: new Date(at),
        from,
        soFar: JSON.parse(soFar) as KeptLogsByService,
        kept:
          kept === undefined || keptAt === undefined
            ? undefined
            : { sums: JSON.parse(kept) as KeptLogsByService, at: new Date(keptAt) },
      };
    },
    save: async (account, { at, from, soFar, kept }) => {
      const row: SweepRow = {
        partitionKey: account,
        rowKey,
        at,
        ...(from !== undefined && { from }),
        soFar: JSON.stringify(soFar),
        ...(kept !== undefined && { kept: JSON.stringify(kept.sums), keptAt: kept.at }),
      };
      await withTable(table, () => table.upsertEntity(row, "Replace"));
    },
  };
}
