/** Plugins that look at rows in order or over a moving window. The work is in `native/windows.ts`. */
import { unsupported } from "../diagnostic.js";
import { columnExpr, constant, type Plan } from "../plan.js";
import { source, spanOf, type SyntaxNode } from "../syntax.js";
import { convert } from "./lowering.js";
import { type PluginCall } from "./operators-plugin.js";
import { lowerScalar, lowerTicks } from "./scalar.js";
import { freshColumns } from "./sources.js";

function wrongArguments({ call }: PluginCall, hint: string): Error {
  return unsupported(source(call), spanOf(call), hint);
}

/** Users active in enough periods of the window before each of their appearances, counted per bin. */
export function lowerActiveUsersCount(plugin: PluginCall): Plan {
  const { node, args, input, context } = plugin;
  const [id, axis, start, end, window, period, count, bin, ...dimensions] = args;
  if (id === undefined || axis === undefined || start === undefined || end === undefined || bin === undefined)
    throw wrongArguments(plugin, "give id, timeline, start, end, lookback window, period, periods and bin");
  const ticks = (argument: SyntaxNode) => lowerTicks(argument, "datetime", context);
  const span = (argument: SyntaxNode | undefined) =>
    argument === undefined ? constant("long", 0n) : lowerTicks(argument, "timespan", context);
  return {
    kind: "table-function",
    native: "active_users_count",
    input,
    passed: [
      convert(lowerScalar(id, context), "string"),
      ticks(axis),
      ...dimensions.map((dimension) => lowerScalar(dimension, context)),
    ],
    args: [
      ticks(start),
      ticks(end),
      span(window),
      span(period),
      count === undefined ? constant("long", 1n) : convert(lowerScalar(count, context), "long"),
      span(bin),
    ],
    columns: freshColumns(node, context),
  };
}

/** The percentile over the last bins, per bin and dimension. */
export function lowerRollingPercentile(plugin: PluginCall): Plan {
  const { node, args, input, context } = plugin;
  const [value, percent, axis, size, bins, ...dimensions] = args;
  if (value === undefined || percent === undefined || axis === undefined || size === undefined || bins === undefined)
    throw wrongArguments(plugin, "give value, percentile, timeline, bin size and bins per window");
  const axisValue = lowerScalar(axis, context);
  const onTime = axisValue.type === "datetime";
  return {
    kind: "table-function",
    native: "rolling_percentile",
    input,
    passed: [
      convert(lowerScalar(value, context), "real"),
      onTime ? convert(axisValue, "long") : convert(axisValue, "real"),
      ...dimensions.map((dimension) => lowerScalar(dimension, context)),
    ],
    args: [
      convert(lowerScalar(percent, context), "real"),
      onTime ? lowerTicks(size, "timespan", context) : convert(lowerScalar(size, context), "real"),
      convert(lowerScalar(bins, context), "long"),
      constant("bool", onTime),
    ],
    columns: freshColumns(node, context),
  };
}

/** Rows near those that satisfy a condition. */
export function lowerRowsNear(plugin: PluginCall): Plan {
  const { node, args, input, context } = plugin;
  const [condition, before, after = before] = args;
  if (condition === undefined || before === undefined || after === undefined)
    throw wrongArguments(plugin, "give a condition and a number of rows");
  const count = (argument: SyntaxNode) => convert(lowerScalar(argument, context), "long");
  return {
    kind: "table-function",
    native: "rows_near",
    input,
    passed: [convert(lowerScalar(condition, context), "bool"), ...input.columns.map(columnExpr)],
    args: [count(before), count(after)],
    columns: freshColumns(node, context),
  };
}
