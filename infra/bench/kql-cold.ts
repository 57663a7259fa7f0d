/** One process that compiles its first query: prints what that took, in ms and MB. Started by `kql.ts`. */
const begin = performance.now();
const { compile } = await import("../../shared/kql/compile.js");
const { Catalogue } = await import("../../shared/kql/catalogue.js");
const columns = [
  { name: "TimeGenerated", type: "datetime" },
  { name: "OperationName", type: "string" },
  { name: "DurationMs", type: "real" },
] as const;
const catalogue = new Catalogue({ tables: [{ name: "StorageBlobLogs", columns }] });
const query = "StorageBlobLogs | where TimeGenerated > ago(1h) | summarize avg(DurationMs) by OperationName";
const result = compile(query, { catalogue, now: 638_000_000_000_000_000n });
if (result.kind !== "compiled") throw new Error(`the first query: ${result.kind}`);
console.log(JSON.stringify({ ms: performance.now() - begin, megabytes: process.memoryUsage.rss() / 1e6 }));
