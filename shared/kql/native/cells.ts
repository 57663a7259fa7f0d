/** Cells of the globe: H3 (Uber's library) and geohash. A bad cell or level is null. */
import {
  cellToBoundary,
  cellToChildren,
  cellToLatLng,
  cellToParent,
  getResolution,
  gridDiskDistances,
  isValidCell,
  latLngToCell,
} from "h3-js";
import { type NativeFunction } from "../functions/function.js";
import { define } from "./define.js";
import { pointJson, polygonJson } from "./geojson.js";
import { type Json } from "./json.js";
import { isPoint, type Point } from "./sphere.js";

const finestH3 = 15;
const defaultH3 = 6;
const longestGeohash = 18;
const defaultGeohash = 5;
/** Rings around a cell; their number of cells grows with the square. */
const maxRings = 142;

function cell(text: string | null): string | null {
  const lower = (text ?? "").toLowerCase();
  return isValidCell(lower) ? lower : null;
}

const alphabet = "0123456789bcdefghjkmnpqrstuvwxyz";

interface Box {
  readonly west: number;
  readonly east: number;
  readonly south: number;
  readonly north: number;
}

function boxOf(hash: string): Box | null {
  if (!/^[0-9b-hjkmnp-z]+$/.test(hash) || hash.length > longestGeohash) return null;
  let box: Box = { west: -180, east: 180, south: -90, north: 90 };
  let even = true;
  for (const character of hash) {
    for (let bit = 4; bit >= 0; bit--) {
      const upper = ((alphabet.indexOf(character) >> bit) & 1) === 1;
      const [x, y] = [(box.west + box.east) / 2, (box.south + box.north) / 2];
      if (even) box = upper ? { ...box, west: x } : { ...box, east: x };
      else box = upper ? { ...box, south: y } : { ...box, north: y };
      even = !even;
    }
  }
  return box;
}

function geohash([longitude, latitude]: Point, length: number): string {
  let box: Box = { west: -180, east: 180, south: -90, north: 90 };
  let [hash, even] = ["", true];
  while (hash.length < length) {
    let index = 0;
    for (let bit = 0; bit < 5; bit++) {
      const [x, y] = [(box.west + box.east) / 2, (box.south + box.north) / 2];
      const upper = even ? longitude >= x : latitude >= y;
      index = index * 2 + (upper ? 1 : 0);
      if (even) box = upper ? { ...box, west: x } : { ...box, east: x };
      else box = upper ? { ...box, south: y } : { ...box, north: y };
      even = !even;
    }
    hash += alphabet[index] ?? "";
  }
  return hash;
}

/** Neighbours in the service's order, as steps of one cell in longitude and latitude. */
const around: readonly (readonly [number, number])[] = [
  [-1, -1],
  [-1, 1],
  [1, -1],
  [0, 1],
  [-1, 0],
  [1, 1],
  [1, 0],
  [0, -1],
];

function geohashNeighbors(hash: string): Json {
  const box = hash.length < 2 ? null : boxOf(hash);
  if (box === null) return null;
  const [width, height] = [box.east - box.west, box.north - box.south];
  const [x, y] = [(box.west + box.east) / 2, (box.south + box.north) / 2];
  return around.flatMap(([dx, dy]) => {
    const latitude = y + dy * height;
    const longitude = ((x + dx * width + 540) % 360) - 180;
    return Math.abs(latitude) > 90 ? [] : [geohash([longitude, latitude], hash.length)];
  });
}

export const cellNatives: readonly NativeFunction[] = [
  define("geo_point_to_h3cell", ["real", "real", "long"], "string", (longitude, latitude, level) => {
    if (
      longitude === null ||
      latitude === null ||
      level === null ||
      !isPoint(longitude, latitude) ||
      level < 0n ||
      level > finestH3
    )
      return null;
    return latLngToCell(latitude, longitude, Number(level));
  }),
  define("geo_h3cell_to_central_point", ["string"], "dynamic", (text) => {
    const valid = cell(text);
    if (valid === null) return null;
    const [latitude, longitude] = cellToLatLng(valid);
    return pointJson([longitude, latitude]);
  }),
  define("geo_h3cell_to_polygon", ["string"], "dynamic", (text) => {
    const valid = cell(text);
    return valid === null
      ? null
      : polygonJson([cellToBoundary(valid, true).map(([longitude, latitude]): Point => [longitude, latitude])]);
  }),
  define("geo_h3cell_level", ["string"], "int", (text) => {
    const valid = cell(text);
    return valid === null ? null : getResolution(valid);
  }),
  define("geo_h3cell_parent", ["string", "long"], "string", (text, level) => {
    const valid = cell(text);
    if (valid === null) return null;
    const wanted = level === null ? getResolution(valid) - 1 : Number(level);
    return wanted < 0 || wanted > getResolution(valid) ? null : cellToParent(valid, wanted);
  }),
  define("geo_h3cell_children", ["string", "long"], "dynamic", (text, level) => {
    const valid = cell(text);
    if (valid === null) return null;
    const wanted = level === null ? getResolution(valid) + 1 : Number(level);
    // seven times as many per level: five levels are 16,807 cells
    return wanted > finestH3 || wanted <= getResolution(valid) || wanted > getResolution(valid) + 5
      ? null
      : cellToChildren(valid, wanted);
  }),
  define("geo_h3cell_neighbors", ["string"], "dynamic", (text) => {
    const valid = cell(text);
    return valid === null ? null : (gridDiskDistances(valid, 1)[1] ?? null);
  }),
  define("geo_h3cell_rings", ["string", "long"], "dynamic", (text, distance) => {
    const valid = cell(text);
    return valid === null || distance === null || distance < 0n || distance > maxRings
      ? null
      : gridDiskDistances(valid, Number(distance));
  }),
  define("geo_point_to_geohash", ["real", "real", "long"], "string", (longitude, latitude, length) => {
    if (
      longitude === null ||
      latitude === null ||
      length === null ||
      !isPoint(longitude, latitude) ||
      length < 1n ||
      length > longestGeohash
    )
      return null;
    return geohash([longitude, latitude], Number(length));
  }),
  define("geo_geohash_to_central_point", ["string"], "dynamic", (text) => {
    const box = boxOf(text ?? "");
    return box === null ? null : pointJson([(box.west + box.east) / 2, (box.south + box.north) / 2]);
  }),
  define("geo_geohash_to_polygon", ["string"], "dynamic", (text) => {
    const box = boxOf(text ?? "");
    if (box === null) return null;
    const { west, east, south, north } = box;
    return polygonJson([
      [
        [west, south],
        [east, south],
        [east, north],
        [west, north],
        [west, south],
      ],
    ]);
  }),
  define("geo_geohash_neighbors", ["string"], "dynamic", (text) => geohashNeighbors(text ?? "")),
];

export const defaultLevels = { h3: defaultH3, geohash: defaultGeohash } as const;
