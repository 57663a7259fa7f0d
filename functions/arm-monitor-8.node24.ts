import { createRequire } from "node:module";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { minuteOf } from "../shared/metrics/time-grain.js";
import { accountId, startAppFixture, type AppFixture } from "../shared/testing/app-fixture.js";
import { callsByMinute, keepMetrics } from "../shared/testing/kept-metrics.js";

/** As much of `@azure/arm-monitor` 8 as is used here. */
interface MonitorClient {
  readonly pipeline: { removePolicy(policy: { readonly name: string }): void };
  readonly metrics: {
    list(resourceUri: string, options: object): Promise<MetricsAnswer>;
    listAtSubscriptionScope(region: string, options: object): Promise<MetricsAnswer>;
    listAtSubscriptionScopePost(region: string, options: object): Promise<MetricsAnswer>;
  };
  readonly metricDefinitions: { list(resourceUri: string): AsyncIterable<{ readonly name?: { value: string } }> };
  readonly metricNamespaces: { list(resourceUri: string): AsyncIterable<{ readonly name?: string }> };
  readonly metricAlerts: ConfiguredResources;
  readonly metricAlertsStatus: { list(group: string, rule: string): Promise<{ readonly value?: readonly object[] }> };
  readonly actionGroups: Omit<ConfiguredResources, "listBySubscription">;
}
interface ConfiguredResources {
  createOrUpdate(group: string, name: string, resource: object): Promise<object>;
  get(group: string, name: string): Promise<object>;
  update(group: string, name: string, patch: object): Promise<object>;
  delete(group: string, name: string): Promise<void>;
  listBySubscription(): AsyncIterable<{ readonly name?: string }>;
  listByResourceGroup(group: string): AsyncIterable<{ readonly name?: string }>;
}
interface MetricsAnswer {
  readonly timespan: string;
  readonly interval?: string;
  readonly value: readonly {
    readonly name: { readonly value: string };
    readonly timeseries: readonly {
      readonly data?: readonly { readonly timeStamp: Date; readonly total?: number }[];
    }[];
  }[];
}
interface ArmMonitor {
  readonly MonitorClient: new (credential: object, subscriptionId: string, options: object) => MonitorClient;
}

// needs Node 22, so it is no dependency: `npm run test:node24` installs it beside the Node that runs this
const { MonitorClient } = createRequire(process.execPath)("@azure/arm-monitor") as ArmMonitor;

const blobs = `${accountId("devstoreaccount1")}/blobServices/default`;
const namespace = "Microsoft.Storage/storageAccounts/blobServices";
const start = minuteOf(Date.parse("2026-01-31T08:00:00Z"));
const timespan = "2026-01-31T08:00:00Z/2026-01-31T08:10:00Z";

let fixture: AppFixture;
let sent: string[];
let client: MonitorClient;
beforeAll(async () => {
  fixture = await startAppFixture();
  const series = callsByMinute("GetBlob", new Map([3, 4, 0, 0, 0, 0, 5].map((calls, index) => [start + index, calls])));
  await keepMetrics(fixture.azurite.connectionString(), { resourceId: blobs, namespace }, series);
  const credential = { getToken: () => Promise.resolve({ token: "none", expiresOnTimestamp: Date.now() + 3_600_000 }) };
  sent = [];
  client = new MonitorClient(credential, "00000000-0000-0000-0000-000000000000", {
    endpoint: fixture.app.url,
    allowInsecureConnection: true,
    additionalPolicies: [
      {
        position: "perCall",
        policy: {
          name: "note",
          sendRequest: (request: { url: string }, next: (request: object) => unknown) => {
            sent.push(request.url);
            return next(request);
          },
        },
      },
    ],
  });
  client.pipeline.removePolicy({ name: "bearerTokenAuthenticationPolicy" });
});
afterAll(() => fixture.stop());

const totals = ({ value }: MetricsAnswer) =>
  value.map(({ timeseries }) => timeseries.map(({ data }) => data?.map(({ total }) => total)));

