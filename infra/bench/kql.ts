/** The KQL compiler: cold load, warm compilation of real queries, memory, and what a search over all tables reads. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Catalogue } from "../../shared/kql/catalogue.js";
import { compile } from "../../shared/kql/compile.js";
import { readCommunityQueries, readSchemas } from "../kql/corpus.js";
import type { BenchRow } from "./bench-row.js";

const corpus = fileURLToPath(new URL("../../../shared/kql/testdata/corpus", import.meta.url));
const cold = fileURLToPath(new URL("./kql-cold.js", import.meta.url));
const now = 638_000_000_000_000_000n;
const budgets = { coldMs: 1_500, p50Ms: 30, p99Ms: 150 } as const;
const coldRuns = 3;

export async function benchKql(): Promise<readonly BenchRow[]> {
  const runs = Array.from({ length: coldRuns }, () => {
    const printed = execFileSync(process.execPath, [cold], { encoding: "utf8" });
    return JSON.parse(printed) as { ms: number; megabytes: number };
  }).toSorted((a, b) => a.ms - b.ms);
  const typical = runs[Math.floor(runs.length / 2)] ?? { ms: NaN, megabytes: NaN };
  const catalogue = new Catalogue({ tables: readSchemas(corpus), openCustomTables: true });
  const queries = readCommunityQueries(corpus);
  const before = process.memoryUsage.rss();
  let times: readonly number[] = [];
  // the first round is the warm-up
  for (let round = 0; round < 2; round++) {
    times = queries.map(({ query }) => {
      const begin = performance.now();
      compile(query, { catalogue, now });
      return performance.now() - begin;
    });
  }
  const sorted = times.toSorted((a, b) => a - b);
  const percentile = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? NaN;
  const searched = compile('search "x" | count', { catalogue, now });
  if (searched.kind !== "compiled") throw new Error(`search over all tables: ${searched.kind}`);
  // dynamic values are stored as text
  const read = searched.reads.flatMap(({ columns }) => columns);
  const others = read.filter(({ type }) => type !== "string" && type !== "dynamic").length;
  return Promise.resolve([
    row("KQL: first query of a process", typical.ms, "ms", budgets.coldMs),
    row("KQL: compile, p50 of the community queries", percentile(0.5), "ms", budgets.p50Ms),
    row("KQL: compile, p99 of the community queries", percentile(0.99), "ms", budgets.p99Ms),
    {
      name: "KQL: memory of a process after its first query",
      value: typical.megabytes,
      unit: "MB",
      budget: "",
      pass: undefined,
    },
    {
      name: "KQL: memory added by all schemas and queries",
      value: (process.memoryUsage.rss() - before) / 1e6,
      unit: "MB",
      budget: "",
      pass: undefined,
    },
    {
      name: 'KQL: search "x": columns read that hold no text',
      value: others,
      unit: "columns",
      budget: "≤ 0",
      pass: others === 0,
    },
  ]);
}

function row(name: string, value: number, unit: string, budget: number): BenchRow {
  return { name, value, unit, budget: `≤ ${budget}`, pass: value <= budget };
}
