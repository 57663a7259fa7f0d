import { armError, type ArmError } from "../arm/arm-error.js";
import { type Aggregation } from "./metric-cell.js";
import { type Chart } from "./metric-chart.js";
import { findDefinition } from "./metric-definition.js";
import { metricsAnswer } from "./metrics-answer.js";
import { maxTop, readMetricsRequest, type MetricsContext, type MetricsRequest } from "./metrics-request.js";
import { type MetricSeries } from "./series-query.js";
import { grainMinutes, minuteOf, timeGrains, type TimeGrain } from "./time-grain.js";

/** Points of a line, unless a grain is asked for: a chart has some 700 pixels. */
export const maxChartPoints = 300;

/** What a chart is asked to show. */
export interface ChartQuestion {
  readonly metric: string;
  readonly aggregation: Aggregation | undefined;
  readonly interval: TimeGrain | undefined;
  /** Dimension whose values make a line each. */
  readonly by: string | undefined;
  readonly from: Date;
  readonly to: Date;
}

/** @returns the error names the valid metrics, dimensions or grains */
export function readChartRequest(question: ChartQuestion, context: MetricsContext): MetricsRequest | ArmError {
  const { metric, aggregation, by, from, to } = question;
  const definition = findDefinition(context.definitions.get(context.resourceType) ?? [], metric);
  const offered = definition?.aggregations ?? [];
  if (definition !== undefined && aggregation !== undefined && !offered.includes(aggregation)) {
    const message = `Metric: ${definition.name} does not support aggregation: ${aggregation}, supported ones are: ${offered.join(",")}`;
    return armError("BadRequest", message, "aggregation");
  }
  const minutes = minuteOf(to.getTime()) - minuteOf(from.getTime());
  const grains = definition?.grains ?? timeGrains;
  const fitting = grains.find((grain) => minutes / grainMinutes[grain] <= maxChartPoints) ?? grains.at(-1) ?? "P1D";
  const parameters = new Map([
    ["metricnames", metric],
    ["timespan", `${from.toISOString()}/${to.toISOString()}`],
    ["interval", question.interval ?? fitting],
    ["top", maxTop.toString()],
  ]);
  if (aggregation !== undefined) parameters.set("aggregation", aggregation);
  if (by !== undefined) parameters.set("filter", `${by} eq '*'`);
  return readMetricsRequest(parameters, context);
}

/**
 * The chart of what a request of one metric found.
 * @param of whose metrics they are, for people
 */
export function chartOf(request: MetricsRequest, of: string, series: readonly MetricSeries[]): Chart {
  const [metric] = metricsAnswer(request, "", "", series).value;
  const [definition] = request.metrics;
  if (metric === undefined || definition === undefined) throw new Error("drawing a chart: it is about one metric");
  const aggregation = request.aggregations?.[0] ?? definition.primaryAggregation;
  const times: number[] = [];
  for (let minute = request.from; minute < request.to; minute += request.grain) times.push(minute * 60_000);
  const by = request.splitBy.length === 0 ? "" : ` by ${request.splitBy.join(", ")}`;
  return {
    title: `${definition.label} of ${of}${by}, ${aggregation.toLowerCase()}`,
    unit: definition.unit,
    times,
    series: metric.timeseries.map(({ metadatavalues, data }) => ({
      name: metadatavalues.map(({ value }) => value).join(", ") || definition.label,
      values: (data ?? []).map((point) => numberOf(point[aggregation.toLowerCase()])),
    })),
  };
}

const numberOf = (value: string | number | undefined): number | undefined =>
  typeof value === "number" ? value : undefined;
