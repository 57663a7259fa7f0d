/** Cells of S2, Google's division of the sphere: tokens, neighbours, and cells that cover a shape. */
import { S2Cell, S2CellId, S2LatLng } from "nodes2ts";
import { type NativeFunction } from "../functions/function.js";
import { define } from "./define.js";
import { linesOf, pointJson, points, polygonJson, polygonsOf, type Line, type Polygon } from "./geojson.js";
import { inPolygons, segments } from "./geography.js";
import { type Json } from "./json.js";
import { bufferLines, bufferPolygons } from "./shape-making.js";
import { angleBetween, inRing, pointOf, segmentsCross, vectorOf, type Point } from "./sphere.js";

export const finestS2 = 30;
export const defaultS2 = 11;
/** Cells that a covering may have; the service's limit. */
const maxCells = 65_536;
/** Tolerance of the buffer that `radius` makes, as a share of it. */
const radiusTolerance = 0.001;

function cellOf(token: string | null): S2CellId | null {
  if (token === null || !/^[0-9a-f]{1,16}$/i.test(token)) return null;
  const id = S2CellId.fromToken(token.toLowerCase());
  return id.isValid() ? id : null;
}

function cornersOf(id: S2CellId): readonly Point[] {
  const cell = new S2Cell(id);
  return [0, 1, 2, 3].map((index) => {
    const { x, y, z } = cell.getVertex(index);
    return pointOf([x, y, z]);
  });
}

function ringOf(id: S2CellId): Line {
  const corners = cornersOf(id);
  return [...corners, ...corners.slice(0, 1)];
}

function centerOf(id: S2CellId): Point {
  const { x, y, z } = id.toPoint();
  return pointOf([x, y, z]);
}

/** From the library's order (rows from below) to the service's. */
const neighborOrder = [7, 0, 1, 2, 3, 5, 4, 6] as const;

interface Shape {
  readonly sides: readonly (readonly [Point, Point])[];
  readonly areas: readonly Polygon[];
}

type Overlap = "none" | "some" | "all";

function overlap(id: S2CellId, { sides, areas }: Shape): Overlap {
  const ring = ringOf(id);
  const center = centerOf(id);
  const reach = Math.max(...ring.map((corner) => angleBetween(vectorOf(corner), vectorOf(center)))) * 1.01;
  const edges = segments(ring);
  for (const [from, to] of sides) {
    const [a, b] = [angleBetween(vectorOf(from), vectorOf(center)), angleBetween(vectorOf(to), vectorOf(center))];
    // too far away for any of its points to be in the cell
    if (Math.min(a, b) - angleBetween(vectorOf(from), vectorOf(to)) > reach) continue;
    if (inRing(from, ring) || edges.some(([p, q]) => segmentsCross(from, to, p, q) !== undefined)) return "some";
  }
  return inPolygons(center, areas) ? "all" : "none";
}

/** All cells of one level that touch the shape; null when they are too many. */
function cover(shape: Shape, level: number): Json {
  let cells = [0, 1, 2, 3, 4, 5].map((face) => ({ id: S2CellId.fromFace(face), whole: false }));
  for (let at = 0; ; at++) {
    cells = cells.flatMap(({ id, whole }) => {
      const found = whole ? "all" : overlap(id, shape);
      return found === "none" ? [] : [{ id, whole: found === "all" }];
    });
    const sure = cells.reduce((sum, { whole }) => sum + (whole ? 4 ** (level - at) : 1), 0);
    if (sure > maxCells) return null;
    if (at === level) return cells.map(({ id }) => id.toToken());
    cells = cells.flatMap(({ id, whole }) => [0, 1, 2, 3].map((child) => ({ id: childOf(id, child), whole })));
  }
}

function childOf(id: S2CellId, index: number): S2CellId {
  let child = id.childBegin();
  for (let step = 0; step < index; step++) child = child.next();
  return child;
}

function levelOf(level: bigint | null): number | null {
  if (level === null) return defaultS2;
  return level < 0n || level > finestS2 ? null : Number(level);
}

export const s2Natives: readonly NativeFunction[] = [
  define("geo_point_to_s2cell", ["real", "real", "long"], "string", (longitude, latitude, level) => {
    const [at] = points(longitude, latitude) ?? [];
    if (at === undefined || level === null || level < 0n || level > finestS2) return null;
    return S2CellId.fromPoint(S2LatLng.fromDegrees(at[1], at[0]).toPoint()).parentL(Number(level)).toToken();
  }),
  define("geo_s2cell_to_central_point", ["string"], "dynamic", (token) => {
    const id = cellOf(token);
    return id === null ? null : pointJson(centerOf(id));
  }),
  define("geo_s2cell_to_polygon", ["string"], "dynamic", (token) => {
    const id = cellOf(token);
    return id === null ? null : polygonJson([ringOf(id)]);
  }),
  define("geo_s2cell_neighbors", ["string"], "dynamic", (token) => {
    const id = cellOf(token);
    if (id === null) return null;
    const around = id.getAllNeighbors(id.level()).map((neighbor) => neighbor.toToken());
    return neighborOrder.flatMap((index) => around[index] ?? []);
  }),
  define("geo_polygon_to_s2cells", ["dynamic", "long", "real"], "dynamic", (value, level, radius) => {
    const [polygons, wanted] = [polygonsOf(value), levelOf(level)];
    if (polygons === null || wanted === null || (radius !== null && radius < 0)) return null;
    const wide =
      radius === null || radius === 0 ? polygons : bufferPolygons(polygons, radius, radius * radiusTolerance);
    return wide === undefined ? null : cover({ sides: wide.flat().flatMap(segments), areas: wide }, wanted);
  }),
  define("geo_line_to_s2cells", ["dynamic", "long", "real"], "dynamic", (value, level, radius) => {
    const [lines, wanted] = [linesOf(value), levelOf(level)];
    if (lines === null || wanted === null || (radius !== null && radius < 0)) return null;
    if (radius === null || radius === 0) return cover({ sides: lines.flatMap(segments), areas: [] }, wanted);
    const wide = bufferLines(lines, radius, radius * radiusTolerance);
    return wide === undefined ? null : cover({ sides: wide.flat().flatMap(segments), areas: wide }, wanted);
  }),
];
