import { type Aggregation } from "./metric-cell.js";
import { grainMinutes, timeGrains, type TimeGrain } from "./time-grain.js";

export const metricUnits = [
  "Count",
  "Bytes",
  "Seconds",
  "CountPerSecond",
  "BytesPerSecond",
  "Percent",
  "MilliSeconds",
  "ByteSeconds",
  "Unspecified",
  "Cores",
  "MilliCores",
  "NanoCores",
  "BitsPerSecond",
] as const;
export type MetricUnit = (typeof metricUnits)[number];
export type MetricClass = "Availability" | "Transactions" | "Errors" | "Latency" | "Saturation";

/** How long metrics are kept, as definitions say it. */
export const metricRetention = "P93D";

/** What can be asked about one metric. */
export interface MetricDefinition {
  readonly name: string;
  /** For people. */
  readonly label: string;
  readonly description: string;
  readonly metricClass: MetricClass;
  readonly unit: MetricUnit;
  readonly primaryAggregation: Aggregation;
  readonly aggregations: readonly Aggregation[];
  /** Shortest first; the first one is how it is sampled. */
  readonly grains: readonly TimeGrain[];
  readonly dimensions: readonly string[];
}

/** The grains from one on. */
export const grainsFrom = (shortest: TimeGrain): readonly TimeGrain[] =>
  timeGrains.filter((grain) => grainMinutes[grain] >= grainMinutes[shortest]);

/** A metric by its name, without case. */
export const findDefinition = (definitions: readonly MetricDefinition[], name: string): MetricDefinition | undefined =>
  definitions.find((definition) => definition.name.toLowerCase() === name.toLowerCase());
