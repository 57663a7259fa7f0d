import type { BenchRow } from "./bench-row.js";
import { measureRowLag } from "./row-lag.js";

const budgetSeconds = 20;
const requestsPerSecond = 20;
const minutes = 3;

/** From the end of a minute to its row in `$Metrics…`, with all of its requests; the slowest of some minutes. */
export async function benchMetricsLatency(): Promise<readonly BenchRow[]> {
  const { lags, sent, counted } = await measureRowLag(requestsPerSecond, minutes);
  if (counted !== sent) throw new Error(`${sent} requests were sent, and the rows have ${counted}`);
  const worst = Math.max(...lags);
  return [
    {
      name: "end of a minute to its complete metrics row, worst",
      value: worst,
      unit: "s",
      budget: `≤ ${budgetSeconds}`,
      pass: worst <= budgetSeconds,
    },
  ];
}
