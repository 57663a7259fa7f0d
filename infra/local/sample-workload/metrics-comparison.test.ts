import { expect, test } from "vitest";

import type { LogEntry } from "../../../shared/storage-analytics/log-entry.js";
import { compareSums, sumEntries } from "./metrics-comparison.js";

const entry = (operationType: string, about: Partial<LogEntry> = {}): LogEntry =>
  ({
    operationType,
    operationCount: 0,
    requestHeaderSize: 300,
    requestPacketSize: 7,
    responseHeaderSize: 200,
    responsePacketSize: undefined,
    ...about,
  }) as LogEntry;

const counted = sumEntries([entry("GetBlob"), entry("CopyBlob"), entry("CopyBlobSource", { operationCount: 1 })]);

test("entries are added up by API and together, what is inside of a request left out", () => {
  expect(Object.fromEntries(counted)).toEqual({
    All: { requests: 2, ingress: 614, egress: 400 },
    GetBlob: { requests: 1, ingress: 307, egress: 200 },
    CopyBlob: { requests: 1, ingress: 307, egress: 200 },
  });
});

test("what is the same is no difference; a byte, a missing and a surplus API are", () => {
  expect(compareSums("rows", counted, counted)).toEqual([]);
  const found = new Map(counted);
  found.set("All", { requests: 2, ingress: 615, egress: 400 });
  found.delete("CopyBlob");
  found.set("PutBlob", { requests: 1, ingress: 0, egress: 0 });
  expect(compareSums("rows", counted, found)).toEqual([
    "rows All: 615 ingress, counted 614",
    "rows CopyBlob: 0 requests, counted 1",
    "rows CopyBlob: 0 ingress, counted 307",
    "rows CopyBlob: 0 egress, counted 200",
    "rows PutBlob: 1 requests, counted 0",
  ]);
});
