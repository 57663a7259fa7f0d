import { createHash } from "node:crypto";
import type { ParseRound } from "./parse-logs.js";

/** Requests of one minute, operation and status. */
export interface ParsedGroup {
  /** `YYYY-MM-DDThh:mm` */
  readonly minute: string;
  readonly operation: string;
  readonly status: string;
  readonly entries: number;
}

/** Runs a round for each message of the parent and answers with its figures. */
export function answerRounds(run: () => Promise<readonly ParsedGroup[]>): void {
  process.on("message", () => {
    void measure(run).then((round) => process.send?.(round));
  });
}

async function measure(run: () => Promise<readonly ParsedGroup[]>): Promise<ParseRound> {
  const start = performance.now();
  const startCpu = process.cpuUsage();
  const groups = await run();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(startCpu);
  const lines = groups.map(({ minute, operation, status, entries }) => `${minute} ${operation} ${status} ${entries}`);
  const digest = createHash("sha256").update(lines.sort().join("\n")).digest("hex");
  return {
    seconds,
    cpuSeconds: (user + system) / 1_000_000,
    residentMiB: process.resourceUsage().maxRSS / 1024,
    groups: groups.length,
    digest,
  };
}
