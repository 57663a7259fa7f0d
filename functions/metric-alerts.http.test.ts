import { MonitorClient, type ActionGroupResource, type MetricAlertResource } from "@azure/arm-monitor";
import { BlobServiceClient } from "@azure/storage-blob";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { minuteOf } from "../shared/metrics/time-grain.js";
import { metricStoreIn } from "../shared/stores/metrics/metric-store.azure.js";
import { accountId, startAppFixture, type AppFixture } from "../shared/testing/app-fixture.js";
import { callsByMinute, keepMetrics } from "../shared/testing/kept-metrics.js";
import { until } from "../shared/testing/until.js";
import { startWebhookInbox, type WebhookInbox } from "../shared/testing/webhook-inbox.js";

const subscription = "/subscriptions/00000000-0000-0000-0000-000000000000";
const group = `${subscription}/resourceGroups/ops/providers/Microsoft.Insights`;
const blobs = `${accountId("devstoreaccount1")}/blobServices/default`;
const namespace = "Microsoft.Storage/storageAccounts/blobServices";
const ruleName = "rule (1) é";
const rulePath = `${group}/metricAlerts/${encodeURIComponent(ruleName)}`;
const version = "api-version=2018-03-01";
/** Windows end here and in the minutes after it: all of them are over. */
const start = minuteOf(Date.now()) - 12;

let fixture: AppFixture;
let inbox: WebhookInbox;
beforeAll(async () => {
  // no gateway writes for the account, and the planner leaves its watermark to the tests
  fixture = await startAppFixture({ settings: { VIGIL_LOG_LATENESS: "01:00:00" } });
  inbox = await startWebhookInbox();
});
afterAll(async () => {
  await fixture.stop();
  await inbox.stop();
});

function monitorClient(): MonitorClient {
  const credential = { getToken: () => Promise.resolve({ token: "none", expiresOnTimestamp: Date.now() + 3_600_000 }) };
  const options = { endpoint: fixture.app.url, allowInsecureConnection: true };
  const client = new MonitorClient(credential, subscription.split("/")[2] ?? "", options);
  client.pipeline.removePolicy({ name: "bearerTokenAuthenticationPolicy" });
  return client;
}

const actionGroup = (): ActionGroupResource => ({
  location: "Global",
  groupShortName: "ops",
  enabled: true,
  webhookReceivers: [
    { name: "common", serviceUri: `${inbox.url}/common?code=secret`, useCommonAlertSchema: true },
    { name: "classic", serviceUri: `${inbox.url}/classic` },
  ],
  voiceReceivers: [{ name: "nobody", countryCode: "1", phoneNumber: "5550100" }],
});
const rule = (about: Partial<MetricAlertResource> = {}): MetricAlertResource => ({
  location: "global",
  description: "Too many requests",
  severity: 2,
  enabled: true,
  scopes: [blobs],
  evaluationFrequency: "PT1M",
  windowSize: "PT1M",
  criteria: {
    odataType: "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
    allOf: [
      {
        criterionType: "StaticThresholdCriterion",
        name: "Requests",
        metricName: "Transactions",
        metricNamespace: namespace,
        operator: "GreaterThan",
        threshold: 5,
        timeAggregation: "Total",
      },
    ],
  },
  actions: [{ actionGroupId: `${group}/actionGroups/ops`, webHookProperties: { team: "storage" } }],
  ...about,
});

/** Says that the account's blob metrics are complete, as the roll-up does, and has the rules planned. */
async function completeUntil(minute: number): Promise<void> {
  const blobService = BlobServiceClient.fromConnectionString(fixture.azurite.connectionString());
  await metricStoreIn(blobService, () => new Date()).advanceWatermark(blobs, minute);
  await fixture.app.runTimer("PlanAlertEvaluations");
}

interface Statuses {
  readonly value: readonly {
    readonly name: string;
    readonly properties: { readonly status: string; readonly timestamp: string };
  }[];
}
const statuses = async (): Promise<Statuses["value"]> =>
  ((await fixture.get(`${rulePath}/status?${version}`)).body as Statuses).value;

