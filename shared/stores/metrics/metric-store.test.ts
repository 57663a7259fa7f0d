import { BlobServiceClient } from "@azure/storage-blob";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { startAzurite, type Azurite } from "../../testing/azurite.js";
import { metricStoreInMemory } from "../../testing/metric-store-in-memory.js";
import { hourOfBlob, hoursBlob, minutesBlob } from "./metric-blob-names.js";
import { readBlobHead } from "./metric-blobs.js";
import { metricStoreIn } from "./metric-store.azure.js";
import { metricStoreContract } from "./metric-store.contract.js";

let azurite: Azurite;
beforeAll(async () => {
  azurite = await startAzurite();
});
afterAll(() => azurite.stop());

const open = (clock = () => new Date()) =>
  metricStoreIn(BlobServiceClient.fromConnectionString(azurite.connectionString()), clock);

metricStoreContract("Blob Storage", () => Promise.resolve(open()));
metricStoreContract("memory", () => Promise.resolve(metricStoreInMemory()));

const target = { resourceId: "/subscriptions/s/x", namespace: "custom / näme" };

test("names of blobs tell their hour, and that of a day its last one", () => {
  expect(minutesBlob(target, 490_001)).toMatch(/\/custom%20%2F%20n%C3%A4me\/2025\/11\/24\/17\.minutes$/);
  expect(hourOfBlob(minutesBlob(target, 490_001))).toBe(490_001);
  expect(hourOfBlob(hoursBlob(target, Math.floor(490_001 / 24)))).toBe(24 * Math.floor(490_001 / 24) + 23);
  expect(hourOfBlob("metrics/x/y/definitions.json")).toBeUndefined();
});

test("an hour whose sums are to come is asked by the hour all the same, by two processes in turns", async () => {
  const hour = 490_001;
  const resource = { ...target, resourceId: `/subscriptions/s/${randomUUID()}` };
  const clock = () => new Date((hour + 1) * 3_600_000 + 60_000);
  const stores = [open(clock), open(clock)];
  const add = async (store: ReturnType<typeof open> | undefined, minute: number, sumLater: boolean) =>
    await store?.update(resource, hour, () => {
      const cells = new Map([[hour * 60 + minute, { sum: 1, count: 1, min: 1, max: 1 }]]);
      const series = [{ metric: "Transactions", dimensions: {}, gauge: false, cells }];
      return Promise.resolve({ minutes: [hour * 60 + minute], series, sumLater });
    });
  const total = async (at: ReturnType<typeof open>): Promise<number | undefined> => {
    const range = {
      from: hour * 60,
      to: (hour + 1) * 60,
      grain: 60,
      filter: [],
      splitBy: [],
      metrics: ["Transactions"],
    };
    const [series] = await at.query({ ...resource, ...range });
    return series?.points.get(hour * 60)?.sum;
  };
  for (let minute = 0; minute < 4; minute++) {
    await add(stores[minute % 2], minute, true);
    expect(await total(open(clock))).toBe(minute + 1);
  }
  await add(stores[0], 4, false);
  // hours later the sums alone are read
  expect(await total(open(() => new Date((hour + 5) * 3_600_000)))).toBe(5);
});

describe("the beginning of a blob", () => {
  const newBlob = async (bytes: Buffer) => {
    const service = BlobServiceClient.fromConnectionString(azurite.connectionString());
    const container = service.getContainerClient(`head-${randomUUID()}`);
    await container.create();
    const blob = container.getBlockBlobClient("a");
    await blob.upload(bytes, bytes.length);
    return { container, blob };
  };

  test.each([
    { first: 16, needed: 10, length: 16 },
    { first: 16, needed: 600, length: 600 },
    { first: 16, needed: 1_000, length: 1_000 },
    { first: 4_096, needed: 1_000, length: 1_000 },
  ])("is read in one or two pieces: first $first, needed $needed", async ({ first, needed, length }) => {
    const bytes = Buffer.from(Array.from({ length: 1_000 }, (_, index) => index % 251));
    const { container } = await newBlob(bytes);
    const head = await readBlobHead(container, "a", first, (beginning) => {
      expect(Buffer.from(beginning)).toEqual(bytes.subarray(0, Math.min(first, bytes.length)));
      return needed;
    });
    expect(head && Buffer.from(head)).toEqual(bytes.subarray(0, length));
    expect(await readBlobHead(container, "b", first, () => needed)).toBeUndefined();
  });

  test("is never of two versions", async () => {
    const version = (value: number): Buffer => Buffer.alloc(1_000, value % 251);
    const { container, blob } = await newBlob(version(0));
    const enough = new AbortController();
    let versions = 0;
    const replacing = (async () => {
      while (!enough.signal.aborted) await blob.upload(version(++versions), 1_000);
    })();
    for (let times = 0; times < 60; times++) {
      const head = await readBlobHead(container, "a", 16, () => 1_000);
      expect(head && new Set(head).size).toBe(1);
      expect(head?.length).toBe(1_000);
    }
    enough.abort();
    await replacing;
    expect(versions).toBeGreaterThan(10);
  });
});

test("a change noted by an instance whose clock is half an hour behind or ahead is told", async () => {
  const now = new Date("2026-01-01T12:10:00Z");
  const { token } = await open().changedSince(undefined, now);
  for (const minutes of [-30, 55]) {
    const store = open(() => new Date(now.getTime() + minutes * 60_000));
    const cell = { sum: 1, count: 1, min: 1, max: 1 };
    const series = [{ metric: "m", dimensions: {}, gauge: false, cells: new Map([[60, cell]]) }];
    await store.update({ ...target, namespace: `${minutes}` }, 1, () => Promise.resolve({ minutes: [60], series }));
  }
  const { changes } = await open().changedSince(token, now);
  expect(changes.map(({ namespace }) => namespace)).toEqual(["-30", "55"]);
});

test.each(["", "x", "[]", '{"a":1}', '{"1":-1}'])(
  "a token that Vigil did not give out ('%s') is refused",
  async (token) => {
    await expect(open().changedSince(token, new Date())).rejects.toThrow("no token that Vigil gave out");
  },
);
