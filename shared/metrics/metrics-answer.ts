import { armError } from "../arm/arm-error.js";
import {
  aggregate,
  mergeCells,
  stackCells,
  type Aggregation,
  type Dimensions,
  type MetricCell,
} from "./metric-cell.js";
import { metricRetention, type MetricDefinition } from "./metric-definition.js";
import { resourceDimension, type MetricsRequest } from "./metrics-request.js";
import { type MetricSeries } from "./series-query.js";
import { formatMinutes, formatMinuteTime, formatSeconds, grainMinutes } from "./time-grain.js";

/** Points of one answer, those without data included: some 30 MB. */
export const maxAnswerPoints = 500_000;

/** @returns the error of a request whose answer would be too large; undefined: it is not */
export function checkAnswerSize(request: MetricsRequest, results: readonly (readonly MetricSeries[])[]) {
  const each = request.resultType === "Metadata" ? 1 : Math.ceil((request.to - request.from) / request.grain);
  let points = 0;
  for (const series of results) {
    for (const { name } of request.metrics) {
      const found = series.filter(({ metric }) => metric.toLowerCase() === name.toLowerCase()).length;
      points += Math.min(found, request.top) * each;
    }
  }
  return points <= maxAnswerPoints
    ? undefined
    : armError(
        "BadRequest",
        `The answer would have ${points} points; the limit is ${maxAnswerPoints}. Ask for a longer interval, a shorter timespan, or fewer series (top).`,
        "top",
      );
}

const withSlash = (resourceId: string): string => `/${resourceId.replace(/^\/+/, "")}`;
const localizable = (value: string, label = value) => ({ value, localizedValue: label });

/**
 * Body of `GET …/providers/Microsoft.Insights/metrics` of one resource.
 * @param resourceId as the caller wrote it
 * @param series what the store answered to the request's query
 */
export function metricsAnswer(
  request: MetricsRequest,
  resourceId: string,
  region: string,
  series: readonly MetricSeries[],
) {
  return {
    cost: costOf(request),
    timespan: timespanOf(request),
    interval: formatMinutes(request.grain),
    value: metricValues(request, withSlash(resourceId), series),
    namespace: request.namespace,
    resourceregion: region,
  };
}

/** One resource in the body of the batch API: start and end apart, and the resource's id. */
export function batchValue(
  request: MetricsRequest,
  resourceId: string,
  region: string,
  series: readonly MetricSeries[],
  asked: { readonly starttime: string | undefined; readonly endtime: string | undefined },
) {
  return {
    cost: costOf(request),
    // as it was asked for, fractions of a second included
    starttime: asked.starttime ?? formatSeconds(request.range.from),
    endtime: asked.endtime ?? formatSeconds(request.range.to),
    interval: formatMinutes(request.grain),
    namespace: request.namespace,
    resourceregion: region,
    resourceid: withSlash(resourceId),
    value: metricValues(request, withSlash(resourceId), series),
  };
}

/** Body of the batch API. */
export const batchAnswer = (values: readonly ReturnType<typeof batchValue>[]) => ({ values });

/**
 * Body of a request at the scope of a subscription: series of all resources together, or one of each where the filter
 * names `Microsoft.ResourceId`.
 */
export function subscriptionMetricsAnswer(
  request: MetricsRequest,
  subscriptionId: string,
  region: string,
  results: readonly { readonly resourceId: string; readonly series: readonly MetricSeries[] }[],
) {
  const named = request.splitBy.find((name) => name.toLowerCase() === resourceDimension.toLowerCase());
  const joined = new Map<string, { metric: string; dimensions: Dimensions; points: Map<number, MetricCell> }>();
  for (const { resourceId, series } of results) {
    for (const { metric, dimensions, points } of series) {
      const gauge = request.metrics.some(({ name, grains }) => name === metric && grains[0] === "PT1H");
      const all = named === undefined ? dimensions : { ...dimensions, [named]: withSlash(resourceId) };
      const key = JSON.stringify([metric, ...Object.values(all)]);
      const found = joined.get(key) ?? { metric, dimensions: all, points: new Map<number, MetricCell>() };
      const add = gauge ? stackCells : mergeCells;
      for (const [minute, cell] of points) found.points.set(minute, add(found.points.get(minute), cell));
      joined.set(key, found);
    }
  }
  return {
    cost: costOf(request),
    timespan: timespanOf(request),
    interval: formatMinutes(request.grain),
    // such ids have no leading slash
    value: metricValues(request, `subscriptions/${subscriptionId}`, [...joined.values()]),
    namespace: request.namespace,
    resourceregion: region,
  };
}

const timespanOf = ({ range }: MetricsRequest): string => `${formatSeconds(range.from)}/${formatSeconds(range.to)}`;

/** As in Azure's samples: one less than the minutes asked for, per metric. */
const costOf = ({ from, to, metrics, resultType }: MetricsRequest): number =>
  resultType === "Metadata" ? 0 : metrics.length * Math.max(0, to - from - 1);

