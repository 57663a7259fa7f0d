/**
 * Unions and intersections on the sphere. Sides are geodesics, which the gnomonic projection draws as straight lines: shapes
 * are projected, clipped in the plane and projected back. Both shapes must lie within one hemisphere.
 * Corners come in the order that the service gives them (that of S2: a ring begins after the last side of the input).
 */
import { S2CellId, S2LatLng } from "nodes2ts";
import polygonClipping from "polygon-clipping";
import { type Line, type Parts, type Polygon } from "./geojson.js";
import { inPolygons, segments } from "./geography.js";
import {
  angleBetween,
  closestOnSegment,
  gnomonic,
  midpoint,
  ringArea,
  segmentsCross,
  vectorOf,
  type Point,
} from "./sphere.js";

/** Radians (0.06 mm) within which points are the same. */
const same = 1e-11;

function samePoint(a: Point, b: Point): boolean {
  return angleBetween(vectorOf(a), vectorOf(b)) <= same;
}

function onSegment(at: Point, [from, to]: Segment): boolean {
  return samePoint(at, closestOnSegment(at, from, to));
}

type Segment = readonly [Point, Point];
type Clip = "union" | "intersection";

/** Areas that are in `a` or `b`, or in both; undefined when they do not lie within one hemisphere. */
export function clip(operation: Clip, a: readonly Polygon[], b: readonly Polygon[]): readonly Polygon[] | undefined {
  const corners = [...a, ...b].flat(2);
  const projection = gnomonic(corners);
  if (projection === undefined) return undefined;
  const plane = (polygons: readonly Polygon[]) =>
    polygons.map((polygon) => polygon.map((ring) => ring.map((point) => projection.project(point))));
  const clipped = polygonClipping[operation](plane(a), plane(b));
  const sides = [...a, ...b].flat().map(withLeftInside).flatMap(segments);
  const polygons = clipped.map((polygon) =>
    polygon.map((ring, index) => {
      const points = ring.map(([x, y]) => {
        const point = projection.unproject([x, y]);
        return corners.find((corner) => samePoint(corner, point)) ?? point;
      });
      return beginAfterLastSide(turned(withCorners(points, corners), index === 0), sides);
    }),
  );
  const begins = new Map(polygons.map((polygon) => [polygon, originOf(polygon[0]?.slice(0, 2) ?? [], sides)]));
  return polygons.toSorted((x, y) => (begins.get(x) ?? 0) - (begins.get(y) ?? 0));
}

/** Which side of the input the first side of the line comes from. */
function originOf([from, to]: Line, sides: readonly Segment[]): number {
  if (from === undefined || to === undefined) return -1;
  const middle = midpoint(from, to);
  return sides.findIndex((side) => onSegment(middle, side));
}

/** Areas that several shapes cover together: the two with the fewest corners first, as S2 does it. */
export function unionOf(shapes: readonly (readonly Polygon[])[]): readonly Polygon[] | undefined {
  let queue = shapes.map((polygons) => ({ polygons, size: polygons.flat(2).length - polygons.flat().length }));
  for (;;) {
    queue = queue.toSorted((x, y) => x.size - y.size);
    const [first, second, ...rest] = queue;
    if (first === undefined) return [];
    if (second === undefined) return first.polygons;
    const polygons = clip("union", first.polygons, second.polygons);
    if (polygons === undefined) return undefined;
    queue = [...rest, { polygons, size: first.size + second.size }];
  }
}

/** Outer rings run counter-clockwise, holes clockwise. */
function turned(ring: Line, outer: boolean): Line {
  return ringArea(ring.slice(0, -1)) > 0 === outer ? ring : ring.toReversed();
}

function withLeftInside(ring: Line): Line {
  return turned(ring, true);
}

/** Clipping drops corners that lie on a straight side; here they stay. */
function withCorners(ring: Line, corners: readonly Point[]): Line {
  return ring.flatMap((point, index): readonly Point[] => {
    const next = ring[index + 1];
    if (next === undefined) return [point];
    const between = corners.filter(
      (corner) => !samePoint(corner, point) && !samePoint(corner, next) && onSegment(corner, [point, next]),
    );
    return [point, ...distinct(between).toSorted((x, y) => apart(point, x) - apart(point, y))];
  });
}

function apart(a: Point, b: Point): number {
  return angleBetween(vectorOf(a), vectorOf(b));
}

function distinct(points: readonly Point[]): readonly Point[] {
  return points.filter((point, index) => points.findIndex((other) => samePoint(point, other)) === index);
}

/** Place on the curve through all S2 cells; S2 numbers its corners by it. */
function curveId([longitude, latitude]: Point): bigint {
  return S2CellId.fromPoint(S2LatLng.fromDegrees(latitude, longitude).toPoint()).id;
}

function rotated(ring: Line, begin: number): Line {
  const open = ring.slice(0, -1);
  const turned = [...open.slice(begin), ...open.slice(0, begin)];
  return [...turned, ...turned.slice(0, 1)];
}

