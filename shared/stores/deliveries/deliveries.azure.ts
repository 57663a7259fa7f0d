import type { TableClient } from "@azure/data-tables";
import { randomUUID } from "node:crypto";

import type { Delivery, DeliveryStatus, Transition } from "../../actions/delivery.js";
import { failedWith } from "../azure-error.js";
import { joinProperties, splitProperties } from "../table-properties.js";
import { findRow, queryRows, removeRows, withTable } from "../table-rows.js";
import type { Deliveries, KeptDelivery } from "./deliveries.js";

export const deliveriesTable = "VigilDeliveries";

/** The payload is cut to properties `payload0`, `payload1`, … */
interface DeliveryRow {
  /** Alert. */
  readonly partitionKey: string;
  /** Id. */
  readonly rowKey: string;
  readonly writeId: string;
  readonly transition: string;
  readonly actionGroupId: string;
  readonly receiverKind: string;
  readonly receiverName: string;
  readonly createdAt: Date;
  readonly status: string;
  readonly turn: number;
  readonly attempts: number;
  readonly startedAt?: Date;
  readonly detail: string;
  readonly endedAt?: Date;
  readonly repeats: number;
  readonly [chunk: `payload${number}`]: string;
}

const columns = [
  ...["PartitionKey", "RowKey", "transition", "actionGroupId", "receiverKind", "receiverName", "createdAt", "status"],
  ...["turn", "attempts", "startedAt", "detail", "endedAt", "repeats"],
];

/** One row per delivery in Table Storage. */
export function deliveriesIn(table: TableClient): Deliveries {
  const read = async (alertId: string, id: string): Promise<(KeptDelivery & Written) | undefined> => {
    const row = await findRow<DeliveryRow>(table, alertId, id);
    return row && { delivery: parseRow(row), etag: row.etag, writeId: row.writeId };
  };
  const find: Deliveries["find"] = async (alertId, id) => {
    const found = await read(alertId, id);
    return found && { delivery: found.delivery, etag: found.etag };
  };
  return {
    find,
    add: async (delivery) => {
      try {
        const { etag = "" } = await withTable(table, () => table.createEntity(rowOf(delivery, randomUUID())));
        return { delivery, etag };
      } catch (error) {
        if (!failedWith(error, "EntityAlreadyExists")) throw new Error("keeping a delivery", { cause: error });
      }
      const kept = await find(delivery.alertId, delivery.id);
      if (kept === undefined) throw new Error(`delivery ${delivery.id} went away while it was planned`);
      return kept;
    },
    replace: async ({ etag }, delivery) => {
      const writeId = randomUUID();
      try {
        const written = await table.updateEntity(rowOf(delivery, writeId), "Replace", { etag });
        return { delivery, etag: written.etag ?? "" };
      } catch (error) {
        if (!failedWith(error, "UpdateConditionNotSatisfied", "ResourceNotFound", "TableNotFound")) {
          throw new Error(`recording what became of delivery ${delivery.id}`, { cause: error });
        }
      }
      // a lost reply to our own write looks like a conflict, too
      const stored = await read(delivery.alertId, delivery.id);
      return stored?.writeId === writeId ? { delivery, etag: stored.etag } : undefined;
    },
    ofAlert: async (alertId) => {
      const found: Delivery[] = [];
      const filter = `PartitionKey eq '${alertId.replaceAll("'", "''")}'`;
      for await (const row of queryRows<DeliveryRow>(table, filter)) found.push(parseRow(row));
      return found;
    },
    withStatus: async (status, limit) => {
      const found: Omit<Delivery, "payload">[] = [];
      for await (const row of queryRows<DeliveryRow>(table, `status eq '${status}'`, columns)) {
        if (found.length === limit) break;
        found.push(parseAllButPayload(row));
      }
      return found;
    },
    removeBefore: (before, limit) => removeRows(table, `createdAt lt datetime'${before.toISOString()}'`, limit),
  };
}

interface Written {
  readonly writeId: string;
}

function rowOf(delivery: Delivery, writeId: string): DeliveryRow {
  const { alertId: partitionKey, id: rowKey, receiver, startedAt, endedAt, payload, ...rest } = delivery;
  return {
    ...{ partitionKey, rowKey, writeId, ...rest },
    ...{ actionGroupId: receiver.actionGroupId, receiverKind: receiver.kind, receiverName: receiver.name },
    ...(startedAt && { startedAt }),
    ...(endedAt && { endedAt }),
    ...splitProperties("payload", payload),
  };
}

const parseRow = (row: DeliveryRow): Delivery => ({
  ...parseAllButPayload(row),
  payload: joinProperties(row, "payload"),
});

function parseAllButPayload(row: DeliveryRow): Omit<Delivery, "payload"> {
  const time = (at: Date | undefined): Date | undefined => at && new Date(at);
  return {
    alertId: row.partitionKey,
    id: row.rowKey,
    transition: row.transition as Transition,
    receiver: { actionGroupId: row.actionGroupId, kind: row.receiverKind, name: row.receiverName },
    createdAt: new Date(row.createdAt),
    status: row.status as DeliveryStatus,
    turn: row.turn,
    attempts: row.attempts,
    startedAt: time(row.startedAt),
    detail: row.detail,
    endedAt: time(row.endedAt),
    repeats: row.repeats,
  };
}
