/** Plugins over rows in order or over moving windows. Rows come as JSON arrays, in and out; times are ticks. */
import { type NativeFunction } from "../functions/function.js";
import { formatDatetime } from "../literal.js";
import { define } from "./define.js";
import { formatJson, isArray, jsonNumber, type Json } from "./json.js";
import { rowsOf } from "./tables.js";

interface Group<T> {
  readonly dimensions: readonly Json[];
  readonly members: T[];
}

/** Rows by the values of their dimensions, in order of appearance. */
function grouped<T>(
  rows: readonly (readonly Json[])[],
  from: number,
  member: (row: readonly Json[]) => T | undefined,
): readonly Group<T>[] {
  const groups = new Map<string, Group<T>>();
  for (const row of rows) {
    const value = member(row);
    if (value === undefined) continue;
    const dimensions = row.slice(from);
    const key = formatJson(dimensions);
    const group = groups.get(key) ?? { dimensions, members: [] };
    group.members.push(value);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function floorTo(value: bigint, size: bigint): bigint {
  return value - (((value % size) + size) % size);
}

interface Activity {
  readonly start: bigint;
  readonly end: bigint;
  readonly lookback: bigint;
  readonly period: bigint;
  readonly periods: bigint;
  readonly bin: bigint;
}

/** An appearance counts when the user was seen in enough periods of (appearance − lookback, appearance]. */
function activeUsers(rows: readonly (readonly Json[])[], activity: Activity): Json {
  const { start, end, lookback, period, periods, bin } = activity;
  const groups = grouped(rows, 2, ([id, at]): readonly [string, bigint] | undefined =>
    typeof at === "bigint" ? [formatJson(id ?? null), at] : undefined,
  );
  const found: Json[] = [];
  for (const { dimensions, members } of groups) {
    const timesOf = new Map<string, bigint[]>();
    for (const [user, at] of members) timesOf.set(user, [...(timesOf.get(user) ?? []), at]);
    const active = new Map<bigint, Set<string>>();
    for (const [user, times] of timesOf) {
      for (const at of times.filter((time) => time >= start && time <= end)) {
        const seen = times.filter((time) => time > at - lookback && time <= at).map((time) => floorTo(time, period));
        if (BigInt(new Set(seen).size) < periods) continue;
        const key = start + floorTo(at - start, bin);
        active.set(key, (active.get(key) ?? new Set()).add(user));
      }
    }
    for (const [at, users] of [...active].toSorted(([a], [b]) => (a < b ? -1 : 1)))
      found.push([formatDatetime(at), ...dimensions, BigInt(users.size)]);
  }
  return found;
}

interface Rolling {
  readonly percent: number;
  readonly size: number;
  readonly bins: number;
  readonly onTime: boolean;
}

/** Nearest rank over the values of the bin and those before it. */
function rollingPercentiles(rows: readonly (readonly Json[])[], { percent, size, bins, onTime }: Rolling): Json {
  const groups = grouped(rows, 2, ([value, at]): readonly [number, number] | undefined => {
    const [number, place] = [jsonNumber(value), jsonNumber(at)];
    return number === null || place === null ? undefined : [number, Math.floor(place / size)];
  });
  return groups.flatMap(({ dimensions, members }) => {
    const valuesOf = new Map<number, number[]>();
    for (const [value, bin] of members) valuesOf.set(bin, [...(valuesOf.get(bin) ?? []), value]);
    return [...valuesOf.keys()]
      .toSorted((a, b) => a - b)
      .map((bin): Json => {
        const window = Array.from({ length: bins }, (_, back) => valuesOf.get(bin - back) ?? []).flat();
        const sorted = window.toSorted((a, b) => a - b);
        const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
        const at = onTime ? formatDatetime(BigInt(bin) * BigInt(size)) : bin * size;
        return [at, ...dimensions, sorted[rank - 1] ?? null];
      });
  });
}

export const windowNatives: readonly NativeFunction[] = [
  define("active_users_count", ["dynamic", "dynamic"], "dynamic", (rows, args) => {
    const numbers = (isArray(args) ? args : []).map((value) => (typeof value === "bigint" ? value : 0n));
    const [start = 0n, end = 0n, lookback = 0n, period = 0n, periods = 1n, bin = 0n] = numbers;
    if (period <= 0n || bin <= 0n) return [];
    return activeUsers(rowsOf(rows), { start, end, lookback, period, periods, bin });
  }),
  define("rolling_percentile", ["dynamic", "dynamic"], "dynamic", (rows, args) => {
    const [percent = null, size = null, bins = null, onTime] = isArray(args) ? args : [];
    const numbers = { percent: jsonNumber(percent), size: jsonNumber(size), bins: jsonNumber(bins) };
    if (numbers.percent === null || numbers.size === null || numbers.size <= 0 || numbers.bins === null) return [];
    const { percent: share, size: width, bins: count } = numbers;
    return rollingPercentiles(rowsOf(rows), { percent: share, size: width, bins: count, onTime: onTime === true });
  }),
  define("rows_near", ["dynamic", "dynamic"], "dynamic", (rows, args) => {
    const [before = 0n, after = 0n] = (isArray(args) ? args : []).map((value) =>
      typeof value === "bigint" ? value : 0n,
    );
    const all = rowsOf(rows);
    const hits = all.flatMap(([hit], index) => (hit === true ? [index] : []));
    let next = 0;
    return all.flatMap((row, index): readonly Json[] => {
      while (next < hits.length && (hits[next] ?? 0) + Number(after) < index) next++;
      const hit = hits[next];
      return hit !== undefined && hit - Number(before) <= index ? [row.slice(1)] : [];
    });
  }),
];
