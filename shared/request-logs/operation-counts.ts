import type { RequestCell } from "../storage-analytics/request-counts.js";

/** Requests of one operation by status. */
export interface OperationCount {
  readonly operation: string;
  readonly requests: number;
  /** Requests whose category is not `Success`. */
  readonly errors: number;
  readonly statuses: Readonly<Record<string, number>>;
}

export interface OperationCounts {
  readonly requests: number;
  readonly errors: number;
  /** Most requested first. */
  readonly operations: readonly OperationCount[];
}

/** Sums cells of any minutes by operation and status. Cells without requests (log-only operations) are left out. */
export async function countOperations(cells: AsyncIterable<RequestCell>): Promise<OperationCounts> {
  const operations = new Map<string, { requests: number; errors: number; statuses: Map<string, number> }>();
  for await (const { operation, requestStatus, category, requests } of cells) {
    if (requests === 0) continue;
    let found = operations.get(operation);
    if (found === undefined) operations.set(operation, (found = { requests: 0, errors: 0, statuses: new Map() }));
    found.requests += requests;
    if (category !== "Success") found.errors += requests;
    found.statuses.set(requestStatus, (found.statuses.get(requestStatus) ?? 0) + requests);
  }
  const counted = [...operations]
    .map(([operation, { statuses, ...sums }]) => ({ operation, ...sums, statuses: Object.fromEntries(statuses) }))
    .sort((a, b) => b.requests - a.requests || (a.operation < b.operation ? -1 : 1));
  const sum = (of: "requests" | "errors"): number => counted.reduce((total, each) => total + each[of], 0);
  return { requests: sum("requests"), errors: sum("errors"), operations: counted };
}
