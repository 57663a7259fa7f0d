import { expect, test } from "vitest";

import { readQueryParameters } from "../arm/query-parameters.js";
import { readMetricsRequest, seriesQueryOf, wantsResource, type MetricsRequest } from "./metrics-request.js";
import { storageMetricDefinitions, storageNamespaces } from "./storage-metrics.js";
import { formatMinutes, formatMinuteTime } from "./time-grain.js";

const now = Date.parse("2026-01-02T12:34:56.789Z");
const definitions = new Map(storageNamespaces.map((namespace) => [namespace, storageMetricDefinitions(namespace)]));

function read(query: string, resourceType = "Microsoft.Storage/storageAccounts/blobServices") {
  const read = readQueryParameters(new URLSearchParams(query));
  if (read.kind === "arm-error") throw new Error(read.message);
  return readMetricsRequest(read.parameters, { resourceType, definitions, now });
}

function accepted(query: string, resourceType?: string): MetricsRequest {
  const request = read(query, resourceType);
  if (request.kind === "arm-error") throw new Error(request.message);
  return request;
}

test("without parameters, the default metric of the last hour is asked for by the minute", () => {
  const { metrics, from, to, grain, top, resultType, aggregations } = accepted("");
  expect(metrics.map(({ name }) => name)).toEqual(["Transactions"]);
  expect([from, to].map(formatMinuteTime)).toEqual(["2026-01-02T11:34:00Z", "2026-01-02T12:34:00Z"]);
  expect({ grain, top, resultType, aggregations }).toEqual({
    grain: 1,
    top: 10,
    resultType: "Data",
    aggregations: undefined,
  });
});

test("names, aggregations and namespaces are found without case", () => {
  const request = accepted(
    "metricnames=ingress,EGRESS,ingress&aggregation=total,Average&metricnamespace=MICROSOFT.STORAGE/STORAGEACCOUNTS/BLOBSERVICES",
  );
  expect(request.metrics.map(({ name }) => name)).toEqual(["Ingress", "Egress"]);
  expect(request.aggregations).toEqual(["Total", "Average"]);
  expect(request.namespace).toBe("Microsoft.Storage/storageAccounts/blobServices");
});

test.each([
  {
    title: "from the start, not from clock boundaries",
    query: "timespan=2026-01-01T21:51:30Z/2026-01-02T01:51:00Z&interval=PT1H",
    from: "21:51",
    to: "01:51",
    interval: "PT1H",
  },
  {
    title: "the seconds of a batch are cut",
    query: "starttime=2026-01-01T20:00:00.123Z&endtime=2026-01-01T23:00:00.345Z&interval=PT15M",
    from: "20:00",
    to: "23:00",
    interval: "PT15M",
  },
  {
    title: "FULL is one point",
    query: "timespan=2026-01-01T21:51:00Z/2026-01-02T01:51:00Z&interval=FULL",
    from: "21:51",
    to: "01:51",
    interval: "PT4H",
  },
  {
    title: "capacity has hours, and no minutes",
    query: "metricnames=BlobCount&timespan=PT4H",
    from: "08:34",
    to: "12:34",
    interval: "PT1H",
  },
  {
    title: "a longer grain than the span is adjusted",
    query:
      "metricnames=BlobCount&timespan=2026-01-01T09:00:00Z/2026-01-01T14:00:00Z&interval=PT6H&AutoAdjustTimegrain=true",
    from: "09:00",
    to: "14:00",
    interval: "PT1H",
  },
  {
    title: "an odd grain is adjusted to the nearest",
    query: "timespan=P1D&interval=PT20M&autoadjusttimegrain=TRUE",
    from: "12:34",
    to: "12:34",
    interval: "PT15M",
  },
  {
    title: "a longer grain than the span is one point",
    query: "timespan=PT5M&interval=PT1H",
    from: "12:29",
    to: "12:34",
    interval: "PT1H",
  },
  {
    title: "a long range by the hour begins at a full one",
    query: "timespan=P30D&interval=PT1H",
    from: "12:00",
    to: "12:34",
    interval: "PT1H",
  },
  {
    title: "a short range by the hour does not",
    query: "timespan=P2D&interval=PT1H",
    from: "12:34",
    to: "12:34",
    interval: "PT1H",
  },
  { title: "lower case", query: "timespan=pt1h&interval=Pt1m", from: "11:34", to: "12:34", interval: "PT1M" },
])("grains: $title", ({ query, from, to, interval }) => {
  const request = accepted(query);
  const clock = (minute: number) => formatMinuteTime(minute).slice(11, 16);
  expect([clock(request.from), clock(request.to), formatMinutes(request.grain)]).toEqual([from, to, interval]);
});

test("dimensions of the filter split, unless they are rolled up", () => {
  const query = "$filter=ApiName eq 'GetBlob' and Authentication eq '*'&top=3&orderby=total desc";
  expect(accepted(query)).toMatchObject({
    splitBy: ["ApiName", "Authentication"],
    top: 3,
    orderBy: { aggregation: "Total", descending: true },
  });
  expect(accepted(`${query}&rollUpBy=apiname`).splitBy).toEqual(["Authentication"]);
});

