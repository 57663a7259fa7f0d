import { accountId } from "./app-fixture.js";

const subscription = "/subscriptions/00000000-0000-0000-0000-000000000000";
const account = accountId("devstoreaccount1");
const blobs = `${account}/blobServices/default`;
const namespace = "Microsoft.Storage/storageAccounts/blobServices";
const version = "api-version=2024-02-01";
const arm = (path: string, query: string): string => `${path}/providers/Microsoft.Insights/${query}`;
const on = (query: string): string => arm(blobs, `metrics?${version}&${query}`);

/** GETs that the metrics API refuses, with the documented code and what the message says to send instead. */
export const badMetricsQueries: readonly { readonly path: string; readonly code: string; readonly says: string }[] = [
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
];

const batch = `${subscription}/metrics:getBatch`;
const wanted = `${version}&metricnames=Transactions&metricnamespace=${namespace}`;
const body = JSON.stringify({ resourceids: [blobs] });

export interface BadRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly status: number;
  readonly code: string;
  /** What the message says is right. */
  readonly says: string;
}

/** Requests of other methods, and with bodies, that it refuses. */
export const badMetricsRequests: readonly BadRequest[] = [
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
];
