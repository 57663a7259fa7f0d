/** Arrays, bags and sets. What is not of the wanted kind gives null. */
import { formatDatetime, formatTimespan } from "../literal.js";
import { define } from "./define.js";
import { formatJson, isArray, isBag, jsonNumber, jsonText, sameJson, type Json } from "./json.js";
import { type NativeFunction } from "../functions/function.js";

/** Elements that `repeat` and `range` make at most. */
export const maxElements = 1_048_576;

function arrayOf(value: Json): readonly Json[] | null {
  return isArray(value) ? value : null;
}

/** Position of a possibly negative index, as `array_slice` counts. */
function position(index: bigint, length: number): number {
  return index < 0n ? length + Number(index) : Number(index);
}

function rotate(value: Json, count: number): Json {
  const array = arrayOf(value);
  if (array === null || array.length === 0) return array;
  const left = ((count % array.length) + array.length) % array.length;
  return [...array.slice(left), ...array.slice(0, left)];
}

/** Moves elements left by `count` (right when negative) and fills up. */
function shift(value: Json, count: number, fill: Json): Json {
  const array = arrayOf(value);
  if (array === null) return null;
  const filler: Json = fill ?? (array.length > 0 && array.every((item) => typeof item === "string") ? "" : null);
  return array.map(
    (_, index) => array[index + count] ?? (index + count >= 0 && index + count < array.length ? null : filler),
  );
}

/** Order of JSON values: numbers, then text; null always last. */
function compareJson(a: Json, b: Json): number {
  const [x, y] = [jsonNumber(a), jsonNumber(b)];
  if (x !== null && y !== null && typeof a !== "string" && typeof b !== "string") return x - y;
  const [s, t] = [jsonText(a), jsonText(b)];
  return s < t ? -1 : s > t ? 1 : 0;
}

/** The first array decides the order, the others follow it; a last boolean says whether nulls come last (the default). */
function sortArrays(args: Json, direction: 1 | -1): Json {
  const given = arrayOf(args) ?? [];
  const last = given.at(-1);
  const nullsLast = typeof last === "boolean" ? last : true;
  const arrays = typeof last === "boolean" ? given.slice(0, -1) : given;
  const [first, ...others] = arrays;
  if (first === undefined || !isArray(first)) return [null, ...others.map(() => null)];
  const order = first.map((_, index) => index);
  order.sort((i, j) => {
    const [a = null, b = null] = [first[i], first[j]];
    if (a === null || b === null) return a === b ? i - j : (a === null) === nullsLast ? 1 : -1;
    return direction * compareJson(a, b) || i - j;
  });
  return [
    order.map((index) => first[index] ?? null),
    ...others.map((other) =>
      isArray(other) && other.length === first.length ? order.map((index) => other[index] ?? null) : null,
    ),
  ];
}

function distinct(values: readonly Json[]): readonly Json[] {
  const seen = new Map<string, Json>();
  for (const value of values) {
    const key = formatJson(value);
    if (!seen.has(key)) seen.set(key, value);
  }
  return [...seen.values()];
}

function sets(args: Json): readonly (readonly Json[])[] | null {
  const arrays = (arrayOf(args) ?? []).map(arrayOf);
  return arrays.some((array) => array === null) ? null : arrays.filter((array) => array !== null);
}

function keysOf(values: readonly Json[]): ReadonlySet<string> {
  return new Set(values.map(formatJson));
}

/** Removes a key, or a path of keys written as JSON path. */
function removeKey(bag: ReadonlyMap<string, Json>, path: readonly string[]): ReadonlyMap<string, Json> {
  const [first, ...rest] = path;
  const copy = new Map(bag);
  if (first === undefined) return copy;
  const member = copy.get(first);
  if (rest.length === 0) copy.delete(first);
  else if (member !== undefined && isBag(member)) copy.set(first, removeKey(member, rest));
  return copy;
}

