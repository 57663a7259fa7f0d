/** `geo_…` functions on points, lines and polygons (GeoJSON). What is no valid geometry is null. */
import { type NativeFunction } from "../functions/function.js";
import { define } from "./define.js";
import { linesOf, pointJson, points, polygonsOf, type Line, type Polygon } from "./geojson.js";
import {
  azimuth,
  closestOnSegment,
  cornerAngle,
  distance,
  earthRadius,
  inRing,
  interpolate,
  ringArea,
  segmentsCross,
  type Point,
} from "./sphere.js";

export function segments(line: Line): readonly (readonly [Point, Point])[] {
  return line.slice(1).map((to, index): readonly [Point, Point] => [line[index] ?? to, to]);
}

function lengthOf(line: Line): number {
  return segments(line).reduce((sum, [from, to]) => sum + distance(from, to), 0);
}

export function closest(at: Point, lines: readonly Line[]): Point | null {
  let best: Point | null = null;
  for (const [from, to] of lines.flatMap(segments)) {
    const candidate = closestOnSegment(at, from, to);
    if (best === null || distance(at, candidate) < distance(at, best)) best = candidate;
  }
  return best;
}

export function inPolygons(at: Point, polygons: readonly Polygon[]): boolean {
  return polygons.some(
    ([outer, ...holes]) => outer !== undefined && inRing(at, outer) && !holes.some((hole) => inRing(at, hole)),
  );
}

/** Square metres. */
export function areaOf([outer, ...holes]: Polygon): number {
  const rings = [outer ?? [], ...holes].map((ring) => Math.abs(ringArea(ring.slice(0, -1))));
  const [whole = 0, ...cut] = rings;
  return (Math.min(whole, 4 * Math.PI - whole) - cut.reduce((sum, hole) => sum + hole, 0)) * earthRadius ** 2;
}

function crossing(a: readonly Line[], b: readonly Line[]): boolean {
  return a
    .flatMap(segments)
    .some(([p, q]) => b.flatMap(segments).some(([r, s]) => segmentsCross(p, q, r, s) !== undefined));
}

/** The point after `fraction` of a line's length. */
function along(line: Line, fraction: number): Point | null {
  let left = Math.min(1, Math.max(0, fraction)) * lengthOf(line);
  for (const [from, to] of segments(line)) {
    const size = distance(from, to);
    if (left <= size) return interpolate(from, to, size === 0 ? 0 : left / size);
    left -= size;
  }
  return line.at(-1) ?? null;
}

/** Which fraction of the line's length lies before the point of it closest to `at`. */
function locate(line: Line, at: Point): number {
  let [before, best, bestDistance] = [0, 0, Infinity];
  for (const [from, to] of segments(line)) {
    const foot = closestOnSegment(at, from, to);
    if (distance(at, foot) < bestDistance) [best, bestDistance] = [before + distance(from, foot), distance(at, foot)];
    before += distance(from, to);
  }
  return best / before;
}

const overLines = (name: string, run: (lines: readonly Line[]) => number) =>
  define(name, ["dynamic"], "real", (value) => {
    const lines = linesOf(value);
    return lines === null ? null : run(lines);
  });
const overPolygons = (name: string, run: (polygons: readonly Polygon[]) => number) =>
  define(name, ["dynamic"], "real", (value) => {
    const polygons = polygonsOf(value);
    return polygons === null ? null : run(polygons);
  });

