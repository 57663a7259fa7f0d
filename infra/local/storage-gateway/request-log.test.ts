import { afterAll, beforeAll, expect, test } from "vitest";
import { type Azurite, startAzurite } from "../../../shared/testing/azurite.js";
import { sampleExchange } from "./exchange-sample.js";
import { everything, logBlobsOf, openTestLog, setLogging } from "./log-harness.js";

let azurite: Azurite;
beforeAll(async () => {
  azurite = await startAzurite();
});
afterAll(() => azurite.stop());

test("a request stands in $logs as one line, in a blob as Azure files it", async () => {
  await setLogging(azurite, "blob", { ...everything, version: "2.0" });
  const log = openTestLog(azurite);
  log.start();
  log.record(sampleExchange());
  await log.flush();
  await log.stop({ deadlineMs: 5_000 });
  expect(await logBlobsOf(azurite)).toMatchObject([
    {
      name: "blob/2026/11/24/0800/000000.log",
      metadata: {
        LogType: "read",
        StartTime: "2026-11-24T08:30:00Z",
        EndTime: "2026-11-24T08:30:00Z",
        LogVersion: "2.0",
      },
      lines: [
        '2.0;2026-11-24T08:30:00.1234567Z;GetBlob;Success;200;12;9;authenticated;devstoreaccount1;devstoreaccount1;blob;"http://127.0.0.1:10000/devstoreaccount1/photos/lake.jpg";"/devstoreaccount1/photos/lake.jpg";61d2e3f6-bcb7-4cd1-a81e-4f8f497f0da2;0;127.0.0.1:54321;2020-10-02;283;0;354;23;0;;;;;;;;;;;;;;;;',
      ],
    },
  ]);
});
