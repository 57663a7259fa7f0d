import { LatencySketch } from "../metrics/latency-sketch.js";
import { clientAddress } from "./client-address.js";
import { type LogEntry } from "./log-entry.js";
import { isError } from "./request-status.js";

/** What usage can be grouped by. */
export const usageGroupings = ["operation", "status", "clientIp", "userAgent", "path", "requester"] as const;
export type UsageGrouping = (typeof usageGroupings)[number];

/** Groups that are kept apart; what belongs to others is summed as `otherGroup`. A group takes about 5 KB. */
export const maxUsageGroups = 5_000;
export const otherGroup = "(other)";
/** Stands for an empty field: anonymous requesters, clients that send no user agent. */
export const emptyGroup = "(none)";

/** Usage by one group. Latencies are end-to-end, within 1 % of the true ones (`LatencySketch`) and rounded. */
export interface UsageRow {
  readonly group: string;
  readonly requests: number;
  /** Requests whose category is another than `Success`. */
  readonly errors: number;
  /** Headers and bodies, like the next one. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Milliseconds; undefined if no request of the group has a latency. */
  readonly latencyP50Ms: number | undefined;
  readonly latencyP95Ms: number | undefined;
  readonly latencyP99Ms: number | undefined;
}

interface Group {
  requests: number;
  errors: number;
  bytesIn: number;
  bytesOut: number;
  readonly latencies: LatencySketch;
}

/**
 * Sums up requests by group, in memory that does not grow beyond `maxUsageGroups`. A group that is shown is exact:
 * the first ones to come keep their place, and the rest is in `(other)`.
 */
export class Usage {
  readonly #nameOf: (entry: LogEntry) => string;
  readonly #groups = new Map<string, Group>();

  /** @param pathDepth with `path`: segments of the object key, 2 for containers, queues and tables; undefined: whole keys */
  constructor(by: UsageGrouping, pathDepth?: number) {
    this.#nameOf = groupName(by, pathDepth);
  }

  /** Sub-operations (operation count above 0) are not counted: they repeat the sizes of their request. */
  add(entry: LogEntry): void {
    if ((entry.operationCount ?? 0) > 0) return;
    const group = this.#group(this.#nameOf(entry) || emptyGroup);
    group.requests += 1;
    if (isError(entry)) group.errors += 1;
    group.bytesIn += (entry.requestHeaderSize ?? 0) + (entry.requestPacketSize ?? 0);
    group.bytesOut += (entry.responseHeaderSize ?? 0) + (entry.responsePacketSize ?? 0);
    if (entry.endToEndLatencyMs !== undefined) group.latencies.add(entry.endToEndLatencyMs);
  }

  /** Adds what was summed up elsewhere by the same grouping. */
  merge(other: Usage): void {
    for (const [name, added] of other.#groups) {
      const group = this.#group(name);
      group.requests += added.requests;
      group.errors += added.errors;
      group.bytesIn += added.bytesIn;
      group.bytesOut += added.bytesOut;
      group.latencies.merge(added.latencies);
    }
  }

  /** @returns the groups with the most requests first, `(other)` last */
  rows(): readonly UsageRow[] {
    const rows = [...this.#groups].map(([group, { requests, errors, bytesIn, bytesOut, latencies }]) => ({
      group,
      requests,
      errors,
      bytesIn,
      bytesOut,
      latencyP50Ms: rounded(latencies.quantile(0.5)),
      latencyP95Ms: rounded(latencies.quantile(0.95)),
      latencyP99Ms: rounded(latencies.quantile(0.99)),
    }));
    const isOther = ({ group }: UsageRow) => (group === otherGroup ? 1 : 0);
    return rows.sort((a, b) => isOther(a) - isOther(b) || b.requests - a.requests || (a.group < b.group ? -1 : 1));
  }

  #group(name: string): Group {
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const kept = this.#groups.size - (this.#groups.has(otherGroup) ? 1 : 0);
    if (kept >= maxUsageGroups && name !== otherGroup) return this.#group(otherGroup);
    const group = { requests: 0, errors: 0, bytesIn: 0, bytesOut: 0, latencies: new LatencySketch() };
    this.#groups.set(name, group);
    return group;
  }
}

/** To whole milliseconds, as they are logged, and no more than the three digits that an error of 1 % leaves. */
const rounded = (ms: number | undefined): number | undefined =>
  ms === undefined ? undefined : Number(Math.round(ms).toPrecision(3));

function groupName(by: UsageGrouping, pathDepth: number | undefined): (entry: LogEntry) => string {
  switch (by) {
    case "operation":
      return ({ operationType }) => operationType;
    case "status":
      return ({ requestStatus }) => requestStatus;
    case "clientIp":
      return ({ requesterIpAddress }) => clientAddress(requesterIpAddress);
    case "userAgent":
      return ({ userAgentHeader }) => userAgentHeader;
    case "path":
      return ({ requestedObjectKey }) =>
        pathDepth === undefined ? requestedObjectKey : requestedObjectKey.split("/", pathDepth + 1).join("/");
    case "requester":
      return ({ requesterAccountName, userPrincipalName, userObjectId }) =>
        userPrincipalName || userObjectId || requesterAccountName;
  }
}
