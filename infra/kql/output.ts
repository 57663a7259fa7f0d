/** An answer as text: aligned columns, JSON, CSV, or a JSON object per line. */
import { type Cell, type RunResult } from "./runner.js";

export const formats = ["table", "json", "csv", "ndjson"] as const;
export type Format = (typeof formats)[number];

/** Characters of a cell in a table; longer ones are cut and marked. */
const widestCell = 60;

type Rows = Extract<RunResult, { kind: "rows" }>;

export function isFormat(text: string): text is Format {
  return (formats as readonly string[]).includes(text);
}

export function formatRows(result: Rows, format: Format): string {
  switch (format) {
    case "table":
      return asTable(result);
    case "json":
      return `${JSON.stringify(objects(result), plain, 2)}\n`;
    case "ndjson":
      return objects(result)
        .map((row) => `${JSON.stringify(row, plain)}\n`)
        .join("");
    case "csv":
      return asCsv(result);
    default:
      throw new Error(`no format ${JSON.stringify(format satisfies never)}`);
  }
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

function objects({ columns, rows }: Rows): readonly Readonly<Record<string, Cell>>[] {
  return rows.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index] ?? null])));
}

export function cellText(cell: Cell): string {
  return cell === null ? "" : typeof cell === "object" ? JSON.stringify(cell) : String(cell);
}

function asTable({ columns, rows }: Rows): string {
  const right = columns.map(({ type }) => ["int", "long", "real", "decimal"].includes(type));
  const cells = rows.map((row) => row.map((cell) => cut(printable(cellText(cell)))));
  const heads = columns.map(({ name }) => printable(name));
  const widths = heads.map((head, index) =>
    cells.reduce((most, row) => Math.max(most, (row[index] ?? "").length), head.length),
  );
  const line = (texts: readonly string[]) =>
    texts
      .map((text, index) =>
        right[index] === true ? text.padStart(widths[index] ?? 0) : text.padEnd(widths[index] ?? 0),
      )
      .join("  ")
      .trimEnd();
  const count = rows.length === 1 ? "1 row" : `${rows.length} rows`;
  return [line(heads), widths.map((width) => "─".repeat(width)).join("  "), ...cells.map(line), "", count, ""].join(
    "\n",
  );
}

/** Line ends and other controls would break the lines, or the terminal. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) =>
    character === "\n" ? "↵" : character === "\t" ? " " : "�",
  );
}

function cut(text: string): string {
  return text.length > widestCell ? `${text.slice(0, widestCell - 1)}…` : text;
}

function asCsv({ columns, rows }: Rows): string {
  const quote = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = [columns.map(({ name }) => name), ...rows.map((row) => row.map(cellText))];
  return lines.map((line) => `${line.map(quote).join(",")}\r\n`).join("");
}
