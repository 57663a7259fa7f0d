import { formatCell } from "./csv-cell.js";
import { type LogEntry } from "./log-entry.js";
import { logFields } from "./log-line.js";

/** Names of the columns, in the order of the log line: the names of `LogEntry`. */
export const requestColumns: readonly (keyof LogEntry)[] = logFields.flatMap(({ name }) => name ?? []);

/** An entry as a JSON object, on one line. Each has every name; a number that the log leaves out is `null`. */
export function formatRequestJson(entry: LogEntry): string {
  return JSON.stringify(entry, (_, value: unknown) => (value === undefined ? null : value));
}

/** The header row of CSV, with its line end. */
export const requestCsvHeader = `${requestColumns.join(",")}\r\n`;

/**
 * An entry as a row of CSV (RFC 4180), with its line end. A text that a spreadsheet would take for a formula gets an
 * apostrophe in front; JSON has it unchanged.
 */
export function formatRequestCsv(entry: LogEntry): string {
  return `${requestColumns.map((name) => formatCell(entry[name])).join(",")}\r\n`;
}

/** How entries are written as rows. */
export const requestRowFormat = { csvHeader: requestCsvHeader, csv: formatRequestCsv, json: formatRequestJson };
