import type { TableClient } from "@azure/data-tables";
import { createHash } from "node:crypto";

import { foldId } from "../../arm/resource-id.js";
import type { AlertRecord } from "../../alerts/alert-record.js";
import { asciiJson, joinProperties, splitProperties } from "../table-properties.js";
import { findRow, queryRows, removeRows, saveRow } from "../table-rows.js";
import type { Alerts } from "./alerts.js";

export const alertsTable = "VigilAlerts";

/** The record's JSON is cut to properties `record0`, `record1`, … */
interface AlertRow {
  /** Subscription. */
  readonly partitionKey: string;
  /** Id. */
  readonly rowKey: string;
  readonly lastModifiedAt: Date;
  readonly [chunk: `record${number}`]: string;
}

/** One row per alert in Table Storage. */
export function alertsIn(table: TableClient): Alerts {
  return {
    find: async (subscriptionId, id) => {
      const { partitionKey, rowKey } = keysOf(subscriptionId, id);
      const row = await findRow<AlertRow>(table, partitionKey, rowKey);
      return row && { record: recordOf(row), etag: row.etag };
    },
    save: async (subscriptionId, record, etag) => {
      const row: AlertRow = {
        ...{ ...keysOf(subscriptionId, record.id), lastModifiedAt: new Date(record.lastModifiedAt) },
        ...splitProperties("record", asciiJson(record)),
      };
      const saved = await saveRow(table, row, etag, `keeping alert ${record.id}`);
      return saved === undefined ? undefined : { record, etag: saved };
    },
    changedSince: async (subscriptionId, since, limit) => {
      const { partitionKey } = keysOf(subscriptionId, "");
      const filter = `PartitionKey eq '${partitionKey}' and lastModifiedAt ge datetime'${since.toISOString()}'`;
      const found: AlertRecord[] = [];
      for await (const row of queryRows<AlertRow>(table, filter)) {
        found.push(recordOf(row));
        if (found.length === limit) break;
      }
      return found.sort((a, b) => b.lastModifiedAt - a.lastModifiedAt);
    },
    removeBefore: (before, limit) => removeRows(table, `lastModifiedAt lt datetime'${before.toISOString()}'`, limit),
  };
}

const recordOf = (row: AlertRow): AlertRecord => JSON.parse(joinProperties(row, "record")) as AlertRecord;

/** A subscription or id that is no GUID, which a key might not hold, is hashed. */
const keysOf = (subscriptionId: string, id: string) => ({
  partitionKey: keyOf(subscriptionId),
  rowKey: keyOf(id),
});

function keyOf(text: string): string {
  const folded = foldId(text);
  return /^[0-9a-f-]{1,64}$/.test(folded) ? folded : createHash("sha256").update(folded).digest("hex");
}
