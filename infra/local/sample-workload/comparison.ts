import type { LogEntry } from "../../../shared/storage-analytics/log-entry.js";
import { groupBy } from "./groups.js";
import type { SentRequest } from "./sent.js";

/** What `$logs` made of the requests that were sent. */
export interface Comparison {
  readonly matched: readonly { readonly sent: SentRequest; readonly entry: LogEntry }[];
  /** Entries of operations inside those requests: the parts of a copy or of a batch. */
  readonly subOperations: readonly LogEntry[];
  /** Should be in `$logs`, and are not (yet). */
  readonly missing: readonly SentRequest[];
  /** In words: recorded under another name or status, or twice, or though Azure would not. */
  readonly differences: readonly string[];
}

/** Matches entries to requests by the client request id, which every SDK sends and `$logs` keeps. */
export function compareRecorded(sent: readonly SentRequest[], entries: readonly LogEntry[]): Comparison {
  const byId = groupBy(entries, ({ clientRequestId }) => clientRequestId);
  const matched: { sent: SentRequest; entry: LogEntry }[] = [];
  const subOperations: LogEntry[] = [];
  const missing: SentRequest[] = [];
  const differences: string[] = [];
  for (const request of sent) {
    const found = byId.get(request.clientRequestId) ?? [];
    const [entry, again] = found.filter(({ operationCount }) => operationCount === 0);
    const name = `${request.service} ${request.operation} ${request.httpStatus} (${request.clientRequestId})`;
    if (entry === undefined) {
      if (request.logged) missing.push(request);
      continue;
    }
    if (!request.logged) differences.push(`${name}: recorded, and Azure leaves it out`);
    if (again !== undefined) differences.push(`${name}: recorded more than once`);
    if (entry.operationType !== request.operation) differences.push(`${name}: recorded as ${entry.operationType}`);
    if (entry.httpStatusCode !== String(request.httpStatus)) {
      differences.push(`${name}: recorded with status ${entry.httpStatusCode}`);
    }
    matched.push({ sent: request, entry });
    subOperations.push(...found.filter(({ operationCount }) => operationCount !== 0));
  }
  return { matched, subOperations, missing, differences };
}
