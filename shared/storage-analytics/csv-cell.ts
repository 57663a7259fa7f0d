/** What makes a spreadsheet take a cell for a formula. */
const formulaStart = /^[=+\-@\t\r]/;

/**
 * A cell of CSV (RFC 4180). A text that a spreadsheet would take for a formula gets an apostrophe in front: user agents,
 * URLs and edited rows are written by whoever attacks, and a spreadsheet must show them, not run them.
 */
export function formatCell(value: string | number | undefined): string {
  if (typeof value !== "string") return value?.toString() ?? "";
  const text = formulaStart.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
