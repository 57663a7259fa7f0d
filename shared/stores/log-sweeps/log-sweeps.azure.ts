import type { TableClient } from "@azure/data-tables";

import { findRow, withTable } from "../table-rows.js";
import type { Service } from "../../storage-analytics/log-entry.js";
import type { KeptLogsByService, LogSweeps } from "./log-sweeps.js";

export const logSweepsTable = "VigilLogSweeps";

interface SweepRow {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly at: Date;
  readonly from?: string;
  readonly reachedService?: Service;
  readonly reachedHour?: Date;
  readonly soFar: string;
  readonly began: Date;
  readonly lastBegan?: Date;
  readonly lastEnded?: Date;
  readonly lastSums?: string;
}

const rowKey = "sweep";

/** One row per account in Table Storage; the sums are JSON. */
export function logSweepsIn(table: TableClient): LogSweeps {
  return {
    read: async (account) => {
      const row = await findRow<SweepRow>(table, account, rowKey);
      if (row === undefined) return undefined;
      const { at, began, from, reachedService, reachedHour, soFar, lastBegan, lastEnded, lastSums } = row;
      return {
        at: new Date(at),
        began: new Date(began),
        from,
        reached:
          reachedService === undefined || reachedHour === undefined
            ? undefined
            : { service: reachedService, hour: new Date(reachedHour) },
        soFar: JSON.parse(soFar) as KeptLogsByService,
        last:
          lastBegan === undefined || lastEnded === undefined || lastSums === undefined
            ? undefined
            : {
                began: new Date(lastBegan),
                ended: new Date(lastEnded),
                sums: JSON.parse(lastSums) as KeptLogsByService,
              },
      };
    },
    save: async (account, { at, began, from, reached, soFar, last }) => {
      const row: SweepRow = {
        partitionKey: account,
        rowKey,
        at,
        began,
        ...(from !== undefined && { from }),
        ...(reached !== undefined && { reachedService: reached.service, reachedHour: reached.hour }),
        soFar: JSON.stringify(soFar),
        ...(last !== undefined && {
          lastBegan: last.began,
          lastEnded: last.ended,
          lastSums: JSON.stringify(last.sums),
        }),
      };
      await withTable(table, () => table.upsertEntity(row, "Replace"));
    },
  };
}
