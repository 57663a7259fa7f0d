import { fork, type ChildProcess } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { median } from "../../shared/alerts/order-statistics.js";
import { generateLogBytes } from "../../shared/testing/log-generator.js";
import type { BenchRow } from "./bench-row.js";

const entries = 1_000_000;
const rounds = 7;
const ratioBudget = 2;
const memoryBudgetMiB = 600;

/** What a child answers to each round. */
export interface ParseRound {
  readonly seconds: number;
  /** Time of all its threads on a core. */
  readonly cpuSeconds: number;
  /** Peak of the whole child so far. */
  readonly residentMiB: number;
  /** Number of groups, and a digest over all of them in order. */
  readonly groups: number;
  readonly digest: string;
}

/**
 * Parses and sums a million log entries, and lets DuckDB group the same bytes by minute, operation and status: each
 * in a process of its own on two threads, by turns, so that whatever else the machine does hits both.
 */
export async function benchParseLogs(): Promise<readonly BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), "vigil-bench-"));
  try {
    const file = join(folder, "log.txt");
    // one hour of a busy account; one version, because DuckDB wants every row to have the same columns
    const log = { seed: 1, entries, from: new Date("2024-03-07T10:00Z"), to: new Date("2024-03-07T11:00Z") };
    await pipeline(Readable.from(generateLogBytes(log)), createWriteStream(file));
    const { size } = await stat(file);
    const { ours, duckdb } = await runByTurns(file);
    const seconds = median(ours.map((round) => round.seconds));
    const ratio = seconds / median(duckdb.map((round) => round.seconds));
    const cpuRatio = median(ours.map((round) => round.cpuSeconds)) / median(duckdb.map((round) => round.cpuSeconds));
    const resident = Math.max(...ours.map((round) => round.residentMiB));
    const megabytes = size / 1_000_000;
    const what = `1 M log entries (${Math.round(megabytes)} MB) summed`;
    return [
      {
        name: `${what}, time against DuckDB's`,
        value: ratio,
        unit: "×",
        budget: `≤ ${ratioBudget}`,
        pass: ratio <= ratioBudget,
      },
      // on a busy machine the one with more threads gets more of it: the time on a core tells
      { name: `${what}, CPU time against DuckDB's`, value: cpuRatio, unit: "×", budget: "", pass: undefined },
      { name: `${what}, two threads`, value: megabytes / seconds, unit: "MB/s", budget: "", pass: undefined },
      {
        name: `${what}, memory`,
        value: resident,
        unit: "MiB",
        budget: `≤ ${memoryBudgetMiB}`,
        pass: resident <= memoryBudgetMiB,
      },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runByTurns(file: string): Promise<{ ours: readonly ParseRound[]; duckdb: readonly ParseRound[] }> {
  const children = {
    ours: fork(new URL("./parse-logs-vigil.js", import.meta.url), [file]),
    duckdb: fork(new URL("./parse-logs-duckdb.js", import.meta.url), [file]),
  };
  try {
    const ours: ParseRound[] = [];
    const duckdb: ParseRound[] = [];
    for (let round = 0; round <= rounds; round++) {
      const [our, their] = [await runRound(children.ours), await runRound(children.duckdb)];
      if (our.digest !== their.digest) {
        throw new Error(`parsing a log: we find ${our.groups} groups, DuckDB ${their.groups}, and they differ`);
      }
      // the first round compiles and warms the file cache, for both
      if (round > 0) {
        ours.push(our);
        duckdb.push(their);
      }
    }
    return { ours, duckdb };
  } finally {
    for (const child of Object.values(children)) child.kill();
  }
}

function runRound(child: ChildProcess): Promise<ParseRound> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => {
      reject(new Error(`parsing a log: the child ended with exit code ${code ?? "none"}`));
    };
    child.once("exit", onExit);
    child.once("message", (round) => {
      child.off("exit", onExit);
      resolve(round as ParseRound);
    });
    child.send("run");
  });
}
