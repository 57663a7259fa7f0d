/** `geo_…` functions on points, lines and polygons (GeoJSON). What is no valid geometry is null. */
import { type NativeFunction } from "../functions/function.js";
import { define } from "./define.js";
import { isArray, isBag, jsonNumber, jsonText, type Json } from "./json.js";
import {
  azimuth,
  closestOnSegment,
  cornerAngle,
  distance,
  earthRadius,
  inRing,
  interpolate,
  isPoint,
  ringArea,
  segmentsCross,
  type Point,
} from "./sphere.js";

type Line = readonly Point[];
/** Outer ring, then holes. */
type Polygon = readonly Line[];

function positionOf(value: Json): Point | null {
  if (!isArray(value)) return null;
  const [longitude, latitude] = [jsonNumber(value[0]), jsonNumber(value[1])];
  return longitude !== null && latitude !== null && isPoint(longitude, latitude) ? [longitude, latitude] : null;
}

function all<T>(values: Json | undefined, read: (value: Json) => T | null): readonly T[] | null {
  if (values === undefined || !isArray(values)) return null;
  const read_ = values.map(read);
  return read_.some((value) => value === null) ? null : (read_ as readonly T[]);
}

function lineOf(value: Json): Line | null {
  const points = all(value, positionOf);
  return points === null || points.length < 2 ? null : points;
}

/** Closed, with three different corners, and no side that has no length. */
function ringOf(value: Json): Line | null {
  const points = all(value, positionOf);
  const [first, last] = [points?.[0], points?.at(-1)];
  if (points === null || first === undefined || last === undefined || points.length < 4) return null;
  if (first[0] !== last[0] || first[1] !== last[1]) return null;
  const repeats = points.some(
    (point, index) => index > 0 && point[0] === points[index - 1]?.[0] && point[1] === points[index - 1]?.[1],
  );
  return repeats ? null : points;
}

function geometry(value: Json): readonly [string, Json | undefined] {
  return value !== null && isBag(value)
    ? [jsonText(value.get("type") ?? null), value.get("coordinates")]
    : ["", undefined];
}

function linesOf(value: Json): readonly Line[] | null {
  const [type, coordinates] = geometry(value);
  if (type === "LineString") {
    const line = lineOf(coordinates ?? null);
    return line === null ? null : [line];
  }
  return type === "MultiLineString" ? all(coordinates, lineOf) : null;
}

function polygonsOf(value: Json): readonly Polygon[] | null {
  const [type, coordinates] = geometry(value);
  const polygonOf = (rings: Json): Polygon | null => {
    const read = all(rings, ringOf);
    return read === null || read.length === 0 ? null : read;
  };
  if (type === "Polygon") {
    const polygon = polygonOf(coordinates ?? null);
    return polygon === null ? null : [polygon];
  }
  return type === "MultiPolygon" ? all(coordinates, polygonOf) : null;
}

function segments(line: Line): readonly (readonly [Point, Point])[] {
  return line.slice(1).map((to, index): readonly [Point, Point] => [line[index] ?? to, to]);
}

function lengthOf(line: Line): number {
  return segments(line).reduce((sum, [from, to]) => sum + distance(from, to), 0);
}

function closest(at: Point, lines: readonly Line[]): Point | null {
  let best: Point | null = null;
  for (const [from, to] of lines.flatMap(segments)) {
    const candidate = closestOnSegment(at, from, to);
    if (best === null || distance(at, candidate) < distance(at, best)) best = candidate;
  }
  return best;
}

function inPolygons(at: Point, polygons: readonly Polygon[]): boolean {
  return polygons.some(
    ([outer, ...holes]) => outer !== undefined && inRing(at, outer) && !holes.some((hole) => inRing(at, hole)),
  );
}

function areaOf([outer, ...holes]: Polygon): number {
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

export function pointJson(point: Point | null): Json {
  return point === null
    ? null
    : new Map<string, Json>([
        ["type", "Point"],
        ["coordinates", [...point]],
      ]);
}

function points(...numbers: readonly (number | null)[]): readonly Point[] | null {
  const found: Point[] = [];
  for (let index = 0; index + 1 < numbers.length; index += 2) {
    const [longitude, latitude] = [numbers[index] ?? null, numbers[index + 1] ?? null];
    if (longitude === null || latitude === null || !isPoint(longitude, latitude)) return null;
    found.push([longitude, latitude]);
  }
  return found;
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
  overPolygons("geo_polygon_area", (polygons) => polygons.reduce((sum, polygon) => sum + areaOf(polygon), 0)),
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
