/** `geo_…` functions that make new shapes. A bad shape, radius or tolerance gives null. */
import { polygonToCells } from "h3-js";
import { type NativeFunction } from "../functions/function.js";
import { type KustoType } from "../types.js";
import { define } from "./define.js";
import {
  eachOf,
  linesJson,
  linesOf,
  partsJson,
  pointJson,
  points,
  polygonsJson,
  polygonsOf,
  type Line,
  type Polygon,
} from "./geojson.js";
import { areaOf } from "./geography.js";
import { type Json } from "./json.js";
import {
  bufferLines,
  bufferPoint,
  bufferPolygons,
  densifyLine,
  simplifyLines,
  simplifyPolygons,
} from "./shape-making.js";
import { intersectLines, intersectLinesWithPolygons, intersectPolygons, unionOf, uniteLines } from "./shapes.js";
import { centroidOfLines, centroidOfRings, ringArea } from "./sphere.js";

const defaultTolerance = 10;
const tolerances = { least: 0.1, most: 10_000 } as const;
/** Share of a buffer's radius that its tolerance must have. */
const leastToleranceShare = 1e-6;
const finestH3 = 15;
const defaultH3 = 6;
const maxH3Cells = 1_000_000;
/** Square metres that the cells of each resolution have on average: 4,357,449 km² and a seventh at each step. */
const h3Area = (resolution: number) => 4.357e12 / 7 ** resolution;

function simplifyTolerance(given: number | null): number | null {
  const tolerance = given ?? defaultTolerance;
  // large ones make every shape vanish, which is null as well
  return tolerance < tolerances.least ? null : tolerance;
}

function densifyTolerance(given: number | null): number | null {
  const tolerance = given ?? defaultTolerance;
  return tolerance < tolerances.least || tolerance > tolerances.most ? null : tolerance;
}

/** The tolerance of a buffer, or null when the radius or the tolerance is none. */
function bufferTolerance(radius: number | null, given: number | null): number | null {
  if (radius === null || !(radius > 0) || (given !== null && !(given > 0))) return null;
  return Math.min(radius, Math.max(given ?? defaultTolerance, radius * leastToleranceShare));
}

/** Several polygons count as what they cover together. */
function unitedPolygons(value: Json): readonly Polygon[] | null {
  const polygons = polygonsOf(value);
  if (polygons === null || polygons.length < 2) return polygons;
  return unionOf(polygons.map((polygon) => [polygon])) ?? null;
}

function withOrientedRings(polygons: readonly Polygon[]): readonly Line[] {
  return polygons.flatMap((polygon) =>
    polygon.map((ring, index) => (ringArea(ring.slice(0, -1)) > 0 === (index === 0) ? ring : ring.toReversed())),
  );
}

const buffer = <T>(
  name: string,
  read: (value: Json) => T | null,
  run: (shape: T, radius: number, tolerance: number) => readonly Polygon[] | undefined,
) =>
  define(name, ["dynamic", "real", "real"], "dynamic", (value, radius, given) => {
    const [shape, tolerance] = [read(value), bufferTolerance(radius, given)];
    if (shape === null || radius === null || tolerance === null) return null;
    return polygonsJson(run(shape, radius, tolerance) ?? []);
  });

const two = <A, B>(
  name: string,
  readA: (value: Json) => A | null,
  readB: (value: Json) => B | null,
  run: (a: A, b: B) => Json,
) =>
  define(name, ["dynamic", "dynamic"] as const satisfies readonly KustoType[], "dynamic", (left, right) => {
    const [a, b] = [readA(left), readB(right)];
    return a === null || b === null ? null : run(a, b);
  });

