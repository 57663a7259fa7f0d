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
  /** Line in the corpus, from 1: a source may hold several queries. */
  readonly line: number;
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
  const queries = readLines(folder, "community-queries.jsonl") as readonly Omit<CommunityQuery, "line">[];
  return queries.map((query, index) => ({ ...query, line: index + 1 }));
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

/** Samples that are themselves in error: what they should give cannot be given. */
export interface Exceptions {
  readonly documentation: readonly { readonly source: string; readonly reason: string }[];
  /** The official binder refuses these, with this code, and so does Vigil. */
  readonly community: readonly {
    readonly line: number;
    readonly source: string;
    readonly code: string;
    readonly reason: string;
  }[];
}

export function readExceptions(folder: string): Exceptions {
  return JSON.parse(readFileSync(`${folder}/exceptions.json`, "utf8")) as Exceptions;
}
