/**
 * Frequent sets of (column, value) pairs over rows: Eclat, a depth-first search that intersects the row lists of pairs
 * (M. J. Zaki, "Scalable Algorithms for Association Mining", IEEE TKDE 12(3), 2000). It finds what Apriori finds.
 */
import { formatJson, type Json } from "./json.js";

export interface Item {
  readonly column: number;
  readonly value: Json;
  /** Positions of the rows that have it, ascending. */
  readonly rows: readonly number[];
}

export interface ItemSet {
  readonly items: readonly Item[];
  readonly rows: readonly number[];
}

/** Sets that one search may find; more say nothing to a reader. */
export const maxSets = 20_000;

/** Every pair that occurs; null and empty text are no values. */
export function itemsOf(rows: readonly (readonly Json[])[]): readonly Item[] {
  const found = new Map<string, { column: number; value: Json; rows: number[] }>();
  for (const [position, row] of rows.entries()) {
    for (const [column, value] of row.entries()) {
      if (value === null || value === "") continue;
      const key = `${column} ${formatJson(value)}`;
      const item = found.get(key) ?? { column, value, rows: [] };
      item.rows.push(position);
      found.set(key, item);
    }
  }
  return [...found.values()];
}

export function intersect(a: readonly number[], b: readonly number[]): readonly number[] {
  const common: number[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    const [x = 0, y = 0] = [a[i], b[j]];
    if (x === y) common.push(x);
    if (x <= y) i++;
    if (y <= x) j++;
  }
  return common;
}

/** @param frequent whether rows are enough; a subset of rows that are not must not be either
 * @returns undefined when there are more than `maxSets` */
export function frequentSets(
  items: readonly Item[],
  mostColumns: number,
  frequent: (rows: readonly number[]) => boolean,
): readonly ItemSet[] | undefined {
  const found: ItemSet[] = [];
  const extend = (set: ItemSet, rest: readonly Item[]): boolean => {
    const next = rest.flatMap((item): readonly Item[] => {
      if (set.items.some(({ column }) => column === item.column)) return [];
      const rows = set.items.length === 0 ? item.rows : intersect(set.rows, item.rows);
      return frequent(rows) ? [{ ...item, rows }] : [];
    });
    for (const [index, item] of next.entries()) {
      const larger: ItemSet = { items: [...set.items, item], rows: item.rows };
      found.push(larger);
      if (found.length > maxSets) return false;
      if (larger.items.length < mostColumns && !extend(larger, next.slice(index + 1))) return false;
    }
    return true;
  };
  return extend({ items: [], rows: [] }, items) ? found : undefined;
}

/** The set with everything else that all of its rows share. */
export function closed({ items, rows }: ItemSet, all: readonly Item[]): ItemSet {
  const shared = all.filter(
    (item) =>
      !items.some(({ column }) => column === item.column) &&
      item.rows.length >= rows.length &&
      intersect(item.rows, rows).length === rows.length,
  );
  return { items: [...items, ...shared], rows };
}
