import { formatCell } from "./csv-cell.js";
import { parseJson } from "./json-text.js";

/** A row of a `$Metrics…` table as it is in storage; a user may have written anything into it. */
export interface TableRow {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly columns: Readonly<Record<string, number>>;
}

/** The place of a row in the order of pages. */
export type RowPlace = Pick<TableRow, "partitionKey" | "rowKey">;

/** @returns below 0 if `a` comes first: the newest first, rows of one time by their key */
export function compareRowPlaces(a: RowPlace, b: RowPlace): number {
  if (a.partitionKey !== b.partitionKey) return a.partitionKey > b.partitionKey ? -1 : 1;
  return a.rowKey === b.rowKey ? 0 : a.rowKey < b.rowKey ? -1 : 1;
}

const tokenVersion = 1;
/** Characters of a continuation token; keys of Azure's own rows have some 60. */
export const maxRowTokenLength = 4_096;

/** An opaque token, safe in a URL, from which `parseRowToken` gets the place back. */
export const formatRowToken = ({ partitionKey, rowKey }: RowPlace): string =>
  Buffer.from(JSON.stringify([tokenVersion, partitionKey, rowKey])).toString("base64url");

/** Reads a token from outside: it grants nothing, a forged one is only another place. */
export function parseRowToken(token: string): RowPlace | undefined {
  if (token.length > maxRowTokenLength || !/^[A-Za-z0-9_-]+$/.test(token)) return undefined;
  const parts = parseJson(Buffer.from(token, "base64url").toString("utf8"));
  if (!Array.isArray(parts) || parts.length !== 3 || parts[0] !== tokenVersion) return undefined;
  const [partitionKey, rowKey] = parts.slice(1) as readonly unknown[];
  if (typeof partitionKey !== "string" || typeof rowKey !== "string") return undefined;
  const place = { partitionKey, rowKey };
  return /^\d{8}T\d{4}$/.test(partitionKey) && formatRowToken(place) === token ? place : undefined;
}

/**
 * How rows of one kind of table are written: under Azure's names, so that what read the tables before reads these.
 * @param columns in the order of Azure's documentation
 */
export function tableRowFormat(columns: readonly string[]) {
  const names = ["PartitionKey", "RowKey", ...columns];
  return {
    csvHeader: `${names.join(",")}\r\n`,
    csv: ({ partitionKey, rowKey, columns: values }: TableRow): string =>
      `${[partitionKey, rowKey, ...columns.map((name) => values[name])].map(formatCell).join(",")}\r\n`,
    /** A column that somebody took away, or gave another type, is null. */
    json: ({ partitionKey, rowKey, columns: values }: TableRow): string =>
      JSON.stringify({
        PartitionKey: partitionKey,
        RowKey: rowKey,
        ...Object.fromEntries(columns.map((name) => [name, values[name] ?? null])),
      }),
  };
}
