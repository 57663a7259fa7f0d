/** Special functions, shifts, percentiles of gathered values. */
import { type NativeFunction } from "../functions/function.js";
import { define } from "./define.js";
import { isArray, jsonNumber, type Json } from "./json.js";

/** Lanczos approximation (g = 7, nine coefficients): 15 digits. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * x))) - logGamma(1 - x);
  const coefficients = [
    676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
    -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  const shifted = x - 1;
  const sum = coefficients.reduce(
    (total, coefficient, index) => total + coefficient / (shifted + index + 1),
    0.99999999999980993,
  );
  const t = shifted + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(t) - t + Math.log(sum);
}

/** Error function by its series near 0 and its continued fraction further out. */
function erf(x: number): number {
  const z = Math.abs(x);
  if (z > 6) return Math.sign(x);
  if (z < 2.5) {
    let [term, sum] = [z, z];
    for (let n = 1; n < 200 && Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (-z * z) / n;
      sum += term / (2 * n + 1);
    }
    return Math.sign(x) * sum * (2 / Math.sqrt(Math.PI));
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (z + fraction);
  return Math.sign(x) * (1 - Math.exp(-z * z) / (Math.sqrt(Math.PI) * (z + fraction)));
}

/** Regularised incomplete beta function, continued fraction by Lentz (Numerical Recipes 6.4). */
function betaCdf(x: number, a: number, b: number): number {
  if (x < 0 || x > 1 || a <= 0 || b <= 0) return NaN;
  if (x === 0 || x === 1) return x;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(1 - x));
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const guard = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / guard(1 - ((a + b) * x) / (a + 1));
  let h = d;
  for (let m = 1; m <= 300; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / guard(1 + even * d);
    c = guard(1 + even / c);
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / guard(1 + odd * d);
    c = guard(1 + odd / c);
    const change = d * c;
    h *= change;
    if (Math.abs(change - 1) < 1e-15) break;
  }
  return h;
}

function betaPdf(x: number, a: number, b: number): number {
  if (x < 0 || x > 1 || a <= 0 || b <= 0) return NaN;
  return Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b)) * x ** (a - 1) * (1 - x) ** (b - 1);
}

function betaInverse(p: number, a: number, b: number): number {
  if (p < 0 || p > 1 || a <= 0 || b <= 0) return NaN;
  let [low, high] = [0, 1];
  for (let step = 0; step < 200; step++) {
    const middle = (low + high) / 2;
    if (betaCdf(middle, a, b) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function numbers(args: Json): readonly (number | null)[] {
  return isArray(args) ? args.flatMap((arg) => (isArray(arg) ? arg.map(jsonNumber) : [jsonNumber(arg)])) : [];
}

/** Nearest rank in sorted values. */
export function nearestRank(sorted: readonly number[], percent: number): number | null {
  if (sorted.length === 0) return null;
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? null;
}

function weightedRank(pairs: Json, percent: number): number | null {
  const values = (isArray(pairs) ? pairs : []).map((pair) => (isArray(pair) ? pair.map(jsonNumber) : []));
  const total = values.reduce((sum, pair) => sum + (pair[1] ?? 0), 0);
  let reached = 0;
  for (const [value, weight] of values) {
    reached += weight ?? 0;
    if (reached >= (percent / 100) * total) return value ?? null;
  }
  return values.at(-1)?.[0] ?? null;
}

const real = (name: string, run: (x: number) => number) =>
  define(name, ["real"], "real", (x) => (x === null ? null : run(x)));
const beta = (name: string, run: (x: number, a: number, b: number) => number) =>
  define(name, ["real", "real", "real"], "real", (x, a, b) =>
    x === null || a === null || b === null ? null : run(x, a, b),
  );

export const mathematicsNatives: readonly NativeFunction[] = [
  real("gamma", (x) => Math.exp(logGamma(x))),
  real("loggamma", logGamma),
  real("erf", erf),
  real("erfc", (x) => 1 - erf(x)),
  beta("beta_cdf", betaCdf),
  beta("beta_pdf", betaPdf),
  beta("beta_inv", betaInverse),
  // the service takes six bits of the count
  define("binary_shift_left", ["long", "long"], "long", (value, count) =>
    value === null || count === null ? null : BigInt.asIntN(64, value << (count & 63n)),
  ),
  define("binary_shift_right", ["long", "long"], "long", (value, count) =>
    value === null || count === null ? null : value >> (count & 63n),
  ),
  define("percentiles_of", ["dynamic", "dynamic", "dynamic"], "dynamic", (values, _weights, percents) => {
    const sorted = numbers(values).filter((value) => value !== null);
    return numbers(percents).map((percent) => nearestRank(sorted, percent ?? 0));
  }),
  define("percentile_weighted", ["dynamic", "real"], "real", (pairs, percent) => weightedRank(pairs, percent ?? 0)),
  define("percentiles_weighted", ["dynamic", "dynamic"], "dynamic", (pairs, percents) =>
    numbers(percents).map((percent) => weightedRank(pairs, percent ?? 0)),
  ),
];
