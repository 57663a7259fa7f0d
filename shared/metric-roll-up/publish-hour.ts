import { type HourLedger, minutesOfHour } from "../storage-analytics/hour-ledger.js";
import { planMetricsRows, type MetricsSwitch, type StoredMetricsRow } from "../storage-analytics/metrics-row-plan.js";
import { metricsPartitionKey, metricsRows } from "../storage-analytics/metrics-row.js";
import type { MetricsLevel } from "../storage-analytics/metrics-table.js";
import { geoTypes, type GeoType, type RollUpCell } from "../storage-analytics/roll-up-cells.js";
import { requestMetrics, storageMetricSeries } from "../storage-analytics/storage-metric-series.js";
import type { MetricStore, MetricTarget } from "../stores/metrics/metric-store.js";
import type { MetricsTables, TransactionsTable } from "../stores/metrics-tables/metrics-tables.js";
import type { PublicationMarks } from "../stores/publication-marks/publication-marks.js";
import type { LedgerName } from "../stores/roll-up-ledgers/roll-up-ledgers.js";
import type { OpenLedgers } from "./open-ledgers.js";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** Writers of one row at the same time, or a user who edits it; more than that, and the work comes back. */
const maxAttempts = 10;

export interface PublicationStores {
  readonly ledgers: OpenLedgers;
  readonly marks: PublicationMarks;
  /** In the monitored account. */
  readonly tables: MetricsTables;
  readonly metrics: MetricStore;
}

export interface Publication extends LedgerName {
  /** The service's resource and namespace in the metric store. */
  readonly target: MetricTarget;
  readonly hourMetrics: MetricsSwitch;
  readonly minuteMetrics: MetricsSwitch;
  /** Whether there is a `system;All` row even without system requests: where a gateway counts them. */
  readonly withSystem: boolean;
  /** Looks at every minute, whatever the mark says: finds what somebody edited. */
  readonly whole: boolean;
  /** Whether rows and sums of the hour itself are written: not every minute while it lasts. */
  readonly hourRows: boolean;
}

export interface PublishedHour {
  readonly minutes: number;
  readonly rows: number;
  /** `<partition key> <row key>` of rows that somebody had edited, put right now. */
  readonly edited: readonly string[];
}

/**
 * Makes what is in the ledger of an hour into rows of the `$Metrics…` tables and into metrics: the minutes that were
 * touched since the last time, and the hour.
 *
 * Rows are read before the ledger, and written on condition that they are still those: what is written is never older
 * than what it replaces, with any number of instances at work. The mark comes last.
 */
export async function publishHour(stores: PublicationStores, publication: Publication): Promise<PublishedHour> {
  const from = publication.whole ? 0 : await stores.marks.read(publication);
  const ledger = await stores.ledgers.read(publication);
  const { position } = ledger;
  const touched = ledger.minutesSince(from <= position ? from : 0);
  const minutes = publication.whole ? minutesOfHour(publication.hour) : touched;
  const published = { rows: 0, edited: [] as string[] };
  for (const location of geoTypes) {
    // a secondary location has tables only where somebody reads from it
    if (location === "Secondary" && !hasLocation(ledger, location)) continue;
    await publishRows(stores, publication, { level: "Minute", location, minutes }, published);
    if (!publication.hourRows) continue;
    const whole = { level: "Hour", location, minutes: minutesOfHour(publication.hour) } as const;
    await publishRows(stores, publication, whole, published);
  }
  // without a ledger there is nothing to say, and perhaps something to lose
  if (minutes.length > 0 && position > 0) {
    await stores.metrics.update(publication.target, publication.hour, async () => {
      const current = await stores.ledgers.read(publication);
      return {
        minutes,
        metrics: requestMetrics,
        sumLater: !publication.hourRows,
        series: storageMetricSeries(minutes.flatMap((minute) => [...current.cellsOf(minute)])),
      };
    });
  }
  if (position !== from) await stores.marks.save(publication, position);
  return { minutes: minutes.length, ...published };
}

interface Rows {
  readonly level: MetricsLevel;
  readonly location: GeoType;
  readonly minutes: readonly number[];
}

async function publishRows(
  stores: PublicationStores,
  publication: Publication,
  { level, location, minutes }: Rows,
  published: { rows: number; edited: string[] },
): Promise<void> {
  const { service, hour, withSystem } = publication;
  const table: TransactionsTable = { kind: "transactions", level, location, service };
  const settings = level === "Hour" ? publication.hourMetrics : publication.minuteMetrics;
  const partitions: readonly (readonly [string, readonly number[]])[] =
    level === "Hour"
      ? [[metricsPartitionKey(new Date(hour * hourMs)), minutes]]
      : minutes.map((minute) => [metricsPartitionKey(new Date(minute * minuteMs)), [minute]] as const);
  let left = partitions;
  for (let attempt = 0; left.length > 0; attempt++) {
    if (attempt >= maxAttempts) throw new Error(`publishing metrics: others wrote the same rows ${maxAttempts} times`);
    const stored = await readRows(
      stores.tables,
      table,
      left.map(([key]) => key),
    );
    const ledger = await stores.ledgers.read(publication);
    const conflicting: (typeof partitions)[number][] = [];
    for (const [key, of] of left) {
      const cells = of.flatMap((minute) => [...ledger.cellsOf(minute)]).filter(isAt(location));
      // an idle minute has no rows, an idle hour has
      const idle = level === "Minute" && cells.length === 0;
      const expected = idle ? [] : metricsRows(key, cells, withSystem);
      const plan = planMetricsRows(expected, stored.get(key) ?? [], settings);
      if (plan.writes.length === 0 && plan.removals.length === 0) continue;
      const written = await stores.tables.write(table, key, plan);
      if (written.kind === "conflict") {
        conflicting.push([key, of]);
        continue;
      }
      if (written.kind === "stopped") continue;
      published.rows += plan.writes.length + plan.removals.length;
      published.edited.push(...plan.edited.map((rowKey) => `${key} ${rowKey}`));
    }
    left = conflicting;
  }
}

/** Rows by partition. */
async function readRows(
  tables: MetricsTables,
  table: TransactionsTable,
  keys: readonly string[],
): Promise<ReadonlyMap<string, readonly StoredMetricsRow[]>> {
  const sorted = keys.toSorted();
  const rows = await tables.read(table, sorted[0] ?? "", sorted.at(-1) ?? "");
  const partitions = new Map<string, StoredMetricsRow[]>();
  for (const row of rows) {
    const found = partitions.get(row.partitionKey);
    if (found === undefined) partitions.set(row.partitionKey, [row]);
    else found.push(row);
  }
  return partitions;
}

const isAt =
  (location: GeoType) =>
  ({ series }: RollUpCell): boolean =>
    series.geoType === location;

function hasLocation(ledger: HourLedger, location: GeoType): boolean {
  for (const cell of ledger.cells()) if (cell.series.geoType === location) return true;
  return false;
}
