import { encodeChunk } from "../../shared/metrics/metric-chunk.js";
import { encodeRollUpRecord } from "../../shared/storage-analytics/roll-up-record.js";
import { LogRollUp } from "../../shared/storage-analytics/log-roll-up.js";
import { storageMetricSeries } from "../../shared/storage-analytics/storage-metric-series.js";
import { generateLogEntries } from "../../shared/testing/log-generator.js";
import type { BenchRow } from "./bench-row.js";

const entries = 1_000_000;
const hour = { from: new Date("2026-01-01T10:00Z"), to: new Date("2026-01-01T11:00Z") };

/**
 * What an hour of a busy Blob service takes: in the metric store per minute and combination of dimension values (all six
 * metrics, latency sketches included), and in its ledger per request.
 */
export function benchStoreSize(): readonly BenchRow[] {
  const rollUp = new LogRollUp("blob");
  for (const entry of generateLogEntries({ seed: 1, entries, ...hour, services: ["blob"] })) rollUp.addEntry(entry);
  const [part, ...others] = rollUp.parts();
  if (part === undefined || others.length > 0) throw new Error("the entries are of one service and hour");
  const series = storageMetricSeries(part.cells.cells());
  const chunk = encodeChunk({ series, sources: {} });
  const combinations = series
    .filter(({ metric }) => metric === "Transactions")
    .reduce((sum, { cells }) => sum + cells.size, 0);
  const record = { source: "", cells: [...part.cells.cells()], ids: part.ids.toSortedBytes() };
  const report = (name: string, value: number, unit: string): BenchRow => ({
    name,
    value,
    unit,
    budget: "",
    pass: undefined,
  });
  return [
    report("metric store, per minute and dimension combination", chunk.length / combinations, "bytes"),
    report("… of the whole hour", chunk.length / 1024, "KiB"),
    report("… which has combinations in a minute", combinations / 60, ""),
    report("ledger, per request", encodeRollUpRecord(record).length / part.ids.size, "bytes"),
  ];
}
