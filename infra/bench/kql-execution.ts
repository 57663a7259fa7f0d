/** Compiled KQL against hand-written SQL over the same rows in the same engine, in turns. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { Catalogue } from "../../shared/kql/catalogue.js";
import { compile } from "../../shared/kql/compile.js";
import { openEngine } from "../kql/engine.js";
import type { BenchRow } from "./bench-row.js";
import { pairs, requestColumns, requestRows, type Pair } from "./kql-pairs.js";

const sizes = [1_000_000, 10_000_000] as const;
const rounds = 5;
/** KQL may take this many times as long as SQL written by hand. */
const budget = 1.3;
/** Shorter runs are repeated within a turn: a timer's grain must not decide. */
const leastTurnMs = 60;

export async function benchKqlExecution(): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const size of sizes) {
    const instance = await openEngine({ memoryMegabytes: 8_000, threads: 2 });
    const connection = await instance.connect();
    await connection.run(`CREATE TABLE requests AS ${requestRows.replaceAll("$rows", String(size))}`);
    for (const index of [0, 1, 2]) await connection.run(`CREATE TEMP VIEW read${index} AS SELECT * FROM requests`);
    for (const pair of pairs) rows.push(await compare(connection, pair, size));
    connection.closeSync();
    instance.closeSync();
  }
  return rows;
}

async function compare(connection: DuckDBConnection, { name, kql, sql }: Pair, size: number): Promise<BenchRow> {
  const catalogue = new Catalogue({ tables: [{ name: "requests", columns: requestColumns }] });
  const compiled = compile(kql, { catalogue, now: 638_000_000_000_000_000n });
  if (compiled.kind !== "compiled") throw new Error(`${name}: ${JSON.stringify(compiled)}`);
  const [prepared, written] = [await connection.prepare(compiled.sql), await connection.prepare(sql)];
  for (const [index, value] of compiled.params.entries()) prepared.bindVarchar(index + 1, value);
  const ours = () => prepared.runAndReadAll();
  const theirs = () => written.runAndReadAll();
  const [a, b] = [(await ours()).currentRowCount, (await theirs()).currentRowCount];
  if (a !== b) throw new Error(`${name}: ${a} rows from KQL, ${b} from SQL`);
  const repeats = Math.max(1, Math.ceil(leastTurnMs / (await time(theirs, 1))));
  const [ourTimes, theirTimes]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    ourTimes.push(await time(ours, repeats));
    theirTimes.push(await time(theirs, repeats));
  }
  // the fastest turn is the one that nothing else disturbed
  const ratio = Math.min(...ourTimes) / Math.min(...theirTimes);
  return {
    name: `KQL/SQL, ${size / 1e6} M rows: ${name}`,
    value: ratio,
    unit: "×",
    budget: `≤ ${budget}`,
    pass: ratio <= budget,
  };
}

async function time(run: () => Promise<unknown>, repeats: number): Promise<number> {
  const begin = performance.now();
  for (let index = 0; index < repeats; index++) await run();
  return (performance.now() - begin) / repeats;
}
