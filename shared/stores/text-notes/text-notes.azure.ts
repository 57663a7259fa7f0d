import type { TableClient } from "@azure/data-tables";

import { joinProperties, splitProperties } from "../table-properties.js";
import { findRow, saveRow } from "../table-rows.js";
import type { TextNotes } from "./text-notes.js";

export const textNotesTable = "VigilNotes";

const partitionKey = "note";

/** The text is cut to properties `text0`, `text1`, … */
interface NoteRow {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly [chunk: `text${number}`]: string;
}

/** One row per note in Table Storage. */
export function textNotesIn(table: TableClient): TextNotes {
  return {
    read: async (name) => {
      const row = await findRow<NoteRow>(table, partitionKey, name);
      return row && { text: joinProperties(row, "text"), etag: row.etag };
    },
    save: async (name, text, etag) => {
      const row: NoteRow = { partitionKey, rowKey: name, ...splitProperties("text", text) };
      const saved = await saveRow(table, row, etag, `noting ${name}`);
      return saved === undefined ? undefined : { text, etag: saved };
    },
  };
}
