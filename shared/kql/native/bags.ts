/** Columns out of bags: `evaluate bag_unpack`. */
import { type NativeFunction } from "../functions/function.js";
import { define } from "./define.js";
import { isArray, isBag, jsonText, type Json } from "./json.js";

function columnType(value: Json): string | undefined {
  if (value === null) return undefined;
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "bigint") return "long";
  return typeof value === "number" ? "real" : "dynamic";
}

/** The type that holds both. */
function commonType(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined || a === b) return a ?? b;
  return (a === "long" || a === "real") && (b === "long" || b === "real") ? "real" : "dynamic";
}

export const bagNatives: readonly NativeFunction[] = [
  /** Name and type of each member, as pairs. */
  define("bag_shape", ["dynamic", "string", "dynamic"], "dynamic", (bag, prefix, ignored) => {
    if (bag === null || !isBag(bag)) return [];
    const left = new Set(isArray(ignored) ? ignored.map(jsonText) : []);
    return [...bag]
      .filter(([name]) => !left.has(name))
      .map(([name, value]) => [`${prefix ?? ""}${name}`, columnType(value) ?? ""]);
  }),
  /** The columns that stay and those of all bags in alphabetical order. */
  define("bag_columns", ["dynamic", "dynamic"], "dynamic", (rows, args) => {
    const [kept, conflict] = isArray(args) ? args : [];
    const types = new Map<string, string | undefined>();
    for (const row of isArray(rows) ? rows : []) {
      const [pairs] = isArray(row) ? row : [];
      for (const pair of pairs !== undefined && isArray(pairs) ? pairs : []) {
        if (!isArray(pair)) continue;
        const name = jsonText(pair[0] ?? null);
        types.set(name, commonType(types.get(name), jsonText(pair[1] ?? null) || undefined));
      }
    }
    const keptColumns = (isArray(kept ?? null) ? (kept as readonly Json[]) : []).map((column) =>
      isArray(column) ? column.map(jsonText) : [],
    );
    const replaced = conflict === "replace_source";
    const clash = keptColumns.find(([name]) => types.has(name ?? ""));
    if (clash !== undefined && conflict === "error")
      throw new Error(`bag_unpack: the column ${clash[0] ?? ""} is there already`);
    const stay = keptColumns.map(([name = "", type = "dynamic"]) => [
      name,
      replaced && types.has(name) ? (types.get(name) ?? "dynamic") : type,
    ]);
    const names = new Set(keptColumns.map(([name]) => name));
    const added = [...types].filter(([name]) => !names.has(name)).sort(([a], [b]) => (a < b ? -1 : 1));
    return [...stay, ...added.map(([name, type]) => [name, type ?? "dynamic"])];
  }),
];
