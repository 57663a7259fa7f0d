import { armError, type ArmError } from "../arm/arm-error.js";
import { type QueryParameters } from "../arm/query-parameters.js";
import { aggregations, type Aggregation } from "./metric-cell.js";
import { findDefinition, type MetricDefinition } from "./metric-definition.js";
import { parseMetricFilter } from "./metric-filter.js";
import { findNamespace } from "./resource-metrics.js";
import { meetsCondition, type DimensionCondition, type SeriesQuery } from "./series-query.js";
import {
  formatTimeSpan,
  grainMinutes,
  minuteOf,
  parseDuration,
  parseInstant,
  parseTimeSpan,
  type TimeRange,
} from "./time-grain.js";

/** Metrics of one request. Azure's limit. */
export const maxMetricNames = 20;
/** Series of each metric, if the request says nothing. Azure's default. */
export const defaultTop = 10;
/** The most series that a request gets. */
export const maxTop = 10_000;
/** Points of one series: 31 days by the minute. */
export const maxPoints = 44_640;
/** Grains of hours or more in longer ranges begin at a full hour, where hours are kept ready; shorter ones are exact. */
export const alignedAboveMinutes = 2 * 1_440;

/** Longest time span: kept are 93 days, and a year is what people type. Milliseconds. */
export const maxSpanMs = 366 * 86_400_000;

const defaultSpanMs = 3_600_000;
/** Dimensions of requests to several resources. */
export const resourceDimension = "Microsoft.ResourceId";

/** What a metrics request asks for. */
export interface MetricsRequest {
  readonly kind: "request";
  readonly namespace: string;
  readonly metrics: readonly MetricDefinition[];
  /** undefined: of each metric its own. */
  readonly aggregations: readonly Aggregation[] | undefined;
  readonly range: TimeRange;
  /** Minutes since the epoch that points are made of. */
  readonly from: number;
  readonly to: number;
  readonly grain: number;
  readonly filter: readonly DimensionCondition[];
  /** Dimensions that make series, as the filter spells them. */
  readonly splitBy: readonly string[];
  readonly top: number;
  readonly orderBy: { readonly aggregation: Aggregation; readonly descending: boolean } | undefined;
  readonly resultType: "Data" | "Metadata";
}

