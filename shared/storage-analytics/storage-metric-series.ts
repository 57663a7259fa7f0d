import { mergeCells, type MetricCell, type SeriesCells } from "../metrics/metric-cell.js";
import { availabilityOf, categoryOfResponseType, prefixOfAuthentication } from "./metrics-row.js";
import { type RollUpCell, type Spread } from "./roll-up-cells.js";

/** The metrics of `storageMetricSeries`; others of the same resource, such as capacity, are written apart from them. */
export const requestMetrics = [
  "Transactions",
  "Ingress",
  "Egress",
  "SuccessE2ELatency",
  "SuccessServerLatency",
  "Availability",
] as const;
export type RequestMetric = (typeof requestMetrics)[number];

/**
 * What today's storage metrics say about requests: Transactions by ResponseType, Ingress, Egress, latencies of successes
 * and Availability, by GeoType, ApiName and Authentication (which Transactions are by, too). Requests of analytics
 * itself are not among them.
 * Sources: "Supported metrics for Microsoft.Storage"; classic to modern mapping of the migration guide.
 */
export function storageMetricSeries(cells: Iterable<RollUpCell>): readonly SeriesCells[] {
  const series = new Map<string, SeriesCells & { readonly cells: Map<number, MetricCell> }>();
  const put = (metric: RequestMetric, cell: RollUpCell, value: MetricCell): void => {
    const { operation, authentication, geoType, responseType } = cell.series;
    const byResponse = metric === "Transactions";
    const key = [metric, operation, authentication, geoType, byResponse ? responseType : ""].join(" ");
    let found = series.get(key);
    if (found === undefined) {
      const dimensions = {
        GeoType: geoType,
        ApiName: operation,
        Authentication: authentication,
        ...(byResponse && { ResponseType: responseType, TransactionType: "user" }),
      };
      series.set(key, (found = { metric, dimensions, gauge: false, cells: new Map<number, MetricCell>() }));
    }
    found.cells.set(cell.minute, mergeCells(found.cells.get(cell.minute), value));
  };
  for (const cell of cells) {
    if (cell.series.access !== "user") continue;
    const { requests: count, latency } = cell;
    put("Transactions", cell, { sum: count, count, min: 1, max: 1 });
    put("Ingress", cell, spread(cell.ingress, count));
    put("Egress", cell, spread(cell.egress, count));
    if (latency !== undefined) {
      const { endToEnd, server } = latency;
      put("SuccessE2ELatency", cell, { ...spread(endToEnd, count), sketch: endToEnd.sketch });
      put("SuccessServerLatency", cell, { ...spread(server, count), sketch: server.sketch });
    }
    const { responseType, authentication } = cell.series;
    const availability = availabilityOf(categoryOfResponseType(responseType), prefixOfAuthentication(authentication));
    if (availability === "neither") continue;
    const value = availability === "billable" ? 100 : 0;
    put("Availability", cell, { sum: value * count, count, min: value, max: value });
  }
  return [...series.values()];
}

const spread = ({ sum, min, max }: Spread, count: number): MetricCell => ({ sum, count, min, max });
