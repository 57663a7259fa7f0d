import { cpus, totalmem } from "node:os";
import { parseArgs } from "node:util";
import type { BenchRow } from "./bench-row.js";

export type Measurements = Readonly<Record<string, () => Promise<readonly BenchRow[]>>>;

/**
 * Runs measurements by name, all of them where none is named, and prints each figure with its budget (`--json`: as one
 * JSON document with the machine's shape). Ends the process: 1 where a budget is missed, 2 for an unknown name.
 */
export async function reportMeasurements(measurements: Measurements, args: readonly string[]): Promise<never> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { json: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const unknown = positionals.find((name) => !Object.hasOwn(measurements, name));
  if (unknown !== undefined) {
    console.error(`there is no ${unknown}; there are: ${Object.keys(measurements).join(", ")}`);
    process.exit(2);
  }
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown CPU"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}, ${process.platform}`;
  if (!values.json) console.log(`${machine}\n`);
  const rows: BenchRow[] = [];
  for (const [name, measure] of Object.entries(measurements)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    if (!values.json) console.log(`${name} …`);
    const measured = await measure();
    rows.push(...measured);
    if (!values.json) for (const row of measured) console.log(formatRow(row));
  }
  if (values.json) console.log(JSON.stringify({ machine, at: new Date().toISOString(), rows }, null, 2));
  process.exit(rows.some(({ pass }) => pass === false) ? 1 : 0);
}

function formatRow({ name, value, unit, budget, pass }: BenchRow): string {
  const verdict = pass === undefined ? "" : pass ? "pass" : "FAIL";
  const figure = `${value >= 100 ? Math.round(value) : Number(value.toPrecision(3))} ${unit}`;
  return `  ${name.padEnd(56)}${figure.padStart(16)}  ${budget.padEnd(12)} ${verdict}`;
}
