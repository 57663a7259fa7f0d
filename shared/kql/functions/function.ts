/** What a row of the function registries holds. To add a function, add a row and a test: see the room's README. */
import { type Constant, type Expr } from "../plan.js";
import { type KustoType, type Span } from "../types.js";

/** What an argument is converted to before the emitter sees it; `any` leaves it as it is. */
export type Takes = KustoType | "any";

/** What an emitter may know about the call besides its arguments' SQL. */
export interface CallSite {
  readonly name: string;
  readonly args: readonly Expr[];
  readonly type: KustoType;
  readonly span: Span;
  /** The constant given as argument `index`; refuses the query when it is computed per row. */
  constant(index: number): Constant;
  /** User text as a bound parameter. */
  parameter(text: string): string;
  /** SQL of an expression that is not among the arguments. */
  emit(expr: Expr): string;
  /** Calls a function that is implemented in TypeScript. */
  native(name: string, ...sql: string[]): string;
}

export interface ScalarFunction {
  readonly name: string;
  readonly takes: readonly Takes[];
  /** The last of `takes` may come any number of times. */
  readonly variadic: boolean;
  /** Fixed, or that of the call as the official binder resolved it. */
  readonly returns: KustoType | "bound";
  readonly emit: (args: readonly string[], call: CallSite) => string;
  /** It gives several values as one dynamic array; where one value is wanted, that is the first. */
  readonly tuple?: true;
  /** Page in Microsoft's documentation, without its address. */
  readonly source: string;
}

export interface AggregateCall extends CallSite {
  /** SQL condition of the `…if` forms and of null rejection, ready to stand in `FILTER (WHERE …)`; or undefined. */
  readonly filter: string | undefined;
  /** `ORDER BY …` of the input where it is sorted, with a leading space; or empty. */
  readonly order: string;
}

export interface AggregateFunction {
  readonly name: string;
  readonly takes: readonly Takes[];
  readonly variadic: boolean;
  readonly returns: KustoType | "bound";
  /** Position of the condition in the arguments of an `…if` form. */
  readonly condition: number | undefined;
  readonly emit: (args: readonly string[], call: AggregateCall) => string;
  readonly source: string;
}

export interface WindowFunction {
  readonly name: string;
  readonly takes: readonly Takes[];
  readonly returns: KustoType | "bound";
  /** @param over the input's order as the content of `OVER (…)` */
  readonly emit: (args: readonly string[], over: string, call: CallSite) => string;
  readonly source: string;
}

/**
 * A function in TypeScript, registered with DuckDB by the runner. `takes` and `returns` are the carriers of these types;
 * dynamic values cross as JSON text. It must be pure; null arguments arrive as null.
 */
export interface NativeFunction {
  readonly name: string;
  readonly takes: readonly KustoType[];
  readonly returns: KustoType;
  readonly run: (...args: never[]) => string | number | bigint | boolean | null;
}
