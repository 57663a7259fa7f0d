import { describe, expect, test } from "vitest";

import { readQueryParameters } from "../arm/query-parameters.js";
import { type MetricCell } from "./metric-cell.js";
import {
  batchAnswer,
  batchValue,
  checkAnswerSize,
  definitionsAnswer,
  maxAnswerPoints,
  metricsAnswer,
  namespacesAnswer,
  subscriptionMetricsAnswer,
} from "./metrics-answer.js";
import { readMetricsRequest, type MetricsRequest } from "./metrics-request.js";
import { type MetricSeries } from "./series-query.js";
import {
  findStorageNamespace,
  servicesOfAccount,
  storageMetricDefinitions,
  storageNamespaces,
} from "./storage-metrics.js";

const now = Date.parse("2026-01-01T12:00:00Z");
const minute = now / 60_000;
const resourceType = "Microsoft.Storage/storageAccounts/blobServices";
const account = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a";
const definitions = new Map(storageNamespaces.map((namespace) => [namespace, storageMetricDefinitions(namespace)]));
const count = (times: number): MetricCell => ({ sum: times, count: times, min: 1, max: 1 });
const series = (
  dimensions: Readonly<Record<string, string>>,
  points: readonly (readonly [number, MetricCell])[],
  metric = "Transactions",
): MetricSeries => ({
  metric,
  dimensions,
  points: new Map(points),
});

function request(query: string): MetricsRequest {
  const read = readQueryParameters(new URLSearchParams(query));
  if (read.kind === "arm-error") throw new Error(read.message);
  const request = readMetricsRequest(read.parameters, { resourceType, definitions, now });
  if (request.kind === "arm-error") throw new Error(request.message);
  return request;
}

describe("metrics of a resource", () => {
  test("a body has what typed clients need, and a point without data has its time alone", () => {
    const answer = metricsAnswer(
      request("timespan=PT3M&metricnames=Transactions&$filter=ApiName eq '*'"),
      account.slice(1),
      "local",
      [
        series({ ApiName: "GetBlob" }, [
          [minute - 3, count(2)],
          [minute - 1, count(5)],
        ]),
      ],
    );
    expect(answer).toEqual({
      cost: 2,
      timespan: "2026-01-01T11:57:00Z/2026-01-01T12:00:00Z",
      interval: "PT1M",
      namespace: resourceType,
      resourceregion: "local",
      value: [
        {
          id: `${account}/providers/Microsoft.Insights/metrics/Transactions`,
          type: "Microsoft.Insights/metrics",
          name: { value: "Transactions", localizedValue: "Transactions" },
          displayDescription: storageMetricDefinitions(resourceType)[0]?.description,
          unit: "Count",
          errorCode: "Success",
          timeseries: [
            {
              metadatavalues: [{ name: { value: "apiname", localizedValue: "apiname" }, value: "GetBlob" }],
              data: [
                { timeStamp: "2026-01-01T11:57:00Z", total: 2 },
                { timeStamp: "2026-01-01T11:58:00Z" },
                { timeStamp: "2026-01-01T11:59:00Z", total: 5 },
              ],
            },
          ],
        },
      ],
    });
  });

  test("without data there are no series, and without a filter no metadata values", () => {
    const asked = request("timespan=PT1M");
    expect(metricsAnswer(asked, account, "local", []).value[0]?.timeseries).toEqual([]);
    const [value] = metricsAnswer(asked, account, "local", [series({}, [[minute - 1, count(1)]])]).value;
    expect(value?.timeseries[0]?.metadatavalues).toEqual([]);
  });

  test("all aggregations of a metric", () => {
    const asked = request("timespan=PT1M&metricnames=Ingress&aggregation=Total,Average,Minimum,Maximum");
    const cell = { sum: 100, count: 4, min: 10, max: 40 };
    const [value] = metricsAnswer(asked, account, "local", [series({}, [[minute - 1, cell]], "Ingress")]).value;
    expect(value?.timeseries[0]?.data).toEqual([
      { timeStamp: "2026-01-01T11:59:00Z", total: 100, average: 25, minimum: 10, maximum: 40 },
    ]);
  });

  test("a metric that lacks the aggregation fails alone", () => {
    const asked = request("timespan=PT1M&metricnames=Transactions,Ingress&aggregation=Maximum");
    const answer = metricsAnswer(asked, account, "local", [series({}, [[minute - 1, count(1)]])]);
    expect(answer.value.map(({ errorCode }) => errorCode)).toEqual(["InvalidSamplingType", "Success"]);
    expect(answer.value[0]).toMatchObject({
      timeseries: [],
      errorMessage: expect.stringContaining("supported ones are: Total") as string,
    });
  });

  test.each([
    { query: "", order: ["b", "c", "a"] },
    { query: "&orderby=total asc", order: ["a", "b", "c"] },
    { query: "&top=2", order: ["b", "c"] },
    { query: "&top=1&orderby=total asc", order: ["a"] },
  ])("series are ordered, then cut: '$query'", ({ query, order }) => {
    const all = [
      ["a", 1],
      ["b", 3],
      ["c", 3],
    ].map(([api, times]) => series({ ApiName: String(api) }, [[minute - 1, count(Number(times))]]));
    const asked = request(`timespan=PT1M&$filter=ApiName eq '*'${query}`);
    const [value] = metricsAnswer(asked, account, "local", all).value;
    expect(value?.timeseries.map(({ metadatavalues }) => metadatavalues[0]?.value)).toEqual(order);
  });

  test("metadata have dimension values and no data", () => {
    const asked = request("timespan=PT1M&resulttype=metadata&$filter=ApiName eq '*'");
    const answer = metricsAnswer(asked, account, "local", [series({ ApiName: "GetBlob" }, [[minute - 1, count(1)]])]);
    expect(answer.value[0]?.timeseries).toEqual([
      { metadatavalues: [{ name: { value: "apiname", localizedValue: "apiname" }, value: "GetBlob" }] },
    ]);
  });
});

