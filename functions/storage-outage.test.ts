import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

import { formatLogEntry } from "../shared/storage-analytics/log-line.js";
import { accountId, startAppFixture, type AppFixture } from "../shared/testing/app-fixture.js";
import { blobRead } from "../shared/testing/log-entries.js";
import { until } from "../shared/testing/until.js";

let dataFolder: string;
let fixture: AppFixture;
beforeAll(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), "vigil-outage-"));
  fixture = await startAppFixture({ dataFolder, settings: { VIGIL_STORAGE_TIMEOUT: "00:00:01" } });
});
afterAll(async () => {
  await fixture.stop();
  await rm(dataFolder, { recursive: true, force: true });
});

test("storage that stops and comes back: 503 meanwhile, and everything is counted afterwards", async () => {
  const requestStartTime = `${new Date().toISOString().slice(0, -1)}0000Z`;
  await fixture.file(
    "second",
    { service: "blob", hour: new Date(), counter: 0 },
    `${formatLogEntry({ ...blobRead, requestStartTime })}\n`,
  );
  await fixture.azurite.stop();

  const health = await fixture.get("/health");
  expect(health).toMatchObject({ status: 503, body: { status: "unhealthy" } });
  expect(health.text).not.toContain("AccountKey");
  const overview = await fixture.get("/storage-analytics/second");
  expect(overview).toMatchObject({ status: 503, body: { error: { code: "StorageUnavailable" } } });
  expect(overview.headers.get("retry-after")).toBe("5");
  expect((await fixture.get("/storage-analytics/second/blob/requests")).status).toBe(503);
  // clients of Azure Resource Manager try again by themselves, if they are told when
  const metrics = await fixture.get(
    `${accountId("second")}/providers/Microsoft.Insights/metrics?api-version=2024-02-01`,
  );
  expect(metrics).toMatchObject({ status: 503, body: { error: { code: "StorageUnavailable" } } });
  expect(metrics.headers.get("retry-after")).toBe("5");
  expect(overview.text).not.toMatch(/127\.0\.0\.1|at .*\.js|ECONN/);

  await fixture.azurite.start();
  await until("the app to be healthy again", async () => (await fixture.get("/health")).status === 200);
  await until("the log blob to be counted", async () => {
    const { body } = await fixture.get("/storage-analytics/second");
    const { services } = body as { services?: { blob: { lastHour: { requests: number } } } };
    return services?.blob.lastHour.requests === 1;
  });
  expect(await fixture.get("/health")).toMatchObject({ body: { status: "ok" } });
});

test("storage that accepts connections and never answers makes every answer late by its limit at most", async () => {
  fixture.azurite.pause();
  try {
    const startedAt = performance.now();
    const paths = ["", "/blob/requests?limit=1", "/blob/usage?by=operation"].map(
      (path) => `/storage-analytics/second${path}`,
    );
    const [health, ...answers] = await Promise.all(["/health", ...paths].map((path) => fixture.get(path)));
    expect(health?.status).toBe(503);
    expect((health?.body as { dependencies: { reason?: string }[] }).dependencies[0]?.reason).toBe("timeout");
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 503, body: { error: { code: "StorageUnavailable" } } });
    }
    // three tries of a second each, on machines that have more to do
    expect(performance.now() - startedAt).toBeLessThan(12_000);
  } finally {
    fixture.azurite.resume();
  }
  await until("the app to be healthy again", async () => (await fixture.get("/health")).status === 200);
});
