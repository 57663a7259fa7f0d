import { MonitorClient } from "@azure/arm-monitor";
import { MetricsClient } from "@azure/monitor-query-metrics";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { storageMetricDefinitions } from "../shared/metrics/storage-metrics.js";
import { minuteOf } from "../shared/metrics/time-grain.js";
import { accountId, secondAccount, startAppFixture, type AppFixture } from "../shared/testing/app-fixture.js";
import { badMetricsQueries, badMetricsRequests } from "../shared/testing/bad-metrics-requests.js";
import { callsByMinute, keepMetrics } from "../shared/testing/kept-metrics.js";

const subscription = "/subscriptions/00000000-0000-0000-0000-000000000000";
const account = accountId("devstoreaccount1");
const blobs = `${account}/blobServices/default`;
const second = accountId(secondAccount.name);
const namespace = "Microsoft.Storage/storageAccounts/blobServices";
const start = minuteOf(Date.parse("2026-01-31T08:00:00Z"));
const timespan = "2026-01-31T08:00:00Z/2026-01-31T08:10:00Z";
/** A grain that takes the whole span: the client refuses `FULL`, which is no duration. */
const whole = "PT15M";
const span = { startTime: new Date("2026-01-31T08:00:00Z"), endTime: new Date("2026-01-31T08:10:00Z") };

let fixture: AppFixture;
beforeAll(async () => {
  fixture = await startAppFixture();
  const state = fixture.azurite.connectionString();
  const get = callsByMinute("GetBlob", new Map([3, 4, 0, 0, 0, 0, 5].map((calls, minute) => [start + minute, calls])));
  const put = callsByMinute("PutBlob", new Map([[start + 1, 20]]), { Authentication: "SAS" });
  const enqueue = callsByMinute("PutMessage", new Map([[start + 2, 7]]));
  const other = callsByMinute("GetBlob", new Map([[start, 100]]));
  await keepMetrics(state, { resourceId: blobs, namespace }, [...get, ...put]);
  await keepMetrics(
    state,
    { resourceId: `${account}/queueServices/default`, namespace: namespace.replace("blob", "queue") },
    enqueue,
  );
  await keepMetrics(state, { resourceId: `${second}/blobServices/default`, namespace }, other);
});
afterAll(() => fixture.stop());

const credential = { getToken: () => Promise.resolve({ token: "none", expiresOnTimestamp: Date.now() + 3_600_000 }) };

/** The client of Azure Resource Manager, as a user of a laptop makes it. */
function monitorClient(): MonitorClient {
  const options = { endpoint: fixture.app.url, allowInsecureConnection: true };
  const client = new MonitorClient(credential, subscription.split("/")[2] ?? "", options);
  client.pipeline.removePolicy({ name: "bearerTokenAuthenticationPolicy" });
  return client;
}

function batchClient(): MetricsClient {
  const client = new MetricsClient(fixture.app.url, credential, { allowInsecureConnection: true });
  client.pipeline.removePolicy({ name: "bearerTokenAuthenticationPolicy" });
  return client;
}

interface Series {
  readonly metadatavalues?: readonly { readonly value?: string }[];
  readonly data?: readonly { readonly total?: number }[];
}
/** Of each series the values that it was split by, and its totals. */
const totals = (series: readonly Series[] | undefined) =>
  series?.map(({ metadatavalues, data }) => [
    metadatavalues?.map(({ value }) => value).join(),
    data?.map(({ total }) => total),
  ]);