export interface MetricsContext {
  /** Of the resource, with its usual case: the namespace that is meant if none is named. Empty: one has to be. */
  readonly resourceType: string;
  /** Metrics by namespace, as it is usually written. */
  readonly definitions: ReadonlyMap<string, readonly MetricDefinition[]>;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Reads a metrics request, that of a resource (`timespan`) or that of the batch API (`starttime`, `endtime`).
 * @returns what is asked for, or Azure's error; each names the valid values
 */
export function readMetricsRequest(parameters: QueryParameters, context: MetricsContext): MetricsRequest | ArmError {
  const found = findMetrics(parameters, context);
  if (found.kind === "arm-error") return found;
  const { namespace, metrics } = found;
  const range = readRange(parameters, context.now);
  if ("kind" in range) return range;
  if (range.to - range.from > maxSpanMs) {
    const days = Math.ceil((range.to - range.from) / 86_400_000);
    return armError("BadRequest", `The time span has ${days} days; it can have at most 366 days.`, "timespan");
  }
  const grain = readGrain(parameters, metrics, range);
  if (typeof grain !== "number") return grain;
  const { from, to } = alignRange(range, grain);
  if ((to - from) / grain > maxPoints) {
    return armError(
      "BadRequest",
      `The time span has ${Math.ceil((to - from) / grain)} points of ${formatTimeSpan(grain)}; the limit is ${maxPoints}. Ask for a longer interval or a shorter timespan.`,
      "interval",
    );
  }
  const chosen = readAggregations(parameters);
  if (chosen !== undefined && "kind" in chosen) return chosen;
  const series = readSeries(parameters, metrics);
  if ("kind" in series) return series;
  const order = readOrder(parameters);
  if (order !== undefined && "kind" in order) return order;
  const resultType = (parameters.get("resulttype") ?? "Data").toLowerCase();
  if (resultType !== "data" && resultType !== "metadata") {
    return armError("BadRequest", `resultType is one of Data, Metadata; instead got '${resultType}'.`, "resultType");
  }
  return {
    kind: "request",
    namespace,
    metrics,
    aggregations: chosen,
    range,
    from,
    to,
    grain,
    ...series,
    orderBy: order,
    resultType: resultType === "data" ? "Data" : "Metadata",
  };
}

/** What a request asks of the store. Which resources are meant is for `wantsResource`. */
export const seriesQueryOf = ({ metrics, filter, splitBy, from, to, grain }: MetricsRequest): SeriesQuery => ({
  metrics: metrics.map(({ name }) => name),
  filter: filter.filter(({ dimension }) => !isResourceDimension(dimension)),
  splitBy: splitBy.filter((dimension) => !isResourceDimension(dimension)),
  from,
  to,
  grain,
});

/** Whether a request at the scope of a subscription is about this resource. */
export const wantsResource = ({ filter }: MetricsRequest, resourceId: string): boolean =>
  filter
    .filter(({ dimension }) => isResourceDimension(dimension))
    .every((condition) => meetsCondition(condition, `/${resourceId.replace(/^\/+/, "")}`));

const isResourceDimension = (name: string): boolean => name.toLowerCase() === resourceDimension.toLowerCase();

function findMetrics(
  parameters: QueryParameters,
  { resourceType, definitions }: MetricsContext,
): { readonly kind: "found"; readonly namespace: string; readonly metrics: readonly MetricDefinition[] } | ArmError {
  const named = parameters.get("metricnamespace") ?? "";
  const namespace = findNamespace(definitions, named === "" ? resourceType : named);
  if (typeof namespace !== "string") return namespace;
  const valid = definitions.get(namespace) ?? [];
  const given = parameters.get("metricnames") ?? parameters.get("metric") ?? "";
  const names = given
    .split(",")
    .map((name) => name.replaceAll("%2", ",").trim())
    .filter((name) => name !== "");
  if (names.length > maxMetricNames) {
    return armError(
      "BadRequest",
      `The request names ${names.length} metrics; the limit is ${maxMetricNames}.`,
      "metricnames",
    );
  }
  const metrics: MetricDefinition[] = [];
  for (const name of names) {
    const metric = findDefinition(valid, name);
    if (metric === undefined) return unknownMetric(namespace, name, valid);
    if (!metrics.includes(metric)) metrics.push(metric);
  }
  const [first] = valid;
  if (first === undefined) return unknownMetric(namespace, "", valid);
  return { kind: "found", namespace, metrics: metrics.length === 0 ? [first] : metrics };
}

function unknownMetric(namespace: string, name: string, valid: readonly MetricDefinition[]): ArmError {
  const [provider = "", ...type] = namespace.split("/");
  return armError(
    "BadRequest",
    `Failed to find metric configuration for provider: ${provider}, resource Type: ${type.join("/")}, metric: ${name}, Valid metrics: ${valid.map((metric) => metric.name).join(",")}`,
    "metricnames",
  );
}

function readRange(parameters: QueryParameters, now: number): TimeRange | ArmError {
  const start = parameters.get("starttime");
  const end = parameters.get("endtime");
  const timespan = parameters.get("timespan");
  const wrong = (value: string, target: string): ArmError =>
    armError(
      "BadRequest",
      `Detected invalid time interval input: ${value}, supported Iso 8601 time interval format, such as 2026-01-01T00:00:00Z/2026-01-02T00:00:00Z or PT1H; it ends after it starts.`,
      target,
    );
  if (start === undefined && end === undefined) {
    if (timespan === undefined || timespan === "") return { from: now - defaultSpanMs, to: now };
    return parseTimeSpan(timespan, now) ?? wrong(timespan, "timespan");
  }
  if (start === undefined) return armError("BadRequest", "endtime requires starttime.", "starttime");
  const from = parseInstant(start);
  const to = end === undefined ? now : parseInstant(end);
  if (from === undefined) return wrong(start, "starttime");
  if (to === undefined) return wrong(end ?? "", "endtime");
  return to > from ? { from, to } : wrong(`${start}/${end ?? ""}`, "endtime");
}

/** Points count from the start, truncated to the minute; a minute that has begun at the end is not among them. */
function alignRange(range: TimeRange, grain: number): { readonly from: number; readonly to: number } {
  const from = minuteOf(range.from);
  const to = Math.max(minuteOf(range.to), from + 1);
  const aligned = grain % 60 === 0 && to - from > alignedAboveMinutes;
  return { from: aligned ? from - (from % 60) : from, to };
}

function readGrain(
  parameters: QueryParameters,
  metrics: readonly MetricDefinition[],
  range: TimeRange,
): number | ArmError {
  const common = (metrics[0]?.grains ?? []).filter((grain) => metrics.every(({ grains }) => grains.includes(grain)));
  const supported: readonly number[] = common.map((grain) => grainMinutes[grain]);
  const [finest = 1] = supported;
  const span = Math.max(1, minuteOf(range.to) - minuteOf(range.from));
  const interval = parameters.get("interval");
  if (interval === undefined || interval === "") return finest;
  if (interval.toUpperCase() === "FULL") return span;
  const asked = parseDuration(interval);
  const minutes = asked === undefined ? Number.NaN : asked / 60_000;
  const adjust = readFlag(parameters, "autoadjusttimegrain", false);
  if (typeof adjust !== "boolean") return adjust;
  if (supported.includes(minutes) && !(adjust && minutes > span)) return minutes;
  if (adjust && asked !== undefined) {
    const fitting = supported.filter((each) => each <= span);
    return nearest(fitting.length === 0 ? [finest] : fitting, minutes);
  }
  const shown = asked === undefined ? interval : formatTimeSpan(Math.ceil(minutes));
  return armError(
    "BadRequest",
    `Commonly allowed time grains: ${supported.map(formatTimeSpan).join(",")} between metrics: ${metrics.map(({ name }) => name).join(",")}, can not support requested time grain: ${shown} please adjust your interval parameter to one of ${common.join(", ")}.`,
    "interval",
  );
}

/** The longer one, if two are equally near. */
const nearest = (values: readonly number[], wanted: number): number =>
  values.reduce((best, each) => (Math.abs(each - wanted) <= Math.abs(best - wanted) ? each : best));

function readFlag(parameters: QueryParameters, name: string, otherwise: boolean): boolean | ArmError {
  const text = parameters.get(name)?.toLowerCase();
  if (text === undefined || text === "") return otherwise;
  if (text === "true" || text === "false") return text === "true";
  return armError("BadRequest", `${name} is true or false; instead got '${text}'.`, name);
}

const findAggregation = (text: string): Aggregation | undefined =>
  aggregations.find((each) => each.toLowerCase() === text.toLowerCase());

function readAggregations(parameters: QueryParameters): readonly Aggregation[] | undefined | ArmError {
  const text = parameters.get("aggregation") ?? "";
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && name.toLowerCase() !== "none");
  if (text.trim() === "") return undefined;
  const found: Aggregation[] = [];
  for (const name of names) {
    const aggregation = findAggregation(name);
    if (aggregation === undefined) {
      return armError(
        "BadRequest",
        `'${name}' is no aggregation. Valid ones: ${aggregations.join(", ")}, None.`,
        "aggregation",
      );
    }
    found.push(aggregation);
  }
  return found;
}

