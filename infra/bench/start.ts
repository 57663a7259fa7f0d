import { startStack, type StackProcess } from "../../shared/testing/stack.js";
import type { BenchRow } from "./bench-row.js";

const startBudgetMs = 5_000;
const rounds = 5;
const settleMs = 10_000;
const mebi = 1024 * 1024;

/** Start to `/health` 200 on an empty data folder, and the memory of the idle stack after it has settled. */
export async function benchStart(): Promise<readonly BenchRow[]> {
  const times: number[] = [];
  let idle: readonly StackProcess[] = [];
  for (let round = 0; round < rounds; round++) {
    const stack = await startStack();
    times.push(stack.startedInMs);
    if (round === rounds - 1) {
      await new Promise((resolve) => setTimeout(resolve, settleMs));
      idle = await stack.processes();
    }
    await stack.stop();
    await stack.remove();
  }
  times.sort((a, b) => a - b);
  const median = times[Math.floor(rounds / 2)] ?? 0;
  const rss = (part: string) =>
    idle.filter(({ command }) => command.includes(part)).reduce((sum, { rssBytes }) => sum + rssBytes, 0) / mebi;
  return [
    {
      name: "start to /health 200",
      value: median,
      unit: "ms",
      budget: `≤ ${startBudgetMs}`,
      pass: median <= startBudgetMs,
    },
    { name: "memory, idle: whole stack", value: rss(""), unit: "MiB", budget: "", pass: undefined },
    { name: "memory, idle: app in its host", value: rss("functions-host"), unit: "MiB", budget: "", pass: undefined },
    { name: "memory, idle: storage gateway", value: rss("storage-gateway"), unit: "MiB", budget: "", pass: undefined },
    { name: "memory, idle: Azurite", value: rss("azurite/main.js"), unit: "MiB", budget: "", pass: undefined },
  ];
}
