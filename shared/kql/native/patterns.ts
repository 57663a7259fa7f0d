/**
 * `basket`, `autocluster`, `diffpatterns`: what many rows have in common. Their pages name Apriori for `basket`, and for
 * `autocluster` the Seed-Expand algorithm of "Algorithms for Telemetry Data Mining using Discrete Attributes" (Avidan and
 * others, 2017); `diffpatterns` has no published algorithm: here it ranks frequent sets by the difference of their shares.
 */
import { type NativeFunction } from "../functions/function.js";
import { define } from "./define.js";
import { closed, frequentSets, intersect, itemsOf, maxSets, type Item, type ItemSet } from "./item-sets.js";
import { isArray, jsonNumber, jsonText, type Json } from "./json.js";
import { patternsOf, reduceTexts, type ReduceOptions } from "./reduce.js";
import { rowsOf } from "./tables.js";

const basketDefaults = { threshold: 0.05, dimensions: 5 } as const;
const diffDefaults = { threshold: 0.05, dimensions: 5 } as const;
const clusterDefaults = { sizeWeight: 0.5, seeds: 25 } as const;
/** Clusters and differences of one answer: a short list to be read by people. */
const mostSegments = 20;
/** A cluster holds at least this share of the rows. */
const leastShare = 0.01;
/** Of two differences whose rows are nearly the same only the greater one is told. */
const nearlySame = 0.9;

interface Rows {
  readonly weights: readonly number[];
  readonly cells: readonly (readonly Json[])[];
}

function weighted(rows: Json, skip: number): Rows {
  const all = rowsOf(rows);
  return {
    weights: all.map(([weight]) => jsonNumber(weight ?? null) ?? 0),
    cells: all.map((row) => row.slice(skip)),
  };
}

function weigh(rows: readonly number[], weights: readonly number[]): number {
  return rows.reduce((sum, row) => sum + (weights[row] ?? 0), 0);
}

function optionsOf(args: Json): readonly (number | null)[] {
  return isArray(args) ? args.map(jsonNumber) : [];
}

/** One cell per column; a column that the set says nothing of is null. */
function cellsOf({ items }: ItemSet, columns: number): readonly Json[] {
  return Array.from({ length: columns }, (_, index) => items.find(({ column }) => column === index)?.value ?? null);
}

function tooMany(name: string): Error {
  return new Error(`${name} finds more than ${maxSets} patterns: raise its threshold, or project fewer columns`);
}

function basket(rows: Json, args: Json): Json {
  const { weights, cells } = weighted(rows, 1);
  const [threshold, dimensions] = optionsOf(args);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const least = (threshold ?? basketDefaults.threshold) * total;
  const enough = (set: readonly number[]) => set.length > 0 && weigh(set, weights) >= least;
  const found = frequentSets(itemsOf(cells), dimensions ?? basketDefaults.dimensions, enough);
  if (found === undefined) throw tooMany("basket");
  return found
    .map((set) => ({ set, count: weigh(set.rows, weights) }))
    .toSorted((a, b) => b.count - a.count || b.set.items.length - a.set.items.length)
    .map(({ set, count }, index) => segment(index, count, total, cellsOf(set, cells[0]?.length ?? 0)));
}

function segment(index: number, count: number, total: number, cells: readonly Json[]): Json {
  return [BigInt(index), BigInt(Math.round(count)), (100 * count) / total, ...cells];
}

interface Cluster {
  readonly set: ItemSet;
  readonly score: number;
}

/** From one pair on, the commonest further value is added as long as the score grows. */
function expand(seed: Item, items: readonly Item[], score: (set: ItemSet) => number): Cluster {
  let best: ItemSet = { items: [seed], rows: seed.rows };
  let bestScore = score(best);
  for (let set = best; ;) {
    let next: ItemSet | undefined;
    for (const item of items) {
      if (set.items.some(({ column }) => column === item.column)) continue;
      if (next !== undefined && item.rows.length <= next.rows.length) continue;
      const rows = intersect(set.rows, item.rows);
      if (rows.length > (next?.rows.length ?? 0)) next = { items: [...set.items, item], rows };
    }
    if (next === undefined) return { set: best, score: bestScore };
    set = next;
    const nextScore = score(set);
    if (nextScore > bestScore) [best, bestScore] = [set, nextScore];
  }
}

