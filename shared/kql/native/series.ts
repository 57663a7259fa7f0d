/** Arithmetic on numeric arrays. Elements that are no numbers count as null. */
import { type NativeFunction } from "../functions/function.js";
import { define } from "./define.js";
import { isArray, jsonNumber, type Json } from "./json.js";

export type Series = readonly (number | null)[];

export function seriesOf(value: Json | undefined): Series | null {
  return value !== undefined && isArray(value) ? value.map(jsonNumber) : null;
}

function numbersOf(series: Series): readonly number[] {
  return series.filter((value) => value !== null && !Number.isNaN(value)) as readonly number[];
}

const elementwise: readonly (readonly [string, (x: number) => number])[] = [
  ["abs", Math.abs],
  ["acos", Math.acos],
  ["asin", Math.asin],
  ["atan", Math.atan],
  ["ceiling", Math.ceil],
  ["cos", Math.cos],
  ["exp", Math.exp],
  ["floor", Math.floor],
  ["log", Math.log],
  ["sign", Math.sign],
  ["sin", Math.sin],
  ["tan", Math.tan],
];

type Pairwise = readonly (readonly [string, (a: number, b: number) => number | boolean])[];
const pairwise: Pairwise = [
  ["add", (a, b) => a + b],
  ["subtract", (a, b) => a - b],
  ["multiply", (a, b) => a * b],
  ["divide", (a, b) => a / b],
  ["pow", (a, b) => a ** b],
  ["equals", (a, b) => a === b],
  ["not_equals", (a, b) => a !== b],
  ["greater", (a, b) => a > b],
  ["greater_equals", (a, b) => a >= b],
  ["less", (a, b) => a < b],
  ["less_equals", (a, b) => a <= b],
];

/** A missing element (null, or the given placeholder) is filled from its neighbours. */
function fill(
  value: Json,
  placeholder: Json,
  filler: (values: readonly Json[], missing: readonly boolean[]) => readonly Json[],
): Json {
  if (!isArray(value)) return null;
  const mark = jsonNumber(placeholder);
  const missing = value.map(
    (item) => item === null || Number.isNaN(jsonNumber(item)) || (mark !== null && jsonNumber(item) === mark),
  );
  return filler(value, missing);
}

function forward(values: readonly Json[], missing: readonly boolean[]): readonly Json[] {
  let last: Json | undefined;
  return values.map((value, index) => {
    if (missing[index] !== true) last = value;
    return missing[index] === true ? (last ?? value) : value;
  });
}

/** Straight lines between known points; the ends are filled with the nearest one, or a constant when there is none. */
function linear(values: readonly Json[], missing: readonly boolean[], ends: boolean, constant: Json): readonly Json[] {
  const known = values.flatMap((_, index) => (missing[index] === true ? [] : [index]));
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined) return values.map(() => constant ?? 0n);
  return values.map((value, index) => {
    if (missing[index] !== true) return value;
    if (index < first) return ends ? (values[first] ?? null) : value;
    if (index > last) return ends ? (values[last] ?? null) : value;
    const before = known.findLast((at) => at < index) ?? first;
    const after = known.find((at) => at > index) ?? last;
    const [a, b] = [jsonNumber(values[before]) ?? 0, jsonNumber(values[after]) ?? 0];
    const between = a + ((b - a) * (index - before)) / (after - before);
    // whole numbers stay whole
    return typeof values[before] === "bigint" && typeof values[after] === "bigint"
      ? BigInt(Math.trunc(between))
      : between;
  });
}

export interface Statistics {
  readonly min: number;
  readonly minIndex: number;
  readonly max: number;
  readonly maxIndex: number;
  readonly average: number;
  readonly variance: number;
}

