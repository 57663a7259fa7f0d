import type { LogEntry } from "../../../shared/storage-analytics/log-entry.js";

/** What a service, or one of its APIs, did. */
export interface RequestSums {
  readonly requests: number;
  /** Bytes, headers included. */
  readonly ingress: number;
  readonly egress: number;
}

/** By API; `All` is the sum. */
export type SumsByApi = ReadonlyMap<string, RequestSums>;

export const allApis = "All";

export function addSums(sums: Map<string, RequestSums>, api: string, added: RequestSums): void {
  const before = sums.get(api) ?? { requests: 0, ingress: 0, egress: 0 };
  sums.set(api, {
    requests: before.requests + added.requests,
    ingress: before.ingress + added.ingress,
    egress: before.egress + added.egress,
  });
}

/** Adds up log entries one by one; those inside of a request repeat its sizes and are left out. */
export function sumEntries(entries: readonly LogEntry[]): SumsByApi {
  const sums = new Map<string, RequestSums>();
  for (const entry of entries) {
    if (entry.operationCount !== 0) continue;
    const added = {
      requests: 1,
      ingress: (entry.requestHeaderSize ?? 0) + (entry.requestPacketSize ?? 0),
      egress: (entry.responseHeaderSize ?? 0) + (entry.responsePacketSize ?? 0),
    };
    addSums(sums, allApis, added);
    addSums(sums, entry.operationType, added);
  }
  return sums;
}

/** @returns in words, where what was found is not what was counted */
export function compareSums(source: string, counted: SumsByApi, found: SumsByApi): readonly string[] {
  const nothing: RequestSums = { requests: 0, ingress: 0, egress: 0 };
  return [...new Set([...counted.keys(), ...found.keys()])].flatMap((api) => {
    const [own, theirs] = [counted.get(api) ?? nothing, found.get(api) ?? nothing];
    return (["requests", "ingress", "egress"] as const)
      .filter((what) => own[what] !== theirs[what])
      .map((what) => `${source} ${api}: ${theirs[what]} ${what}, counted ${own[what]}`);
  });
}
