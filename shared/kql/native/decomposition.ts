/**
 * Seasons, trends and outliers. Microsoft documents what `series_decompose` and its kin give, not how each number comes
 * about; this is classical decomposition (trend by mean or regression, season by phase means) with periods found in the
 * autocorrelation and outliers by Tukey's fences. Planted seasons and anomalies are found: `decomposition.test.ts`.
 */
import { type NativeFunction } from "../functions/function.js";
import { define } from "./define.js";
import { isArray, jsonNumber, jsonText, type Json } from "./json.js";
import { complete, fitLine } from "./regression.js";

/** A period must repeat this often to count. */
const minRepeats = 2;

export interface Period {
  readonly length: number;
  /** Autocorrelation at that lag, 0 to 1. */
  readonly score: number;
}

function autocorrelation(values: readonly number[], lag: number): number {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  let [product, total] = [0, 0];
  for (let index = 0; index < n; index++) {
    const centred = (values[index] ?? 0) - mean;
    total += centred * centred;
    if (index + lag < n) product += centred * ((values[index + lag] ?? 0) - mean);
  }
  // the overlap is shorter than the series: compare per element
  return total === 0 ? 0 : (product / (n - lag)) * (n / total);
}

/** Local maxima of the autocorrelation, best first; multiples of a better period are left out. */
export function findPeriods(values: readonly number[], least: number, most: number, count: number): readonly Period[] {
  const { fit } = fitLine(values);
  const flat = values.map((value, index) => value - (fit[index] ?? 0));
  const last = Math.min(Math.floor(most), Math.floor(values.length / minRepeats));
  const first = Math.max(2, Math.ceil(least));
  const scores = new Map<number, number>();
  for (let lag = first - 1; lag <= last + 1; lag++) scores.set(lag, autocorrelation(flat, lag));
  const score = (lag: number) => scores.get(lag) ?? -1;
  const peaks: Period[] = [];
  for (let lag = first; lag <= last; lag++) {
    if (score(lag) > 0 && score(lag) >= score(lag - 1) && score(lag) >= score(lag + 1))
      peaks.push({ length: lag, score: Math.min(1, score(lag)) });
  }
  peaks.sort((a, b) => b.score - a.score || a.length - b.length);
  const found: Period[] = [];
  for (const peak of peaks) {
    // a multiple scores about as well as its base: prefer the base
    const base = peaks.find(
      (other) => other.length < peak.length && peak.length % other.length === 0 && other.score > 0.8 * peak.score,
    );
    if (base === undefined && found.length < count) found.push(peak);
  }
  return found;
}

export interface Decomposition {
  readonly baseline: readonly number[];
  readonly seasonal: readonly number[];
  readonly trend: readonly number[];
  readonly residual: readonly number[];
}

export interface DecomposeOptions {
  /** -1: find it; 0: none; else its length in points. */
  readonly seasonality: number;
  readonly trend: string;
  /** Points at the end that are not learnt from. */
  readonly testPoints: number;
  readonly threshold: number;
}

export function decompose(
  values: readonly number[],
  { seasonality, trend, testPoints, threshold }: DecomposeOptions,
): Decomposition {
  const learnt = values.slice(0, Math.max(1, values.length - testPoints));
  const trendLine = trendOf(learnt, trend, values.length);
  const detrended = learnt.map((value, index) => value - (trendLine[index] ?? 0));
  const period = periodOf(detrended, seasonality, threshold);
  const phases =
    period < 2
      ? [0]
      : Array.from({ length: period }, (_, phase) =>
          mean(detrended.filter((_value, index) => index % period === phase)),
        );
  const offset = mean(phases);
  const seasonal = values.map((_, index) => (phases[index % phases.length] ?? 0) - (period < 2 ? 0 : offset));
  const trended = period < 2 ? trendLine : trendLine.map((value) => value + offset);
  const baseline = trended.map((value, index) => value + (seasonal[index] ?? 0));
  return { baseline, seasonal, trend: trended, residual: values.map((value, index) => value - (baseline[index] ?? 0)) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function trendOf(learnt: readonly number[], trend: string, length: number): readonly number[] {
  if (trend === "none") return Array.from({ length }, () => 0);
  if (trend === "linefit") {
    const { slope, interception } = fitLine(learnt);
    return Array.from({ length }, (_, index) => interception + slope * index);
  }
  return Array.from({ length }, () => mean(learnt));
}

function periodOf(values: readonly number[], seasonality: number, threshold: number): number {
  if (seasonality >= 0) return Math.round(seasonality);
  const [best] = findPeriods(values, 2, values.length / minRepeats, 1);
  return best !== undefined && best.score >= threshold ? best.length : 0;
}

/** Position of a percentile in sorted values, between two of them where it falls there. */
function quantile(sorted: readonly number[], percent: number): number {
  const at = (percent / 100) * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)] ?? 0, sorted[Math.ceil(at)] ?? 0];
  return low + (high - low) * (at - Math.floor(at));
}