export const geographyNatives: readonly NativeFunction[] = [
  define("geo_distance_2points", ["real", "real", "real", "real"], "real", (...numbers) => {
    const [a, b] = points(...numbers) ?? [];
    return a === undefined || b === undefined ? null : distance(a, b);
  }),
  define("geo_azimuth", ["real", "real", "real", "real"], "real", (...numbers) => {
    const [a, b] = points(...numbers) ?? [];
    return a === undefined || b === undefined ? null : azimuth(a, b);
  }),
  define("geo_angle", ["real", "real", "real", "real", "real", "real"], "real", (...numbers) => {
    const [a, b, c] = points(...numbers) ?? [];
    return a === undefined || b === undefined || c === undefined ? null : cornerAngle(a, b, c);
  }),
  define("geo_point_in_circle", ["real", "real", "real", "real", "real"], "bool", (l1, p1, l2, p2, radius) => {
    const [a, b] = points(l1, p1, l2, p2) ?? [];
    return a === undefined || b === undefined || radius === null || radius < 0 ? null : distance(a, b) <= radius;
  }),
  define("geo_point_in_polygon", ["real", "real", "dynamic"], "bool", (longitude, latitude, value) => {
    const [at] = points(longitude, latitude) ?? [];
    const polygons = polygonsOf(value);
    return at === undefined || polygons === null ? null : inPolygons(at, polygons);
  }),
  define("geo_distance_point_to_line", ["real", "real", "dynamic"], "real", (longitude, latitude, value) => {
    const [at] = points(longitude, latitude) ?? [];
    const lines = linesOf(value);
    const foot = at === undefined || lines === null ? null : closest(at, lines);
    return at === undefined || foot === null ? null : distance(at, foot);
  }),
  define("geo_distance_point_to_polygon", ["real", "real", "dynamic"], "real", (longitude, latitude, value) => {
    const [at] = points(longitude, latitude) ?? [];
    const polygons = polygonsOf(value);
    if (at === undefined || polygons === null) return null;
    if (inPolygons(at, polygons)) return 0;
    const foot = closest(at, polygons.flat());
    return foot === null ? null : distance(at, foot);
  }),
  define("geo_closest_point_on_line", ["real", "real", "dynamic"], "dynamic", (longitude, latitude, value) => {
    const [at] = points(longitude, latitude) ?? [];
    const lines = linesOf(value);
    return at === undefined || lines === null ? null : pointJson(closest(at, lines));
  }),
  define("geo_closest_point_on_polygon", ["real", "real", "dynamic"], "dynamic", (longitude, latitude, value) => {
    const [at] = points(longitude, latitude) ?? [];
    const polygons = polygonsOf(value);
    if (at === undefined || polygons === null) return null;
    return pointJson(inPolygons(at, polygons) ? at : closest(at, polygons.flat()));
  }),
  overLines("geo_line_length", (lines) => lines.reduce((sum, line) => sum + lengthOf(line), 0)),
  overPolygons("geo_polygon_perimeter", (polygons) => polygons.flat().reduce((sum, ring) => sum + lengthOf(ring), 0)),
  define("geo_line_interpolate_point", ["dynamic", "real"], "dynamic", (value, fraction) => {
    const [line] = linesOf(value) ?? [];
    return line === undefined || fraction === null || fraction < 0 || fraction > 1
      ? null
      : pointJson(along(line, fraction));
  }),
  define("geo_line_locate_point", ["dynamic", "real", "real"], "real", (value, longitude, latitude) => {
    const [line] = linesOf(value) ?? [];
    const [at] = points(longitude, latitude) ?? [];
    return line === undefined || at === undefined ? null : locate(line, at);
  }),
  define("geo_intersects_2lines", ["dynamic", "dynamic"], "bool", (a, b) => {
    const [left, right] = [linesOf(a), linesOf(b)];
    return left === null || right === null ? null : crossing(left, right);
  }),
  define("geo_intersects_line_with_polygon", ["dynamic", "dynamic"], "bool", (a, b) => {
    const [lines, polygons] = [linesOf(a), polygonsOf(b)];
    if (lines === null || polygons === null) return null;
    return (
      crossing(lines, polygons.flat()) || lines.some(([start]) => start !== undefined && inPolygons(start, polygons))
    );
  }),
  define("geo_intersects_2polygons", ["dynamic", "dynamic"], "bool", (a, b) => {
    const [left, right] = [polygonsOf(a), polygonsOf(b)];
    if (left === null || right === null) return null;
    const inside = (inner: readonly Polygon[], outer: readonly Polygon[]) =>
      inner.some(([ring]) => ring?.[0] !== undefined && inPolygons(ring[0], outer));
    return crossing(left.flat(), right.flat()) || inside(left, right) || inside(right, left);
  }),
];
