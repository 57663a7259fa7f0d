import { expect, test } from "vitest";

import type { SeriesCells } from "../../metrics/metric-cell.js";
import { servicesOfAccount } from "../../metrics/storage-metrics.js";
import { metricStoreInMemory } from "../../testing/metric-store-in-memory.js";
import { metricStoreContract } from "./metric-store.contract.js";
import { withStorageAccounts } from "./storage-account-metrics.js";

metricStoreContract("a store with storage accounts", () => Promise.resolve(withStorageAccounts(metricStoreInMemory())));

const account = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a";
const ofAccount = { resourceId: account, namespace: "Microsoft.Storage/storageAccounts" };
const range = { filter: [], from: 0, to: 60, grain: 60 };

const requests = (api: string, count: number): SeriesCells => ({
  metric: "Transactions",
  dimensions: { ApiName: api },
  gauge: false,
  cells: new Map([[1, { sum: count, count, min: 1, max: 1 }]]),
});

test("the requests of an account are those of its services, and its capacity is its own", async () => {
  const store = withStorageAccounts(metricStoreInMemory());
  const [blob, queue] = servicesOfAccount(account);
  if (blob === undefined || queue === undefined) throw new Error("an account has services");
  await store.update(blob, 0, () =>
    Promise.resolve({ minutes: [1], series: [requests("GetBlob", 3), requests("Unknown", 1)] }),
  );
  await store.update(queue, 0, () => Promise.resolve({ minutes: [1], series: [requests("Unknown", 4)] }));
  const capacity = {
    metric: "UsedCapacity",
    dimensions: {},
    gauge: true,
    cells: new Map([[0, { sum: 9, count: 1, min: 9, max: 9 }]]),
  };
  await store.update(ofAccount, 0, () => Promise.resolve({ minutes: [0], series: [capacity] }));

  const split = await store.query({ ...ofAccount, ...range, metrics: ["Transactions"], splitBy: ["ApiName"] });
  const sums = Object.fromEntries(
    split.map(({ dimensions, points }) => [dimensions["ApiName"] ?? "", points.get(0)?.sum] as const),
  );
  expect(sums).toEqual({ GetBlob: 3, Unknown: 5 });
  const filter = [{ kind: "in", dimension: "ApiName", values: ["Unknown"] }] as const;
  const [unknown] = await store.query({ ...ofAccount, ...range, metrics: ["Transactions"], filter, splitBy: [] });
  expect(unknown?.points.get(0)?.sum).toBe(5);
  const [used] = await store.query({ ...ofAccount, ...range, metrics: ["UsedCapacity"], splitBy: [] });
  expect(used?.points.get(0)?.sum).toBe(9);
});

test("an account is as far as its slowest service", async () => {
  const store = withStorageAccounts(metricStoreInMemory());
  expect(await store.watermark(account)).toBeUndefined();
  for (const [index, { resourceId }] of servicesOfAccount(account).entries())
    await store.advanceWatermark(resourceId, 100 + index);
  expect(await store.watermark(account)).toBe(100);
});