/** Distance beyond the percentiles, in units of what lies between them: above 1.5 or below -1.5 is an outlier. */
export function outlierScores(values: readonly number[], lowPercent: number, highPercent: number): readonly number[] {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const [low, high] = [quantile(sorted, lowPercent), quantile(sorted, highPercent)];
  const spread = high - low;
  return values.map((value) => {
    const beyond = value > high ? value - high : value < low ? value - low : 0;
    return beyond === 0 ? 0 : spread === 0 ? Math.sign(beyond) * Infinity : beyond / spread;
  });
}

interface Arguments {
  readonly series: readonly number[] | null;
  readonly number: (index: number, whenNone: number) => number;
  readonly text: (index: number, whenNone: string) => string;
}

function argumentsOf(args: Json): Arguments {
  const given = isArray(args) ? args : [];
  return {
    series: complete(given[0] ?? null),
    number: (index, whenNone) => jsonNumber(given[index]) ?? whenNone,
    text: (index, whenNone) =>
      given[index] === undefined || given[index] === null ? whenNone : jsonText(given[index]),
  };
}

/** Longest usual score: infinite ones are cut, since JSON has none. */
const maxScore = 1e6;

function anomalies(args: Json): Json {
  const { series, number, text } = argumentsOf(args);
  if (series === null) return [null, null, null];
  const threshold = number(1, 1.5);
  const { baseline, residual } = decompose(series, {
    seasonality: number(2, -1),
    trend: text(3, "avg"),
    testPoints: number(4, 0),
    threshold: number(6, 0.6),
  });
  const method = text(5, "ctukey");
  const scores = outlierScores(residual, method === "tukey" ? 25 : 10, method === "tukey" ? 75 : 90).map((score) =>
    Math.max(-maxScore, Math.min(maxScore, score)),
  );
  const flags = scores.map((score): Json => (score > threshold ? 1n : score < -threshold ? -1n : 0n));
  return [flags, scores, baseline];
}

function forecast(args: Json): Json {
  const { series, number, text } = argumentsOf(args);
  if (series === null) return [null, null, null, null];
  const points = Math.max(0, number(1, 0));
  const { baseline, seasonal, trend, residual } = decompose(series, {
    seasonality: number(2, -1),
    trend: text(3, "linefit"),
    testPoints: points,
    threshold: number(4, 0.6),
  });
  return [baseline, seasonal, trend, residual];
}

export const decompositionNatives: readonly NativeFunction[] = [
  define(
    "series_outliers",
    ["dynamic", "string", "real", "real", "real"],
    "dynamic",
    (value, kind, _ignored, low, high) => {
      const values = complete(value);
      const usual = kind === "tukey" ? [25, 75] : [10, 90];
      return values === null
        ? null
        : outlierScores(values, low ?? usual[0] ?? 10, high ?? usual[1] ?? 90).map((score) =>
            Math.max(-maxScore, Math.min(maxScore, score)),
          );
    },
  ),
  define("series_decompose", ["dynamic"], "dynamic", (args) => {
    const { series, number, text } = argumentsOf(args);
    if (series === null) return [null, null, null, null];
    const { baseline, seasonal, trend, residual } = decompose(series, {
      seasonality: number(1, -1),
      trend: text(2, "avg"),
      testPoints: number(3, 0),
      threshold: number(4, 0.6),
    });
    return [baseline, seasonal, trend, residual];
  }),
  define("series_decompose_anomalies", ["dynamic"], "dynamic", anomalies),
  define("series_decompose_forecast", ["dynamic"], "dynamic", forecast),
  define("series_seasonal", ["dynamic", "long"], "dynamic", (value, period) => {
    const values = complete(value);
    if (values === null) return null;
    const length = period === null || period < 0n ? periodOf(values, -1, 0) : Number(period);
    if (length < 2) return values.map(() => 0);
    const phases = Array.from({ length }, (_, phase) => {
      const sorted = values.filter((_item, index) => index % length === phase).toSorted((a, b) => a - b);
      return quantile(sorted, 50);
    });
    return values.map((_, index) => phases[index % length] ?? 0);
  }),
  define("series_periods_detect", ["dynamic"], "dynamic", (args) => {
    const { series, number } = argumentsOf(args);
    if (series === null) return [null, null];
    const periods = findPeriods(series, number(1, 2), number(2, series.length / minRepeats), number(3, 1));
    return [periods.map(({ length }) => length), periods.map(({ score }) => score)];
  }),
  define("series_periods_validate", ["dynamic"], "dynamic", (args) => {
    const { series } = argumentsOf(args);
    if (series === null) return [null, null];
    const given = (isArray(args) ? args.slice(1) : [])
      .flatMap((item) => (isArray(item) ? item : [item]))
      .map(jsonNumber)
      .filter((item) => item !== null && item > 1);
    const { fit } = fitLine(series);
    const flat = series.map((value, index) => value - (fit[index] ?? 0));
    return [given, given.map((length) => Math.max(0, Math.min(1, autocorrelation(flat, Math.round(length ?? 0)))))];
  }),
];
