/** Short ways to write registry rows. */
import { type CallSite, type ScalarFunction, type Takes } from "./function.js";
import { type KustoType } from "../types.js";

export interface Options {
  readonly variadic?: boolean;
  readonly source?: string;
}

/** A function as SQL over its converted arguments. */
export function scalar(
  name: string,
  takes: readonly Takes[],
  returns: KustoType | "bound",
  emit: (args: readonly string[], call: CallSite) => string,
  options: Options = {},
): ScalarFunction {
  const page = `query/${name.replaceAll("_", "-")}-function`;
  return { name, takes, variadic: options.variadic ?? false, returns, emit, source: options.source ?? page };
}

/** A function whose SQL is one call of a DuckDB function or macro with the arguments in order. */
export function direct(
  name: string,
  takes: readonly Takes[],
  returns: KustoType | "bound",
  sqlName: string,
  options: Options = {},
): ScalarFunction {
  return scalar(name, takes, returns, (args) => `${sqlName}(${args.join(", ")})`, options);
}

/** A function in TypeScript (`native/natives.ts`); missing optional arguments are passed as null of their type. */
export function native(
  name: string,
  takes: readonly KustoType[],
  returns: KustoType,
  nativeName = name,
): ScalarFunction {
  return scalar(name, takes, returns, (args, call) => {
    const padded = takes.map((type, index) => args[index] ?? nullArgument(type));
    return fromNative(call.native(nativeName, ...padded), returns);
  });
}

/** As `native`, for any number of arguments: they arrive as one JSON array, converted to dynamic. */
export function nativeOfMany(name: string, returns: KustoType, nativeName = name): ScalarFunction {
  return scalar(
    name,
    ["dynamic"],
    returns,
    (args, call) => fromNative(call.native(nativeName, `json_array(${args.join(", ")})`), returns),
    { variadic: true },
  );
}

function nullArgument(type: KustoType): string {
  return type === "string" ? "NULL::VARCHAR" : type === "dynamic" ? "NULL::JSON" : "NULL";
}

/** Natives give JSON as text, and may give null where KQL has an empty string. */
export function fromNative(sql: string, returns: KustoType): string {
  if (returns === "dynamic") return `${sql}::JSON`;
  if (returns === "decimal") return `try_cast(${sql} AS DECIMAL(38,9))`;
  return returns === "string" ? `coalesce(${sql}, '')` : sql;
}

export function registry<T extends { readonly name: string }>(
  ...groups: readonly (readonly T[])[]
): ReadonlyMap<string, T> {
  const map = new Map<string, T>();
  for (const row of groups.flat()) {
    if (map.has(row.name)) throw new Error(`${row.name} is registered twice`);
    map.set(row.name, row);
  }
  return map;
}
