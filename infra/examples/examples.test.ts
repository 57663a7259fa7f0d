import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

import { minuteOf } from "../../shared/metrics/time-grain.js";
import { accountId, startAppFixture, type AppFixture } from "../../shared/testing/app-fixture.js";
import { callsByMinute, keepMetrics } from "../../shared/testing/kept-metrics.js";

const examples = resolve(import.meta.dirname, "../../dist/infra/examples");

let fixture: AppFixture;
beforeAll(async () => {
  fixture = await startAppFixture();
  const target = {
    resourceId: `${accountId("devstoreaccount1")}/blobServices/default`,
    namespace: "Microsoft.Storage/storageAccounts/blobServices",
  };
  const minute = minuteOf(Date.now()) - 5;
  const series = [
    ...callsByMinute("GetBlob", new Map([[minute, 7]])),
    ...callsByMinute("PutBlob", new Map([[minute, 2]])),
  ];
  await keepMetrics(fixture.azurite.connectionString(), target, series);
});
afterAll(() => fixture.stop());

test("metrics prints what was asked of the account, by operation", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [resolve(examples, "metrics.js"), fixture.app.url]);
  expect(stdout.split("\n").map((line) => line.replace(/ +/g, " ").trim())).toEqual([
    "Transactions (Count)",
    "GetBlob 7",
    "PutBlob 2",
    "Egress (Bytes)",
    "GetBlob 7000",
    "PutBlob 2000",
    "SuccessE2ELatency (MilliSeconds)",
    "GetBlob 12",
    "PutBlob 12",
    "",
  ]);
});