/** @returns the status of the only series, once the window that ends at a minute is evaluated */
const evaluated = (minute: number): Promise<string> =>
  until(`the window until minute ${minute - start} to be evaluated`, async () => {
    const [only] = await statuses();
    if (only === undefined || only.properties.status === "NotEvaluated") return false;
    return minuteOf(Date.parse(only.properties.timestamp)) >= minute && only.properties.status;
  });

describe("@azure/arm-monitor 7", () => {
  test("creates an action group and a rule, reads and lists them, and changes them in part", async () => {
    const client = monitorClient();
    const created = await client.actionGroups.createOrUpdate("ops", "ops", actionGroup());
    expect(created).toMatchObject({ name: "ops", groupShortName: "ops", webhookReceivers: [{ name: "common" }, {}] });
    const put = await client.metricAlerts.createOrUpdate("ops", ruleName, rule());
    expect(put).toMatchObject({ name: ruleName, severity: 2, autoMitigate: true, targetResourceType: namespace });
    expect(put.lastUpdatedTime).toBeInstanceOf(Date);
    expect(await client.metricAlerts.get("OPS", ruleName.toUpperCase().replace("É", "é"))).toEqual(put);
    expect(await client.metricAlerts.update("ops", ruleName, { severity: 1 })).toMatchObject({ severity: 1 });
    const names = async (list: AsyncIterable<{ readonly name?: string }>): Promise<unknown> => {
      const all: (string | undefined)[] = [];
      for await (const { name } of list) all.push(name);
      return all;
    };
    expect(await names(client.metricAlerts.listBySubscription())).toEqual([ruleName]);
    expect(await names(client.metricAlerts.listByResourceGroup("ops"))).toEqual([ruleName]);
    expect(await names(client.metricAlerts.listByResourceGroup("other"))).toEqual([]);
    expect(await names(client.actionGroups.listBySubscriptionId())).toEqual(["ops"]);
    expect(await names(client.actionGroups.listByResourceGroup("OPS"))).toEqual(["ops"]);
    const disabled = await client.actionGroups.update("ops", "ops", { enabled: false });
    expect(disabled).toMatchObject({ enabled: false });
    expect(await client.actionGroups.update("ops", "ops", { enabled: true })).toMatchObject({ enabled: true });
  });

  test("hears what is wrong with a rule, and where", async () => {
    const client = monitorClient();
    const wrong = client.metricAlerts.createOrUpdate("ops", "wrong", rule({ severity: 7 }));
    await expect(wrong).rejects.toMatchObject({ statusCode: 400, code: "BadRequest", message: /properties\.severity/ });
    await expect(client.metricAlerts.get("ops", "none")).rejects.toMatchObject({
      statusCode: 404,
      code: "ResourceNotFound",
    });
    const single = { ...rule().criteria, allOf: [] } as NonNullable<MetricAlertResource["criteria"]>;
    await expect(client.metricAlerts.createOrUpdate("ops", "wrong", rule({ criteria: single }))).rejects.toMatchObject({
      statusCode: 400,
    });
    await client.metricAlerts.delete("ops", "none");
    await expect(client.actionGroups.enableReceiver("ops", "ops", { receiverName: "nobody" })).rejects.toMatchObject({
      statusCode: 404,
    });
  });
});

describe("conditions of a request", () => {
  const path = `${group}/actionGroups/conditional?api-version=2023-01-01`;
  const body = JSON.stringify({ location: "Global", properties: { groupShortName: "c" } });

  test("only what was read is replaced, and only once it is created anew", async () => {
    const send = (method: string, headers: Record<string, string>) =>
      fixture.send({ method, path, body: method === "DELETE" ? undefined : body }, headers);
    expect(await send("PUT", { "if-match": '"any"' })).toMatchObject({
      status: 412,
      body: { error: { code: "PreconditionFailed" } },
    });
    const created = await send("PUT", { "if-none-match": "*" });
    expect(created.status).toBe(201);
    const etag = created.headers.get("etag") ?? "";
    expect((await send("PUT", { "if-none-match": "*" })).status).toBe(412);
    const replaced = await send("PUT", { "if-match": etag });
    expect(replaced.status).toBe(200);
    expect((await send("PATCH", { "if-match": etag })).status).toBe(412);
    expect((await send("DELETE", { "if-match": etag })).status).toBe(412);
    expect((await send("DELETE", { "if-match": replaced.headers.get("etag") ?? "" })).status).toBe(200);
    expect((await send("DELETE", {})).status).toBe(204);
  });
});

