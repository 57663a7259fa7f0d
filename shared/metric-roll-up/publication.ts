import type { Service } from "../storage-analytics/log-entry.js";
import type { OwnUsageMeter } from "../storage-analytics/system-usage.js";
import type { AnalyticsSettingsOfAccount } from "../stores/analytics-settings/analytics-settings.js";
import type { DueHour, DueHours } from "../stores/due-hours/due-hours.js";
import type { GatewayMarks } from "../stores/gateway-marks/gateway-marks.js";
import type { MetricStore, MetricTarget } from "../stores/metrics/metric-store.js";
import type { LedgerName } from "../stores/roll-up-ledgers/roll-up-ledgers.js";
import type { AppUsage } from "./own-usage.js";
import { publishHour, type PublicationStores, type PublishedHour } from "./publish-hour.js";
import type { PublicationWork } from "./publication-work.js";

const minutesPerHour = 60;
const hourMs = 3_600_000;
/** Days that ledgers, and the metrics made of them, are kept; earlier hours are left as they are. */
export const metricsDays = 93;
/** Hours, with that of the watermark, whose due rows keep the watermark: late blobs of older ones are published alone. */
export const recentHours = 2;

export interface PublishingStores extends Omit<PublicationStores, "marks"> {
  readonly due: DueHours;
  readonly published: PublicationStores["marks"];
  readonly marks: GatewayMarks;
  /** Of the monitored account. */
  readonly analyticsSettings: AnalyticsSettingsOfAccount;
  /** Of what this process writes into the account's tables. */
  readonly ownUsage: OwnUsageMeter;
  readonly appUsage: AppUsage;
  /** The service's resource and namespace in the metric store. */
  target(service: Service): MetricTarget;
}

export type PublicationOutcome = PublishedHour & { readonly hours: number };

/**
 * Publishes what a message asks for. Everything is made anew from the ledgers, so a message can come twice, late, or on
 * two instances together.
 */
export async function publishMetrics(
  stores: PublishingStores,
  work: PublicationWork,
  now: Date,
): Promise<PublicationOutcome> {
  const { account, service } = work;
  switch (work.kind) {
    case "publish-hour": {
      const name = { account, service, hour: work.hour };
      const note = await stores.due.find(name);
      // without its ledger an hour would be taken for an idle one
      const needed = work.hour >= oldestHour(now) && (note !== undefined || work.whole);
      return await publishAll(stores, work, needed ? [{ name, note, whole: work.whole, hourRows: true }] : [], now);
    }
    case "complete-minutes": {
      const due = (await stores.due.list(account)).filter((note) => note.service === service);
      const recent = due.filter(({ hour }) => isRecent(hour, work.upTo));
      const hours = recent.map((note) => ({
        name: note,
        note,
        whole: false,
        hourRows: hasHourRows(note.hour, work.upTo),
      }));
      const outcome = await publishAll(stores, work, hours, now);
      await completeMinutes(stores.metrics, stores.target(service), work.upTo);
      return outcome;
    }
    default:
      throw new Error(`publishing metrics: unknown work ${JSON.stringify(work satisfies never)}`);
  }
}

/** First hour, since the epoch, whose ledger is kept. */
export const oldestHour = (now: Date): number => Math.floor(now.getTime() / hourMs) - metricsDays * 24;

/**
 * Whether an hour's due rows hold the watermark back.
 * @param minute of the watermark
 */
export const isRecent = (hour: number, minute: number): boolean =>
  hour > Math.floor(minute / minutesPerHour) - recentHours;

/**
 * Says that every minute of a service before this one is complete. The one place where the watermark moves: whoever
 * waits for complete minutes is told from here.
 * @param minute since the epoch
 */
export async function completeMinutes(metrics: MetricStore, target: MetricTarget, minute: number): Promise<void> {
  await metrics.advanceWatermark(target.resourceId, minute);
}

interface Hour {
  readonly name: LedgerName;
  /** As it was before the ledger was read. */
  readonly note: DueHour | undefined;
  readonly whole: boolean;
  readonly hourRows: boolean;
}

/** While an hour lasts, its own rows are written so often; the last look at it writes them for good. Minutes. */
export const hourRowsEvery = 5;

const hasHourRows = (hour: number, minute: number): boolean =>
  hour < Math.floor(minute / minutesPerHour) || minute % hourRowsEvery === 0;

async function publishAll(
  stores: PublishingStores,
  { account, service }: PublicationWork,
  hours: readonly Hour[],
  now: Date,
): Promise<PublicationOutcome> {
  const outcome = { hours: hours.length, minutes: 0, rows: 0, edited: [] as string[] };
  if (hours.length === 0) return outcome;
  // asked every time: what somebody switches off is off at once
  const [settings, mark] = await Promise.all([
    stores.analyticsSettings.read(service),
    stores.marks.read(account, service),
  ]);
  for (const { name, note, whole, hourRows } of hours) {
    const { minutes, rows, edited } = await publishHour(
      { ...stores, marks: stores.published },
      {
        account,
        service,
        hour: name.hour,
        target: stores.target(service),
        hourMetrics: settings.hourMetrics,
        minuteMetrics: settings.minuteMetrics,
        withSystem: mark !== undefined,
        whole,
        hourRows,
      },
    );
    // an hour whose own rows are to come stays due
    if (note !== undefined && hourRows) await stores.due.remove(note);
    outcome.minutes += minutes;
    outcome.rows += rows;
    outcome.edited.push(...edited);
  }
  // over a real account these rows are Azure's own
  if (mark !== undefined) await stores.appUsage.record(account, stores.ownUsage, now);
  return outcome;
}
