import type { Comparison } from "./comparison.js";
import { groupBy } from "./groups.js";
import type { SentRequest } from "./sent.js";

const chartWidth = 32;

/** What the demo prints: requests per API, sent against recorded, with errors, latencies and a chart. */
export function renderSummary(sent: readonly SentRequest[], comparison: Comparison): string {
  const { matched, subOperations, missing, differences } = comparison;
  const groups = groupBy(sent, ({ service, operation }) => `${service} ${operation}`);
  const rows = [...groups].map(([name, requests]) => {
    const [service = "", operation = ""] = name.split(" ");
    const recorded = matched.filter(({ sent }) => sent.service === service && sent.operation === operation);
    const latencies = recorded.map(({ entry }) => entry.endToEndLatencyMs ?? 0).sort((a, b) => a - b);
    return {
      service,
      operation,
      expected: requests.filter(({ logged }) => logged).length,
      recorded: recorded.length,
      errors: recorded.filter(({ entry }) => !entry.requestStatus.endsWith("Success")).length,
      p50: quantile(latencies, 0.5),
      p95: quantile(latencies, 0.95),
      p99: quantile(latencies, 0.99),
    };
  });
  rows.sort((a, b) => a.service.localeCompare(b.service) || b.recorded - a.recorded);
  const most = Math.max(1, ...rows.map(({ recorded }) => recorded));
  const bar = (count: number) => "█".repeat(Math.ceil((count / most) * chartWidth));
  const statuses = [...groupBy(matched, ({ entry }) => entry.requestStatus)]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([status, entries]) => `${status} ${entries.length}`);
  const unlogged = sent.filter(({ logged }) => !logged).length;

  return [
    `${"".padEnd(6)} ${"API".padEnd(24)}${["sent", "logged", "errors", "p50", "p95", "p99 ms"].map((title) => title.padStart(7)).join("")}`,
    ...rows.map(
      ({ service, operation, expected, recorded, errors, p50, p95, p99 }) =>
        `${service.padEnd(6)} ${operation.padEnd(24)}${[expected, recorded, errors, p50, p95, p99].map((value) => String(value).padStart(7)).join("")}  ${bar(recorded)}`,
    ),
    "",
    `Status: ${statuses.join(", ")}`,
    `Inside of requests (copies, transactions, batches): ${subOperations.length} more entries`,
    `Not logged, as in Azure: ${unlogged} failed anonymous requests`,
    ...differences.map((difference) => `DIFFERS ${difference}`),
    ...missing.map(({ service, operation, clientRequestId }) => `MISSING ${service} ${operation} (${clientRequestId})`),
    agrees(comparison)
      ? `All ${matched.length} requests stand in $logs under the names and statuses with which they were sent.`
      : `${missing.length} of ${sent.length - unlogged} requests are missing, ${differences.length} differ.`,
  ].join("\n");
}

export const agrees = ({ missing, differences }: Comparison): boolean => missing.length + differences.length === 0;

/** @param sorted ascending @returns the value at that rank (nearest-rank method); 0 of none */
function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? 0;
}