test("an unknown dimension is ignored if the request says so", () => {
  const { filter, splitBy } = accepted("$filter=Colour eq 'red' and ApiName eq '*'&ValidateDimensions=false");
  expect([filter, splitBy]).toEqual([[{ kind: "any", dimension: "ApiName" }], ["ApiName"]]);
});

test("several resources have a dimension for their ids", () => {
  const all = accepted("$filter=Microsoft.ResourceId eq '*' and ApiName eq 'GetBlob'");
  expect(all.splitBy).toEqual(["Microsoft.ResourceId", "ApiName"]);
  // which the store knows nothing of
  expect(seriesQueryOf(all)).toMatchObject({ splitBy: ["ApiName"], filter: [{ dimension: "ApiName" }] });
  const one = accepted("$filter=microsoft.resourceid eq '/subscriptions/s/x'");
  expect(["subscriptions/S/x", "/subscriptions/s/y"].map((id) => wantsResource(one, id))).toEqual([true, false]);
});

test("orderby has 'sum' for the total, and ascends if it says nothing", () => {
  expect(accepted("orderby=sum asc").orderBy).toEqual({ aggregation: "Total", descending: false });
  expect(accepted("orderby=average").orderBy).toEqual({ aggregation: "Average", descending: false });
});

test.each([
  {
    query: "metricnames=Requests",
    target: "metricnames",
    says: "Valid metrics: Transactions,Ingress,Egress,SuccessServerLatency",
  },
  {
    query: "metricnames=QueueCount",
    target: "metricnames",
    says: "provider: Microsoft.Storage, resource Type: storageAccounts/blobServices, metric: QueueCount",
  },
  {
    query: `metricnames=${Array.from({ length: 21 }, (_, i) => `a${i}`).join(",")}`,
    target: "metricnames",
    says: "the limit is 20",
  },
  {
    query: "metricnamespace=Microsoft.Web/sites",
    target: "metricnamespace",
    says: "Valid namespaces: Microsoft.Storage/storageAccounts, ",
  },
  {
    query: "timespan=yesterday",
    target: "timespan",
    says: "Detected invalid time interval input: yesterday, supported Iso 8601 time interval format",
  },
  { query: "timespan=2026-01-02T00:00:00Z/2026-01-01T00:00:00Z", target: "timespan", says: "it ends after it starts" },
  { query: "endtime=2026-01-01T00:00:00Z", target: "starttime", says: "endtime requires starttime" },
  { query: "starttime=x", target: "starttime", says: "Detected invalid time interval input: x" },
  {
    query: "starttime=2026-01-01T00:00:00Z&endtime=x",
    target: "endtime",
    says: "Detected invalid time interval input: x",
  },
  {
    query: "interval=PT7M",
    target: "interval",
    says: "Commonly allowed time grains: 00:01:00,00:05:00,00:15:00,00:30:00,01:00:00,06:00:00,12:00:00,1.00:00:00 between metrics: Transactions, can not support requested time grain: 00:07:00 please adjust your interval parameter to one of PT1M",
  },
  { query: "interval=P2D", target: "interval", says: "requested time grain: 2.00:00:00" },
  { query: "metricnames=BlobCount&interval=PT1M", target: "interval", says: "Commonly allowed time grains: 01:00:00" },
  { query: "interval=soon", target: "interval", says: "requested time grain: soon" },
  { query: "interval=soon&autoadjusttimegrain=true", target: "interval", says: "requested time grain: soon" },
  { query: "interval=PT20M&autoadjusttimegrain=maybe", target: "autoadjusttimegrain", says: "true or false" },
  { query: "timespan=P93D", target: "interval", says: "Ask for a longer interval or a shorter timespan" },
  {
    query: "aggregation=median",
    target: "aggregation",
    says: "'median' is no aggregation. Valid ones: Average, Count, Maximum, Minimum, Total, None",
  },
  { query: "$filter=ApiName eq 'x", target: "$filter", says: "a quote without its counterpart" },
  { query: "$filter=ApiName eq 'x' or 1 eq 1", target: "$filter", says: 'unexpected "1"' },
  {
    query: "$filter=Colour eq 'red'",
    target: "$filter",
    says: "Metric: Transactions does not support requested dimension combination: colour, supported ones are: ResponseType,GeoType,ApiName,Authentication",
  },
  {
    query: "metricnames=Transactions,Ingress&$filter=ResponseType eq '*'",
    target: "$filter",
    says: "Metric: Ingress does not support",
  },
  { query: "rollupby=Colour", target: "$filter", says: "colour" },
  { query: "$filter=ApiName eq '*'&validatedimensions=1", target: "validatedimensions", says: "true or false" },
  { query: "top=0", target: "top", says: "from 1 to 10000" },
  { query: "top=many", target: "top", says: "instead got 'many'" },
  { query: "orderby=total sideways", target: "orderby", says: "such as 'total desc'" },
  { query: "orderby=Colour desc", target: "orderby", says: "an aggregation and a direction" },
  { query: "resulttype=Everything", target: "resultType", says: "one of Data, Metadata" },
])("$query is refused: $says", ({ query, target, says }) => {
  const refused = read(query);
  expect(refused).toMatchObject({ kind: "arm-error", status: 400, code: "BadRequest", target });
  expect(refused.kind === "arm-error" && refused.message).toContain(says);
});
