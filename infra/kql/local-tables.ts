/** Tables of a folder of Parquet files: `<Table>.parquet`, or `<Table>/…/*.parquet` for one in parts. */
import { readdirSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { type DuckDBConnection, type DuckDBInstance } from "@duckdb/node-api";
import { quoteIdentifier } from "../../shared/kql/sql/quote.js";
import { carrier } from "../../shared/kql/sql/carrier.js";
import { type KustoType, type TableSchema } from "../../shared/kql/types.js";
import { type StoredTable } from "./runner.js";

export interface LocalTable {
  readonly schema: TableSchema;
  readonly stored: StoredTable;
}

const extension = ".parquet";

interface Files {
  readonly name: string;
  /** What `read_parquet` takes: a file, or a pattern. */
  readonly pattern: string;
}

/** @param folder real path; nothing outside of it is read */
function filesIn(folder: string): readonly Files[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry): readonly Files[] => {
    const path = join(folder, entry.name);
    if (statSync(path).isDirectory())
      return holdsParquet(path) ? [{ name: entry.name, pattern: join(path, "**", `*${extension}`) }] : [];
    return entry.name.endsWith(extension) ? [{ name: entry.name.slice(0, -extension.length), pattern: path }] : [];
  });
}

function holdsParquet(folder: string): boolean {
  return readdirSync(folder, { recursive: true }).some((name) => String(name).endsWith(extension));
}

/** The folder as DuckDB must be allowed to read it. */
export function dataFolder(path: string): string {
  return realpathSync(path);
}

/** @throws Error naming the file that is no Parquet */
export async function readLocalTables(instance: DuckDBInstance, folder: string): Promise<readonly LocalTable[]> {
  const connection = await instance.connect();
  try {
    const tables: LocalTable[] = [];
    for (const files of filesIn(folder)) tables.push(await describeTable(connection, files));
    return tables;
  } finally {
    connection.closeSync();
  }
}

async function describeTable(connection: DuckDBConnection, { name, pattern }: Files): Promise<LocalTable> {
  const from = `read_parquet('${pattern.replaceAll("'", "''")}', union_by_name = true)`;
  const described = await connection.run(`DESCRIBE SELECT * FROM ${from}`).catch((cause: unknown) => {
    throw new Error(`reading the table ${name} from ${pattern}`, { cause });
  });
  const columns = (await described.getRows()).map(([column, type]) => ({
    name: String(column),
    stored: String(type),
    type: kustoType(String(type)),
  }));
  const selected = columns.map(({ name: column, stored, type }) => {
    const quoted = quoteIdentifier(column);
    return `${asCarrier(quoted, stored, type)} AS ${quoted}`;
  });
  return {
    schema: { name, columns: columns.map(({ name: column, type }) => ({ name: column, type })) },
    stored: {
      from: `(SELECT ${selected.join(", ")} FROM ${from})`,
      columns: new Set(columns.map(({ name: column }) => column)),
    },
  };
}

/** What KQL calls a column of this DuckDB type. */
export function kustoType(duckdb: string): KustoType {
  if (/^(STRUCT|MAP|UNION)\b|\[\d*\]$|^JSON$/.test(duckdb)) return "dynamic";
  const [plain = ""] = duckdb.split("(");
  switch (plain) {
    case "BOOLEAN":
      return "bool";
    case "TINYINT":
    case "SMALLINT":
    case "INTEGER":
    case "UTINYINT":
    case "USMALLINT":
      return "int";
    case "BIGINT":
    case "UINTEGER":
    case "UBIGINT":
    case "HUGEINT":
      return "long";
    case "FLOAT":
    case "DOUBLE":
      return "real";
    case "DECIMAL":
      return "decimal";
    case "UUID":
      return "guid";
    case "INTERVAL":
    case "TIME":
      return "timespan";
    default:
      return plain.startsWith("TIMESTAMP") || plain === "DATE" ? "datetime" : "string";
  }
}

function asCarrier(column: string, stored: string, type: KustoType): string {
  if (type === "dynamic") return stored === "JSON" ? column : `to_json(${column})`;
  if (type === "datetime" && /TIME ZONE/.test(stored)) return `(${column} AT TIME ZONE 'UTC')`;
  // ticks of 100 ns
  if (type === "timespan") return `(epoch_us(${column}) * 10)::BIGINT`;
  return `${column}::${carrier[type]}`;
}