function pathOf(key: string): readonly string[] {
  if (!key.startsWith("$")) return [key];
  return [...key.matchAll(/\.([^.[\]]+)|\['([^']*)'\]/g)].map((match) => match[1] ?? match[2] ?? "");
}

function setKey(bag: ReadonlyMap<string, Json>, path: readonly string[], value: Json): ReadonlyMap<string, Json> {
  const [first, ...rest] = path;
  const copy = new Map(bag);
  if (first === undefined) return copy;
  if (rest.length === 0) return copy.set(first, value);
  const member = copy.get(first);
  return copy.set(first, setKey(member !== undefined && isBag(member) ? member : new Map<string, Json>(), rest, value));
}

function range(from: Json, to: Json, step: Json): Json {
  const exact = [from, to, step].every((value) => value === null || typeof value === "bigint");
  const [start, end, by] = [jsonNumber(from), jsonNumber(to), step === null ? 1 : jsonNumber(step)];
  if (start === null || end === null || by === null || by === 0) return null;
  const count = Math.min(Math.floor((end - start) / by) + 1, maxElements);
  return Array.from({ length: Math.max(0, count) }, (_, index) =>
    exact ? BigInt(start) + BigInt(index) * BigInt(by) : start + index * by,
  );
}

function rangeOfTicks(
  from: bigint | null,
  to: bigint | null,
  step: bigint | null,
  format: (ticks: bigint) => string,
): Json {
  if (from === null || to === null || step === null || step === 0n) return null;
  const count = Math.min(Number((to - from) / step) + 1, maxElements);
  return Array.from({ length: Math.max(0, count) }, (_, index) => format(from + BigInt(index) * step));
}

function kindOf(value: Json): string {
  if (value === null) return "null";
  if (isArray(value)) return "array";
  if (isBag(value)) return "dictionary";
  if (typeof value === "bigint") return "long";
  if (typeof value === "number") return "double";
  return typeof value === "boolean" ? "bool" : "string";
}

/** Paths to all leaves, with `[0]` for "some element". */
function treePaths(value: Json, path: string, into: Set<string>): void {
  if (path !== "") into.add(path);
  if (isArray(value)) {
    for (const item of value) treePaths(item, `${path}[0]`, into);
  } else if (isBag(value)) {
    for (const [name, member] of value) treePaths(member, `${path}['${name}']`, into);
  }
}

function mergeBags(bags: readonly Json[]): ReadonlyMap<string, Json> {
  const merged = new Map<string, Json>();
  for (const bag of bags) {
    if (!isBag(bag)) continue;
    for (const [name, value] of bag) if (!merged.has(name)) merged.set(name, value);
  }
  return merged;
}

function sortedKeys(value: Json): Json {
  if (isArray(value)) return value.map(sortedKeys);
  if (!isBag(value)) return value;
  return new Map(
    [...value].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([name, member]) => [name, sortedKeys(member)]),
  );
}

/** Splits before each of the given positions. */
function splitAt(array: readonly Json[], indexes: readonly Json[]): Json {
  const parts: Json[] = [];
  let start = 0;
  for (const index of indexes) {
    const at = Math.max(start, Math.min(array.length, position(BigInt(jsonNumber(index) ?? 0), array.length)));
    parts.push(array.slice(start, at));
    start = at;
  }
  return [...parts, array.slice(start)];
}

