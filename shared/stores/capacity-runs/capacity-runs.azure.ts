import type { TableClient } from "@azure/data-tables";
import { randomUUID } from "node:crypto";

import { failedWith } from "../azure-error.js";
import { joinProperties, splitProperties } from "../table-properties.js";
import { findRow, withTable } from "../table-rows.js";
import type { CapacityRun, CapacityRuns, KeptCapacityRun } from "./capacity-runs.js";

export const capacityRunsTable = "VigilCapacityRuns";

/** A row's JSON is cut to properties `run0`, `run1`, … */
type RunRow = {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly writeId: string;
  readonly [chunk: `run${number}`]: string;
};

/** One row per account and service in Table Storage. */
export function capacityRunsIn(table: TableClient): CapacityRuns {
  const read = async (account: string, service: string): Promise<(KeptCapacityRun & RunRow) | undefined> => {
    const row = await findRow<RunRow>(table, account, service);
    return row && { ...row, run: parseRun(joinProperties(row, "run")) };
  };
  return {
    read: async (account, service) => {
      const found = await read(account, service);
      return found && { run: found.run, etag: found.etag };
    },
    save: async (account, run, etag) => {
      const writeId = randomUUID();
      const row: RunRow = {
        partitionKey: account,
        rowKey: run.service,
        writeId,
        ...splitProperties("run", JSON.stringify(run)),
      };
      try {
        const written = await withTable(table, () =>
          etag === undefined ? table.createEntity(row) : table.updateEntity(row, "Replace", { etag }),
        );
        return { run, etag: written.etag ?? "" };
      } catch (error) {
        if (!failedWith(error, "EntityAlreadyExists", "UpdateConditionNotSatisfied", "ResourceNotFound")) {
          throw new Error(`saving the capacity count of ${account}`, { cause: error });
        }
      }
      // a lost reply to our own write looks like a conflict, too
      const stored = await read(account, run.service);
      return stored?.writeId === writeId ? { run, etag: stored.etag } : undefined;
    },
  };
}

type WithTexts<T> = { [Key in keyof T]: T[Key] extends Date ? string : T[Key] };

function parseRun(json: string): CapacityRun {
  const kept = JSON.parse(json) as WithTexts<CapacityRun>;
  const { began, at, sentAt } = kept;
  return { ...kept, began: new Date(began), at: new Date(at), sentAt: new Date(sentAt) };
}
