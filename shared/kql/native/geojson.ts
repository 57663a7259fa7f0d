/** GeoJSON in and out. What is no valid geometry is null: rules of Microsoft's pages on `geo_…` functions. */
import { isArray, isBag, jsonNumber, jsonText, type Json } from "./json.js";
import { isPoint, type Point } from "./sphere.js";

export type Line = readonly Point[];
/** Outer ring, then holes. */
export type Polygon = readonly Line[];

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

export function linesOf(value: Json): readonly Line[] | null {
  const [type, coordinates] = geometry(value);
  if (type === "LineString") {
    const line = lineOf(coordinates ?? null);
    return line === null ? null : [line];
  }
  return type === "MultiLineString" ? all(coordinates, lineOf) : null;
}

export function polygonsOf(value: Json): readonly Polygon[] | null {
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

/** The geometries of an array, each read by `read`. */
export function eachOf<T>(values: Json, read: (value: Json) => readonly T[] | null): readonly (readonly T[])[] | null {
  return all(values, read);
}

/** Pairs of longitude and latitude; null when one is missing or off the globe. */
export function points(...numbers: readonly (number | null)[]): readonly Point[] | null {
  const found: Point[] = [];
  for (let index = 0; index + 1 < numbers.length; index += 2) {
    const [longitude, latitude] = [numbers[index] ?? null, numbers[index + 1] ?? null];
    if (longitude === null || latitude === null || !isPoint(longitude, latitude)) return null;
    found.push([longitude, latitude]);
  }
  return found;
}

function shape(type: string, coordinates: Json): Json {
  return new Map<string, Json>([
    ["type", type],
    ["coordinates", coordinates],
  ]);
}

const lineJson = (line: Line): Json => line.map((point) => [...point]);

export function pointJson(point: Point | null): Json {
  return point === null ? null : shape("Point", [...point]);
}

export function polygonJson(polygon: Polygon): Json {
  return shape("Polygon", polygon.map(lineJson));
}

/** A polygon, several, or null for none. */
export function polygonsJson(polygons: readonly Polygon[]): Json {
  const [only] = polygons;
  if (only === undefined) return null;
  return polygons.length === 1
    ? polygonJson(only)
    : shape(
        "MultiPolygon",
        polygons.map((polygon) => polygon.map(lineJson)),
      );
}

export function linesJson(lines: readonly Line[]): Json {
  const [only] = lines;
  if (only === undefined) return null;
  return lines.length === 1 ? shape("LineString", lineJson(only)) : shape("MultiLineString", lines.map(lineJson));
}

export interface Parts {
  readonly points: readonly Point[];
  readonly lines: readonly Line[];
  readonly polygons: readonly Polygon[];
}

/** One geometry for what may have points, lines and areas; an empty collection for nothing. */
export function partsJson({ points, lines, polygons }: Parts): Json {
  const [point] = points;
  const shapes = [
    points.length > 1 ? shape("MultiPoint", lineJson(points)) : pointJson(point ?? null),
    linesJson(lines),
    polygonsJson(polygons),
  ].filter((value) => value !== null);
  const [only] = shapes;
  if (shapes.length === 1 && only !== undefined) return only;
  return new Map<string, Json>([
    ["type", "GeometryCollection"],
    ["geometries", shapes],
  ]);
}
