/** A DuckDB instance that runs compiled KQL: natives and macros created, then locked. */
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  DuckDBInstance,
  DuckDBScalarFunction,
  DuckDBTimestampValue,
  INTEGER,
  TIMESTAMP,
  VARCHAR,
  type DuckDBConnection,
  type DuckDBType,
  type DuckDBValue,
} from "@duckdb/node-api";
import { nativeFunctions } from "../../shared/kql/native/natives.js";
import { type NativeFunction } from "../../shared/kql/functions/function.js";
import { prelude } from "../../shared/kql/sql/prelude.js";
import { ticksPerMicrosecond, unixEpochTicks, type KustoType } from "../../shared/kql/types.js";

export interface EngineOptions {
  /** Megabytes that queries may use together. */
  readonly memoryMegabytes: number;
  readonly threads: number;
  /** The only folder whose files can be read; none: no files at all. */
  readonly folder?: string;
}

const carriers: Readonly<Record<KustoType, DuckDBType>> = {
  bool: BOOLEAN,
  int: INTEGER,
  long: BIGINT,
  real: DOUBLE,
  decimal: VARCHAR,
  datetime: TIMESTAMP,
  timespan: BIGINT,
  guid: VARCHAR,
  string: VARCHAR,
  dynamic: VARCHAR,
};

/** Opens an instance in memory. Nothing but `folder` can be read, and no setting changed, after this. */
export async function openEngine({ memoryMegabytes, threads, folder }: EngineOptions): Promise<DuckDBInstance> {
  const instance = await DuckDBInstance.create(":memory:", {
    threads: String(threads),
    memory_limit: `${memoryMegabytes}MB`,
  });
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    await connection.run("SET GLOBAL TimeZone = 'UTC'");
    for (const native of nativeFunctions.values()) registerNative(connection, native);
    for (const macro of prelude) await connection.run(macro);
    if (folder !== undefined) await connection.run(`SET allowed_directories = ['${folder.replaceAll("'", "''")}']`);
    for (const setting of [
      "autoinstall_known_extensions = false",
      "autoload_known_extensions = false",
      "enable_external_access = false",
      "lock_configuration = true",
    ]) {
      await connection.run(`SET ${setting}`);
    }
  } finally {
    connection.closeSync();
  }
  return instance;
}

function registerNative(connection: DuckDBConnection, { name, takes, returns, run }: NativeFunction): void {
  const call = run as (...args: readonly unknown[]) => string | number | bigint | boolean | null;
  connection.registerScalarFunction(
    DuckDBScalarFunction.create({
      name: `kqljs_${name}`,
      parameterTypes: takes.map((type) => carriers[type]),
      returnType: carriers[returns],
      specialHandling: true,
      mainFunction(info, chunk, output) {
        try {
          const inputs = takes.map((_, index) => chunk.getColumnVector(index));
          for (let row = 0; row < chunk.rowCount; row++) {
            const args = inputs.map((input, index) => fromDuckDB(input.getItem(row), takes[index]));
            output.setItem(row, toDuckDB(call(...args), returns));
          }
          output.flush();
        } catch (error) {
          info.setError(`${name}: ${error instanceof Error ? error.message : String(error)}`);
        }
      },
    }),
  );
}

function fromDuckDB(value: DuckDBValue, type: KustoType | undefined): unknown {
  return type === "datetime" && value instanceof DuckDBTimestampValue
    ? value.micros * ticksPerMicrosecond + unixEpochTicks
    : value;
}

function toDuckDB(value: string | number | bigint | boolean | null, type: KustoType): DuckDBValue {
  if (type === "datetime" && typeof value === "bigint")
    return new DuckDBTimestampValue((value - unixEpochTicks) / ticksPerMicrosecond);
  return value;
}
