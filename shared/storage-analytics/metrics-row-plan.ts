import { allApis, counterColumns, doubleColumns, int64Columns, metricsRowKey, type MetricsRow } from "./metrics-row.js";

/** A row as it is in storage. A user may have written anything into it. */
export interface StoredMetricsRow {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly etag: string;
  /** Columns that are numbers of the right type; others are left out. */
  readonly columns: Readonly<Record<string, number>>;
}

/** Which rows the settings ask for. */
export interface MetricsSwitch {
  readonly enabled: boolean;
  readonly includeApis: boolean;
}

/** What is to be written so that a partition holds the rows that it should. */
export interface MetricsRowPlan {
  /** `etag` of the row that is replaced; undefined: there is none. */
  readonly writes: readonly { readonly row: MetricsRow; readonly etag: string | undefined }[];
  readonly removals: readonly { readonly rowKey: string; readonly etag: string }[];
  /** Keys of rows, among these, that hold what they never held: somebody edited or added them. */
  readonly edited: readonly string[];
}

/**
 * Compares the rows of a minute or hour with those in storage.
 *
 * What is switched off gets no new rows, but rows that are there are kept right, so that `All` stays the sum of its
 * APIs. Sums only grow: a row that counts more than there was, or whose columns do not agree, was edited.
 * @param expected all rows of the partition, whatever the settings say
 */
export function planMetricsRows(
  expected: readonly MetricsRow[],
  stored: readonly StoredMetricsRow[],
  { enabled, includeApis }: MetricsSwitch,
): MetricsRowPlan {
  const found = new Map(stored.map((row) => [row.rowKey, row]));
  const writes: { row: MetricsRow; etag: string | undefined }[] = [];
  const edited: string[] = [];
  for (const row of expected) {
    const before = found.get(row.rowKey);
    const wanted = enabled && (includeApis || row.rowKey.endsWith(`;${allApis}`));
    if (before === undefined ? !wanted : isSame(row, before)) continue;
    writes.push({ row, etag: before?.etag });
    if (before !== undefined && wasEdited(row, before)) edited.push(row.rowKey);
  }
  const keys = new Set(expected.map(({ rowKey }) => rowKey));
  // system rows of an account without a gateway are Azure's own
  const surplus = stored.filter(({ rowKey }) => rowKey.startsWith(metricsRowKey("user", "")) && !keys.has(rowKey));
  return {
    writes,
    removals: surplus.map(({ rowKey, etag }) => ({ rowKey, etag })),
    edited: [...edited, ...surplus.map(({ rowKey }) => rowKey)],
  };
}

const isSame = ({ columns }: MetricsRow, stored: StoredMetricsRow): boolean =>
  [...int64Columns, ...doubleColumns].every((column) => stored.columns[column] === columns[column]);

function wasEdited({ columns }: MetricsRow, stored: StoredMetricsRow): boolean {
  const before = (column: string): number => stored.columns[column] ?? Number.NaN;
  if (int64Columns.some((column) => !(before(column) <= columns[column]))) return true;
  if (int64Columns.every((column) => before(column) === columns[column])) return true;
  return before("TotalRequests") !== counterColumns.reduce((sum, column) => sum + before(column), 0);
}
