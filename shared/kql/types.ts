/** The scalar types of KQL. `double` and `time` are spellings of `real` and `timespan`. */
export const kustoTypes = [
  "bool",
  "int",
  "long",
  "real",
  "decimal",
  "datetime",
  "timespan",
  "guid",
  "string",
  "dynamic",
] as const;
export type KustoType = (typeof kustoTypes)[number];

export function isKustoType(name: string): name is KustoType {
  return (kustoTypes as readonly string[]).includes(name);
}

/** A table as the caller describes it. */
export interface TableSchema {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: KustoType }[];
  /** Columns that are not listed may be used, too: their type follows the suffix (`_s`, `_d`, `_t`, `_b`, `_g`). */
  readonly open?: boolean;
}

/** A saved function: `parameters` as in `.create function`, for example `(x:long, t:string="a")`. */
export interface StoredFunction {
  readonly name: string;
  readonly parameters: string;
  readonly body: string;
}

/** Where something stands in the query text: UTF-16 offsets. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A column of one relation in the plan. The id is unique within one compilation, the name is what the user sees. */
export interface Column {
  readonly id: number;
  readonly name: string;
  readonly type: KustoType;
}

/** Ticks (100 ns) in a microsecond, and from 0001-01-01 to 1970-01-01. */
export const ticksPerMicrosecond = 10n;
export const unixEpochTicks = 621_355_968_000_000_000n;
export const ticksPerDay = 864_000_000_000n;
