/** Straight lines through series: `series_fit_line`, `series_fit_2lines`; ordinary least squares over the positions 0, 1, 2, … */
import { type NativeFunction } from "../functions/function.js";
import { define } from "./define.js";
import { type Json } from "./json.js";
import { seriesOf } from "./series.js";

export interface Line {
  readonly rsquare: number;
  readonly slope: number;
  /** Of the values. */
  readonly variance: number;
  /** Of what the line leaves. */
  readonly residualVariance: number;
  readonly interception: number;
  readonly fit: readonly number[];
}

export function fitLine(values: readonly number[]): Line {
  const n = values.length;
  const meanX = (n - 1) / 2;
  const meanY = values.reduce((sum, y) => sum + y, 0) / Math.max(1, n);
  let [sxx, sxy, syy] = [0, 0, 0];
  for (const [x, y] of values.entries()) {
    sxx += (x - meanX) ** 2;
    sxy += (x - meanX) * (y - meanY);
    syy += (y - meanY) ** 2;
  }
  const slope = sxx === 0 ? 0 : sxy / sxx;
  const interception = meanY - slope * meanX;
  const fit = values.map((_, x) => interception + slope * x);
  const residual = values.reduce((sum, y, x) => sum + (y - (fit[x] ?? 0)) ** 2, 0);
  const degrees = Math.max(1, n - 1);
  return {
    rsquare: syy === 0 ? (residual === 0 ? 1 : 0) : 1 - residual / syy,
    slope,
    variance: syy / degrees,
    residualVariance: residual / degrees,
    interception,
    fit,
  };
}

export function lineJson(line: Line): readonly Json[] {
  return [line.rsquare, line.slope, line.variance, line.residualVariance, line.interception, line.fit];
}

interface TwoLines {
  readonly split: number;
  readonly left: Line;
  readonly right: Line;
  readonly rsquare: number;
  readonly variance: number;
  readonly residualVariance: number;
}

/** Sums of x, y, xy, x², y² up to each position, so that a segment's residual is constant work. */
function residualOf(values: readonly number[]): (from: number, to: number) => number {
  const sums: (readonly [number, number, number, number, number])[] = [[0, 0, 0, 0, 0]];
  for (const [x, y] of values.entries()) {
    const [a, b, c, d, e] = sums[x] ?? [0, 0, 0, 0, 0];
    sums.push([a + x, b + y, c + x * y, d + x * x, e + y * y]);
  }
  return (from, to) => {
    const [low, high] = [sums[from] ?? [0, 0, 0, 0, 0], sums[to] ?? [0, 0, 0, 0, 0]];
    const n = to - from;
    const [x, y, xy, xx, yy] = [
      high[0] - low[0],
      high[1] - low[1],
      high[2] - low[2],
      high[3] - low[3],
      high[4] - low[4],
    ];
    const [sxx, sxy, syy] = [xx - (x * x) / n, xy - (x * y) / n, yy - (y * y) / n];
    return Math.max(0, syy - (sxx === 0 ? 0 : (sxy * sxy) / sxx));
  };
}

/** The split that leaves least; each side has at least two points. */
export function fitTwoLines(values: readonly number[]): TwoLines {
  const residual = residualOf(values);
  let [split, best] = [Math.min(2, values.length), Infinity];
  for (let at = 2; at <= values.length - 2; at++) {
    const left = residual(0, at) + residual(at, values.length);
    if (left < best) [split, best] = [at, left];
  }
  const [left, right] = [fitLine(values.slice(0, split)), fitLine(values.slice(split))];
  const whole = fitLine(values);
  const degrees = Math.max(1, values.length - 1);
  const total = whole.variance * degrees;
  const remaining =
    left.residualVariance * Math.max(1, split - 1) + right.residualVariance * Math.max(1, values.length - split - 1);
  return {
    split,
    left,
    right,
    rsquare: total === 0 ? 1 : 1 - remaining / total,
    variance: whole.variance,
    residualVariance: remaining / degrees,
  };
}

const lineNames = ["rsquare", "slope", "variance", "rvariance", "interception", "line_fit"];

function side(prefix: string, line: Line): readonly (readonly [string, Json])[] {
  return [
    [`${prefix}_rsquare`, line.rsquare],
    [`${prefix}_slope`, line.slope],
    [`${prefix}_interception`, line.interception],
    [`${prefix}_variance`, line.variance],
    [`${prefix}_rvariance`, line.residualVariance],
  ];
}

function twoLinesJson({
  split,
  left,
  right,
  rsquare,
  variance,
  residualVariance,
}: TwoLines): readonly (readonly [string, Json])[] {
  return [
    ["rsquare", rsquare],
    ["split_idx", BigInt(split)],
    ["variance", variance],
    ["rvariance", residualVariance],
    ["line_fit", [...left.fit, ...right.fit]],
    ...side("right", right),
    ...side("left", left),
  ];
}

/** Missing values break no regression: they are left out by taking the average. */
export function complete(value: Json): readonly number[] | null {
  const series = seriesOf(value);
  if (series === null || series.length === 0) return null;
  const known = series.filter((item) => item !== null && Number.isFinite(item));
  const mean = known.reduce<number>((sum, item) => sum + (item ?? 0), 0) / Math.max(1, known.length);
  return series.map((item) => (item === null || !Number.isFinite(item) ? mean : item));
}

export const regressionNatives: readonly NativeFunction[] = [
  define("series_fit_line", ["dynamic"], "dynamic", (value) => {
    const values = complete(value);
    return values === null ? lineNames.map(() => null) : lineJson(fitLine(values));
  }),
  define("series_fit_line_dynamic", ["dynamic"], "dynamic", (value) => {
    const values = complete(value);
    return values === null
      ? null
      : new Map(lineJson(fitLine(values)).map((item, index) => [lineNames[index] ?? "", item]));
  }),
  define("series_fit_2lines", ["dynamic"], "dynamic", (value) => {
    const values = complete(value);
    return values === null ? [] : twoLinesJson(fitTwoLines(values)).map(([, item]) => item);
  }),
  define("series_fit_2lines_dynamic", ["dynamic"], "dynamic", (value) => {
    const values = complete(value);
    return values === null ? null : new Map(twoLinesJson(fitTwoLines(values)));
  }),
];