describe("an answer that would be too large is refused before it is made", () => {
  const many = (length: number): MetricSeries[] =>
    Array.from({ length }, (_, index) => series({ ApiName: `api${index}` }, [[minute - 1, count(1)]]));
  test.each([
    { query: "timespan=PT500H&interval=PT1M&top=10", resources: 1, refused: false },
    { query: "timespan=PT500H&interval=PT1M&top=20", resources: 1, refused: true },
    { query: "timespan=PT500H&interval=PT1M&top=10", resources: 2, refused: true },
    { query: "timespan=PT500H&interval=PT1H&top=20", resources: 40, refused: false },
    { query: "timespan=PT500H&interval=PT1M&top=20&resulttype=metadata", resources: 1, refused: false },
  ])("$query of $resources resources: $refused", ({ query, resources, refused }) => {
    const results = Array.from({ length: resources }, () => many(30));
    const checked = checkAnswerSize(request(`${query}&$filter=ApiName eq '*'`), results);
    expect(checked?.code).toBe(refused ? "BadRequest" : undefined);
    if (checked !== undefined) expect(checked.message).toContain(`points; the limit is ${maxAnswerPoints}`);
  });
});

describe("metrics of a subscription", () => {
  const results = ["x", "y"].map((name) => ({
    resourceId: account.replace(/a$/, name),
    series: [series({}, [[minute - 1, count(name === "x" ? 1 : 2)]])],
  }));

  test("resources are added up", () => {
    const answer = subscriptionMetricsAnswer(request("timespan=PT1M"), "s", "local", results);
    expect(answer.value[0]?.id).toBe("subscriptions/s/providers/Microsoft.Insights/metrics/Transactions");
    expect(answer.value[0]?.timeseries).toMatchObject([{ data: [{ total: 3 }] }]);
  });

  test("or apart, by their ids", () => {
    const asked = request("timespan=PT1M&$filter=Microsoft.ResourceId eq '*'");
    const [value] = subscriptionMetricsAnswer(asked, "s", "local", results).value;
    expect(value?.timeseries).toMatchObject([
      {
        metadatavalues: [{ name: { value: "microsoft.resourceid" }, value: account.replace(/a$/, "y") }],
        data: [{ total: 2 }],
      },
      { metadatavalues: [{ value: account.replace(/a$/, "x") }], data: [{ total: 1 }] },
    ]);
  });
});

