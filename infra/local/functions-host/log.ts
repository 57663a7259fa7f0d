import { sourceMappedStack } from "./source-mapped-stack.js";

/** Log levels of the Functions host, from the least to the most severe. */
export const levels = ["trace", "debug", "information", "warning", "error", "critical", "none"] as const;
export type Level = (typeof levels)[number];

/** Writes one line per call, if `host.json` lets the category through at that level. */
export type Log = (level: Level, category: string, message: string) => void;

export type LogOptions = {
  /** Category prefix (or `default`) to the lowest level shown; the longest matching prefix wins (§10.1). */
  readonly levels: Readonly<Record<string, Level>>;
  readonly colour: boolean;
  readonly write: (text: string) => void;
  readonly now: () => Date;
};

const shortNames: Record<Level, string> = {
  trace: "trce",
  debug: "dbug",
  information: "info",
  warning: "warn",
  error: "fail",
  critical: "crit",
  none: "none",
};
const colours: Partial<Record<Level, string>> = {
  trace: "\u001b[90m",
  debug: "\u001b[90m",
  warning: "\u001b[33m",
  error: "\u001b[31m",
  critical: "\u001b[1;31m",
};
const reset = "\u001b[0m";

/** A log of readable lines: time, level, category, message. Lines of one turn of the event loop are written together. */
export function createLog(options: LogOptions): Log & { flush(): void } {
  const thresholds = new Map<string, number>();
  let pending = "";
  const flush = (): void => {
    if (pending === "") return;
    const text = pending;
    pending = "";
    options.write(text);
  };
  const log = (level: Level, category: string, message: string): void => {
    let threshold = thresholds.get(category);
    if (threshold === undefined) {
      threshold = levels.indexOf(lowestLevel(options.levels, category));
      thresholds.set(category, threshold);
    }
    if (level === "none" || levels.indexOf(level) < threshold) return;
    const text = `${options.now().toISOString()} ${shortNames[level]} ${category}: ${message}`;
    const colour = options.colour ? colours[level] : undefined;
    if (pending === "") setImmediate(flush);
    pending += colour === undefined ? `${text}\n` : `${colour}${text}${reset}\n`;
  };
  return Object.assign(log, { flush });
}

/** The lowest level that a category shows. */
export function lowestLevel(configured: Readonly<Record<string, Level>>, category: string): Level {
  let found: Level = "information";
  let length = -1;
  for (const [prefix, level] of Object.entries(configured)) {
    const matched = prefix.toLowerCase() === "default" ? 0 : prefix.length;
    const matches = matched === 0 || category.toLowerCase().startsWith(prefix.toLowerCase());
    if (matches && matched > length) {
      found = level;
      length = matched;
    }
  }
  return found;
}

/** Text of an error for the log: its stack, and those of its causes. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const text = error.stack === undefined ? error.message : sourceMappedStack(error.stack);
  return error.cause === undefined ? text : `${text}\n  caused by: ${describeError(error.cause)}`;
}
