import { chartOf, readChartRequest } from "../shared/metrics/chart-request.js";
import { renderChart } from "../shared/metrics/metric-chart.js";
import { seriesQueryOf } from "../shared/metrics/metrics-request.js";
import { definitionsOf } from "../shared/metrics/resource-metrics.js";
import type { Answer, Answers, Call, Ending } from "../shared/http/answer.js";
import { problem } from "../shared/http/error-catalogue.js";
import { chooseMediaType } from "../shared/http/media-type.js";
import { pageResponse } from "../shared/http/page-response.js";
import { parseQuery } from "../shared/http/query.js";
import { rowMediaTypes } from "../shared/http/representation.js";
import { pageSize } from "../shared/http/request-parameters.js";
import { capacityParameters, chartParameters, metricsRowParameters } from "../shared/http/row-parameters.js";
import { capacityRange, chartRange, metricsRowRanges, resolveRange } from "../shared/http/time-range.js";
import { targetOf, type Runtime } from "../shared/runtime/runtime.js";
import { capacityColumns } from "../shared/storage-analytics/capacity-row.js";
import {
  formatRowToken,
  tableRowFormat,
  type RowPlace,
  type TableRow,
} from "../shared/storage-analytics/metrics-page.js";
import { doubleColumns, int64Columns } from "../shared/storage-analytics/metrics-row.js";
import { rowWindows, searchRows, type RowWindow } from "../shared/stores/metrics-tables/row-search.js";
import { serviceOf } from "./storage-analytics-target.js";

const metricsFormat = tableRowFormat([...int64Columns, ...doubleColumns]);
const capacityFormat = tableRowFormat(capacityColumns);

/** What was counted of each service: the rows of its `$Metrics…` tables, and charts. */
export const storageMetricsAnswers = (runtime: Runtime): Answers => ({
  listMetricsRows: listMetricsRows(runtime),
  listCapacityRows: listCapacityRows(runtime),
  drawMetrics: drawMetrics(runtime),
});

const listMetricsRows =
  (runtime: Runtime): Answer =>
  async (call) => {
    const target = serviceOf(runtime, call);
    if (target.kind === "problem") return target;
    const query = parseQuery(call.query, metricsRowParameters);
    if (query.kind === "problem") return query;
    const { level = "hour", access, api, location = "primary" } = query.values;
    const range = resolveRange(
      { from: query.values.from, to: query.values.to },
      metricsRowRanges[level],
      runtime.clock(),
    );
    if (range.kind === "problem") return range;
    const { metricsTables } = await runtime.storesOf(target.account);
    const table = {
      kind: "transactions",
      level: level === "hour" ? "Hour" : "Minute",
      location: location === "primary" ? "Primary" : "Secondary",
      service: target.service,
    } as const;
    const wanted = ({ rowKey }: TableRow): boolean => {
      const [ofAccess, ofApi] = rowKey.split(";");
      return (
        (access === undefined || access === ofAccess) &&
        (api === undefined || api.toLowerCase() === ofApi?.toLowerCase())
      );
    };
    const read = (fromKey: string, toKey: string) => metricsTables.read(table, fromKey, toKey);
    const question = { ...query.values, range, read, wanted, window: rowWindows[level], format: metricsFormat };
    return await rowsPage(call, question);
  };

const listCapacityRows =
  (runtime: Runtime): Answer =>
  async (call) => {
    const target = serviceOf(runtime, call);
    if (target.kind === "problem") return target;
    if (target.service !== "blob") {
      return problem(
        "RouteNotFound",
        "Capacity has rows for blob alone; the metrics API has that of queues and tables.",
      );
    }
    const query = parseQuery(call.query, capacityParameters);
    if (query.kind === "problem") return query;
    const range = resolveRange({ from: query.values.from, to: query.values.to }, capacityRange, runtime.clock());
    if (range.kind === "problem") return range;
    const { metricsTables } = await runtime.storesOf(target.account);
    return await rowsPage(call, {
      ...query.values,
      range,
      read: (fromKey, toKey) => metricsTables.readCapacity(fromKey, toKey),
      wanted: () => true,
      window: rowWindows.day,
      format: capacityFormat,
    });
  };

interface RowsQuestion {
  readonly range: { readonly from: Date; readonly to: Date };
  readonly read: (fromKey: string, toKey: string) => Promise<readonly TableRow[]>;
  readonly wanted: (row: TableRow) => boolean;
  readonly window: RowWindow;
  readonly format: ReturnType<typeof tableRowFormat>;
  readonly limit: number | undefined;
  readonly continuation: RowPlace | undefined;
}

async function rowsPage(call: Call, question: RowsQuestion): Promise<Ending> {
  const type = chooseMediaType(call.request.headers.get("accept"), rowMediaTypes);
  if (type === undefined) return problem("NotAcceptable", "The answer can't be written in what Accept asks for.");
  const { range, read, format, limit, continuation: after } = question;
  const size = pageSize(limit, type);
  const { rows, next } = await searchRows(read, { ...question, ...range, size, after, signal: call.signal });
  return pageResponse({ rows, next: next && formatRowToken(next), range }, format, call.request.url, type);
}

const drawMetrics =
  (runtime: Runtime): Answer =>
  async (call) => {
    const target = serviceOf(runtime, call);
    if (target.kind === "problem") return target;
    const query = parseQuery(call.query, chartParameters);
    if (query.kind === "problem") return query;
    const now = runtime.clock();
    const range = resolveRange({ from: query.values.from, to: query.values.to }, chartRange, now);
    if (range.kind === "problem") return range;
    const { resourceId, namespace } = targetOf(target.account, target.service);
    const context = { resourceType: namespace, definitions: definitionsOf(), now: now.getTime() };
    const request = readChartRequest({ ...query.values, ...range }, context);
    if (request.kind === "arm-error") {
      const parameter = { metricnames: "metric", $filter: "by" }[request.target ?? ""] ?? request.target;
      return problem("InvalidQueryParameterValue", `${request.message}.`, parameter);
    }
    const { metrics } = await runtime.state();
    const series = await metrics.query({ resourceId, namespace, ...seriesQueryOf(request) });
    return {
      headers: { "content-type": "image/svg+xml", "content-security-policy": "default-src 'none'" },
      body: renderChart(chartOf(request, `${target.account.name}, ${target.service}`, series)),
    };
  };
