/** Geometry on the sphere that the service computes on (S2's: 6,371,010 m). Points are longitude and latitude in degrees. */
export const earthRadius = 6_371_010;

export type Point = readonly [longitude: number, latitude: number];
type Vector = readonly [number, number, number];

const radians = (degrees: number) => (degrees * Math.PI) / 180;
const degrees = (angle: number) => (angle * 180) / Math.PI;

export function isPoint(longitude: number, latitude: number): boolean {
  return Math.abs(longitude) <= 180 && Math.abs(latitude) <= 90;
}

export function vectorOf([longitude, latitude]: Point): Vector {
  const [l, p] = [radians(longitude), radians(latitude)];
  return [Math.cos(p) * Math.cos(l), Math.cos(p) * Math.sin(l), Math.sin(p)];
}

export function pointOf([x, y, z]: Vector): Point {
  return [degrees(Math.atan2(y, x)), degrees(Math.atan2(z, Math.hypot(x, y)))];
}

const dot = (a: Vector, b: Vector) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
const norm = (a: Vector) => Math.hypot(...a);
const scaled = (a: Vector, by: number): Vector => [a[0] * by, a[1] * by, a[2] * by];
const added = (a: Vector, b: Vector): Vector => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
const unit = (a: Vector): Vector => scaled(a, 1 / (norm(a) || 1));

/** Angle between two directions, exact for small ones. */
export function angleBetween(a: Vector, b: Vector): number {
  return Math.atan2(norm(cross(a, b)), dot(a, b));
}

export function distance(a: Point, b: Point): number {
  return angleBetween(vectorOf(a), vectorOf(b)) * earthRadius;
}

/** Clockwise from north, 0 to 2π. */
export function azimuth([l1, p1]: Point, [l2, p2]: Point): number {
  const [a, b, delta] = [radians(p1), radians(p2), radians(l2 - l1)];
  const angle = Math.atan2(
    Math.sin(delta) * Math.cos(b),
    Math.cos(a) * Math.sin(b) - Math.sin(a) * Math.cos(b) * Math.cos(delta),
  );
  return (angle + 2 * Math.PI) % (2 * Math.PI);
}

/** At the corner b, clockwise from a to c, 0 to 2π. */
export function cornerAngle(a: Point, b: Point, c: Point): number {
  return (azimuth(b, c) - azimuth(b, a) + 4 * Math.PI) % (2 * Math.PI);
}

export function closestOnSegment(at: Point, from: Point, to: Point): Point {
  const [p, a, b] = [vectorOf(at), vectorOf(from), vectorOf(to)];
  const normal = cross(a, b);
  if (norm(normal) > 1e-15) {
    const n = unit(normal);
    const foot = unit(added(p, scaled(n, -dot(p, n))));
    const between = dot(cross(a, foot), n) >= 0 && dot(cross(foot, b), n) >= 0;
    if (between) return pointOf(foot);
  }
  return angleBetween(p, a) <= angleBetween(p, b) ? from : to;
}

/** A point part of the way along a segment. */
export function interpolate(from: Point, to: Point, fraction: number): Point {
  const [a, b] = [vectorOf(from), vectorOf(to)];
  const angle = angleBetween(a, b);
  if (angle === 0) return from;
  const weights = [
    Math.sin((1 - fraction) * angle) / Math.sin(angle),
    Math.sin(fraction * angle) / Math.sin(angle),
  ] as const;
  return pointOf(added(scaled(a, weights[0]), scaled(b, weights[1])));
}

export function midpoint(from: Point, to: Point): Point {
  return pointOf(added(vectorOf(from), vectorOf(to)));
}

export interface Projection {
  project(point: Point): [number, number];
  unproject(at: readonly [number, number]): Point;
}

/** Cosine of the angle from the middle of the picture beyond which points are too far out. */
const horizon = 0.02;

/** The gnomonic projection around the middle of some points; undefined when they do not lie within one hemisphere. */
export function gnomonic(points: readonly Point[]): Projection | undefined {
  const vectors = points.map(vectorOf);
  const middle = unit(vectors.reduce(added, [0, 0, 0]));
  if (norm(middle) === 0 || vectors.some((vector) => dot(vector, middle) < horizon)) return undefined;
  const pole: Vector = Math.abs(middle[2]) < 0.9 ? [0, 0, 1] : [1, 0, 0];
  const east = unit(cross(pole, middle));
  const north = cross(middle, east);
  return {
    project(point) {
      const vector = vectorOf(point);
      const scale = 1 / dot(vector, middle);
      return [dot(vector, east) * scale, dot(vector, north) * scale];
    },
    unproject([x, y]) {
      return pointOf(added(middle, added(scaled(east, x), scaled(north, y))));
    },
  };
}

