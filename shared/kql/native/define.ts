/** Short ways to write functions in TypeScript for use in SQL. Dynamic arguments arrive parsed, dynamic results leave as text. */
import { type NativeFunction } from "../functions/function.js";
import { type KustoType } from "../types.js";
import { formatJson, parseJson, type Json } from "./json.js";

/** What a carrier of each type is in TypeScript; `datetime` and `timespan` are ticks. */
export interface Values {
  bool: boolean;
  int: number;
  long: bigint;
  real: number;
  decimal: string;
  datetime: bigint;
  timespan: bigint;
  guid: string;
  string: string;
  dynamic: Json;
}

type Arguments<T extends readonly KustoType[]> = { [index in keyof T]: Values[T[index]] | null };

/** @param run gets null for null, and for optional arguments that were not given */
export function define<const T extends readonly KustoType[], R extends KustoType>(
  name: string,
  takes: T,
  returns: R,
  run: (...args: Arguments<T>) => Values[R] | null,
): NativeFunction {
  const dynamics = takes.map((type) => type === "dynamic");
  const decode = (args: readonly unknown[]) =>
    args.map((arg, index) =>
      dynamics[index] === true && typeof arg === "string" ? parseJson(arg) : arg,
    ) as Arguments<T>;
  return {
    name,
    takes,
    returns,
    run(...args: readonly unknown[]) {
      const result: Json | null = run(...decode(args));
      if (returns !== "dynamic") return result as Exclude<Values[R], Json> & (string | number | bigint | boolean);
      return result === null ? null : formatJson(result);
    },
  };
}