export const shapeNatives: readonly NativeFunction[] = [
  define("geo_point_buffer", ["real", "real", "real", "real"], "dynamic", (longitude, latitude, radius, given) => {
    const [at] = points(longitude, latitude) ?? [];
    const tolerance = bufferTolerance(radius, given);
    if (at === undefined || radius === null || tolerance === null) return null;
    return polygonsJson([bufferPoint(at, radius, tolerance)]);
  }),
  buffer("geo_line_buffer", linesOf, bufferLines),
  buffer("geo_polygon_buffer", polygonsOf, bufferPolygons),
  define("geo_line_centroid", ["dynamic"], "dynamic", (value) => {
    const lines = linesOf(value);
    return lines === null ? null : pointJson(centroidOfLines(lines));
  }),
  define("geo_polygon_area", ["dynamic"], "real", (value) => {
    const polygons = unitedPolygons(value);
    return polygons === null ? null : polygons.reduce((sum, polygon) => sum + areaOf(polygon), 0);
  }),
  define("geo_polygon_centroid", ["dynamic"], "dynamic", (value) => {
    const polygons = unitedPolygons(value);
    return polygons === null ? null : pointJson(centroidOfRings(withOrientedRings(polygons)));
  }),
  define("geo_line_simplify", ["dynamic", "real"], "dynamic", (value, given) => {
    const [lines, tolerance] = [linesOf(value), simplifyTolerance(given)];
    return lines === null || tolerance === null ? null : linesJson(simplifyLines(lines, tolerance));
  }),
  define("geo_polygon_simplify", ["dynamic", "real"], "dynamic", (value, given) => {
    const [polygons, tolerance] = [unitedPolygons(value), simplifyTolerance(given)];
    return polygons === null || tolerance === null ? null : polygonsJson(simplifyPolygons(polygons, tolerance));
  }),
  define("geo_simplify_polygons_array", ["dynamic", "real"], "dynamic", (values, given) => {
    const [shapes, tolerance] = [eachOf(values, polygonsOf), simplifyTolerance(given)];
    if (shapes === null || tolerance === null) return null;
    const simple = shapes.map((polygons) => simplifyPolygons(polygons, tolerance)).filter(({ length }) => length > 0);
    return simple.length === 0 ? null : simple.map(polygonsJson);
  }),
  define("geo_line_densify", ["dynamic", "real", "bool"], "dynamic", (value, given) => {
    const [lines, tolerance] = [linesOf(value), densifyTolerance(given)];
    if (lines === null || tolerance === null) return null;
    const dense = lines.map((line) => densifyLine(line, tolerance));
    return dense.every((line) => line !== undefined) ? linesJson(dense) : null;
  }),
  define("geo_polygon_densify", ["dynamic", "real", "bool"], "dynamic", (value, given) => {
    const [polygons, tolerance] = [polygonsOf(value), densifyTolerance(given)];
    if (polygons === null || tolerance === null) return null;
    const dense = polygons.map((polygon) => polygon.map((ring) => densifyLine(ring, tolerance)));
    return dense.every((polygon): polygon is Line[] => polygon.every((ring) => ring !== undefined))
      ? polygonsJson(dense)
      : null;
  }),
  two("geo_intersection_2lines", linesOf, linesOf, (a, b) => partsJson(intersectLines(a, b))),
  two("geo_intersection_line_with_polygon", linesOf, polygonsOf, (a, b) => partsJson(intersectLinesWithPolygons(a, b))),
  two("geo_intersection_2polygons", polygonsOf, polygonsOf, (a, b) => {
    const parts = intersectPolygons(a, b);
    return parts === undefined ? null : partsJson(parts);
  }),
  define("geo_union_polygons_array", ["dynamic"], "dynamic", (values) => {
    const shapes = eachOf(values, polygonsOf);
    return shapes === null ? null : polygonsJson(unionOf(shapes) ?? []);
  }),
  define("geo_union_lines_array", ["dynamic"], "dynamic", (values) => {
    const shapes = eachOf(values, linesOf);
    return shapes === null ? null : linesJson(uniteLines(shapes.flat()));
  }),
  define("geo_polygon_to_h3cells", ["dynamic", "long"], "dynamic", (value, resolution) => {
    const polygons = polygonsOf(value);
    if (polygons === null || (resolution !== null && (resolution < 0n || resolution > finestH3))) return null;
    const wanted = resolution === null ? defaultH3 : Number(resolution);
    const rings = withOrientedRings(polygons);
    const area = rings.reduce((sum, ring) => sum + Math.abs(ringArea(ring.slice(0, -1))), 0) * 6_371_010 ** 2;
    if (area / h3Area(wanted) > maxH3Cells) return null;
    const toPairs = (ring: Line) => ring.map(([longitude, latitude]) => [longitude, latitude]);
    return [...new Set(polygons.flatMap((polygon) => polygonToCells(polygon.map(toPairs), wanted, true)))];
  }),
];
