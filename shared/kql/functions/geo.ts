/** Geography; the work is in `native/geography.ts`, `native/shapes.ts`, `native/cells.ts` and `native/s2.ts`. */
import { defaultLevels } from "../native/cells.js";
import { defaultS2 } from "../native/s2.js";
import { native, scalar } from "./define.js";
import { type ScalarFunction } from "./function.js";

/** Point to cell; the level may be left out, but a null one gives no cell. */
function toCell(name: string, level: number): ScalarFunction {
  return scalar(
    name,
    ["real", "real", "long"],
    "string",
    ([longitude = "", latitude = "", given], call) =>
      `coalesce(${call.native(name, longitude, latitude, given ?? `${level}::BIGINT`)}, '')`,
  );
}

export const geoFunctions: readonly ScalarFunction[] = [
  toCell("geo_point_to_h3cell", defaultLevels.h3),
  toCell("geo_point_to_geohash", defaultLevels.geohash),
  toCell("geo_point_to_s2cell", defaultS2),
  native("geo_s2cell_to_central_point", ["string"], "dynamic"),
  native("geo_s2cell_to_polygon", ["string"], "dynamic"),
  native("geo_s2cell_neighbors", ["string"], "dynamic"),
  native("geo_polygon_to_s2cells", ["dynamic", "long", "real"], "dynamic"),
  native("geo_line_to_s2cells", ["dynamic", "long", "real"], "dynamic"),
  native("geo_polygon_to_h3cells", ["dynamic", "long"], "dynamic"),
  native("geo_h3cell_to_central_point", ["string"], "dynamic"),
  native("geo_h3cell_to_polygon", ["string"], "dynamic"),
  native("geo_h3cell_level", ["string"], "int"),
  native("geo_h3cell_parent", ["string", "long"], "string"),
  native("geo_h3cell_children", ["string", "long"], "dynamic"),
  native("geo_h3cell_neighbors", ["string"], "dynamic"),
  native("geo_h3cell_rings", ["string", "long"], "dynamic"),
  native("geo_geohash_to_central_point", ["string"], "dynamic"),
  native("geo_geohash_to_polygon", ["string"], "dynamic"),
  native("geo_geohash_neighbors", ["string"], "dynamic"),
  native("geo_distance_2points", ["real", "real", "real", "real"], "real"),
  native("geo_azimuth", ["real", "real", "real", "real"], "real"),
  native("geo_angle", ["real", "real", "real", "real", "real", "real"], "real"),
  native("geo_point_in_circle", ["real", "real", "real", "real", "real"], "bool"),
  native("geo_point_in_polygon", ["real", "real", "dynamic"], "bool"),
  native("geo_distance_point_to_line", ["real", "real", "dynamic"], "real"),
  native("geo_distance_point_to_polygon", ["real", "real", "dynamic"], "real"),
  native("geo_closest_point_on_line", ["real", "real", "dynamic"], "dynamic"),
  native("geo_closest_point_on_polygon", ["real", "real", "dynamic"], "dynamic"),
  native("geo_line_length", ["dynamic"], "real"),
  native("geo_polygon_area", ["dynamic"], "real"),
  native("geo_polygon_perimeter", ["dynamic"], "real"),
  native("geo_line_interpolate_point", ["dynamic", "real"], "dynamic"),
  native("geo_line_locate_point", ["dynamic", "real", "real"], "real"),
  native("geo_intersects_2lines", ["dynamic", "dynamic"], "bool"),
  native("geo_intersects_line_with_polygon", ["dynamic", "dynamic"], "bool"),
  native("geo_intersects_2polygons", ["dynamic", "dynamic"], "bool"),
  native("geo_from_wkt", ["string"], "dynamic"),
  native("geo_point_buffer", ["real", "real", "real", "real"], "dynamic"),
  native("geo_line_buffer", ["dynamic", "real", "real"], "dynamic"),
  native("geo_polygon_buffer", ["dynamic", "real", "real"], "dynamic"),
  native("geo_line_centroid", ["dynamic"], "dynamic"),
  native("geo_polygon_centroid", ["dynamic"], "dynamic"),
  native("geo_line_simplify", ["dynamic", "real"], "dynamic"),
  native("geo_polygon_simplify", ["dynamic", "real"], "dynamic"),
  native("geo_simplify_polygons_array", ["dynamic", "real"], "dynamic"),
  native("geo_line_densify", ["dynamic", "real", "bool"], "dynamic"),
  native("geo_polygon_densify", ["dynamic", "real", "bool"], "dynamic"),
  native("geo_intersection_2lines", ["dynamic", "dynamic"], "dynamic"),
  native("geo_intersection_line_with_polygon", ["dynamic", "dynamic"], "dynamic"),
  native("geo_intersection_2polygons", ["dynamic", "dynamic"], "dynamic"),
  native("geo_union_polygons_array", ["dynamic"], "dynamic"),
  native("geo_union_lines_array", ["dynamic"], "dynamic"),
];
