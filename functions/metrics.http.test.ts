import { MonitorClient } from "@azure/arm-monitor";
import { MetricsClient } from "@azure/monitor-query-metrics";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { storageMetricDefinitions } from "../shared/metrics/storage-metrics.js";
import { minuteOf } from "../shared/metrics/time-grain.js";
import { accountId, secondAccount, startAppFixture, type AppFixture } from "../shared/testing/app-fixture.js";
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
  const on = (query: string): string => arm(blobs, `metrics?${version}&${query}`);
  test.each([
    { path: arm(blobs, "metrics"), code: "MissingApiVersionParameter", says: "api-version" },
    {
      path: arm(blobs, "metrics?api-version=latest"),
      code: "InvalidApiVersionParameter",
      says: "2018-01-01, 2019-07-01",
    },
    { path: arm(blobs, "metrics?api-version=2020-01-01"), code: "NoRegisteredProviderFound", says: "2024-02-01'" },
    { path: arm(blobs, `metrics?${version}&${version}`), code: "BadRequest", says: "more than once" },
    { path: on("timespan=yesterday"), code: "BadRequest", says: "Detected invalid time interval input: yesterday" },
    { path: on("timespan=2026-01-02T00:00Z/2026-01-01T00:00Z"), code: "BadRequest", says: "ends after it starts" },
    { path: on("timespan=P1M"), code: "BadRequest", says: "Iso 8601" },
    { path: on("timespan=2026-02-30/2026-03-01"), code: "BadRequest", says: "Iso 8601" },
    { path: on("timespan=P400D&interval=P1D"), code: "BadRequest", says: "at most 366 days" },
    { path: on("interval=PT7M"), code: "BadRequest", says: "00:01:00,00:05:00,00:15:00" },
    { path: on("interval=often"), code: "BadRequest", says: "one of PT1M, PT5M, PT15M" },
    { path: on("metricnames=BlobCapacity&interval=PT1M"), code: "BadRequest", says: "one of PT1H, PT6H, PT12H, P1D" },
    { path: on("timespan=P60D&interval=PT1M"), code: "BadRequest", says: "the limit is 44640" },
    { path: on("metricnames=Nothing"), code: "BadRequest", says: "Valid metrics: Transactions,Ingress" },
    {
      path: on(`metricnames=${Array.from({ length: 21 }, () => "Ingress").join()}`),
      code: "BadRequest",
      says: "the limit is 20",
    },
    { path: on("metricnamespace=Microsoft.Web/sites"), code: "BadRequest", says: `Valid namespaces: ${namespace}` },
    { path: on("aggregation=Median"), code: "BadRequest", says: "Average, Count, Maximum, Minimum, Total" },
    { path: on("orderby=ApiName"), code: "BadRequest", says: "total desc" },
    { path: on("top=0"), code: "BadRequest", says: "from 1 to 10000" },
    { path: on("resultType=Table"), code: "BadRequest", says: "Data, Metadata" },
    { path: on("AutoAdjustTimegrain=yes&interval=PT1M"), code: "BadRequest", says: "true or false" },
    { path: on("$filter=ApiName eq 'GetBlob"), code: "BadRequest", says: "quote" },
    { path: on("$filter=Color eq 'red'"), code: "BadRequest", says: "supported ones are: ResponseType" },
    { path: on("$filter=ApiName eq 'a' or GeoType eq 'b'"), code: "BadRequest", says: "or" },
    { path: on("$filter=ApiName eq 'a') or (1 eq 1"), code: "BadRequest", says: "at character" },
    { path: on("$filter=ApiName eq 'a' or 1 eq 1"), code: "BadRequest", says: "at character" },
    { path: on("$filter=substringof('a',ApiName)"), code: "BadRequest", says: "at character" },
    { path: on("$filter=ApiName eq 'a'; drop"), code: "BadRequest", says: "at character" },
    { path: arm(accountId("nosuchaccount"), `metrics?${version}`), code: "ResourceNotFound", says: "VIGIL_ACCOUNTS" },
    {
      path: arm(`${account}/fileServices/default`, `metrics?${version}`),
      code: "ResourceNotFound",
      says: "blobServices",
    },
    { path: arm(`${account}/blobServices/other`, `metrics?${version}`), code: "ResourceNotFound", says: "default" },
    {
      path: arm(account, `metricDefinitions?${version}&metricnamespace=x`),
      code: "BadRequest",
      says: "Valid namespaces",
    },
    { path: arm(account, `metricAlarms?${version}`), code: "InvalidResourceType", says: "Microsoft.Insights/metrics" },
    {
      path: `${account}/providers/Microsoft.Web/sites?${version}`,
      code: "InvalidResourceNamespace",
      says: "Microsoft.Web",
    },
    { path: `${subscription}?${version}`, code: "InvalidResourceType", says: "no resource type" },
    { path: `${subscription}/%ff`, code: "BadRequest", says: "UTF-8" },
    { path: `${subscription}/providers/Microsoft.Insights/metrics?${version}`, code: "BadRequest", says: "region" },
    {
      path: `${subscription}/providers/Microsoft.Insights/metrics?${version}&region=x`,
      code: "BadRequest",
      says: "Valid namespaces: Microsoft.Storage/storageAccounts,",
    },
    {
      path: `/subscriptions/other/providers/Microsoft.Insights/metrics?${version}&region=x&metricnamespace=${namespace}`,
      code: "SubscriptionNotFound",
      says: "VIGIL_ACCOUNTS",
    },
  ])("$path: $code", async ({ path, code, says }) => {
    const answer = await fixture.get(path);
    const { error } = answer.body as { error: { code: string; message: string } };
    expect(error.code).toBe(code);
    expect(error.message).toContain(says);
    expect(answer.status).toBe(/NotFound|InvalidResource/.test(code) ? 404 : 400);
  });

  const batch = `${subscription}/metrics:getBatch`;
  const wanted = `${version}&metricnames=Transactions&metricnamespace=${namespace}`;
  const body = JSON.stringify({ resourceids: [blobs] });
  test.each([
    {
      method: "DELETE",
      path: arm(blobs, `metrics?${version}`),
      status: 405,
      code: "MethodNotAllowed",
      says: "GET, POST",
    },
    {
      method: "PUT",
      path: arm(blobs, `metrics?${version}`),
      body,
      status: 405,
      code: "MethodNotAllowed",
      says: "no PUT",
    },
    { method: "GET", path: `${batch}?${wanted}`, status: 405, code: "MethodNotAllowed", says: "there is POST" },
    { method: "POST", path: `${batch}?${wanted}`, status: 400, code: "InvalidRequestContent", says: "resourceids" },
    { method: "POST", path: `${batch}?${wanted}`, body: "{", status: 400, code: "InvalidRequestContent", says: "JSON" },
    {
      method: "POST",
      path: `${batch}?${wanted}`,
      body: "[]",
      status: 400,
      code: "InvalidRequestContent",
      says: "resourceids",
    },
    {
      method: "POST",
      path: `${batch}?${wanted}`,
      body: JSON.stringify({ resourceids: Array.from({ length: 51 }, () => blobs) }),
      status: 400,
      code: "BadRequest",
      says: "1 to 50 resources; this one has 51",
    },
    {
      method: "POST",
      path: `${batch}?${wanted}`,
      body: JSON.stringify({ resourceids: [blobs, accountId("nosuchaccount") + "/blobServices/default"] }),
      status: 404,
      code: "ResourceNotFound",
      says: "nosuchaccount",
    },
    {
      method: "POST",
      path: `${batch}?${wanted}&endtime=2026-01-01T00:00:00Z`,
      body,
      status: 400,
      code: "BadRequest",
      says: "endtime requires starttime",
    },
    {
      method: "POST",
      path: `${batch}?${version}&metricnames=Ingress`,
      body,
      status: 400,
      code: "BadRequest",
      says: "metricnamespace",
    },
    {
      method: "POST",
      path: `${batch}?${version}&metricnamespace=x`,
      body,
      status: 400,
      code: "BadRequest",
      says: "metricnames",
    },
    {
      method: "POST",
      path: `${batch}?${wanted.replace("2024-02-01", "2018-01-01")}`,
      body,
      status: 400,
      code: "NoRegisteredProviderFound",
      says: "2023-10-01, 2024-02-01",
    },
    {
      method: "POST",
      path: arm(blobs, `metrics?${version}&timespan=PT1H`),
      body: JSON.stringify({ filter: `ApiName eq '${"x".repeat(20_000)}'` }),
      status: 400,
      code: "BadRequest",
      says: "the limit is 16384",
    },
    {
      method: "POST",
      path: arm(blobs, `metrics?${version}&timespan=PT1H`),
      body: JSON.stringify({ timespan: "PT2H" }),
      status: 400,
      code: "BadRequest",
      says: "'timespan' is given more than once",
    },
    {
      method: "POST",
      path: arm(blobs, `metrics?${version}`),
      body: "7",
      status: 400,
      code: "InvalidRequestContent",
      says: "object",
    },
    {
      method: "POST",
      path: `${batch}?${wanted}`,
      body: JSON.stringify({ resourceids: ["x".repeat(4 * 1_048_576)] }),
      status: 413,
      code: "RequestContentTooLarge",
      says: "4194304",
    },
  ])("$method $path $status $code: $says", async ({ status, code, says, ...request }) => {
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
    const { status, body: answer } = await fixture.get(on("metricnames=Transactions,Ingress&aggregation=Minimum"));
    expect(status).toBe(200);
    expect(answer).toMatchObject({
      value: [
        { errorCode: "InvalidSamplingType", timeseries: [] },
        { errorCode: "Success", timeseries: [] },
      ],
    });
  });
});
