/** `npm run kql`: KQL over a folder of Parquet files, in this process, with DuckDB locked down to that folder. */
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { Catalogue } from "../../shared/kql/catalogue.js";
import { compile } from "../../shared/kql/compile.js";
import { renderDiagnostic } from "../../shared/kql/diagnostic.js";
import { ticksPerMicrosecond, unixEpochTicks } from "../../shared/kql/types.js";
import { chartOf } from "./chart.js";
import { drawSvg } from "./chart-svg.js";
import { drawInTerminal } from "./chart-terminal.js";
import { parseCommand, usage, type CommandOptions } from "./command-options.js";
import { openEngine } from "./engine.js";
import { dataFolder, readLocalTables } from "./local-tables.js";
import { formatRows } from "./output.js";
import { defaultLimits, runQuery, type RunResult } from "./runner.js";

/** Exit codes: 1 the query failed or was refused, 2 the command line is wrong. */
const exit = { ok: 0, failed: 1, wrongUse: 2 } as const;

const chartHeight = 16;
const chartWidth = 100;

const parsed = parseCommand(process.argv.slice(2));
if (parsed.kind === "run") process.exitCode = await run(parsed.options);
else if (parsed.kind === "help") process.stdout.write(usage);
else {
  process.stderr.write(`${parsed.message}\n\n${usage}`);
  process.exitCode = exit.wrongUse;
}

async function run(options: CommandOptions): Promise<number> {
  const text = options.query === "-" ? readFileSync(0, "utf8") : options.query;
  const folder = options.data === undefined ? undefined : dataFolder(options.data);
  const instance = await openEngine({
    memoryMegabytes: options.memoryMegabytes,
    threads: availableParallelism(),
    ...(folder === undefined ? {} : { folder }),
  });
  const tables = folder === undefined ? [] : await readLocalTables(instance, folder);
  const stored = new Map(tables.map((table) => [table.schema.name, table.stored]));
  const catalogue = new Catalogue({ tables: tables.map(({ schema }) => schema) });
  const now = BigInt(Date.now()) * 1_000n * ticksPerMicrosecond + unixEpochTicks;
  if (options.showSql) {
    const compiled = compile(text, { catalogue, now });
    if (compiled.kind === "refused") return report(text, compiled);
    process.stdout.write(`${compiled.sql}\n`);
    return exit.ok;
  }
  const result = await runQuery(text, {
    instance,
    catalogue,
    now,
    tableOf: (read) => (read.kind === "table" ? stored.get(read.table) : undefined),
    limits: { ...defaultLimits, timeoutMs: options.timeoutSeconds * 1000, maxRows: options.maxRows },
  });
  if (result.kind !== "rows") return report(text, result);
  const chart = chartOf(result);
  if (chart !== undefined && options.svg !== undefined) writeFileSync(options.svg, drawSvg(chart));
  if (chart !== undefined && options.svg === undefined && options.format === "table")
    process.stdout.write(`${drawInTerminal(chart, { width: chartWidth, height: chartHeight })}\n`);
  else process.stdout.write(formatRows(result, options.format));
  return exit.ok;
}

function report(text: string, result: Exclude<RunResult, { kind: "rows" }>): number {
  const message =
    result.kind === "refused"
      ? result.diagnostics.map((diagnostic) => renderDiagnostic(text, diagnostic)).join("\n\n")
      : `${result.reason}: ${result.message}`;
  process.stderr.write(`${message}\n`);
  return exit.failed;
}
