import type { TableClient } from "@azure/data-tables";

import { asciiJson, joinProperties, splitProperties } from "../table-properties.js";
import { findRow, saveRow } from "../table-rows.js";
import type { DailyRuns } from "./daily-runs.js";

export const dailyRunsTable = "VigilDailyRuns";

/** The work's JSON is cut to properties `work0`, `work1`, … */
type RunRow = {
  readonly partitionKey: string;
  readonly rowKey: string;
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
  return {
    read: async (key) => {
      const row = await findRow<RunRow>(table, kind, key);
      if (row === undefined) return undefined;
      const { day, began, at, sent, sentAt, etag } = row;
      const work = JSON.parse(joinProperties(row, "work")) as Work;
      return { run: { day, began: new Date(began), at: new Date(at), sent, sentAt: new Date(sentAt), work }, etag };
    },
    save: async (key, run, etag) => {
      const { work, ...dates } = run;
      const row: RunRow = {
        partitionKey: kind,
        rowKey: key,
        ...dates,
        ...splitProperties("work", asciiJson(work)),
      };
      const saved = await saveRow(table, row, etag, `saving how far ${kind} of ${key} has come`);
      return saved === undefined ? undefined : { run, etag: saved };
    },
  };
}
