import { BlobServiceClient } from "@azure/storage-blob";
import { afterAll, beforeAll, expect, test } from "vitest";

import { startAzurite, type Azurite } from "../../testing/azurite.js";
import { metricStoreInMemory } from "../../testing/metric-store-in-memory.js";
import { hourOfBlob, hoursBlob, minutesBlob } from "./metric-blob-names.js";
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
