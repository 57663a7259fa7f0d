import type { TableClient } from "@azure/data-tables";
import { createHash, randomUUID } from "node:crypto";

import { foldId } from "../../arm/resource-id.js";
import type { AlertRecord } from "../../alerts/alert-record.js";
import { failedWith } from "../azure-error.js";
import { asciiJson, joinProperties, splitProperties } from "../table-properties.js";
import { findRow, queryRows, removeRows, withTable } from "../table-rows.js";
import type { Alerts, KeptAlert } from "./alerts.js";

export const alertsTable = "VigilAlerts";

/** The record's JSON is cut to properties `record0`, `record1`, … */
interface AlertRow {
  /** Subscription. */
  readonly partitionKey: string;
  /** Id. */
  readonly rowKey: string;
  readonly lastModifiedAt: Date;
  readonly writeId: string;
  readonly [chunk: `record${number}`]: string;
}

/** One row per alert in Table Storage. */
export function alertsIn(table: TableClient): Alerts {
  const read = async (subscriptionId: string, id: string): Promise<(KeptAlert & { writeId: string }) | undefined> => {
    const { partitionKey, rowKey } = keysOf(subscriptionId, id);
    const row = await findRow<AlertRow>(table, partitionKey, rowKey);
    return row && { record: recordOf(row), etag: row.etag, writeId: row.writeId };
  };
  return {
    find: async (subscriptionId, id) => {
      const found = await read(subscriptionId, id);
      return found && { record: found.record, etag: found.etag };
    },
    save: async (subscriptionId, record, etag) => {
      const writeId = randomUUID();
      const row: AlertRow = {
        ...{ ...keysOf(subscriptionId, record.id), writeId, lastModifiedAt: new Date(record.lastModifiedAt) },
        ...splitProperties("record", asciiJson(record)),
      };
      try {
        const written = await withTable(table, () =>
          etag === undefined ? table.createEntity(row) : table.updateEntity(row, "Replace", { etag }),
        );
        return { record, etag: written.etag ?? "" };
      } catch (error) {
        if (!failedWith(error, "EntityAlreadyExists", "UpdateConditionNotSatisfied", "ResourceNotFound")) {
          throw new Error(`keeping alert ${record.id}`, { cause: error });
        }
      }
      // a lost reply to our own write looks like a conflict, too
      const stored = await read(subscriptionId, record.id);
      return stored?.writeId === writeId ? { record, etag: stored.etag } : undefined;
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
