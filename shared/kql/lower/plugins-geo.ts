/** Lookups by place: `geo_polygon_lookup`, `geo_line_lookup`. */
import { unsupported } from "../diagnostic.js";
import { scalarFunctions } from "../functions/scalars.js";
import { type Expr, type Plan } from "../plan.js";
import { isTabular, source, spanOf, type SyntaxNode } from "../syntax.js";
import { convert, rowOf, withoutRow, type Context } from "./lowering.js";
import { type PluginCall } from "./operators-plugin.js";
import { isTrue, lookedUp, optionsOf } from "./plugins-rows.js";
import { compare, lowerScalar } from "./scalar.js";
import { lowerTable } from "./table.js";

interface Place {
  readonly longitude: Expr;
  readonly latitude: Expr;
  readonly shape: Expr;
}

function call(name: string, { longitude, latitude, shape }: Place, node: SyntaxNode, type: "bool" | "real"): Expr {
  const fn = scalarFunctions.get(name);
  if (fn === undefined) throw new Error(`${name} is not registered`);
  const args = [convert(longitude, "real"), convert(latitude, "real"), convert(shape, "dynamic")];
  return { kind: "call", fn, args, type, span: spanOf(node) };
}

/** The lookup table, its shape, longitude, latitude, then options by place or by name. */
function lowerLookup(
  { node, call: written, args, input, context }: PluginCall,
  optionNames: readonly string[],
  matches: (place: Place, radius: Expr | undefined) => Expr,
): Plan {
  const { positional, named } = optionsOf(args);
  const [tableNode, shapeNode, longitudeNode, latitudeNode, ...rest] = positional;
  if (
    tableNode === undefined ||
    shapeNode === undefined ||
    longitudeNode === undefined ||
    latitudeNode === undefined ||
    !isTabular(tableNode)
  ) {
    throw unsupported(source(written), spanOf(written), "give a table, its shape, longitude and latitude");
  }
  const option = (name: string) => named.get(name) ?? rest[optionNames.indexOf(name)];
  const table = lowerTable(tableNode, withoutRow(context));
  const inTable: Context = { ...context, row: rowOf(table) };
  const radiusNode = option("radius");
  const condition = matches(
    {
      longitude: lowerScalar(longitudeNode, context),
      latitude: lowerScalar(latitudeNode, context),
      shape: lowerScalar(shapeNode, inTable),
    },
    radiusNode === undefined ? undefined : convert(lowerScalar(radiusNode, context), "real"),
  );
  return lookedUp(node, { input, table, on: [], condition, unmatched: isTrue(option("return_unmatched"), context) });
}

const optionNames = ["radius", "return_unmatched", "lookup_area_radius", "return_lookup_key"];

/** Rows of the table whose polygon holds the place, or lies within a radius of it. */
export function lowerPolygonLookup(plugin: PluginCall): Plan {
  return lowerLookup(plugin, optionNames, (place, radius) =>
    radius === undefined
      ? call("geo_point_in_polygon", place, plugin.call, "bool")
      : compare("<=", call("geo_distance_point_to_polygon", place, plugin.call, "real"), radius),
  );
}

/** Rows of the table whose line lies within a radius of the place. */
export function lowerLineLookup(plugin: PluginCall): Plan {
  return lowerLookup(plugin, optionNames, (place, radius) => {
    if (radius === undefined) throw unsupported("geo_line_lookup() without a radius", spanOf(plugin.call));
    return compare("<=", call("geo_distance_point_to_line", place, plugin.call, "real"), radius);
  });
}
