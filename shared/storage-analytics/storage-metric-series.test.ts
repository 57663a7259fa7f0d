import { expect, test } from "vitest";

import { aggregate, type Aggregation } from "../metrics/metric-cell.js";
import { SeriesCollector } from "../metrics/series-query.js";
import { RollUpCells, type RollUpSeries } from "./roll-up-cells.js";
import { storageMetricSeries } from "./storage-metric-series.js";

function valueOf(
  metric: string,
  aggregation: Aggregation,
  requests: readonly (readonly [Partial<RollUpSeries>, number[]])[],
) {
  const cells = new RollUpCells();
  for (const [fields, [ingress = 0, egress = 0, endToEnd = 0, server = 0]] of requests) {
    const series: RollUpSeries = {
      access: "user",
      operation: "GetBlob",
      responseType: "Success",
      authentication: "SAS",
      geoType: "Primary",
      ...fields,
    };
    cells.add(5, cells.seriesNumber(series), ingress, egress, endToEnd, server);
  }
  const collector = new SeriesCollector({ metrics: [metric], filter: [], splitBy: [], from: 0, to: 60, grain: 60 });
  for (const each of storageMetricSeries(cells.cells())) collector.add(each);
  const cell = collector.series()[0]?.points.get(0);
  return cell && aggregate(cell, aggregation);
}

const requests = [
  [{}, [100, 1_000, 10, 4]],
  [{ operation: "PutBlob" }, [300, 10, 30, 6]],
  [{ responseType: "ServerOtherError" }, [50, 5, 999, 999]],
  [{ responseType: "ServerBusyError" }, [50, 5, 999, 999]],
  [{ responseType: "AuthorizationError", authentication: "Anonymous" }, [50, 5, 999, 999]],
  [{ access: "system" }, [1e9, 1e9, 1, 1]],
] as const satisfies readonly (readonly [Partial<RollUpSeries>, number[]])[];

test.each([
  { metric: "Transactions", aggregation: "Total", value: 5 },
  { metric: "Transactions", aggregation: "Average", value: 1 },
  { metric: "Ingress", aggregation: "Total", value: 550 },
  { metric: "Ingress", aggregation: "Average", value: 110 },
  { metric: "Ingress", aggregation: "Maximum", value: 300 },
  { metric: "Egress", aggregation: "Minimum", value: 5 },
  { metric: "SuccessE2ELatency", aggregation: "Average", value: 20 },
  { metric: "SuccessServerLatency", aggregation: "Maximum", value: 6 },
  { metric: "Availability", aggregation: "Average", value: 200 / 3 },
  { metric: "Availability", aggregation: "Minimum", value: 0 },
] as const)("$aggregation of $metric is $value", ({ metric, aggregation, value }) => {
  expect(valueOf(metric, aggregation, requests)).toBeCloseTo(value, 10);
});

test("only Transactions are told apart by response type, and no sum is kept twice", () => {
  const cells = new RollUpCells();
  for (const responseType of ["Success", "ClientOtherError"] as const) {
    const series = {
      access: "user",
      operation: "GetBlob",
      responseType,
      authentication: "SAS",
      geoType: "Primary",
    } as const;
    cells.add(5, cells.seriesNumber(series), 10, 10, 1, 1);
  }
  const series = storageMetricSeries(cells.cells());
  expect(series.map(({ metric }) => metric).sort()).toEqual([
    "Availability",
    "Egress",
    "Ingress",
    "SuccessE2ELatency",
    "SuccessServerLatency",
    "Transactions",
    "Transactions",
  ]);
  const [transactions] = series.filter(({ metric }) => metric === "Transactions");
  expect(transactions?.dimensions).toEqual({
    ApiName: "GetBlob",
    Authentication: "SAS",
    GeoType: "Primary",
    ResponseType: "Success",
    TransactionType: "user",
  });
});
