import type { TableClient } from "@azure/data-tables";
import { randomUUID } from "node:crypto";

import { failedWith } from "../azure-error.js";
import { joinProperties, splitProperties } from "../table-properties.js";
import { findRow, withTable } from "../table-rows.js";
import type { KeptText, TextNotes } from "./text-notes.js";

export const textNotesTable = "VigilNotes";

const partitionKey = "note";

/** The text is cut to properties `text0`, `text1`, … */
interface NoteRow {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly writeId: string;
  readonly [chunk: `text${number}`]: string;
}

/** One row per note in Table Storage. */
export function textNotesIn(table: TableClient): TextNotes {
  const read = async (name: string): Promise<(KeptText & { readonly writeId: string }) | undefined> => {
    const row = await findRow<NoteRow>(table, partitionKey, name);
    return row && { text: joinProperties(row, "text"), etag: row.etag, writeId: row.writeId };
  };
  return {
    read: async (name) => {
      const found = await read(name);
      return found && { text: found.text, etag: found.etag };
    },
    save: async (name, text, etag) => {
      const writeId = randomUUID();
      const row: NoteRow = { partitionKey, rowKey: name, writeId, ...splitProperties("text", text) };
      try {
        const written = await withTable(table, () =>
          etag === undefined ? table.createEntity(row) : table.updateEntity(row, "Replace", { etag }),
        );
        return { text, etag: written.etag ?? "" };
      } catch (error) {
        if (!failedWith(error, "EntityAlreadyExists", "UpdateConditionNotSatisfied", "ResourceNotFound")) {
          throw new Error(`noting ${name}`, { cause: error });
        }
      }
      // a lost reply to our own write looks like a conflict, too
      const stored = await read(name);
      return stored?.writeId === writeId ? { text, etag: stored.etag } : undefined;
    },
  };
}