function autocluster(rows: Json, args: Json): Json {
  const { weights, cells } = weighted(rows, 1);
  const [sizeWeight, seeds] = optionsOf(args);
  const columns = cells[0]?.length ?? 0;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const items = itemsOf(cells);
  const balance = Math.min(1, Math.max(0, sizeWeight ?? clusterDefaults.sizeWeight));
  let uncovered = cells.map((_, index) => index);
  const clusters: ItemSet[] = [];
  while (clusters.length < mostSegments && uncovered.length > 0) {
    // size counts what no earlier cluster has; that much must be new, however telling the pattern is
    const left = items
      .map((item) => ({ ...item, rows: intersect(item.rows, uncovered) }))
      .filter((item) => weigh(item.rows, weights) >= leastShare * total)
      .toSorted((a, b) => b.rows.length - a.rows.length);
    const score = (set: ItemSet) => {
      const share = weigh(set.rows, weights) / total;
      return share < leastShare ? 0 : share ** balance * (set.items.length / columns) ** (1 - balance);
    };
    const candidates = left.slice(0, seeds ?? clusterDefaults.seeds).map((seed) => expand(seed, left, score));
    const best = candidates.reduce<Cluster | undefined>(
      (found, candidate) => (candidate.score > (found?.score ?? 0) ? candidate : found),
      undefined,
    );
    if (best === undefined) break;
    const everywhere = best.set.items
      .map(({ column, value }) => items.find((item) => item.column === column && item.value === value)?.rows ?? [])
      .reduce(intersect);
    clusters.push(closed({ items: best.set.items, rows: everywhere }, items));
    const covered = new Set(everywhere);
    uncovered = uncovered.filter((row) => !covered.has(row));
  }
  return clusters
    .map((set) => ({ set, count: weigh(set.rows, weights) }))
    .toSorted((a, b) => b.count - a.count)
    .map(({ set, count }, index) => segment(index, count, total, cellsOf(set, columns)));
}

function diffpatterns(rows: Json, args: Json): Json {
  const { weights, cells } = weighted(rows, 2);
  const sides = rowsOf(rows).map(([, side]) => jsonText(side ?? null));
  const [a = null, b = null] = isArray(args) ? args : [];
  const [, , threshold, dimensions] = optionsOf(args);
  const least = threshold ?? diffDefaults.threshold;
  const weightsOf = (side: Json) => weights.map((weight, row) => (sides[row] === jsonText(side) ? weight : 0));
  const [left, right] = [weightsOf(a), weightsOf(b)];
  const [totalA, totalB] = [left, right].map((list) => list.reduce((sum, weight) => sum + weight, 0));
  if (totalA === undefined || totalB === undefined || totalA === 0 || totalB === 0) return [];
  const shares = (set: readonly number[]) => [weigh(set, left) / totalA, weigh(set, right) / totalB] as const;
  const enough = (set: readonly number[]) => set.length > 0 && Math.max(...shares(set)) >= least;
  const items = itemsOf(cells);
  const found = frequentSets(items, dimensions ?? diffDefaults.dimensions, enough);
  if (found === undefined) throw tooMany("diffpatterns");
  const ranked = found
    .map((set) => ({ set, difference: Math.abs(shares(set.rows)[0] - shares(set.rows)[1]) }))
    .filter(({ difference }) => difference >= least)
    .toSorted((x, y) => y.difference - x.difference || y.set.items.length - x.set.items.length);
  const told: ItemSet[] = [];
  for (const { set } of ranked) {
    if (told.length >= mostSegments) break;
    if (!told.some((other) => overlap(set.rows, other.rows) >= nearlySame)) told.push(closed(set, items));
  }
  return told.map((set, index): Json => {
    const [countA, countB] = [weigh(set.rows, left), weigh(set.rows, right)];
    const [shareA, shareB] = [(100 * countA) / totalA, (100 * countB) / totalB];
    const counts = [BigInt(Math.round(countA)), BigInt(Math.round(countB))];
    return [
      BigInt(index),
      ...counts,
      shareA,
      shareB,
      Math.abs(shareA - shareB),
      ...cellsOf(set, cells[0]?.length ?? 0),
    ];
  });
}

/** Rows in both, as a share of those in either. */
function overlap(a: readonly number[], b: readonly number[]): number {
  const common = intersect(a, b).length;
  return common / (a.length + b.length - common);
}

function textsOf(rows: Json): readonly string[] {
  return rowsOf(rows).map(([text]) => jsonText(text ?? null));
}

function reduceOptions(args: Json): ReduceOptions {
  const [threshold = null, characters = null] = isArray(args) ? args : [];
  return { threshold: jsonNumber(threshold), characters: characters === null ? null : jsonText(characters) };
}

export const patternNatives: readonly NativeFunction[] = [
  define("basket", ["dynamic", "dynamic"], "dynamic", basket),
  define("autocluster", ["dynamic", "dynamic"], "dynamic", autocluster),
  define("diffpatterns", ["dynamic", "dynamic"], "dynamic", diffpatterns),
  define("reduce_texts", ["dynamic", "dynamic"], "dynamic", (rows, args) =>
    reduceTexts(textsOf(rows), reduceOptions(args)),
  ),
  define("reduce_source", ["dynamic", "dynamic"], "dynamic", (rows, args) => {
    const texts = textsOf(rows);
    const patterns = patternsOf(texts, reduceOptions(args));
    const counts = new Map<string, bigint>();
    for (const pattern of patterns) counts.set(pattern, (counts.get(pattern) ?? 0n) + 1n);
    return rowsOf(rows).map(([, ...cells], index): Json => {
      const pattern = patterns[index] ?? "";
      return [...cells, pattern, counts.get(pattern) ?? 0n, texts[patterns.indexOf(pattern)] ?? ""];
    });
  }),
];
