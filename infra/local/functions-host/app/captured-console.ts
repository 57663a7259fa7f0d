import { format } from "node:util";

import { type Level, type Log } from "../log.js";

const category = "Host.Function.Console";
const methods = [
  ["log", "information"],
  ["info", "information"],
  ["debug", "information"],
  ["warn", "error"],
  ["error", "error"],
] as const satisfies readonly (readonly [string, Level])[];

/** Sends what the app prints through the log, as the real host does: stdout as information, stderr as errors (§2). */
export function captureConsole(log: Log): void {
  for (const [method, level] of methods) {
    console[method] = (...values: unknown[]) => {
      log(level, category, format(...values));
    };
  }
}
