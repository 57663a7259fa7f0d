import { aggregations } from "../metrics/metric-cell.js";
import { metricUnits } from "../metrics/metric-definition.js";
import { timeGrains } from "../metrics/time-grain.js";
import { array, count, described, flag, object, text, time } from "./schema-parts.js";

const localizable = object({ value: text, localizedValue: text });
const unit = { type: "string", enum: metricUnits };
const aggregation = { type: "string", enum: aggregations };
const number = { type: "number" };

const point = object({
  timeStamp: described(time, "Start of the point."),
  ...Object.fromEntries(aggregations.map((name) => [`${name.toLowerCase()}?`, number])),
});
const metric = object({
  id: text,
  type: text,
  name: localizable,
  displayDescription: text,
  unit,
  timeseries: array(
    object({ metadatavalues: array(object({ name: localizable, value: text })), "data?": array(point) }),
  ),
  errorCode: described(text, "`Success`, or why this metric alone has no answer."),
  "errorMessage?": text,
});
const about = {
  cost: count,
  interval: described(text, "Grain of the points, as it was used."),
  namespace: text,
  resourceregion: text,
  value: array(metric),
};

export const metricsSchema = object({ ...about, timespan: described(text, "`start/end`, as it was used.") });

export const batchSchema = object({
  values: array(object({ ...about, starttime: text, endtime: text, resourceid: text })),
});

export const definitionsSchema = object({
  value: array(
    object({
      id: text,
      resourceId: text,
      namespace: text,
      name: localizable,
      displayDescription: text,
      category: text,
      metricClass: text,
      isDimensionRequired: flag,
      unit,
      primaryAggregationType: aggregation,
      supportedAggregationTypes: array(aggregation),
      metricAvailabilities: array(object({ timeGrain: { type: "string", enum: timeGrains }, retention: text })),
      "dimensions?": array(localizable),
    }),
  ),
});

export const namespacesSchema = object({
  value: array(
    object({
      id: text,
      type: text,
      name: described(text, "The namespace with its slashes escaped."),
      classification: { type: "string", enum: ["Platform", "Custom", "Qos"] },
      properties: object({ metricNamespaceName: text }),
    }),
  ),
});
