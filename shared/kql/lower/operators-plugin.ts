/** `evaluate` and its plugins. */
import { unsupported } from "../diagnostic.js";
import { type Plan } from "../plan.js";
import { child, spanOf, type SyntaxNode } from "../syntax.js";
import { callArguments, callName } from "./calls.js";
import { type Context } from "./lowering.js";
import { type TabularOperator } from "./operators.js";
import { lowerLineLookup, lowerPolygonLookup } from "./plugins-geo.js";
import { lowerAutocluster, lowerBasket, lowerDiffpatterns, lowerReduce } from "./plugins-patterns.js";
import { lowerActiveUsersCount, lowerRollingPercentile, lowerRowsNear } from "./plugins-windows.js";
import { lowerAddressLookup, lowerNarrow, lowerSlidingWindowCounts } from "./plugins-rows.js";
import { lowerBagUnpack, lowerPivot } from "./plugins-shape.js";
import { step } from "./step.js";

export interface PluginCall {
  readonly node: SyntaxNode;
  readonly call: SyntaxNode;
  readonly args: readonly SyntaxNode[];
  readonly input: Plan;
  readonly context: Context;
}

export interface Plugin {
  readonly name: string;
  readonly lower: (plugin: PluginCall) => Plan;
  readonly source: string;
}

function plugin(name: string, lower: Plugin["lower"]): Plugin {
  return { name, lower, source: `query/${name.replaceAll("_", "-")}-plugin` };
}

const pluginRows: readonly Plugin[] = [
  plugin("pivot", lowerPivot),
  plugin("bag_unpack", lowerBagUnpack),
  plugin("narrow", lowerNarrow),
  plugin("ipv4_lookup", lowerAddressLookup("ipv4_is_in_range")),
  plugin("ipv6_lookup", lowerAddressLookup("ipv6_is_in_range")),
  plugin("sliding_window_counts", lowerSlidingWindowCounts),
  plugin("active_users_count", lowerActiveUsersCount),
  plugin("rolling_percentile", lowerRollingPercentile),
  plugin("rows_near", lowerRowsNear),
  plugin("geo_polygon_lookup", lowerPolygonLookup),
  plugin("geo_line_lookup", lowerLineLookup),
  plugin("autocluster", lowerAutocluster),
  plugin("basket", lowerBasket),
  plugin("diffpatterns", lowerDiffpatterns),
];

export const plugins: ReadonlyMap<string, Plugin> = new Map(pluginRows.map((row) => [row.name, row]));

function lowerEvaluate(node: SyntaxNode, input: Plan, context: Context): Plan {
  const call = child(node, "FunctionCall");
  const found = plugins.get(callName(call));
  if (found === undefined) throw unsupported(`evaluate ${callName(call)}()`, spanOf(call));
  return found.lower({ node, call, args: callArguments(call), input, context });
}

export const pluginOperators: readonly TabularOperator[] = [
  step("evaluate", "EvaluateOperator", lowerEvaluate),
  step("reduce", "ReduceByOperator", lowerReduce),
];
