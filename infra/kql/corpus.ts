/** The sample queries that coverage is measured with; see `shared/kql/testdata/corpus/SOURCES.md`. */
import { readFileSync } from "node:fs";
import { type TableSchema, isKustoType } from "../../shared/kql/types.js";

export interface DocumentationExample {
  readonly source: string;
  readonly line: number;
  readonly query: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly columnsMatch: boolean;
  readonly truncated: boolean;
  readonly nondeterministic?: boolean;
  readonly graph?: boolean;
  readonly external?: boolean;
}

export interface CommunityQuery {
  readonly source: string;
  readonly licence: string;
  readonly query: string;
}

function readLines(folder: string, name: string): readonly unknown[] {
  return readFileSync(`${folder}/${name}`, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
}

/** Examples whose header is what the binder says and that carry no flag. */
export function readExamples(folder: string): readonly DocumentationExample[] {
  return (readLines(folder, "docs-examples.jsonl") as readonly DocumentationExample[]).filter(
    (example) =>
      example.columnsMatch &&
      !example.truncated &&
      example.nondeterministic !== true &&
      example.graph !== true &&
      example.external !== true,
  );
}

export function readCommunityQueries(folder: string): readonly CommunityQuery[] {
  return readLines(folder, "community-queries.jsonl") as readonly CommunityQuery[];
}

/** Tables of Azure Monitor, Sentinel and Defender. AzureDiagnostics and custom tables are open. */
export function readSchemas(folder: string): readonly TableSchema[] {
  const tables = JSON.parse(readFileSync(`${folder}/table-schemas.json`, "utf8")) as Record<
    string,
    { columns: Record<string, string> }
  >;
  return Object.entries(tables).map(([name, { columns }]) => ({
    name,
    columns: Object.entries(columns).map(([column, type]) => ({
      name: column,
      type: isKustoType(type) ? type : "string",
    })),
    open: name === "AzureDiagnostics" || name.endsWith("_CL"),
  }));
}
