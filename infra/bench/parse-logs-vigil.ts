import { createReadStream } from "node:fs";
import { LogCounter } from "../../shared/log-counting/log-counter.js";
import { answerRounds, type ParsedGroup } from "./parse-logs-round.js";

/** Child of `parse-logs.ts`: counts the log as the app counts a blob. */

const file = process.argv[2] ?? "";
const counter = new LogCounter({ threads: 2 });

answerRounds(async () => {
  const { cells } = await counter.count(createReadStream(file, { highWaterMark: 1_048_576 }), (line) => {
    throw new Error(`line ${line.lineNumber} was rejected: ${line.message}`);
  });
  const groups = new Map<string, ParsedGroup>();
  for (const { minute, operation, requestStatus, entries } of cells) {
    const time = new Date(minute * 60_000).toISOString().slice(0, 16);
    const key = `${time} ${operation} ${requestStatus}`;
    const group = {
      minute: time,
      operation,
      status: requestStatus,
      entries: entries + (groups.get(key)?.entries ?? 0),
    };
    groups.set(key, group);
  }
  return [...groups.values()];
});
