import fc from "fast-check";
import { expect, test } from "vitest";

import { compareRowPlaces, type RowPlace, type TableRow } from "../../storage-analytics/metrics-page.js";
import { metricsPartitionKey } from "../../storage-analytics/metrics-row.js";
import { rowWindows, searchRows } from "./row-search.js";

const base = Date.parse("2026-01-31T00:00:00Z");
const rowAt = (time: number, rowKey: string): TableRow => ({
  partitionKey: metricsPartitionKey(new Date(time)),
  rowKey,
  columns: {},
});
const keysOf = (rows: readonly TableRow[]): string[] => rows.map((row) => `${row.partitionKey} ${row.rowKey}`);

/** A table that answers in its own order and counts how often it is asked. */
function tableOf(rows: readonly TableRow[]) {
  const sorted = rows.toSorted((a, b) => -compareRowPlaces(a, b));
  let reads = 0;
  return {
    reads: () => reads,
    read: (fromKey: string, toKey: string) => {
      reads += 1;
      return Promise.resolve(sorted.filter(({ partitionKey: key }) => key >= fromKey && key <= toKey));
    },
  };
}

async function allPages(
  read: ReturnType<typeof tableOf>["read"],
  level: "hour" | "minute",
  range: Range,
  size: number,
) {
  const found: TableRow[] = [];
  let after: RowPlace | undefined;
  const signal = new AbortController().signal;
  do {
    const question = { window: rowWindows[level], ...range, wanted: isUser, size, after, signal };
    const page = await searchRows(read, question);
    expect(page.rows.length).toBeLessThanOrEqual(size);
    found.push(...page.rows);
    after = page.next;
  } while (after !== undefined);
  return found;
}
interface Range {
  readonly from: Date;
  readonly to: Date;
}
const isUser = ({ rowKey }: TableRow): boolean => rowKey.startsWith("user;");

test("pages put together are the wanted rows of the range, newest first, each once", async () => {
  const place = fc.tuple(fc.nat({ max: 2_000 }), fc.constantFrom("user;All", "user;GetBlob", "user;é", "system;All"));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("hour" as const, "minute" as const),
      fc.uniqueArray(place, { maxLength: 60, selector: (each) => each.join() }),
      fc.tuple(fc.nat({ max: 2_000 }), fc.nat({ max: 2_000 })),
      fc.integer({ min: 1, max: 7 }),
      fc.nat({ max: 59_999 }),
      async (level, places, [start, length], size, offset) => {
        const { stepMs } = rowWindows[level];
        const rows = places.map(([step, key]) => rowAt(base + step * stepMs, key));
        const range = {
          from: new Date(base + start * stepMs - offset),
          to: new Date(base + (start + length) * stepMs),
        };
        const expected = rows
          .filter((row) => isUser(row))
          .filter(({ partitionKey }) => partitionKey >= metricsPartitionKey(new Date(base + start * stepMs)))
          .filter(({ partitionKey }) => partitionKey < metricsPartitionKey(range.to))
          .toSorted(compareRowPlaces);
        expect(keysOf(await allPages(tableOf(rows).read, level, range, size))).toEqual(keysOf(expected));
      },
    ),
    { numRuns: 200 },
  );
});

test("a year without rows takes few reads, and a full page no more than it needs", async () => {
  const range = { from: new Date(base - 366 * 86_400_000), to: new Date(base) };
  const empty = tableOf([]);
  expect(await allPages(empty.read, "hour", range, 100)).toEqual([]);
  expect(empty.reads()).toBeLessThan(30);
  const full = tableOf(Array.from({ length: 8_000 }, (_, hour) => rowAt(base - hour * 3_600_000, "user;All")));
  const signal = new AbortController().signal;
  const { rows } = await searchRows(full.read, {
    ...{ window: rowWindows.hour, ...range, wanted: isUser, size: 20, after: undefined, signal },
  });
  expect(rows.length).toBe(20);
  expect(full.reads()).toBe(1);
});

test("a search that nobody waits for any more ends", async () => {
  const range = { from: new Date(base), to: new Date(base + 86_400_000) };
  const signal = AbortSignal.abort(new Error("nobody waits"));
  const search = searchRows(tableOf([]).read, {
    ...{ window: rowWindows.hour, ...range, wanted: isUser, size: 1, after: undefined, signal },
  });
  await expect(search).rejects.toThrow("nobody waits");
});
