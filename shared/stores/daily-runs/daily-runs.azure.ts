import type { TableClient } from "@azure/data-tables";
import { randomUUID } from "node:crypto";

import { failedWith } from "../azure-error.js";
import { joinProperties, splitProperties } from "../table-properties.js";
import { findRow, withTable } from "../table-rows.js";
import type { DailyRuns, KeptRun } from "./daily-runs.js";

export const dailyRunsTable = "VigilDailyRuns";

/** The work's JSON is cut to properties `work0`, `work1`, … */
type RunRow = {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly writeId: string;
  readonly day: string;
  readonly began: Date;
  readonly at: Date;
  readonly sent: number;
  readonly sentAt: Date;
  readonly [chunk: `work${number}`]: string;
};

/**
 * One row per piece of work in Table Storage.
 * @param kind partition of all of its runs
 */
export function dailyRunsIn<Work>(table: TableClient, kind: string): DailyRuns<Work> {
  const read = async (key: string): Promise<(KeptRun<Work> & { readonly writeId: string }) | undefined> => {
    const row = await findRow<RunRow>(table, kind, key);
    if (row === undefined) return undefined;
    const { day, began, at, sent, sentAt, writeId, etag } = row;
    const work = JSON.parse(joinProperties(row, "work")) as Work;
    const run = { day, began: new Date(began), at: new Date(at), sent, sentAt: new Date(sentAt), work };
    return { run, etag, writeId };
  };
  return {
    read: async (key) => {
      const found = await read(key);
      return found && { run: found.run, etag: found.etag };
    },
    save: async (key, run, etag) => {
      const { work, ...dates } = run;
      const writeId = randomUUID();
      const row: RunRow = {
        partitionKey: kind,
        rowKey: key,
        writeId,
        ...dates,
        ...splitProperties("work", JSON.stringify(work)),
      };
      try {
        const written = await withTable(table, () =>
          etag === undefined ? table.createEntity(row) : table.updateEntity(row, "Replace", { etag }),
        );
        return { run, etag: written.etag ?? "" };
      } catch (error) {
        if (!failedWith(error, "EntityAlreadyExists", "UpdateConditionNotSatisfied", "ResourceNotFound")) {
          throw new Error(`saving how far ${kind} of ${key} has come`, { cause: error });
        }
      }
      // a lost reply to our own write looks like a conflict, too
      const stored = await read(key);
      return stored?.writeId === writeId ? { run, etag: stored.etag } : undefined;
    },
  };
}
