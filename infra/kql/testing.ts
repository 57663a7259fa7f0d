/** Only tests import from here: one engine per file, and queries over tables written as data. */
import { type DuckDBInstance } from "@duckdb/node-api";
import { Catalogue } from "../../shared/kql/catalogue.js";
import { renderDiagnostic } from "../../shared/kql/diagnostic.js";
import { parseDatetime } from "../../shared/kql/literal.js";
import { type TableSchema } from "../../shared/kql/types.js";
import { openEngine } from "./engine.js";
import { runQuery, type Cell, type RunOptions, type RunResult } from "./runner.js";

export const testNow = parseDatetime("2024-06-15T12:00:00Z") ?? 0n;

let engine: Promise<DuckDBInstance> | undefined;

export function testEngine(): Promise<DuckDBInstance> {
  return (engine ??= openEngine({ memoryMegabytes: 500, threads: 1 }));
}

export async function ask(
  query: string,
  options: Partial<RunOptions> & { readonly tables?: readonly TableSchema[] } = {},
): Promise<RunResult> {
  const instance = await testEngine();
  const catalogue = new Catalogue({ tables: options.tables ?? [] });
  return runQuery(query, { instance, catalogue, now: testNow, tableOf: () => undefined, ...options });
}

/** The rows of an answer; anything else fails the test with the reason. */
export async function rowsOf(
  query: string,
  options: Parameters<typeof ask>[1] = {},
): Promise<readonly (readonly Cell[])[]> {
  const result = await ask(query, options);
  if (result.kind === "rows") return result.rows;
  if (result.kind === "refused")
    throw new Error(result.diagnostics.map((diagnostic) => renderDiagnostic(query, diagnostic)).join("\n"));
  throw new Error(`${result.reason}: ${result.message}\n${result.sql}`);
}

/** The only cell of the only row. */
export async function valueOf(expression: string): Promise<Cell> {
  return (await rowsOf(`print x = ${expression}`))[0]?.[0] ?? null;
}