describe("@azure/arm-monitor 8", () => {
  test("reads metrics, with its encoded $filter and the points of a whole span", async () => {
    const options = { metricnames: "Transactions,Ingress", timespan, interval: "PT5M", filter: "ApiName eq '*'" };
    const answer = await client.metrics.list(blobs, options);
    expect(sent.at(-1)).toMatch(/%24filter=/);
    expect(answer).toMatchObject({ timespan, interval: "PT5M" });
    expect(totals(answer)).toEqual([[[7, 5]], [[700, 500]]]);
    expect(answer.value[0]?.timeseries[0]?.data?.[0]?.timeStamp).toEqual(new Date("2026-01-31T08:00:00Z"));
    expect(totals(await client.metrics.list(blobs, { timespan, interval: "FULL" }))).toEqual([[[12]]]);
  });

  test("adjusts a grain that is not supported, and rolls up a dimension that it filters by", async () => {
    const adjusted = await client.metrics.list(blobs, { timespan, interval: "PT4M", autoAdjustTimegrain: true });
    expect(adjusted.interval).toBe("PT5M");
    const options = {
      timespan,
      interval: "FULL",
      filter: "ApiName eq 'GetBlob' or ApiName eq 'x'",
      rollupby: "ApiName",
    };
    expect(totals(await client.metrics.list(blobs, options))).toEqual([[[12]]]);
  });

  test("reads metrics of a subscription, by query and by body", async () => {
    const options = { timespan, interval: "FULL", metricnames: "Transactions", metricnamespace: namespace };
    expect(totals(await client.metrics.listAtSubscriptionScope("westeurope", options))).toEqual([[[12]]]);
    const body = { timespan, interval: "FULL", metricNames: "Transactions", metricNamespace: namespace };
    expect(totals(await client.metrics.listAtSubscriptionScopePost("westeurope", { body }))).toEqual([[[12]]]);
  });

  test("lists definitions and namespaces, and gets errors that it understands", async () => {
    const names: (string | undefined)[] = [];
    for await (const { name } of client.metricDefinitions.list(blobs)) names.push(name?.value);
    expect(names).toContain("BlobCapacity");
    for await (const { name } of client.metricNamespaces.list(blobs)) expect(name).toBe(namespace.replaceAll("/", "-"));
    const list = client.metrics.list(blobs, { metricnames: "Nothing" });
    await expect(list).rejects.toMatchObject({ statusCode: 400, code: "BadRequest" });
  });

  test("creates, reads, lists, changes and deletes rules and action groups", async () => {
    const webhookReceivers = [{ name: "hook", serviceUri: "https://example.com/hook", useCommonAlertSchema: true }];
    const group = { location: "Global", groupShortName: "ops", enabled: true, webhookReceivers };
    expect(await client.actionGroups.createOrUpdate("ops", "ops", group)).toMatchObject({ groupShortName: "ops" });
    const rule = {
      ...{
        location: "global",
        severity: 2,
        enabled: true,
        scopes: [blobs],
        evaluationFrequency: "PT1M",
        windowSize: "PT5M",
      },
      criteria: {
        odataType: "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
        allOf: [
          {
            ...{ criterionType: "StaticThresholdCriterion", name: "a", metricName: "Transactions" },
            ...{ operator: "GreaterThan", threshold: 1_000_000, timeAggregation: "Total" },
          },
        ],
      },
      actions: [],
    };
    const created = await client.metricAlerts.createOrUpdate("ops", "rule (1) é", rule);
    expect(created).toMatchObject({ name: "rule (1) é", severity: 2, autoMitigate: true });
    expect(await client.metricAlerts.get("ops", "rule (1) é")).toEqual(created);
    expect(await client.metricAlerts.update("ops", "rule (1) é", { enabled: false })).toMatchObject({ enabled: false });
    const names: (string | undefined)[] = [];
    for await (const { name } of client.metricAlerts.listBySubscription()) names.push(name);
    for await (const { name } of client.metricAlerts.listByResourceGroup("OPS")) names.push(name);
    for await (const { name } of client.actionGroups.listByResourceGroup("ops")) names.push(name);
    expect(names).toEqual(["rule (1) é", "rule (1) é", "ops"]);
    expect((await client.metricAlertsStatus.list("ops", "rule (1) é")).value).toHaveLength(1);
    await client.metricAlerts.delete("ops", "rule (1) é");
    await client.actionGroups.delete("ops", "ops");
    await expect(client.metricAlerts.get("ops", "rule (1) é")).rejects.toMatchObject({ statusCode: 404 });
  });
});