/** Turns the ring so that its last sides come from the last side of the input that it has; the first such place on the curve. */
function beginAfterLastSide(given: Line, sides: readonly Segment[]): Line {
  const ids = given.slice(0, -1).map(curveId);
  const ring = rotated(given, ids.indexOf(ids.reduce((least, id) => (id < least ? id : least), ids[0] ?? 0n)));
  const origins = segments(ring).map((segment) => originOf(segment, sides));
  let [last, gap] = [0, false];
  for (let index = 1; index < origins.length; index++) {
    const step = (origins[index] ?? -1) - (origins[last] ?? -1);
    if (step < 0) gap = true;
    else if (step > 0 || !gap) [last, gap] = [index, false];
  }
  return rotated(ring, (last + 1) % origins.length);
}

/** The parts of `line` between the points where it meets `others`, in order. */
function cutAt(line: Line, others: readonly Segment[]): readonly Segment[] {
  return segments(line).flatMap((segment): readonly Segment[] => {
    const [from, to] = segment;
    const cuts = others.flatMap(([c, d]) => {
      const crossing = segmentsCross(from, to, c, d);
      return [...(crossing === undefined ? [] : [crossing]), ...[c, d].filter((end) => onSegment(end, segment))];
    });
    const inner = distinct(cuts).filter((cut) => !samePoint(cut, from) && !samePoint(cut, to));
    const stops = [from, ...inner.toSorted((x, y) => apart(from, x) - apart(from, y)), to];
    return segments(stops);
  });
}

/** Pieces end to end become one line. */
function chained(pieces: readonly Segment[]): readonly Line[] {
  const lines: Point[][] = [];
  for (const [from, to] of pieces) {
    const last = lines.at(-1);
    const end = last?.at(-1);
    if (last !== undefined && end !== undefined && samePoint(end, from)) last.push(to);
    else lines.push([from, to]);
  }
  return lines;
}

/** Where points of `meetings` are not part of `lines` already. */
function looseEnds(meetings: readonly Point[], lines: readonly Line[]): readonly Point[] {
  const covered = lines.flatMap(segments);
  return distinct(meetings).filter((point) => !covered.some((segment) => onSegment(point, segment)));
}

function meetings(a: readonly Segment[], b: readonly Segment[]): readonly Point[] {
  return a.flatMap((left) =>
    b.flatMap((right) => {
      const crossing = segmentsCross(...left, ...right);
      const ends = [...right.filter((end) => onSegment(end, left)), ...left.filter((end) => onSegment(end, right))];
      return crossing === undefined ? ends : [...ends, crossing];
    }),
  );
}

export function intersectLines(a: readonly Line[], b: readonly Line[]): Parts {
  const others = b.flatMap(segments);
  const lines = a.flatMap((line) =>
    chained(cutAt(line, others).filter(([from, to]) => others.some((side) => onSegment(midpoint(from, to), side)))),
  );
  return {
    points: looseEnds(meetings(a.flatMap(segments), others), lines),
    lines: lines.map(straightened),
    polygons: [],
  };
}

export function intersectLinesWithPolygons(a: readonly Line[], b: readonly Polygon[]): Parts {
  const sides = b.flat().flatMap(segments);
  const inside = ([from, to]: Segment) => {
    const middle = midpoint(from, to);
    return inPolygons(middle, b) || sides.some((side) => onSegment(middle, side));
  };
  const lines = a.flatMap((line) => chained(cutAt(line, sides).filter(inside)));
  return { points: looseEnds(meetings(a.flatMap(segments), sides), lines), lines, polygons: [] };
}

export function intersectPolygons(a: readonly Polygon[], b: readonly Polygon[]): Parts | undefined {
  const polygons = clip("intersection", a, b);
  if (polygons === undefined) return undefined;
  if (polygons.length > 0) return { points: [], lines: [], polygons };
  // what only touches has a common corner or side
  return intersectLines(a.flat(), b.flat());
}

/** Without corners that other lines put on a straight piece of this one. */
function straightened(line: Line): Line {
  return line.filter((point, index) => {
    const [before, after] = [line[index - 1], line[index + 1]];
    return before === undefined || after === undefined || !onSegment(point, [before, after]);
  });
}

/** Lines as one network: common pieces once, chained where just two pieces meet. */
export function uniteLines(lines: readonly Line[]): readonly Line[] {
  const all = lines.flatMap(segments);
  const pieces: Segment[] = [];
  for (const piece of lines.flatMap((line) => cutAt(line, all))) {
    const known = pieces.some(([from, to]) => {
      const [a, b] = piece;
      return (samePoint(from, a) && samePoint(to, b)) || (samePoint(from, b) && samePoint(to, a));
    });
    if (!known) pieces.push(piece);
  }
  const degree = (point: Point) => pieces.flat().filter((end) => samePoint(end, point)).length;
  const united: Point[][] = [];
  for (const [from, to] of pieces) {
    const before = degree(from) === 2 ? united.find((line) => endsAt(line, from)) : undefined;
    if (before === undefined) {
      united.push([from, to]);
      continue;
    }
    before.push(to);
    const after = degree(to) === 2 ? united.find((line) => line !== before && beginsAt(line, to)) : undefined;
    if (after === undefined) continue;
    before.push(...after.slice(1));
    united.splice(united.indexOf(after), 1);
  }
  return united;
}

function endsAt(line: Line, point: Point): boolean {
  const end = line.at(-1);
  return end !== undefined && samePoint(end, point);
}

function beginsAt(line: Line, point: Point): boolean {
  const [start] = line;
  return start !== undefined && samePoint(start, point);
}