describe("@azure/arm-monitor 7", () => {
  test("reads metrics, split by a dimension", async () => {
    const answer = await monitorClient().metrics.list(blobs, {
      metricnames: "Transactions,Ingress",
      timespan,
      interval: "PT5M",
      aggregation: "Total",
      filter: "ApiName eq '*'",
    });
    expect(answer).toMatchObject({ timespan, interval: "PT5M", namespace, resourceregion: "global" });
    expect(answer.value.map(({ name, timeseries }) => [name.value, totals(timeseries)])).toEqual([
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
    expect(answer.value[0]?.timeseries[0]?.data?.[0]?.timeStamp).toEqual(span.startTime);
  });

  test("gets each metric's own aggregation of the last hour, unless it says otherwise", async () => {
    const client = monitorClient();
    const answer = await client.metrics.list(blobs, { timespan, interval: whole, metricnames: "SuccessE2ELatency" });
    expect(answer.value[0]?.timeseries[0]?.data).toEqual([{ timeStamp: span.startTime, average: 12 }]);
    const first = await client.metrics.list(blobs);
    expect(first).toMatchObject({ interval: "PT1M", value: [{ name: { value: "Transactions" }, timeseries: [] }] });
    const [from = "", to = ""] = first.timespan.split("/");
    expect(Date.parse(to) - Date.parse(from)).toBe(3_600_000);
  });

  test("sums the services of an account", async () => {
    const answer = await monitorClient().metrics.list(account, {
      timespan,
      interval: whole,
      filter: "ApiName eq '*'",
    });
    expect(totals(answer.value[0]?.timeseries)).toEqual([
      ["PutBlob", [20]],
      ["GetBlob", [12]],
      ["PutMessage", [7]],
    ]);
  });

  test("reads values of dimensions alone", async () => {
    const filter = "ApiName eq '*' and Authentication eq 'SAS'";
    const answer = await monitorClient().metrics.list(blobs, { timespan, filter, resultType: "Metadata" });
    expect(totals(answer.value[0]?.timeseries)).toEqual([["PutBlob,SAS", undefined]]);
  });

  test("lists definitions and namespaces", async () => {
    const definitions = [];
    for await (const each of monitorClient().metricDefinitions.list(blobs)) definitions.push(each);
    const known = storageMetricDefinitions(namespace);
    expect(definitions.map(({ name }) => name?.value)).toEqual(known.map(({ name }) => name));
    expect(definitions[0]).toMatchObject({ namespace, unit: "Count", primaryAggregationType: "Total" });
    expect(definitions[0]?.metricAvailabilities?.[0]).toEqual({ timeGrain: "PT1M", retention: "P93D" });
    const namespaces = [];
    for await (const each of monitorClient().metricNamespaces.list(blobs)) namespaces.push(each);
    expect(namespaces).toMatchObject([{ classification: "Platform", properties: { metricNamespaceName: namespace } }]);
  });

  test("may send ids with or without the slash at the beginning, in any case", async () => {
    for (const id of [
      blobs,
      blobs.slice(1),
      blobs.replace("resourceGroups", "resourcegroups").replace("blobS", "BLOBS"),
    ]) {
      const { value } = await monitorClient().metrics.list(id, { timespan, interval: whole });
      expect(totals(value[0]?.timeseries)).toEqual([["", [32]]]);
    }
  });

  test("gets errors that it understands", async () => {
    const list = monitorClient().metrics.list(blobs, { metricnames: "Transaction" });
    await expect(list).rejects.toMatchObject({ statusCode: 400, code: "BadRequest" });
    await expect(list).rejects.toThrow(/Valid metrics: Transactions,Ingress,Egress/);
    const missing = monitorClient().metrics.list(accountId("nosuchaccount"));
    await expect(missing).rejects.toMatchObject({ statusCode: 404, code: "ResourceNotFound" });
  });
});

describe("@azure/monitor-query-metrics", () => {
  const options = { ...span, interval: "PT5M", aggregation: "Total" } as const;
  const ids = [blobs, `${second}/blobServices/default`];

  test("reads several resources at once", async () => {
    const answers = await batchClient().queryResources(ids, ["Transactions", "Ingress"], namespace, {
      ...options,
      filter: "ApiName eq 'GetBlob'",
    });
    expect(answers.map(({ resourceId }) => resourceId)).toEqual(ids);
    expect(answers.map(({ namespace: each, granularity }) => [each, granularity])).toEqual([
      [namespace, "PT5M"],
      [namespace, "PT5M"],
    ]);
    const sums = answers.map(({ metrics }) =>
      metrics.map(({ timeseries }) => timeseries.map(({ data }) => data?.map(({ total }) => total))),
    );
    expect(sums).toEqual([
      [[[7, 5]], [[700, 500]]],
      [[[100, undefined]], [[10_000, undefined]]],
    ]);
  });

  test("filters by a dimension that it rolls up", async () => {
    const [answer] = await batchClient().queryResources(ids, ["Transactions"], namespace, {
      ...options,
      filter: "ApiName eq 'GetBlob' or ApiName eq 'PutBlob'",
      rollUpBy: "ApiName",
    });
    expect(answer?.metrics[0]?.timeseries.map(({ metadatavalues }) => metadatavalues)).toEqual([[]]);
    expect(answer?.metrics[0]?.timeseries[0]?.data?.map(({ total }) => total)).toEqual([27, 5]);
  });

  test("gets errors that it understands", async () => {
    const many = Array.from({ length: 51 }, () => blobs);
    const batch = batchClient().queryResources(many, ["Transactions"], namespace);
    await expect(batch).rejects.toMatchObject({ statusCode: 400, code: "BadRequest" });
  });
});

const arm = (path: string, query: string): string => `${path}/providers/Microsoft.Insights/${query}`;
const version = "api-version=2024-02-01";
const points = `${version}&timespan=${timespan}&interval=FULL`;
interface Answered {
  readonly value: readonly { readonly name: { readonly value: string }; readonly timeseries: readonly Series[] }[];
}
const seriesOf = (body: unknown) => totals((body as Answered).value[0]?.timeseries);

describe("what clients write in different ways is the same", () => {
  test.each([
    { title: "an encoded name", query: `api%2Dversion=2024-02-01&timespan=${timespan}&interval=FULL` },
    { title: "other cases of names", query: `API-Version=2024-02-01&TimeSpan=${timespan}&INTERVAL=full` },
    { title: "$filter", query: `${points}&$filter=ApiName eq 'GetBlob' or ApiName eq 'PutBlob'&rollupby=ApiName` },
    { title: "%24filter", query: `${points}&%24filter=ApiName%20eq%20%27*%27&rollUpBy=apiname` },
    { title: "filter", query: `${points}&filter=apiname+eq+'*'&RollupBy=ApiName` },
    { title: "encoded commas", query: `${points}&metricnames=Transactions%2CIngress` },
    { title: "literal commas", query: `${points}&metricNames=transactions,Ingress` },
    { title: "a provider in lower case", query: points, provider: "microsoft.insights" },
    { title: "the segments in any case", query: points, provider: "MICROSOFT.INSIGHTS" },
    { title: "a namespace in any case", query: `${points}&metricNamespace=${namespace.toUpperCase()}` },
  ])("$title", async ({ query, provider = "Microsoft.Insights" }) => {
    const answer = await fixture.get(`${blobs}/providers/${provider}/metrics?${query}`);
    expect({ status: answer.status, series: seriesOf(answer.body) }).toEqual({ status: 200, series: [["", [32]]] });
  });

  test("two slashes at the beginning of the path", async () => {
    expect((await fixture.get(`//${arm(blobs, `metrics?${points}`).slice(1)}`)).status).toBe(200);
  });

  test("parameters in a body", async () => {
    const body = JSON.stringify({
      timespan,
      interval: "FULL",
      metricNames: "Transactions",
      filter: "ApiName eq '*'",
      top: 1,
    });
    const answer = await fixture.send({ method: "POST", path: arm(blobs, `metrics?${version}`), body });
    expect(seriesOf(answer.body)).toEqual([["PutBlob", [20]]]);
    const none = await fixture.send({ method: "POST", path: arm(blobs, `metrics?${points}`) });
    expect(seriesOf(none.body)).toEqual([["", [32]]]);
  });
});

describe("metrics of a subscription", () => {
  const path = (query: string): string => `${subscription}/providers/Microsoft.Insights/metrics?${query}`;
  const asked = `${points}&region=westeurope&metricnamespace=${namespace}`;

  test("are those of all its accounts", async () => {
    const answer = await fixture.get(path(asked));
    expect(answer.body).toMatchObject({ resourceregion: "westeurope", namespace });
    expect(seriesOf(answer.body)).toEqual([["", [132]]]);
  });

  test("are split by resource, and filtered by it", async () => {
    const split = await fixture.get(path(`${asked}&$filter=Microsoft.ResourceId eq '*'`));
    expect(seriesOf(split.body)).toEqual([
      [`${second}/blobServices/default`, [100]],
      [blobs, [32]],
    ]);
    const one = await fixture.get(path(`${asked}&$filter=Microsoft.ResourceId eq '${blobs}'`));
    expect(seriesOf(one.body)).toEqual([[blobs, [32]]]);
  });

  test("are asked for in a body, too", async () => {
    const body = JSON.stringify({ timespan, interval: "FULL", metricNamespace: namespace, orderBy: "total asc" });
    const answer = await fixture.send({ method: "POST", path: path(`${version}&region=x`), body });
    expect(seriesOf(answer.body)).toEqual([["", [132]]]);
  });
});

test("answers have the headers of Azure Resource Manager, and the caller's id if it asks for that", async () => {
  const ids = { "x-ms-client-request-id": "mine", "x-ms-return-client-request-id": "true" };
  for (const path of [arm(blobs, `metrics?${points}`), arm(blobs, "metrics")]) {
    const { headers } = await fixture.get(path, ids);
    expect(headers.get("content-type")).toMatch(/^application\/json/);
    expect(headers.get("x-ms-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get("x-ms-client-request-id")).toBe("mine");
    expect((await fixture.get(path)).headers.has("x-ms-client-request-id")).toBe(false);
  }
});

describe("what can't be answered has the documented code, and a message that says what is right", () => {
  test.each(badMetricsQueries)("$path: $code", async ({ path, code, says }) => {
    const answer = await fixture.get(path);
    const { error } = answer.body as { error: { code: string; message: string } };
    expect(error.code).toBe(code);
    expect(error.message).toContain(says);
    expect(answer.status).toBe(/NotFound|InvalidResource/.test(code) ? 404 : 400);
  });

  const batch = `${subscription}/metrics:getBatch`;
  const wanted = `${version}&metricnames=Transactions&metricnamespace=${namespace}`;
  const body = JSON.stringify({ resourceids: [blobs] });
  test.each(badMetricsRequests)("$method $path $status $code: $says", async ({ status, code, says, ...request }) => {
    const answer = await fixture.send(request);
    const { error } = answer.body as { error: { code: string; message: string } };
    expect({ status: answer.status, code: error.code }).toEqual({ status, code });
    expect(error.message).toContain(says);
    if (status === 405) expect(answer.headers.get("allow")).toMatch(/POST/);
  });

  test("a body of another type is refused", async () => {
    const headers = { "content-type": "text/plain" };
    const answer = await fixture.send({ method: "POST", path: `${batch}?${wanted}`, body }, headers);
    expect(answer.status).toBe(415);
  });

  test("an aggregation that one metric lacks fails that metric alone", async () => {
    const query = `metrics?${version}&metricnames=Transactions,Ingress&aggregation=Minimum`;
    const { status, body: answer } = await fixture.get(arm(blobs, query));
    expect(status).toBe(200);
    expect(answer).toMatchObject({
      value: [
        { errorCode: "InvalidSamplingType", timeseries: [] },
        { errorCode: "Success", timeseries: [] },
      ],
    });
  });
});
