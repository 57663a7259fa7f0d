/** Runs KQL over local tables: compile, answer probes, bind reads, execute within limits. */
import {
  DuckDBTimestampValue,
  DuckDBDecimalValue,
  type DuckDBConnection,
  type DuckDBInstance,
  type DuckDBValue,
} from "@duckdb/node-api";
import { type Catalogue } from "../../shared/kql/catalogue.js";
import { compile, type Compiled, type Probe } from "../../shared/kql/compile.js";
import { type Diagnostic } from "../../shared/kql/diagnostic.js";
import { formatDatetime, formatTimespan } from "../../shared/kql/literal.js";
import { type Constant } from "../../shared/kql/plan.js";
import { type Read } from "../../shared/kql/reads.js";
import { type Shape } from "../../shared/kql/rewrite.js";
import { quoteIdentifier } from "../../shared/kql/sql/quote.js";
import { carrier } from "../../shared/kql/sql/carrier.js";
import { isKustoType, ticksPerMicrosecond, unixEpochTicks, type KustoType } from "../../shared/kql/types.js";

/** Where a table's rows are: SQL after FROM, and the columns that it has. */
export interface StoredTable {
  readonly from: string;
  readonly columns: ReadonlySet<string>;
}

export interface Limits {
  readonly timeoutMs: number;
  readonly maxRows: number;
  /** Characters of all cells of the result as text. */
  readonly maxBytes: number;
}

export const defaultLimits: Limits = { timeoutMs: 60_000, maxRows: 500_000, maxBytes: 64_000_000 };
/** Plugins in one query whose columns depend on the data. */
export const maxProbes = 8;

/** A cell as JSON: datetimes and timespans as text, longs beyond 2^53 as text, dynamic values as what they are. */
export type Cell = null | boolean | number | string | bigint | object;

export type RunResult =
  | {
      readonly kind: "rows";
      readonly columns: Compiled["columns"];
      readonly rows: readonly (readonly Cell[])[];
      readonly render: Compiled["render"];
      readonly sql: string;
      readonly params: readonly string[];
    }
  | { readonly kind: "refused"; readonly diagnostics: readonly Diagnostic[] }
  | {
      readonly kind: "failed";
      readonly reason: "timeout" | "too-many-rows" | "too-many-bytes" | "engine";
      readonly message: string;
      readonly sql: string;
    };

export interface RunOptions {
  readonly instance: DuckDBInstance;
  readonly catalogue: Catalogue;
  /** Undefined: the read has no table behind it, and the query is refused. */
  readonly tableOf: (read: Read) => StoredTable | undefined;
  /** Ticks since 0001-01-01. */
  readonly now: bigint;
  readonly parameters?: ReadonlyMap<string, Constant>;
  readonly limits?: Limits;
}

export async function runQuery(text: string, options: RunOptions): Promise<RunResult> {
  const shapes: Shape[] = [];
  for (let probes = 0; ; probes++) {
    const result = compile(text, { ...options, shapes });
    if (result.kind === "refused") return result;
    if (result.kind === "compiled") return execute(result, options);
    if (probes >= maxProbes) return refusedRead(`more than ${maxProbes} plugins with columns that depend on the data`);
    const answer = await answerProbe(result, options);
    if ("kind" in answer) return answer;
    shapes.push(answer);
  }
}

function refusedRead(message: string): RunResult {
  return { kind: "refused", diagnostics: [{ code: "VG003", message, span: { start: 0, end: 0 } }] };
}

async function answerProbe(probe: Probe, options: RunOptions): Promise<Shape | RunResult> {
  const columns = [
    { name: "name", type: "string" as const },
    { name: "type", type: "string" as const },
  ];
  const result = await execute({ ...probe, kind: "compiled", columns, render: undefined }, options);
  if (result.kind !== "rows") return result;
  const found = result.rows.map(([name, type]) => ({ name: textOf(name), type: textOf(type) }));
  return {
    offset: probe.offset,
    columns: found.map(({ name, type }) => ({ name, type: isKustoType(type) ? type : "dynamic" })),
  };
}

function textOf(cell: Cell | undefined): string {
  return typeof cell === "string" ? cell : "";
}

async function execute(compiled: Compiled, options: RunOptions): Promise<RunResult> {
  const limits = options.limits ?? defaultLimits;
  const sql = `${compiled.sql}\nLIMIT ${limits.maxRows + 1}`;
  const connection = await options.instance.connect();
  const deadline = { passed: false };
  const timer = setTimeout(() => {
    deadline.passed = true;
    connection.interrupt();
  }, limits.timeoutMs);
  try {
    const unknown = await bindReads(connection, compiled.reads, options);
    if (unknown !== undefined) return refusedRead(unknown);
    // run() materialises: streaming would end early without an error
    const result = await connection.run(sql, [...compiled.params]);
    const raw = await result.getRows();
    if (raw.length > limits.maxRows)
      return { kind: "failed", reason: "too-many-rows", message: `more than ${limits.maxRows} rows`, sql };
    const rows = raw.map((row) => row.map((value, index) => cellOf(value, compiled.columns[index]?.type ?? "string")));
    const bytes = rows.reduce(
      (sum, row) => sum + row.reduce<number>((size, cell) => size + (typeof cell === "string" ? cell.length : 8), 0),
      0,
    );
    if (bytes > limits.maxBytes)
      return { kind: "failed", reason: "too-many-bytes", message: `more than ${limits.maxBytes} characters`, sql };
    return {
      kind: "rows",
      columns: compiled.columns,
      rows,
      render: compiled.render,
      sql: compiled.sql,
      params: compiled.params,
    };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return deadline.passed
      ? { kind: "failed", reason: "timeout", message: `stopped after ${limits.timeoutMs} ms`, sql }
      : { kind: "failed", reason: "engine", message: error.message, sql };
  } finally {
    clearTimeout(timer);
    connection.closeSync();
  }
}

/** One view per read; a column that the stored table lacks is null. Returns what is unknown. */
async function bindReads(
  connection: DuckDBConnection,
  reads: readonly Read[],
  options: RunOptions,
): Promise<string | undefined> {
  for (const [index, read] of reads.entries()) {
    const table = options.tableOf(read);
    if (table === undefined)
      return read.kind === "external"
        ? `external data is not fetched: ${read.table}`
        : `no data for the table ${read.table}`;
    const columns = read.columns.map(({ name, type }) => {
      const quoted = quoteIdentifier(name);
      return table.columns.has(name) ? quoted : `NULL::${carrier[type]} AS ${quoted}`;
    });
    const list = columns.length === 0 ? "1 AS nothing" : columns.join(", ");
    await connection.run(`CREATE OR REPLACE TEMP VIEW read${index} AS SELECT ${list} FROM ${table.from}`);
  }
  return undefined;
}

function cellOf(value: DuckDBValue, type: KustoType): Cell {
  if (value === null) return type === "string" ? "" : null;
  if (value instanceof DuckDBTimestampValue) return formatDatetime(value.micros * ticksPerMicrosecond + unixEpochTicks);
  if (value instanceof DuckDBDecimalValue)
    return value
      .toString()
      .replace(/(\.\d*?)0+$/, "$1")
      .replace(/\.$/, "");
  if (typeof value === "bigint") {
    if (type === "timespan") return formatTimespan(value);
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value);
  }
  if (typeof value === "number")
    return Number.isFinite(value) ? value : Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  if (type === "dynamic" && typeof value === "string") return JSON.parse(value) as Cell;
  return typeof value === "object" ? String(value) : value;
}
