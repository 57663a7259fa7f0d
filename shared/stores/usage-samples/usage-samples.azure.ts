import type { TableClient } from "@azure/data-tables";

import type { OwnUsageSample } from "../../storage-analytics/system-usage.js";
import { failedWith } from "../azure-error.js";
import { findRow, withTable } from "../table-rows.js";
import type { UsageSamples } from "./usage-samples.js";

export const usageSamplesTable = "VigilOwnUsage";

interface Row {
  readonly before?: string;
  readonly last: string;
}

/** Pairs of samples in Table Storage, a row per account and writer; each sample as JSON. */
export function usageSamplesIn(table: TableClient): UsageSamples {
  return {
    read: async (account, writer) => {
      const row = await findRow<Row>(table, account, writer);
      if (row === undefined) return undefined;
      const before = row.before === undefined ? undefined : (JSON.parse(row.before) as OwnUsageSample);
      return { before, last: JSON.parse(row.last) as OwnUsageSample, etag: row.etag };
    },
    save: async (account, writer, { before, last }, etag) => {
      const row = {
        partitionKey: account,
        rowKey: writer,
        ...(before !== undefined && { before: JSON.stringify(before) }),
        last: JSON.stringify(last),
      };
      try {
        await withTable(table, () =>
          etag === undefined ? table.createEntity(row) : table.updateEntity(row, "Replace", { etag }),
        );
        return true;
      } catch (error) {
        if (failedWith(error, "EntityAlreadyExists", "UpdateConditionNotSatisfied")) return false;
        throw new Error(`keeping what analytics of ${account} did itself`, { cause: error });
      }
    },
  };
}