/** Sample variance; null for an empty series. */
export function statistics(series: Series): Statistics | null {
  let [min, minIndex, max, maxIndex, sum, count] = [Infinity, -1, -Infinity, -1, 0, 0];
  for (const [index, value] of series.entries()) {
    if (value === null || Number.isNaN(value)) continue;
    if (value < min) [min, minIndex] = [value, index];
    if (value > max) [max, maxIndex] = [value, index];
    sum += value;
    count++;
  }
  if (count === 0) return null;
  const average = sum / count;
  const squares = numbersOf(series).reduce((total, value) => total + (value - average) ** 2, 0);
  return { min, minIndex, max, maxIndex, average, variance: count > 1 ? squares / (count - 1) : 0 };
}

function reduceSeries(name: string, start: number, step: (sum: number, value: number) => number): NativeFunction {
  return define(name, ["dynamic"], "real", (value) => {
    const series = seriesOf(value);
    return series === null ? null : numbersOf(series).reduce(step, start);
  });
}

function dot(a: Series, b: Series): number {
  return a.reduce<number>((sum, value, index) => sum + (value ?? 0) * (b[index] ?? 0), 0);
}

function pearson(a: Series, b: Series): number | null {
  const [x, y] = [statistics(a), statistics(b)];
  if (x === null || y === null || a.length !== b.length) return null;
  const covariance = a.reduce<number>(
    (sum, value, index) => sum + ((value ?? 0) - x.average) * ((b[index] ?? 0) - y.average),
    0,
  );
  return covariance / (a.length - 1) / Math.sqrt(x.variance * y.variance);
}

/** Moving weighted sum; `center` puts the filter's middle on the element, `normalize` makes its weights add up to one. */
function fir(series: Series, weights: Series, normalize: boolean, center: boolean): Json {
  const total = weights.reduce<number>((sum, weight) => sum + (weight ?? 0), 0);
  const divisor = normalize && total !== 0 ? total : 1;
  const offset = center ? Math.floor(weights.length / 2) : 0;
  return series.map(
    (_, index) =>
      weights.reduce<number>((sum, weight, lag) => sum + (weight ?? 0) * (series[index - lag + offset] ?? 0), 0) /
      divisor,
  );
}

/** y[n] = (Σ b·x − Σ a·y) / a0. */
function iir(series: Series, numerator: Series, denominator: Series): Json {
  const output: number[] = [];
  for (let index = 0; index < series.length; index++) {
    const fed = numerator.reduce<number>((sum, weight, lag) => sum + (weight ?? 0) * (series[index - lag] ?? 0), 0);
    const back = denominator
      .slice(1)
      .reduce<number>((sum, weight, lag) => sum + (weight ?? 0) * (output[index - lag - 1] ?? 0), 0);
    output.push((fed - back) / (denominator[0] ?? 1));
  }
  return output;
}

function statisticsJson(value: Json, ignoreNonFinite: boolean | null): readonly (readonly [string, Json])[] {
  const series =
    seriesOf(value)?.map((item) =>
      ignoreNonFinite === true && item !== null && !Number.isFinite(item) ? null : item,
    ) ?? null;
  const found = series === null ? null : statistics(series);
  const names = ["min", "min_idx", "max", "max_idx", "avg", "stdev", "variance"];
  if (found === null) return names.map((name) => [name, null]);
  const whole = (number: number): Json => BigInt(number);
  const values: readonly Json[] = [
    found.min,
    whole(found.minIndex),
    found.max,
    whole(found.maxIndex),
    found.average,
    Math.sqrt(found.variance),
    found.variance,
  ];
  return names.map((name, index) => [name, values[index] ?? null]);
}