describe("the batch API", () => {
  test("has start and end as they were asked for, and the resource's id", () => {
    const asked = { starttime: "2026-01-01T11:58:00.123Z", endtime: "2026-01-01T12:00:00.345Z" };
    const query = new URLSearchParams({ ...asked, metricnames: "Ingress", interval: "PT1M" }).toString();
    const body = batchAnswer([batchValue(request(query), account, "local", [], asked)]);
    expect(body.values).toMatchObject([{ ...asked, interval: "PT1M", resourceid: account, resourceregion: "local" }]);
    expect(body.values[0]).not.toHaveProperty("timespan");
  });
});

test("definitions name grains, aggregations and dimensions; those without dimensions leave them out", () => {
  const { value } = definitionsAnswer(account, resourceType, storageMetricDefinitions(resourceType));
  expect(value.map(({ name }) => name.value)).toEqual([
    "Transactions",
    "Ingress",
    "Egress",
    "SuccessServerLatency",
    "SuccessE2ELatency",
    "Availability",
    "BlobCapacity",
    "BlobCount",
    "BlobProvisionedSize",
    "ContainerCount",
    "IndexCapacity",
    "ContainerBlobCount",
    "ContainerUsedSize",
  ]);
  expect(value[0]).toMatchObject({
    resourceId: account,
    namespace: resourceType,
    unit: "Count",
    primaryAggregationType: "Total",
    isDimensionRequired: false,
    dimensions: [
      { value: "ResponseType" },
      { value: "GeoType" },
      { value: "ApiName" },
      { value: "Authentication" },
      { value: "TransactionType" },
      { value: "Tier" },
    ],
  });
  expect(value[0]?.metricAvailabilities.map(({ timeGrain }) => timeGrain)).toEqual([
    "PT1M",
    "PT5M",
    "PT15M",
    "PT30M",
    "PT1H",
    "PT6H",
    "PT12H",
    "P1D",
  ]);
  const [index] = value.filter(({ name }) => name.value === "IndexCapacity");
  expect(index).not.toHaveProperty("dimensions");
  expect(index?.metricAvailabilities[0]).toEqual({ timeGrain: "PT1H", retention: "P93D" });
});

test("namespaces are escaped in ids and names, and whole in their properties", () => {
  expect(namespacesAnswer(account, [{ name: resourceType, classification: "Platform" }]).value).toEqual([
    {
      id: `${account}/providers/microsoft.insights/metricNamespaces/Microsoft.Storage-storageAccounts-blobServices`,
      type: "Microsoft.Insights/metricNamespaces",
      name: "Microsoft.Storage-storageAccounts-blobServices",
      classification: "Platform",
      properties: { metricNamespaceName: resourceType },
    },
  ]);
});

test("every namespace of storage is found without case, and an account has three services", () => {
  for (const namespace of storageNamespaces) expect(findStorageNamespace(namespace.toUpperCase())).toBe(namespace);
  expect(findStorageNamespace("Microsoft.Web/sites")).toBeUndefined();
  expect(servicesOfAccount(account).map(({ resourceId }) => resourceId)).toEqual([
    `${account}/blobServices/default`,
    `${account}/queueServices/default`,
    `${account}/tableServices/default`,
  ]);
});
