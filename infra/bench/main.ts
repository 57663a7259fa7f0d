import { cpus, totalmem } from "node:os";
import { parseArgs } from "node:util";
import type { BenchRow } from "./bench-row.js";

/** `npm run bench [-- --json] [-- NAME…]`: every figure with its budget; exit code 1 where one is missed. */

const benches: Readonly<Record<string, () => Promise<readonly BenchRow[]>>> = {
  start: async () => (await import("./start.js")).benchStart(),
  latency: async () => (await import("./request-to-logs.js")).benchRequestToLogs(),
};

const { values, positionals } = parseArgs({
  options: { json: { type: "boolean", default: false } },
  allowPositionals: true,
});
const unknown = positionals.find((name) => !Object.hasOwn(benches, name));
if (unknown !== undefined) {
  console.error(`there is no bench ${unknown}; there are: ${Object.keys(benches).join(", ")}`);
  process.exit(2);
}
const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown CPU"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}, ${process.platform}`;
if (!values.json) console.log(`${machine}\n`);
const rows: BenchRow[] = [];
for (const [name, bench] of Object.entries(benches)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  if (!values.json) console.log(`${name} …`);
  const measured = await bench();
  rows.push(...measured);
  if (!values.json) for (const row of measured) console.log(formatRow(row));
}
if (values.json) console.log(JSON.stringify({ machine, at: new Date().toISOString(), rows }, null, 2));
process.exit(rows.some(({ pass }) => pass === false) ? 1 : 0);

function formatRow({ name, value, unit, budget, pass }: BenchRow): string {
  const verdict = pass === undefined ? "" : pass ? "pass" : "FAIL";
  const figure = `${value >= 100 ? Math.round(value) : Number(value.toPrecision(3))} ${unit}`;
  return `  ${name.padEnd(56)}${figure.padStart(16)}  ${budget.padEnd(12)} ${verdict}`;
}