function metricValues(request: MetricsRequest, scope: string, series: readonly MetricSeries[]) {
  const times = timesOf(request);
  return request.metrics.map((metric) => {
    const asked = request.aggregations ?? [metric.primaryAggregation];
    const unsupported = asked.filter((aggregation) => !metric.aggregations.includes(aggregation));
    const head = {
      id: `${scope}/providers/Microsoft.Insights/metrics/${metric.name}`,
      type: "Microsoft.Insights/metrics",
      name: localizable(metric.name, metric.label),
      displayDescription: metric.description,
      unit: metric.unit,
    };
    // one metric fails alone, the others are answered
    if (unsupported.length > 0) {
      const errorMessage = `Metric: ${metric.name} does not support aggregation: ${unsupported.join(",")}, supported ones are: ${metric.aggregations.join(",")}`;
      return { ...head, timeseries: [], errorCode: "InvalidSamplingType", errorMessage };
    }
    const mine = series.filter((each) => each.metric.toLowerCase() === metric.name.toLowerCase());
    const chosen = sortSeries(request, metric, mine).slice(0, request.top);
    return { ...head, timeseries: chosen.map((each) => timeSeries(request, each, asked, times)), errorCode: "Success" };
  });
}

/** Where the points of every series begin: the same for all, so that each text is made once. */
function timesOf({ from, to, grain }: MetricsRequest) {
  const times: { readonly minute: number; readonly timeStamp: string }[] = [];
  for (let minute = from; minute < to; minute += grain) times.push({ minute, timeStamp: formatMinuteTime(minute) });
  return times;
}

function timeSeries(
  { resultType }: MetricsRequest,
  { dimensions, points }: MetricSeries,
  asked: readonly Aggregation[],
  times: ReturnType<typeof timesOf>,
) {
  const metadatavalues = Object.entries(dimensions).map(([name, value]) => ({
    name: localizable(name.toLowerCase()),
    value,
  }));
  if (resultType === "Metadata") return { metadatavalues };
  const names = asked.map((each) => [each.toLowerCase(), each] as const);
  const data = times.map(({ minute, timeStamp }) => {
    const cell = points.get(minute);
    const point: Record<string, string | number> = { timeStamp };
    if (cell !== undefined) for (const [name, each] of names) point[name] = aggregate(cell, each);
    return point;
  });
  return { metadatavalues, data };
}

/** The largest first, unless the request says otherwise; then by name, so that the answer is the same each time. */
function sortSeries(
  { orderBy }: MetricsRequest,
  metric: MetricDefinition,
  series: readonly MetricSeries[],
): readonly MetricSeries[] {
  const { aggregation, descending } = orderBy ?? { aggregation: metric.primaryAggregation, descending: true };
  const keyed = series.map((each) => {
    let whole: MetricCell | undefined;
    for (const { sum, count, min, max } of each.points.values()) whole = mergeCells(whole, { sum, count, min, max });
    return {
      each,
      value: whole === undefined ? 0 : aggregate(whole, aggregation),
      name: JSON.stringify(each.dimensions),
    };
  });
  const sign = descending ? -1 : 1;
  return keyed
    .sort((a, b) => sign * (a.value - b.value) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    .map(({ each }) => each);
}

/** Body of `GET …/providers/Microsoft.Insights/metricDefinitions`. */
export function definitionsAnswer(resourceId: string, namespace: string, definitions: readonly MetricDefinition[]) {
  const resource = withSlash(resourceId);
  return {
    value: definitions.map((metric) => ({
      id: `${resource}/providers/microsoft.insights/metricdefinitions/${metric.name}`,
      resourceId: resource,
      namespace,
      name: localizable(metric.name, metric.label),
      displayDescription: metric.description,
      category: metric.grains[0] === "PT1H" ? "Capacity" : "Transaction",
      metricClass: metric.metricClass,
      isDimensionRequired: false,
      unit: metric.unit,
      primaryAggregationType: metric.primaryAggregation,
      supportedAggregationTypes: metric.aggregations,
      metricAvailabilities: metric.grains
        .toSorted((a, b) => grainMinutes[a] - grainMinutes[b])
        .map((timeGrain) => ({ timeGrain, retention: metricRetention })),
      ...(metric.dimensions.length > 0 && { dimensions: metric.dimensions.map((name) => localizable(name)) }),
    })),
  };
}

export interface MetricNamespace {
  readonly name: string;
  readonly classification: "Platform" | "Custom" | "Qos";
}

/** Body of `GET …/providers/Microsoft.Insights/metricNamespaces`; a name's slash is escaped in ids. */
export function namespacesAnswer(resourceId: string, namespaces: readonly MetricNamespace[]) {
  return {
    value: namespaces.map(({ name, classification }) => {
      const escaped = name.replaceAll("/", "-");
      return {
        id: `${withSlash(resourceId)}/providers/microsoft.insights/metricNamespaces/${escaped}`,
        type: "Microsoft.Insights/metricNamespaces",
        name: escaped,
        classification,
        properties: { metricNamespaceName: name },
      };
    }),
  };
}
