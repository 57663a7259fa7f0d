/** How much of the documentation and of real queries works: `npm run kql:coverage`. */
import { type DuckDBInstance } from "@duckdb/node-api";
import { Catalogue } from "../../shared/kql/catalogue.js";
import { parseDatetime } from "../../shared/kql/literal.js";
import { type Read } from "../../shared/kql/reads.js";
import { carrier } from "../../shared/kql/sql/carrier.js";
import { quoteIdentifier } from "../../shared/kql/sql/quote.js";
import { type KustoType } from "../../shared/kql/types.js";
import { difference } from "./answer.js";
import { type CommunityQuery, type DocumentationExample, type Exceptions, type readSchemas } from "./corpus.js";
import { runQuery, type RunResult, type StoredTable } from "./runner.js";

export interface Failure {
  readonly source: string;
  /** What went wrong, the same text for the same cause. */
  readonly cause: string;
  readonly query: string;
}

export interface Coverage {
  readonly passed: number;
  readonly total: number;
  readonly failures: readonly Failure[];
}

/** The clock of a coverage run: results must not depend on the day. */
const now = parseDatetime("2024-06-15T12:00:00Z") ?? 0n;

export async function coverDocumentation(
  instance: DuckDBInstance,
  all: readonly DocumentationExample[],
  exceptions: Exceptions["documentation"],
): Promise<Coverage> {
  const listed = new Set(exceptions.map(({ source }) => source));
  const examples = all.filter(({ source, line }) => !listed.has(`${source}:${line}`));
  const catalogue = new Catalogue({ tables: [] });
  const failures: Failure[] = [];
  for (const { source, line, query, rows } of examples) {
    const result = await attempt(() => runQuery(query, { instance, catalogue, now, tableOf: () => undefined }));
    const sorted = /\|\s*(sort|order|top)\b[^|]*$/.test(query.trim());
    const cause = result.kind === "rows" ? difference(result, rows, sorted) : causeOf(result);
    if (cause !== undefined) failures.push({ source: `${source}:${line}`, cause, query });
  }
  return { passed: examples.length - failures.length, total: examples.length, failures };
}

export async function coverCommunity(
  instance: DuckDBInstance,
  queries: readonly CommunityQuery[],
  schemas: ReturnType<typeof readSchemas>,
  exceptions: Exceptions["community"],
): Promise<Coverage> {
  const listed = new Map(exceptions.map(({ line, code }) => [line, code]));
  const catalogue = new Catalogue({ tables: schemas, openCustomTables: true });
  const failures: Failure[] = [];
  for (const { line, source, query } of queries) {
    const code = listed.get(line);
    const result = await attempt(() => runQuery(query, { instance, catalogue, now, tableOf: sampleTable }));
    if (code !== undefined) {
      if (!refusedWith(result, code))
        failures.push({ source, cause: `listed as refused with ${code}, but it is not`, query });
      continue;
    }
    const cause = result.kind === "rows" ? undefined : causeOf(result);
    if (cause !== undefined) failures.push({ source, cause, query });
  }
  const total = queries.filter(({ line }) => !listed.has(line)).length;
  return { passed: total - failures.length, total, failures };
}

function refusedWith(result: Attempt, code: string): boolean {
  return result.kind === "refused" && result.diagnostics.some((diagnostic) => diagnostic.code === code);
}

type Attempt = RunResult | { readonly kind: "broken"; readonly message: string };

/** A fault of the compiler is a failure of that query, not of the measurement. */
async function attempt(run: () => Promise<RunResult>): Promise<Attempt> {
  try {
    return await run();
  } catch (error) {
    return { kind: "broken", message: error instanceof Error ? error.message : String(error) };
  }
}

function causeOf(result: Exclude<Attempt, { kind: "rows" }>): string {
  switch (result.kind) {
    case "refused":
      return result.diagnostics
        .map(({ code, message }) => `${code} ${message}`)
        .slice(0, 2)
        .join("; ");
    case "failed":
      return `${result.reason}: ${result.message.split("\n")[0] ?? ""}`;
    case "broken":
      return `fault: ${result.message}`;
    default:
      throw new Error(`no cause for ${JSON.stringify(result satisfies never)}`);
  }
}

const samples: Readonly<Record<KustoType, string>> = {
  bool: "true",
  int: "7",
  long: "7",
  real: "1.5",
  decimal: "2.5",
  datetime: "TIMESTAMP '2024-06-15 11:30:00'",
  timespan: "36000000000",
  guid: "'00000000-0000-0000-0000-000000000001'",
  string: "'10.1.2.3'",
  dynamic: `'{"a":1,"b":["x"]}'`,
};

/** Three rows for every read: values, a JSON text in each string, and nothing at all. */
function sampleTable({ columns }: Read): StoredTable {
  const row = (value: (type: KustoType) => string) =>
    `SELECT ${columns.map(({ name, type }) => `${value(type)}::${carrier[type]} AS ${quoteIdentifier(name)}`).join(", ") || "1 AS nothing"}`;
  const rows = [
    row((type) => samples[type]),
    row((type) => (type === "string" ? `'[{"Name":"a","Value":"b"}]'` : samples[type])),
    row(() => "NULL"),
  ];
  return { from: `(${rows.join(" UNION ALL ")})`, columns: new Set(columns.map(({ name }) => name)) };
}
