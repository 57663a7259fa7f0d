import { DuckDBInstance } from "@duckdb/node-api";
import { fieldCounts } from "../../shared/storage-analytics/log-line.js";
import { answerRounds } from "./parse-logs-round.js";

/** Child of `parse-logs.ts`: lets DuckDB read and group the log, told everything it would otherwise have to find out. */

const file = process.argv[2] ?? "";
const database = await DuckDBInstance.create(":memory:", { threads: "2" });
const connection = await database.connect();
const columns = Array.from({ length: fieldCounts["2.0"] }, (_, index) => `'field${index + 1}': 'VARCHAR'`).join(", ");
const query = `
  select substr(field2, 1, 16), field3, field4, count(*)
  from read_csv($file, delim = ';', quote = '"', escape = '"', header = false, auto_detect = false, columns = {${columns}})
  group by all`;

answerRounds(async () => {
  const result = await connection.runAndReadAll(query, { file });
  return result.getRows().map(([minute, operation, status, entries]) => ({
    minute: String(minute),
    operation: String(operation),
    status: String(status),
    entries: Number(entries),
  }));
});
