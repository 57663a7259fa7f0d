import type { LogEntry } from "../storage-analytics/log-entry.js";
import { LogParser, type StartTimeRange } from "../storage-analytics/log-parser.js";
import type { LogBlobs } from "../stores/log-blobs/log-blobs.js";

/**
 * Hands over the entries of a log blob that started within a range, as a stream. Bad lines are passed over: whoever
 * reads each blob once keeps them. A blob that is gone has none.
 * @param signal ends the reading early
 * @returns bytes read
 */
export async function readEntries(
  logBlobs: LogBlobs,
  name: string,
  startedWithin: StartTimeRange,
  onEntry: (entry: LogEntry) => void,
  signal?: AbortSignal,
): Promise<number> {
  signal?.throwIfAborted();
  const opened = await logBlobs.open(name, undefined, signal);
  if (opened.kind === "not-found") return 0;
  const parser = new LogParser(
    (line) => {
      if (line.kind === "entry") onEntry(line.entry);
    },
    { startedWithin },
  );
  for await (const chunk of opened.content as AsyncIterable<Buffer>) {
    signal?.throwIfAborted();
    parser.push(chunk);
  }
  parser.end();
  return opened.size;
}