export const seriesNatives: readonly NativeFunction[] = [
  ...elementwise.map(([name, run]) =>
    define(
      `series_${name}`,
      ["dynamic"],
      "dynamic",
      (value) => seriesOf(value)?.map((item) => (item === null ? null : run(item))) ?? null,
    ),
  ),
  ...pairwise.map(([name, run]) =>
    define(`series_${name}`, ["dynamic", "dynamic"], "dynamic", (a, b) => {
      const [x, y] = [seriesOf(a), seriesOf(b)];
      // a number stands for a series of it
      const [left, right] = [x ?? y?.map(() => jsonNumber(a)), y ?? x?.map(() => jsonNumber(b))];
      if (left === undefined || right === undefined) return null;
      return Array.from({ length: Math.max(left.length, right.length) }, (_, index) => {
        const [u, v] = [left[index] ?? null, right[index] ?? null];
        return u === null || v === null ? null : run(u, v);
      });
    }),
  ),
  define("series_fill_forward", ["dynamic", "dynamic"], "dynamic", (value, placeholder) =>
    fill(value, placeholder, forward),
  ),
  define("series_fill_backward", ["dynamic", "dynamic"], "dynamic", (value, placeholder) =>
    fill(value, placeholder, (values, missing) => forward(values.toReversed(), missing.toReversed()).toReversed()),
  ),
  define("series_fill_const", ["dynamic", "dynamic", "dynamic"], "dynamic", (value, constant, placeholder) =>
    fill(value, placeholder, (values, missing) =>
      values.map((item, index) => (missing[index] === true ? constant : item)),
    ),
  ),
  define(
    "series_fill_linear",
    ["dynamic", "dynamic", "bool", "dynamic"],
    "dynamic",
    (value, placeholder, ends, constant) =>
      fill(value, placeholder, (values, missing) => linear(values, missing, ends ?? true, constant)),
  ),
  reduceSeries("series_sum", 0, (sum, value) => sum + value),
  reduceSeries("series_product", 1, (product, value) => product * value),
  define("series_dot_product", ["dynamic", "dynamic"], "real", (a, b) => {
    const [left, right] = [seriesOf(a), seriesOf(b)];
    // a number stands for a series of it
    const [x, y] = [left ?? right?.map(() => jsonNumber(a)) ?? null, right ?? left?.map(() => jsonNumber(b)) ?? null];
    return x === null || y === null ? null : dot(x, y);
  }),
  define("series_magnitude", ["dynamic"], "real", (value) => {
    const series = seriesOf(value);
    return series === null ? null : Math.sqrt(dot(series, series));
  }),
  define("series_cosine_similarity", ["dynamic", "dynamic", "real", "real"], "real", (a, b, lengthA, lengthB) => {
    const [x, y] = [seriesOf(a), seriesOf(b)];
    return x === null || y === null
      ? null
      : dot(x, y) / ((lengthA ?? Math.sqrt(dot(x, x))) * (lengthB ?? Math.sqrt(dot(y, y))));
  }),
  define("series_pearson_correlation", ["dynamic", "dynamic"], "real", (a, b) => {
    const [x, y] = [seriesOf(a), seriesOf(b)];
    return x === null || y === null ? null : pearson(x, y);
  }),
  define("series_stats", ["dynamic", "bool"], "dynamic", (value, ignore) =>
    statisticsJson(value, ignore).map(([, item]) => item),
  ),
  define("series_stats_dynamic", ["dynamic", "bool"], "dynamic", (value, ignore) => {
    const found = statisticsJson(value, ignore);
    const length = isArray(value) ? value.length : 0;
    const sum = seriesOf(value)?.reduce<number>((total, item) => total + (item ?? 0), 0) ?? 0;
    return new Map<string, Json>([...found, ["sum", sum], ["len", BigInt(length)]]);
  }),
  define("series_fir", ["dynamic", "dynamic", "bool", "bool"], "dynamic", (value, weights, normalize, center) => {
    const [series, filter] = [seriesOf(value), seriesOf(weights)];
    return series === null || filter === null ? null : fir(series, filter, normalize ?? true, center ?? false);
  }),
  define("series_iir", ["dynamic", "dynamic", "dynamic"], "dynamic", (value, numerator, denominator) => {
    const [series, b, a] = [seriesOf(value), seriesOf(numerator), seriesOf(denominator)];
    return series === null || b === null || a === null ? null : iir(series, b, a);
  }),
];