describe("a rule over requests", () => {
  const payload = (path: string, index: number) => inbox.calls.filter((call) => call.path.startsWith(path))[index];
  const received = (count: number) => until(`${count} calls`, () => inbox.calls.length >= count);

  test("fires within the minute, and every receiver hears of it once, in its own schema", async () => {
    const target = { resourceId: blobs, namespace };
    await keepMetrics(fixture.azurite.connectionString(), target, callsByMinute("GetBlob", new Map([[start - 1, 9]])));
    await completeUntil(start);
    expect(await evaluated(start)).toBe("Unhealthy");
    await received(2);
    // a timer that comes twice finds nothing to do
    await fixture.app.runTimer("PlanAlertEvaluations");
    const common = payload("/common", 0);
    expect(common?.headers["x-vigil-notification-id"]).toMatch(/^[0-9a-f]{32}$/);
    expect(common?.body).toMatchObject({
      schemaId: "azureMonitorCommonAlertSchema",
      data: {
        essentials: {
          alertRule: ruleName,
          severity: "Sev1",
          monitorCondition: "Fired",
          firedDateTime: expect.any(String) as string,
        },
        alertContext: {
          properties: { team: "storage" },
          condition: { allOf: [{ metricName: "Transactions", threshold: "5", metricValue: 9 }] },
        },
      },
    });
    expect(payload("/classic", 0)?.body).toMatchObject({
      schemaId: "AzureMonitorMetricAlert",
      data: { status: "Activated", context: { severity: "1", condition: { allOf: [{ metricValue: 9 }] } } },
    });
    const [{ name } = { name: "" }] = await statuses();
    const one = await fixture.get(`${rulePath}/status/${encodeURIComponent(name)}?${version}`);
    expect((one.body as Statuses).value).toHaveLength(1);
    const client = monitorClient();
    expect((await client.metricAlertsStatus.list("ops", ruleName)).value).toMatchObject([
      { properties: { status: "Unhealthy", dimensions: { resourceId: blobs } } },
    ]);
  });

  test("resolves after three healthy evaluations, and not before", async () => {
    for (const minute of [1, 2]) {
      await completeUntil(start + minute);
      expect(await evaluated(start + minute)).toBe("Unhealthy");
    }
    expect(inbox.calls).toHaveLength(2);
    await completeUntil(start + 3);
    expect(await evaluated(start + 3)).toBe("Healthy");
    await received(4);
    const essentials = (index: number) =>
      (payload("/common", index)?.body as { data: { essentials: Record<string, string> } }).data.essentials;
    expect(essentials(1)).toMatchObject({ monitorCondition: "Resolved", alertId: essentials(0)["alertId"] });
    expect(payload("/classic", 1)?.body).toMatchObject({ data: { status: "Deactivated" } });
  });

  test("that is deleted while it fires resolves what it fired, and says why", async () => {
    const target = { resourceId: blobs, namespace };
    await keepMetrics(fixture.azurite.connectionString(), target, callsByMinute("PutBlob", new Map([[start + 4, 7]])));
    await completeUntil(start + 5);
    await received(6);
    await monitorClient().metricAlerts.delete("ops", ruleName);
    await received(8);
    expect(payload("/common", 3)?.body).toMatchObject({
      data: {
        essentials: { monitorCondition: "Resolved" },
        alertContext: { note: "The rule was deleted while the alert was fired." },
      },
    });
    expect((await fixture.get(`${rulePath}?${version}`)).status).toBe(404);
  });
});
