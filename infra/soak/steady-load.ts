import type { BenchRow } from "../bench/bench-row.js";
import { measureRowLag } from "../bench/row-lag.js";

const requestsPerSecond = 500;
const minutes = 10;
const budgetSeconds = 20;

/** 500 requests a second for ten minutes: the rows of each minute are complete in time, the last one as the first. */
export async function soakSteadyLoad(): Promise<readonly BenchRow[]> {
  const { lags, sent, counted } = await measureRowLag(requestsPerSecond, minutes);
  const half = Math.floor(lags.length / 2);
  const mean = (some: readonly number[]): number => some.reduce((sum, lag) => sum + lag, 0) / some.length;
  const worst = Math.max(...lags);
  const growth = mean(lags.slice(half)) - mean(lags.slice(0, half));
  return [
    { name: "requests in rows, of those sent", value: counted, unit: "", budget: `= ${sent}`, pass: counted === sent },
    {
      name: "end of a minute to its complete row, worst",
      value: worst,
      unit: "s",
      budget: `≤ ${budgetSeconds}`,
      pass: worst <= budgetSeconds,
    },
    // ticks are five seconds apart: a difference below that is chance
    {
      name: "mean of the second half minus that of the first",
      value: growth,
      unit: "s",
      budget: "≤ 5",
      pass: growth <= 5,
    },
  ];
}