/** The point at an angle (radians) from another, in a direction clockwise from north. */
export function travel([longitude, latitude]: Point, direction: number, angle: number): Point {
  const [l, p] = [radians(longitude), radians(latitude)];
  const up: Vector = vectorOf([longitude, latitude]);
  const east: Vector = [-Math.sin(l), Math.cos(l), 0];
  const north: Vector = [-Math.sin(p) * Math.cos(l), -Math.sin(p) * Math.sin(l), Math.cos(p)];
  const ahead = added(scaled(north, Math.cos(direction)), scaled(east, Math.sin(direction)));
  return pointOf(added(scaled(up, Math.cos(angle)), scaled(ahead, Math.sin(angle))));
}

/** Middle of lines, each part weighted by its length (S2: `Polyline::GetCentroid`). */
export function centroidOfLines(lines: readonly (readonly Point[])[]): Point {
  let sum: Vector = [0, 0, 0];
  for (const line of lines) {
    for (const [index, to] of line.entries()) {
      const [a, b] = [vectorOf(line[index - 1] ?? to), vectorOf(to)];
      const whole = norm(added(a, b));
      if (whole > 0) sum = added(sum, scaled(added(a, b), norm(added(a, scaled(b, -1))) / whole));
    }
  }
  return pointOf(sum);
}

/** The integral of the position over areas, from their boundaries: half the sum of angle times normal over all sides. */
export function centroidOfRings(rings: readonly (readonly Point[])[]): Point {
  let sum: Vector = [0, 0, 0];
  for (const ring of rings) {
    for (const [index, to] of ring.entries()) {
      const [a, b] = [vectorOf(ring[index - 1] ?? to), vectorOf(to)];
      sum = added(sum, scaled(unit(cross(a, b)), angleBetween(a, b)));
    }
  }
  return pointOf(sum);
}

/** Whether two segments cross or touch. */
export function segmentsCross(a: Point, b: Point, c: Point, d: Point): Point | undefined {
  const [u, v, w, x] = [vectorOf(a), vectorOf(b), vectorOf(c), vectorOf(d)];
  const [n, m] = [cross(u, v), cross(w, x)];
  const line = cross(n, m);
  if (norm(line) < 1e-18) return undefined;
  for (const sign of [1, -1]) {
    const at = scaled(unit(line), sign);
    const inside = (from: Vector, to: Vector, normal: Vector) =>
      dot(cross(from, at), normal) >= -1e-22 && dot(cross(at, to), normal) >= -1e-22;
    if (inside(u, v, n) && inside(w, x, m)) return pointOf(at);
  }
  return undefined;
}

/** Signed area of a ring in steradians: positive counter-clockwise. Sum of triangles seen from its first corner. */
export function ringArea(ring: readonly Point[]): number {
  const corners = ring.map(vectorOf);
  const [origin] = corners;
  if (origin === undefined) return 0;
  let area = 0;
  for (let index = 1; index + 1 < corners.length; index++) {
    const [b, c] = [corners[index] ?? origin, corners[index + 1] ?? origin];
    area += 2 * Math.atan2(dot(origin, cross(b, c)), 1 + dot(origin, b) + dot(b, c) + dot(c, origin));
  }
  return area;
}

/**
 * Whether the point is on the smaller side of the ring: the sum of the angles under which its sides are seen is a full turn,
 * the other way round for the point's antipode.
 */
export function inRing(at: Point, ring: readonly Point[]): boolean {
  let turned = 0;
  for (let index = 0; index + 1 < ring.length; index++) {
    const [a, b] = [ring[index] ?? at, ring[index + 1] ?? at];
    const step = azimuth(at, b) - azimuth(at, a);
    turned += ((step + 3 * Math.PI) % (2 * Math.PI)) - Math.PI;
  }
  // azimuths grow clockwise, areas counter-clockwise
  return Math.abs(turned) > Math.PI && turned < 0 === ringArea(ring.slice(0, -1)) > 0;
}
