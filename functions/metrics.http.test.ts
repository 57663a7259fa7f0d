import { MonitorClient } from "@azure/arm-monitor";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { minuteOf } from "../shared/metrics/time-grain.js";
import { accountId, startAppFixture, type AppFixture } from "../shared/testing/app-fixture.js";
import { callsByMinute, keepMetrics } from "../shared/testing/kept-metrics.js";

const account = accountId("devstoreaccount1");
const blobs = `${account}/blobServices/default`;
const namespace = "Microsoft.Storage/storageAccounts/blobServices";
const start = minuteOf(Date.parse("2026-01-31T08:00:00Z"));
const timespan = "2026-01-31T08:00:00Z/2026-01-31T08:10:00Z";

let fixture: AppFixture;
beforeAll(async () => {
  fixture = await startAppFixture();
  const series = [
    ...callsByMinute(
      "GetBlob",
      new Map([
        [start, 3],
        [start + 1, 4],
        [start + 6, 5],
      ]),
    ),
    ...callsByMinute("PutBlob", new Map([[start + 1, 20]])),
  ];
  await keepMetrics(fixture.azurite.connectionString(), { resourceId: blobs, namespace }, series);
});
afterAll(() => fixture.stop());

/** The client of Azure Resource Manager, as a user of a laptop makes it. */
function monitorClient(): MonitorClient {
  const credential = { getToken: () => Promise.resolve({ token: "none", expiresOnTimestamp: Date.now() + 3_600_000 }) };
  const client = new MonitorClient(credential, "00000000-0000-0000-0000-000000000000", {
    endpoint: fixture.app.url,
    allowInsecureConnection: true,
  });
  client.pipeline.removePolicy({ name: "bearerTokenAuthenticationPolicy" });
  return client;
}

describe("@azure/arm-monitor 7", () => {
  test("reads metrics, split by a dimension", async () => {
    const answer = await monitorClient().metrics.list(blobs, {
      metricnames: "Transactions,Ingress",
      timespan,
      interval: "PT5M",
      aggregation: "Total",
      filter: "ApiName eq '*'",
    });
    expect(answer).toMatchObject({ timespan, interval: "PT5M", namespace });
    const totals = answer.value.map(({ name, timeseries }) => [
      name.value,
      timeseries.map(({ metadatavalues, data }) => [metadatavalues?.[0]?.value, data?.map(({ total }) => total)]),
    ]);
    expect(totals).toEqual([
      [
        "Transactions",
        [
          ["PutBlob", [20, undefined]],
          ["GetBlob", [7, 5]],
        ],
      ],
      [
        "Ingress",
        [
          ["PutBlob", [2_000, undefined]],
          ["GetBlob", [700, 500]],
        ],
      ],
    ]);
    expect(answer.value[0]?.timeseries[0]?.data?.[0]?.timeStamp).toEqual(new Date("2026-01-31T08:00:00Z"));
  });
});
