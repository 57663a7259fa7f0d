/** Functions on numeric arrays (`series_…`); the arithmetic is in `native/series*.ts`. */
import { native, nativeOfMany } from "./define.js";
import { type ScalarFunction } from "./function.js";

const tuple = (row: ScalarFunction): ScalarFunction => ({ ...row, tuple: true });
const elementwise = ["abs", "acos", "asin", "atan", "ceiling", "cos", "exp", "floor", "log", "sign", "sin", "tan"];
const pairwise = [
  "add",
  "subtract",
  "multiply",
  "divide",
  "pow",
  "equals",
  "not_equals",
  "greater",
  "greater_equals",
  "less",
  "less_equals",
];

export const seriesFunctions: readonly ScalarFunction[] = [
  ...elementwise.map((name) => native(`series_${name}`, ["dynamic"], "dynamic")),
  ...pairwise.map((name) => native(`series_${name}`, ["dynamic", "dynamic"], "dynamic")),
  native("series_fill_forward", ["dynamic", "dynamic"], "dynamic"),
  native("series_fill_backward", ["dynamic", "dynamic"], "dynamic"),
  native("series_fill_const", ["dynamic", "dynamic", "dynamic"], "dynamic"),
  native("series_fill_linear", ["dynamic", "dynamic", "bool", "dynamic"], "dynamic"),
  native("series_sum", ["dynamic"], "real"),
  native("series_product", ["dynamic"], "real"),
  native("series_dot_product", ["dynamic", "dynamic"], "real"),
  native("series_magnitude", ["dynamic"], "real"),
  native("series_cosine_similarity", ["dynamic", "dynamic", "real", "real"], "real"),
  native("series_pearson_correlation", ["dynamic", "dynamic"], "real"),
  tuple(native("series_stats", ["dynamic", "bool"], "dynamic")),
  native("series_stats_dynamic", ["dynamic", "bool"], "dynamic"),
  native("series_fir", ["dynamic", "dynamic", "bool", "bool"], "dynamic"),
  native("series_iir", ["dynamic", "dynamic", "dynamic"], "dynamic"),
  tuple(native("series_fit_line", ["dynamic"], "dynamic")),
  native("series_fit_line_dynamic", ["dynamic"], "dynamic"),
  tuple(native("series_fit_2lines", ["dynamic"], "dynamic")),
  native("series_fit_2lines_dynamic", ["dynamic"], "dynamic"),
  native("series_outliers", ["dynamic", "string", "real", "real", "real"], "dynamic"),
  native("series_seasonal", ["dynamic", "long"], "dynamic"),
  tuple(nativeOfMany("series_decompose", "dynamic")),
  tuple(nativeOfMany("series_decompose_anomalies", "dynamic")),
  tuple(nativeOfMany("series_decompose_forecast", "dynamic")),
  tuple(nativeOfMany("series_periods_detect", "dynamic")),
  tuple(nativeOfMany("series_periods_validate", "dynamic")),
];
