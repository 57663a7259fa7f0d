import { aggregations } from "../metrics/metric-cell.js";
import { parseInstant, timeGrains } from "../metrics/time-grain.js";
import { maxPageSize } from "../storage-analytics/request-page.js";
import { parseRowToken, type RowPlace } from "../storage-analytics/metrics-page.js";
import type { QueryParameter } from "./query.js";
import { choiceParameter, integerParameter } from "./query-parameters.js";
import { defaultPageSize } from "./request-parameters.js";

const text = { type: "string" };

const timeParameter = (description: string, example: string): QueryParameter<Date> => ({
  description,
  expected: "a time such as 2026-01-31T08:00:00Z, or a UTC day",
  schema: text,
  example,
  parse: (value) => {
    const time = parseInstant(value);
    return time === undefined ? undefined : new Date(time);
  },
});

const range = {
  from: timeParameter("Start of the minute, hour or day, inclusive.", "2026-01-31T00:00:00Z"),
  to: timeParameter("Start of the minute, hour or day, exclusive. Default: now.", "2026-01-31T09:00:00Z"),
};

const continuation: QueryParameter<RowPlace> = {
  description: "Where to go on: opaque, from the `nextLink` of the answer before.",
  expected: "the continuation of an earlier answer, unchanged",
  schema: text,
  example: "WzEsIjIwMjYwMTMxVDA4MDAiLCJ1c2VyO0FsbCJd",
  parse: parseRowToken,
};

/** Parameters of `…/capacity`. */
export const capacityParameters = {
  ...range,
  limit: integerParameter("Rows of a page.", 1, maxPageSize, defaultPageSize),
  continuation,
};

/** Parameters of `…/metrics`. */
export const metricsRowParameters = {
  level: choiceParameter("Rows by hour (default) or by minute.", ["hour", "minute"], "hour"),
  access: choiceParameter(
    "`user`: requests to the service; `system`: what analytics itself does. Default: both.",
    ["user", "system"],
    "user",
  ),
  api: {
    description: "Operation, such as `GetBlob`; `All`: the sums alone.",
    expected: "the name of an operation, or All",
    schema: { type: "string", pattern: "^[A-Za-z0-9]{1,128}$" },
    example: "All",
    parse: (value: string) => (/^[A-Za-z0-9]{1,128}$/.test(value) ? value : undefined),
  },
  location: choiceParameter("Endpoint of the requests. Default: primary.", ["primary", "secondary"], "primary"),
  ...capacityParameters,
};

/** Parameters of `…/metrics.svg`. */
export const chartParameters = {
  metric: {
    description: "Name of a metric of the service; `…/metricDefinitions` lists them.",
    expected: "the name of a metric",
    schema: text,
    example: "Transactions",
    required: true as const,
    parse: (value: string) => (/^[A-Za-z0-9]{1,128}$/.test(value) ? value : undefined),
  },
  by: {
    description: "Dimension whose values make a line each, such as `ApiName`.",
    expected: "the name of a dimension",
    schema: text,
    example: "ApiName",
    parse: (value: string) => (/^[A-Za-z]{1,128}$/.test(value) ? value : undefined),
  },
  aggregation: choiceParameter("Default: the metric's own.", aggregations, "Total"),
  interval: choiceParameter("Grain of the points. Default: one that a chart can show.", timeGrains, "PT1H"),
  ...range,
};
