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
/** Calls of test notifications, which come before all others. */
let testCalls = 0;
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
const staticCriterion = {
  criterionType: "StaticThresholdCriterion",
  name: "Requests",
  metricName: "Transactions",
  metricNamespace: namespace,
  operator: "GreaterThan",
  threshold: 5,
  timeAggregation: "Total",
} as const;
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
    allOf: [staticCriterion],
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

test("@azure/arm-monitor 7 tests receivers, and is told which were reached", async () => {
  const before = inbox.calls.length;
  const { webhookReceivers = [], voiceReceivers = [] } = actionGroup();
  const body = { alertType: "metricstaticthreshold", webhookReceivers, voiceReceivers };
  const client = monitorClient();
  const options = { updateIntervalInMs: 10 };
  const result = await client.actionGroups.beginPostTestNotificationsAndWait(body, options);
  expect(result).toMatchObject({
    state: "Completed",
    context: { notificationSource: "Microsoft.Insights/TestNotification" },
  });
  // the client hands the details over as they are on the wire
  expect((result as unknown as { readonly actionDetails: unknown }).actionDetails).toMatchObject([
    { MechanismType: "Webhook", Name: "classic", Status: "Completed", Detail: "status 200" },
    { MechanismType: "Webhook", Name: "common", Status: "Completed", Detail: "status 200" },
    { MechanismType: "Voice", Name: "nobody", Status: "Failed", Detail: "Vigil does not deliver to voice calls." },
  ]);
  const sent = inbox.calls.slice(before).find(({ path }) => path.startsWith("/common"));
  expect(sent?.body).toMatchObject({
    data: {
      essentials: { alertRule: "test-metricAlertRule", severity: "Sev4", monitorCondition: "Fired" },
      alertContext: { condition: { allOf: [{ metricValue: 100, threshold: "0", dimensions: [{ name: "ApiName" }] }] } },
      customProperties: { customKey1: "value1" },
    },
  });
  testCalls = inbox.calls.length - before;
  await expect(
    client.actionGroups.beginPostTestNotificationsAndWait({ alertType: "metricstaticthreshold" }, options),
  ).rejects.toMatchObject({ statusCode: 400 });
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
  const calls = () => inbox.calls.slice(testCalls);
  const payload = (path: string, index: number) => calls().filter((call) => call.path.startsWith(path))[index];
  const received = (count: number) => until(`${count} calls`, () => calls().length >= count);

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
    expect(calls()).toHaveLength(2);
    await completeUntil(start + 3);
    expect(await evaluated(start + 3)).toBe("Healthy");
    await received(4);
    const essentials = (index: number) =>
      (payload("/common", index)?.body as { data: { essentials: Record<string, string> } }).data.essentials;
    expect(essentials(1)).toMatchObject({ monitorCondition: "Resolved", alertId: essentials(0)["alertId"] });
    expect(payload("/classic", 1)?.body).toMatchObject({ data: { status: "Deactivated" } });
  });

  test("explains each evaluation, also those that are long over", async () => {
    const at = (minute: number) => new Date((start + minute) * 60_000).toISOString();
    const explain = async (query: string) => (await fixture.get(`${rulePath}/explain?${version}${query}`)).body;
    expect(await explain("")).toMatchObject({
      ...{ at: at(3).replace(".000", ""), dataIsComplete: true, lastEvaluated: at(3).replace(".000", "") },
      series: [{ decision: "resolved", stateBefore: { condition: "Fired" }, stateAfter: { condition: "Healthy" } }],
    });
    expect(await explain(`&at=${at(0)}`)).toMatchObject({
      series: [
        {
          ...{ resourceId: blobs, decision: "fired", stateBefore: { condition: "Healthy" } },
          criteria: [{ metricName: "Transactions", value: 9, threshold: 5, verdict: "met" }],
          reason: expect.stringMatching(/^Total of Transactions from .* is 9, which is greater than 5\.$/) as string,
        },
      ],
    });
    expect(await explain(`&at=${at(600)}`)).toMatchObject({ dataIsComplete: false });
    expect(await explain("&at=soon")).toMatchObject({ error: { code: "BadRequest", target: "at" } });
  });

  test("says what it would have done, and what another one would have", async () => {
    const timespan = `timespan=${new Date((start - 60) * 60_000).toISOString()}/${new Date((start + 4) * 60_000).toISOString()}`;
    const send = async (body?: object) =>
      await fixture.send({
        ...{ method: "POST", path: `${rulePath}/backtest?${version}&${timespan}` },
        body: body && JSON.stringify(body),
      });
    const own = await send();
    expect(own.body).toMatchObject({
      alerts: [
        { firedAt: new Date(start * 60_000).toISOString(), resolvedAt: new Date((start + 3) * 60_000).toISOString() },
      ],
      series: [{ criteria: [{ name: "Requests" }] }],
    });
    const { severity, enabled, scopes, evaluationFrequency, windowSize } = rule();
    const other = {
      location: "global",
      properties: {
        ...{ severity, enabled, scopes, evaluationFrequency, windowSize },
        criteria: {
          "odata.type": "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
          allOf: [{ ...staticCriterion, threshold: 100 }],
        },
      },
    };
    expect((await send(other)).body).toMatchObject({ alerts: [] });
    expect((await send({ location: "global" })).status).toBe(400);
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

describe("an alert", () => {
  const alerts = `${subscription}/providers/Microsoft.AlertsManagement/alerts`;
  const alertsVersion = "api-version=2019-03-01";
  const target = { resourceId: blobs, namespace };
  interface Alert {
    readonly name: string;
    readonly properties: { readonly essentials: Readonly<Record<string, unknown>> };
    readonly id: string;
  }
  const listed = async (query = ""): Promise<readonly Alert[]> =>
    ((await fixture.get(`${alerts}?${alertsVersion}${query}`)).body as { value: readonly Alert[] }).value;
  const put = async (path: string, body: object): Promise<number> =>
    (await fixture.send({ method: "PUT", path, body: JSON.stringify(body) })).status;
  let alert: Alert;

  test("is listed, found by its parts, and counted", async () => {
    const [first, ...others] = await listed("&monitorCondition=Resolved&sortBy=startDateTime&sortOrder=asc");
    alert = first ?? expect.fail("no alert");
    expect(others).toHaveLength(1);
    expect(alert).toMatchObject({
      name: ruleName,
      properties: {
        essentials: { severity: "Sev1", alertState: "New", monitorCondition: "Resolved", targetResourceGroup: "local" },
      },
    });
    expect(await listed("&severity=Sev4")).toEqual([]);
    const page = (await fixture.get(`${alerts}?${alertsVersion}&pageCount=1`)).body as {
      value: Alert[];
      nextLink: string;
    };
    const next = (await fixture.get(page.nextLink)).body as { value: Alert[]; nextLink?: string };
    expect(new Set([...page.value, ...next.value].map(({ id }) => id)).size).toBe(2);
    expect(next.nextLink).toBeUndefined();
    const inGroup = `${subscription}/resourceGroups/none/providers/Microsoft.AlertsManagement/alerts?${alertsVersion}`;
    expect((await fixture.get(inGroup)).body).toEqual({ value: [] });
    const summary = `${subscription}/providers/Microsoft.AlertsManagement/alertsSummary?${alertsVersion}&groupby=severity,alertState`;
    expect((await fixture.get(summary)).body).toMatchObject({
      properties: {
        total: 2,
        values: [{ name: "Sev1", count: 2, groupedby: "alertState", values: [{ name: "New", count: 2 }] }],
      },
    });
  });

  test("is acknowledged, and its history tells all that became of it", async () => {
    const change = await fixture.send({
      ...{ method: "POST", path: `${alert.id}/changestate?${alertsVersion}&newState=Acknowledged` },
      body: '{"comments":"mine"}',
    });
    expect(change.body).toMatchObject({
      properties: { essentials: { alertState: "Acknowledged", lastModifiedUserName: "developer:localhost" } },
    });
    const { body } = await fixture.get(`${alert.id}/history?${alertsVersion}`);
    const { modifications } = (body as { properties: { modifications: Readonly<Record<string, string>>[] } })
      .properties;
    expect(
      modifications.map(({ modificationEvent, newValue }) => `${modificationEvent ?? ""} ${newValue ?? ""}`),
    ).toEqual([
      ...["StateChange Acknowledged", "ActionsTriggered Resolved", "MonitorConditionChange Resolved"],
      ...["ActionsFailed Fired", "ActionsTriggered Fired", "AlertCreated New"],
    ]);
    expect(modifications[0]).toMatchObject({ comments: "mine", oldValue: "New" });
    expect(modifications[3]?.["description"]).toMatch(/^nobody of .*: Vigil does not deliver to voice calls\.$/);
    const deliveries = (await fixture.get(`${alert.id}/deliveries?${alertsVersion}`)).body as { value: object[] };
    expect(deliveries.value).toHaveLength(4);
    expect(deliveries.value[0]).toMatchObject({ status: "delivered", attempts: 1, detail: "status 200" });
    expect(JSON.stringify(deliveries)).not.toContain("secret");
  });

  test.each([
    { title: "a state that is none", path: `changestate?${alertsVersion}&newState=Done`, method: "POST", status: 400 },
    {
      title: "a delivery that is none",
      path: `deliveries/${"0".repeat(32)}/replay?${alertsVersion}`,
      method: "POST",
      status: 404,
    },
    { title: "no version", path: "history", method: "GET", status: 400 },
  ])("$title: $status", async ({ path, method, status }) => {
    expect((await fixture.send({ method, path: `${alert.id}/${path}` })).status).toBe(status);
  });

  test("whose receiver refuses it waits to be replayed", async () => {
    let status = 404;
    const refusing = await startWebhookInbox(() => status);
    const groupId = `${group}/actionGroups/refusing`;
    const webhookReceivers = [{ name: "no", serviceUri: `${refusing.url}/no`, useCommonAlertSchema: true }];
    expect(
      await put(`${groupId}?api-version=2023-01-01`, {
        location: "Global",
        properties: { groupShortName: "r", webhookReceivers },
      }),
    ).toBe(201);
    await monitorClient().metricAlerts.createOrUpdate(
      "ops",
      "refused",
      rule({ actions: [{ actionGroupId: groupId }] }),
    );
    await keepMetrics(fixture.azurite.connectionString(), target, callsByMinute("GetBlob", new Map([[start + 6, 9]])));
    await completeUntil(start + 7);
    const failed = `${subscription}/providers/Microsoft.AlertsManagement/deliveries?${alertsVersion}`;
    interface Failed {
      readonly value: readonly { readonly id: string; readonly alertId: string; readonly detail: string }[];
    }
    const [delivery] = await until("the failure", async () => {
      const { value } = (await fixture.get(failed)).body as Failed;
      return value.length > 0 && value;
    });
    expect(delivery).toMatchObject({ detail: "status 404", status: "failed", receiver: { name: "no" } });
    status = 200;
    const path = `${alerts}/${delivery?.alertId ?? ""}/deliveries/${delivery?.id ?? ""}`;
    expect((await fixture.send({ method: "POST", path: `${path}/replay?${alertsVersion}` })).status).toBe(200);
    await until("the replay", () => refusing.calls.length === 2);
    const [first, second] = refusing.calls.map(({ headers }) => headers["x-vigil-notification-id"]);
    expect(second).toBe(first);
    await until("its end", async () => ((await fixture.get(failed)).body as Failed).value.length === 0);
    expect((await fixture.send({ method: "POST", path: `${path}/drop?${alertsVersion}` })).status).toBe(409);
    await monitorClient().metricAlerts.delete("ops", "refused");
    await refusing.stop();
  });

  test("that a processing rule suppresses tells nobody, and says so", async () => {
    const path = `${subscription}/resourceGroups/ops/providers/Microsoft.AlertsManagement/actionRules/quiet?api-version=2021-08-08`;
    const properties = { scopes: [blobs], actions: [{ actionType: "RemoveAllActionGroups" }] };
    expect(await put(path, { location: "Global", properties })).toBe(201);
    expect(await put(path, { location: "Global", properties })).toBe(200);
    const before = inbox.calls.length;
    await monitorClient().metricAlerts.createOrUpdate("ops", "quiet", rule());
    await keepMetrics(fixture.azurite.connectionString(), target, callsByMinute("GetBlob", new Map([[start + 7, 9]])));
    await completeUntil(start + 8);
    const [suppressed] = await until("the alert", async () => {
      const found = (await listed()).filter(({ name }) => name === "quiet");
      return found.length > 0 && found;
    });
    expect(suppressed?.properties.essentials["actionStatus"]).toEqual({ isSuppressed: true });
    expect(JSON.stringify((await fixture.get(`${suppressed?.id ?? ""}/history?${alertsVersion}`)).body)).toContain(
      "Rule quiet applies",
    );
    await monitorClient().metricAlerts.delete("ops", "quiet");
    await until("the alert to end", async () => (await listed("&monitorCondition=Fired")).length === 0);
    expect(inbox.calls).toHaveLength(before);
  });
});
