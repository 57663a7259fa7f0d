/** Functions from all rows to rows: plugins. Rows come as JSON arrays, in and out. */
import { type NativeFunction } from "../functions/function.js";
import { formatDatetime } from "../literal.js";
import { define } from "./define.js";
import { formatJson, isArray, type Json } from "./json.js";

export function rowsOf(rows: Json): readonly (readonly Json[])[] {
  return (isArray(rows) ? rows : []).filter(isArray);
}

function ticksOf(value: Json | undefined): bigint {
  return typeof value === "bigint" ? value : 0n;
}

/** Windows of one plugin call; more would not fit into an answer. */
const maxWindows = 100_000;

interface Windows {
  readonly start: bigint;
  readonly end: bigint;
  readonly lookback: bigint;
  readonly bin: bigint;
}

function slidingCounts(rows: readonly (readonly Json[])[], { start, end, lookback, bin }: Windows): Json {
  const groups = new Map<
    string,
    { readonly dimensions: readonly Json[]; readonly events: (readonly [string, bigint])[] }
  >();
  for (const [id = null, at, ...dimensions] of rows) {
    const key = formatJson(dimensions);
    const group = groups.get(key) ?? { dimensions, events: [] };
    group.events.push([formatJson(id), ticksOf(at)]);
    groups.set(key, group);
  }
  const found: Json[] = [];
  let windows = 0;
  for (let at = start; at <= end && windows < maxWindows; at += bin, windows++) {
    for (const { dimensions, events } of groups.values()) {
      const inside = events.filter(([, time]) => time > at - lookback && time <= at);
      if (inside.length > 0)
        found.push([
          formatDatetime(at),
          ...dimensions,
          BigInt(inside.length),
          BigInt(new Set(inside.map(([id]) => id)).size),
        ]);
    }
  }
  return found;
}

export const tableNatives: readonly NativeFunction[] = [
  define("narrow", ["dynamic", "dynamic"], "dynamic", (rows, args) => {
    const [names] = isArray(args) ? args : [];
    return rowsOf(rows).flatMap((row, index) =>
      row.map((value, column): Json => [
        BigInt(index),
        names !== undefined && isArray(names) ? (names[column] ?? null) : null,
        value,
      ]),
    );
  }),
  define("sliding_window_counts", ["dynamic", "dynamic"], "dynamic", (rows, args) => {
    const [start, end, lookback, bin] = isArray(args) ? args.map(ticksOf) : [];
    if (start === undefined || end === undefined || lookback === undefined || bin === undefined || bin <= 0n) return [];
    return slidingCounts(rowsOf(rows), { start, end, lookback, bin });
  }),
];
