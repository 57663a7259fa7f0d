/** Well-known text (OGC Simple Features) to GeoJSON: `geo_from_wkt`. What is not valid is null. */
import { type NativeFunction } from "../functions/function.js";
import { define } from "./define.js";
import { type Json } from "./json.js";
import { isPoint } from "./sphere.js";

/** How deep coordinates lie in brackets, by type. */
const types: Readonly<Record<string, readonly [name: string, depth: number]>> = {
  POINT: ["Point", 0],
  LINESTRING: ["LineString", 1],
  MULTIPOINT: ["MultiPoint", 1],
  POLYGON: ["Polygon", 2],
  MULTILINESTRING: ["MultiLineString", 2],
  MULTIPOLYGON: ["MultiPolygon", 3],
};

const collection = "GEOMETRYCOLLECTION";
/** Collections inside each other. */
const maxDepth = 20;

class Invalid extends Error {}

class Reader {
  readonly #tokens: readonly string[];
  #at = 0;
  constructor(text: string) {
    this.#tokens = text.match(/[A-Za-z]+|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|\S/g) ?? [];
  }

  geometry(depth = 0): Json {
    const word = (this.#next() ?? "").toUpperCase();
    if (word === collection && depth < maxDepth) {
      return new Map<string, Json>([
        ["type", "GeometryCollection"],
        ["geometries", this.#list(() => this.geometry(depth + 1))],
      ]);
    }
    const type = types[word];
    if (type === undefined) throw new Invalid(word);
    const [name, nesting] = type;
    const coordinates = nesting === 0 ? this.#bracketed(() => this.#position()) : this.#nested(nesting, name);
    return new Map<string, Json>([
      ["type", name],
      ["coordinates", coordinates],
    ]);
  }

  end(): void {
    if (this.#at < this.#tokens.length) throw new Invalid("more text");
  }

  #next(): string | undefined {
    return this.#tokens[this.#at++];
  }

  #expect(token: string): void {
    if (this.#next() !== token) throw new Invalid(`no ${token}`);
  }

  #bracketed<T>(read: () => T): T {
    this.#expect("(");
    const value = read();
    this.#expect(")");
    return value;
  }

  #list(read: () => Json): readonly Json[] {
    return this.#bracketed(() => {
      const values = [read()];
      while (this.#tokens[this.#at] === ",") {
        this.#at++;
        values.push(read());
      }
      return values;
    });
  }

  #nested(depth: number, name: string): readonly Json[] {
    if (depth > 1) return this.#list(() => this.#nested(depth - 1, name));
    // the points of MULTIPOINT may have brackets of their own
    const inBrackets = name === "MultiPoint" && this.#tokens[this.#at + 1] === "(";
    return this.#list(() => (inBrackets ? this.#bracketed(() => this.#position()) : this.#position()));
  }

  #position(): Json {
    const [longitude, latitude] = [this.#number(), this.#number()];
    if (!isPoint(Number(longitude), Number(latitude))) throw new Invalid("off the globe");
    return [longitude, latitude];
  }

  #number(): bigint | number {
    const word = this.#next() ?? "";
    const value = Number(word);
    if (word === "" || !Number.isFinite(value)) throw new Invalid(word);
    return /^[-+]?\d+$/.test(word) ? BigInt(word) : value;
  }
}

export const wktNatives: readonly NativeFunction[] = [
  define("geo_from_wkt", ["string"], "dynamic", (text) => {
    const reader = new Reader(text ?? "");
    try {
      const value = reader.geometry();
      reader.end();
      return value;
    } catch (error) {
      if (error instanceof Invalid) return null;
      throw error;
    }
  }),
];
