/** New lines and areas out of given ones: buffers, fewer corners, more corners. Distances in metres on the sphere. */
import { type Line, type Polygon } from "./geojson.js";
import { segments } from "./geography.js";
import { unionOf } from "./shapes.js";
import {
  angleBetween,
  azimuth,
  closestOnSegment,
  distance,
  earthRadius,
  interpolate,
  travel,
  vectorOf,
  type Point,
} from "./sphere.js";

/** Corners of a circle; a finer tolerance is not honoured. */
const maxCircleCorners = 1_000;
/** Corners that a densified shape may have. */
const maxCorners = 100_000;

/** Corners so that a polygon around a circle's inside strays less than `tolerance` from it. */
function circleCorners(radius: number, tolerance: number): number {
  const share = Math.min(1, tolerance / radius);
  return Math.min(maxCircleCorners, Math.max(8, Math.ceil(Math.PI / Math.acos(1 - share))));
}

function arc(center: Point, radius: number, from: number, to: number, corners: number): readonly Point[] {
  const steps = Math.max(1, Math.ceil((corners * (to - from)) / (2 * Math.PI)));
  return Array.from({ length: steps + 1 }, (_, index) =>
    travel(center, from + ((to - from) * index) / steps, radius / earthRadius),
  );
}

/** The circle as a ring, counter-clockwise. */
export function bufferPoint(center: Point, radius: number, tolerance: number): Polygon {
  const ring = arc(center, radius, 0, 2 * Math.PI, circleCorners(radius, tolerance))
    .slice(0, -1)
    .toReversed();
  return [[...ring, ...ring.slice(0, 1)]];
}

/** What lies within `radius` of a segment: half a circle around each end. */
function capsule([from, to]: readonly [Point, Point], radius: number, tolerance: number): Polygon {
  const corners = circleCorners(radius, tolerance);
  const [ahead, back] = [azimuth(from, to), azimuth(to, from)];
  const half = Math.PI / 2;
  const ring = [
    ...arc(to, radius, back + half, back + 3 * half, corners),
    ...arc(from, radius, ahead + half, ahead + 3 * half, corners),
  ].toReversed();
  return [[...ring, ...ring.slice(0, 1)]];
}

export function bufferLines(lines: readonly Line[], radius: number, tolerance: number): readonly Polygon[] | undefined {
  return unionOf(lines.flatMap(segments).map((segment) => [capsule(segment, radius, tolerance)]));
}

export function bufferPolygons(
  polygons: readonly Polygon[],
  radius: number,
  tolerance: number,
): readonly Polygon[] | undefined {
  const border = bufferLines(polygons.flat(), radius, tolerance);
  return border === undefined ? undefined : unionOf([polygons, border]);
}

/** Douglas and Peucker's algorithm; the ends stay. */
export function simplifyLine(line: Line, tolerance: number): Line {
  const [first, last] = [line[0], line.at(-1)];
  if (first === undefined || last === undefined || line.length < 3) return line;
  let [farthest, most] = [0, 0];
  for (const [index, point] of line.slice(1, -1).entries()) {
    const away = distance(point, closestOnSegment(point, first, last));
    if (away > most) [farthest, most] = [index + 1, away];
  }
  if (most <= tolerance) return [first, last];
  const before = simplifyLine(line.slice(0, farthest + 1), tolerance);
  return [...before.slice(0, -1), ...simplifyLine(line.slice(farthest), tolerance)];
}

/** Undefined when nothing of the ring is left. */
function simplifyRing(ring: Line, tolerance: number): Line | undefined {
  const [first] = ring;
  if (first === undefined) return undefined;
  const away = ring.map((point) => distance(first, point));
  const farthest = away.indexOf(Math.max(...away));
  const simple = [
    ...simplifyLine(ring.slice(0, farthest + 1), tolerance).slice(0, -1),
    ...simplifyLine(ring.slice(farthest), tolerance),
  ];
  return simple.length < 4 ? undefined : simple;
}

/** Lines that shrink to less than the tolerance vanish. */
export function simplifyLines(lines: readonly Line[], tolerance: number): readonly Line[] {
  return lines
    .map((line) => simplifyLine(line, tolerance))
    .filter(([first, ...rest]) => first !== undefined && rest.some((point) => distance(first, point) > tolerance));
}

export function simplifyPolygons(polygons: readonly Polygon[], tolerance: number): readonly Polygon[] {
  return polygons.flatMap(([outer, ...holes]): readonly Polygon[] => {
    const shell = simplifyRing(outer ?? [], tolerance);
    if (shell === undefined) return [];
    const kept = holes.map((hole) => simplifyRing(hole, tolerance)).filter((hole) => hole !== undefined);
    return [[shell, ...kept]];
  });
}

/** S2's edge tessellator: where on a side the distance is measured, and how much of the tolerance may be used there. */
const measuredAt = 0.312_156_910_822_482_3;
const usedTolerance = 0.838_299_925_698_885;

function straight(from: Point, to: Point, fraction: number): Point {
  return [from[0] + (to[0] - from[0]) * fraction, from[1] + (to[1] - from[1]) * fraction];
}

/** Points so that geodesics between them stay near the straight line in longitude and latitude. */
export function densifyLine(line: Line, tolerance: number): Line | undefined {
  const [first] = line;
  if (first === undefined) return line;
  const limit = (usedTolerance * tolerance) / earthRadius;
  const points: Point[] = [first];
  const pending = segments(line).toReversed();
  for (let side = pending.pop(); side !== undefined; side = pending.pop()) {
    const [from, to] = side;
    const strays = [measuredAt, 1 - measuredAt].some(
      (at) => angleBetween(vectorOf(straight(from, to, at)), vectorOf(interpolate(from, to, at))) > limit,
    );
    if (strays) {
      const middle = straight(from, to, 0.5);
      pending.push([middle, to], [from, middle]);
    } else points.push(to);
    if (points.length > maxCorners) return undefined;
  }
  return points;
}