export const arrayNatives: readonly NativeFunction[] = [
  define("member", ["dynamic", "string"], "dynamic", (value, name) =>
    value !== null && isBag(value) && name !== null ? (value.get(name) ?? null) : null,
  ),
  define("element", ["dynamic", "long"], "dynamic", (value, index) =>
    value !== null && isArray(value) && index !== null ? (value[position(index, value.length)] ?? null) : null,
  ),
  define("bag_entries", ["dynamic"], "dynamic", (value) =>
    value !== null && isBag(value) ? [...value].map(([name, member]) => new Map([[name, member]])) : null,
  ),
  define("bag_pairs", ["dynamic"], "dynamic", (value) =>
    value !== null && isBag(value) ? [...value].map(([name, member]) => [name, member]) : null,
  ),
  define("without_nulls", ["dynamic"], "dynamic", (value) =>
    value !== null && isBag(value)
      ? new Map([...value].filter(([, member]) => member !== null && member !== ""))
      : null,
  ),
  define("sorted_json", ["dynamic"], "string", (value) => (value === null ? null : formatJson(sortedKeys(value)))),
  define("array_concat", ["dynamic"], "dynamic", (args) => {
    const arrays = (arrayOf(args) ?? []).filter(isArray);
    return arrays.length === 0 ? null : arrays.flat();
  }),
  define("array_slice", ["dynamic", "long", "long"], "dynamic", (value, start, end) => {
    const array = arrayOf(value);
    if (array === null || start === null || end === null) return null;
    return array.slice(Math.max(0, position(start, array.length)), position(end, array.length) + 1);
  }),
  define(
    "array_index_of",
    ["dynamic", "dynamic", "long", "long", "long"],
    "long",
    (value, wanted, start, length, occurrence) => {
      const array = arrayOf(value);
      if (array === null) return null;
      const from = Math.max(0, position(start ?? 0n, array.length));
      const until = length === null || length < 0n ? array.length : Math.min(array.length, from + Number(length));
      let left = Number(occurrence ?? 1n);
      for (let index = from; index < until; index++)
        if (sameJson(array[index] ?? null, wanted) && --left === 0) return BigInt(index);
      return -1n;
    },
  ),
  define("array_sort_asc", ["dynamic"], "dynamic", (args) => sortArrays(args, 1)),
  define("array_sort_desc", ["dynamic"], "dynamic", (args) => sortArrays(args, -1)),
  define("array_reverse", ["dynamic"], "dynamic", (value) => arrayOf(value)?.toReversed() ?? null),
  define("array_sum", ["dynamic"], "real", (value) => {
    const numbers = arrayOf(value)?.map(jsonNumber);
    return numbers === undefined || numbers.includes(null)
      ? null
      : numbers.reduce<number>((sum, number) => sum + (number ?? 0), 0);
  }),
  define("array_iff", ["dynamic", "dynamic", "dynamic"], "dynamic", (conditions, whenTrue, whenFalse) => {
    const array = arrayOf(conditions);
    const pick = (source: Json, index: number): Json => (isArray(source) ? (source[index] ?? null) : source);
    return (
      array?.map((condition, index) => {
        const number = typeof condition === "boolean" ? Number(condition) : jsonNumber(condition);
        return number === null ? null : pick(number !== 0 ? whenTrue : whenFalse, index);
      }) ?? null
    );
  }),
  define("array_split", ["dynamic", "dynamic"], "dynamic", (value, at) => {
    const array = arrayOf(value);
    return array === null ? null : splitAt(array, isArray(at) ? at : [at]);
  }),
  define("array_rotate_left", ["dynamic", "long"], "dynamic", (value, count) => rotate(value, Number(count ?? 0n))),
  define("array_rotate_right", ["dynamic", "long"], "dynamic", (value, count) => rotate(value, -Number(count ?? 0n))),
  define("array_shift_left", ["dynamic", "long", "dynamic"], "dynamic", (value, count, fill) =>
    shift(value, Number(count ?? 0n), fill),
  ),
  define("array_shift_right", ["dynamic", "long", "dynamic"], "dynamic", (value, count, fill) =>
    shift(value, -Number(count ?? 0n), fill),
  ),
  define("bag_merge", ["dynamic"], "dynamic", (args) => mergeBags(arrayOf(args) ?? [])),
  define("merge_bags", ["dynamic"], "dynamic", (bags) => mergeBags(arrayOf(bags) ?? [])),
  define("bag_keys", ["dynamic"], "dynamic", (value) => (value !== null && isBag(value) ? [...value.keys()] : null)),
  define("bag_has_key", ["dynamic", "string"], "bool", (value, key) => {
    if (value === null || !isBag(value) || key === null) return null;
    let at: Json = value;
    for (const name of pathOf(key)) {
      if (at === null || !isBag(at) || !at.has(name)) return false;
      at = at.get(name) ?? null;
    }
    return true;
  }),
  define("bag_remove_keys", ["dynamic", "dynamic"], "dynamic", (value, keys) => {
    if (value === null || !isBag(value)) return null;
    return (arrayOf(keys) ?? []).reduce<ReadonlyMap<string, Json>>(
      (bag, key) => (typeof key === "string" ? removeKey(bag, pathOf(key)) : bag),
      value,
    );
  }),
  define("bag_set_key", ["dynamic", "string", "dynamic"], "dynamic", (value, key, member) =>
    value !== null && isBag(value) && key !== null ? setKey(value, pathOf(key), member) : null,
  ),
  define("bag_zip", ["dynamic", "dynamic"], "dynamic", (keys, values) => {
    const [names, members] = [arrayOf(keys), arrayOf(values) ?? []];
    if (names === null) return null;
    return new Map(
      names.flatMap((name, index): [string, Json][] =>
        typeof name === "string" ? [[name, members[index] ?? null]] : [],
      ),
    );
  }),
  define(
    "set_has_element",
    ["dynamic", "dynamic"],
    "bool",
    (value, wanted) => arrayOf(value)?.some((item) => sameJson(item, wanted)) ?? null,
  ),
  define("set_union", ["dynamic"], "dynamic", (args) => {
    const arrays = sets(args);
    return arrays === null ? null : distinct(arrays.flat());
  }),
  define("set_intersect", ["dynamic"], "dynamic", (args) => {
    const [first, ...others] = sets(args) ?? [];
    if (first === undefined) return null;
    const keys = others.map(keysOf);
    return distinct(first).filter((value) => keys.every((set) => set.has(formatJson(value))));
  }),
  define("set_difference", ["dynamic"], "dynamic", (args) => {
    const [first, ...others] = sets(args) ?? [];
    if (first === undefined) return null;
    const removed = keysOf(others.flat());
    return distinct(first).filter((value) => !removed.has(formatJson(value)));
  }),
  define("set_equals", ["dynamic", "dynamic"], "bool", (a, b) => {
    const [x, y] = [arrayOf(a), arrayOf(b)];
    return x === null || y === null ? null : [...keysOf(x)].sort().join() === [...keysOf(y)].sort().join();
  }),
  define("set_of_lists", ["dynamic", "long"], "dynamic", (lists, limit) => {
    const values = distinct(
      (arrayOf(lists) ?? []).flatMap((item) => (isArray(item) ? item : [item])).filter((item) => item !== null),
    );
    return limit === null ? values : values.slice(0, Number(limit));
  }),
  define("zip", ["dynamic"], "dynamic", (args) => {
    const arrays = (arrayOf(args) ?? []).map((value) => arrayOf(value) ?? []);
    const length = Math.max(0, ...arrays.map((array) => array.length));
    return Array.from({ length }, (_, index) => arrays.map((array) => array[index] ?? null));
  }),
  define("range_dates", ["long", "long", "long"], "dynamic", (from, to, step) =>
    rangeOfTicks(from, to, step, formatDatetime),
  ),
  define("range_spans", ["long", "long", "long"], "dynamic", (from, to, step) =>
    rangeOfTicks(from, to, step, formatTimespan),
  ),
  define("range", ["dynamic", "dynamic", "dynamic"], "dynamic", range),
  define("repeat", ["dynamic", "long"], "dynamic", (value, count) =>
    count === null || count < 0n ? null : Array.from({ length: Math.min(Number(count), maxElements) }, () => value),
  ),
  define("gettype", ["dynamic"], "string", kindOf),
  define("treepath", ["dynamic"], "dynamic", (value) => {
    const paths = new Set<string>();
    treePaths(value, "", paths);
    return [...paths];
  }),
  define("build_schema", ["dynamic"], "dynamic", (values) => schemaOf(arrayOf(values) ?? [])),
  define("jaccard_index", ["dynamic", "dynamic"], "real", (a, b) => {
    const [x, y] = [arrayOf(a), arrayOf(b)];
    if (x === null || y === null) return null;
    const [left, right] = [keysOf(x), keysOf(y)];
    const common = [...left].filter((key) => right.has(key)).length;
    return common / (left.size + right.size - common);
  }),
];

/** The kinds seen, one alone or a list; elements of arrays under `indexer`, as Kusto writes it. */
function schemaOf(values: readonly Json[]): Json {
  const kinds: Json[] = [];
  const members = new Map<string, Json[]>();
  const elements: Json[] = [];
  let [bags, arrays] = [0, 0];
  for (const value of values) {
    if (value === null) continue;
    if (isBag(value)) {
      bags++;
      for (const [name, member] of value) members.set(name, [...(members.get(name) ?? []), member]);
    } else if (isArray(value)) {
      arrays++;
      elements.push(...value);
    } else if (!kinds.includes(kindOf(value))) kinds.push(kindOf(value));
  }
  if (bags > 0) kinds.push(new Map([...members].map(([name, seen]) => [name, schemaOf(seen)])));
  if (arrays > 0) kinds.push(new Map([["`indexer`", schemaOf(elements)]]));
  return kinds.length === 1 ? (kinds[0] ?? null) : kinds;
}