type SeriesParts = Pick<MetricsRequest, "filter" | "splitBy" | "top">;

function readSeries(parameters: QueryParameters, metrics: readonly MetricDefinition[]): SeriesParts | ArmError {
  const text = parameters.get("filter")?.trim() ?? "";
  const outcome = text === "" ? ({ kind: "filter", conditions: [] } as const) : parseMetricFilter(text);
  if (outcome.kind === "invalid") return armError("BadRequest", outcome.message, "$filter");
  const validate = readFlag(parameters, "validatedimensions", true);
  if (typeof validate !== "boolean") return validate;
  const rollUp = (parameters.get("rollupby") ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "");
  const asked = [...outcome.conditions.map(({ dimension }) => dimension), ...rollUp];
  const unknown = (name: string): MetricDefinition | undefined => metrics.find((metric) => !hasDimension(metric, name));
  for (const name of validate ? asked : []) {
    const metric = unknown(name);
    if (metric === undefined) continue;
    return armError(
      "BadRequest",
      `Metric: ${metric.name} does not support requested dimension combination: ${name.toLowerCase()}, supported ones are: ${metric.dimensions.join(",")}`,
      "$filter",
    );
  }
  const filter = outcome.conditions.filter(({ dimension }) => unknown(dimension) === undefined);
  const names = new Map(filter.map(({ dimension }) => [dimension.toLowerCase(), dimension]));
  const splitBy = [...names].filter(([name]) => !rollUp.includes(name)).map(([, dimension]) => dimension);
  const top = Number(parameters.get("top") ?? defaultTop);
  if (!Number.isInteger(top) || top < 1 || top > maxTop) {
    return armError(
      "BadRequest",
      `top is an integer from 1 to ${maxTop}; instead got '${parameters.get("top") ?? ""}'.`,
      "top",
    );
  }
  return { filter, splitBy, top };
}

const hasDimension = (metric: MetricDefinition, name: string): boolean =>
  [...metric.dimensions, resourceDimension].some((dimension) => dimension.toLowerCase() === name.toLowerCase());

function readOrder(parameters: QueryParameters): MetricsRequest["orderBy"] | ArmError {
  const text = parameters.get("orderby")?.trim() ?? "";
  if (text === "") return undefined;
  const [name = "", direction = "asc", ...others] = text.split(/\s+/);
  const aggregation = findAggregation(name === "sum" ? "Total" : name);
  const isDirection = /^(?:asc|desc)$/i.test(direction);
  if (aggregation === undefined || !isDirection || others.length > 0) {
    return armError(
      "BadRequest",
      `orderby is an aggregation and a direction, such as 'total desc'; instead got '${text}'.`,
      "orderby",
    );
  }
  return { aggregation, descending: direction.toLowerCase() === "desc" };
}
