import { BlobServiceClient } from "@azure/storage-blob";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { mergeCells, type MetricCell, type SeriesCells } from "../../shared/metrics/metric-cell.js";
import { servicesOfAccount } from "../../shared/metrics/storage-metrics.js";
import { forEachOf } from "../../shared/request-logs/concurrency.js";
import { LogRollUp } from "../../shared/storage-analytics/log-roll-up.js";
import { storageMetricSeries } from "../../shared/storage-analytics/storage-metric-series.js";
import { metricStoreIn } from "../../shared/stores/metrics/metric-store.azure.js";
import { startAppHost, type AppHost } from "../../shared/testing/app-host.js";
import { startAzurite } from "../../shared/testing/azurite.js";
import { generateLogEntries } from "../../shared/testing/log-generator.js";
import { localScope } from "../local/app-environment.js";
import type { BenchRow } from "./bench-row.js";

const accountId = `${localScope}/Microsoft.Storage/storageAccounts/devstoreaccount1`;
const monthBudgetMs = 300;
const dayBudgetMs = 150;
const rounds = 7;
const days = 30;
const minutesPerHour = 60;
const minutesPerDay = 24 * minutesPerHour;
/** Requests of an hour whose metrics every hour has: what one front end sees. */
const requestsPerHour = 60_000;

/** The metrics API over HTTP: a month by the hour, a day by the minute, of a service with all operations of the generator. */
export async function benchMetricsApi(): Promise<readonly BenchRow[]> {
  const dataFolder = await mkdtemp(join(tmpdir(), "vigil-bench-"));
  const azurite = await startAzurite({ dataFolder });
  let app: AppHost | undefined;
  try {
    const now = Math.floor(Date.now() / 60_000);
    const combinations = await keepMonth(azurite.connectionString(), now);
    app = await startAppHost({
      AzureWebJobsStorage: azurite.connectionString(),
      VIGIL_AUTH: "development",
      ...Object.fromEntries(quietTimers.map((name) => [`AzureWebJobs.${name}.Disabled`, "true"])),
    });
    const url = `${app.url}${accountId}/blobServices/default/providers/Microsoft.Insights/metrics?api-version=2024-02-01`;
    const month = `timespan=${timespan(now - days * minutesPerDay, now)}&interval=PT1H`;
    const day = `timespan=${timespan(now - minutesPerDay, now)}&interval=PT1M`;
    // the first answer loads the SDKs
    await answerMs(`${url}&timespan=PT1M`);
    const byApi = "&top=100&$filter=ApiName eq '*'";
    const ofMonth = await median(`${url}&${month}&metricnames=Transactions${byApi}`);
    const ofDay = await median(`${url}&${day}&metricnames=Transactions`);
    return [
      budgeted("30 days at PT1H, Transactions split by ApiName", ofMonth, monthBudgetMs),
      budgeted("1 day at PT1M, Transactions", ofDay, dayBudgetMs),
      reported("30 days at PT1H, six metrics split by ApiName", await median(`${url}&${month}${sixMetrics}${byApi}`)),
      reported("1 day at PT1M, Transactions split by ApiName", await median(`${url}&${day}${byApi}`)),
      reported("1 day at PT1M, six metrics", await median(`${url}&${day}${sixMetrics}`)),
      { name: "series kept of each minute", value: combinations, unit: "", budget: "", pass: undefined },
    ];
  } finally {
    await app?.stop();
    await azurite.stop();
    await rm(dataFolder, { recursive: true, force: true });
  }
}

const sixMetrics = "&metricnames=Transactions,Ingress,Egress,SuccessServerLatency,SuccessE2ELatency,Availability";
/** Nothing else is to work while answers are measured. */
const quietTimers = ["PlanLogBlobs", "PlanMetricPublications", "PlanCapacity", "PlanRetention", "CheckAnalyticsLimit"];

const timespan = (from: number, to: number): string =>
  [from, to].map((minute) => new Date(minute * 60_000).toISOString()).join("/");

const reported = (name: string, value: number): BenchRow => ({ name, value, unit: "ms", budget: "", pass: undefined });
const budgeted = (name: string, value: number, budget: number): BenchRow => ({
  ...reported(name, value),
  budget: `≤ ${budget}`,
  pass: value <= budget,
});

async function median(url: string): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push(await answerMs(url));
  return times.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN;
}

async function answerMs(url: string): Promise<number> {
  const startedAt = performance.now();
  const response = await fetch(url);
  const text = await response.text();
  const took = performance.now() - startedAt;
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
  return took;
}

/**
 * Keeps a month: the last two days by the minute, and of the hours before what the store has of them, too, their sums.
 * @returns series of a minute
 */
async function keepMonth(connectionString: string, now: number): Promise<number> {
  const store = metricStoreIn(BlobServiceClient.fromConnectionString(connectionString), () => new Date());
  const [target] = servicesOfAccount(accountId);
  if (target === undefined) throw new Error("an account has services");
  const template = seriesOfHour();
  const sums = template.map(sumOf);
  const lastHour = Math.floor(now / minutesPerHour);
  const allDays = Array.from({ length: days + 1 }, (_, day) => Math.floor(lastHour / 24) - day);
  // hours of one day are written one after the other: they have one blob together
  await forEachOf(allDays, 4, async (day) => {
    const byMinute = day >= Math.floor((now - minutesPerDay) / minutesPerDay);
    for (let hour = day * 24; hour < (day + 1) * 24 && hour <= lastHour; hour++) {
      const minutes = Array.from(
        { length: byMinute ? minutesPerHour : 1 },
        (_, minute) => hour * minutesPerHour + minute,
      );
      const series = (byMinute ? template : sums).map((each) => shifted(each, hour * minutesPerHour));
      await store.update(target, hour, () => Promise.resolve({ minutes, series }));
    }
  });
  return template.length;
}

/** Operations that two of ten requests call instead of the generator's few: a busy service has some 25. */
const rarer: readonly Readonly<Record<string, string>>[] = [
  {
    GetBlob: "GetBlobMetadata",
    PutBlob: "SetBlobMetadata",
    GetBlobProperties: "GetBlobTags",
    PutBlock: "AppendBlock",
    PutBlockList: "SnapshotBlob",
    ListBlobs: "ListContainers",
    DeleteBlob: "SetBlobTier",
    CopyBlob: "AbortCopyBlob",
    GetContainerProperties: "GetContainerMetadata",
  },
  {
    GetBlob: "GetBlockList",
    PutBlob: "SetBlobProperties",
    GetBlobProperties: "GetAccountInformation",
    PutBlock: "PutPage",
    PutBlockList: "SetBlobTags",
    ListBlobs: "FindBlobsByTags",
    DeleteBlob: "AcquireBlobLease",
    CopyBlob: "ReleaseBlobLease",
    GetContainerProperties: "GetContainerACL",
  },
];

/** What an hour of requests makes of metrics, with minutes counted from 0. */
function seriesOfHour(): readonly SeriesCells[] {
  const from = new Date("2026-01-31T08:00:00Z");
  const rollUp = new LogRollUp("blob");
  const to = new Date(from.getTime() + 3_600_000);
  const log = { seed: 1, entries: requestsPerHour, from, to, services: ["blob"] } as const;
  let index = 0;
  for (const entry of generateLogEntries(log)) {
    const others = rarer[index++ % 10];
    rollUp.addEntry({ ...entry, operationType: others?.[entry.operationType] ?? entry.operationType });
  }
  const cells = rollUp.parts().flatMap((part) => [...part.cells.cells()]);
  return storageMetricSeries(cells).map((series) => shifted(series, -from.getTime() / 60_000));
}

const shifted = (series: SeriesCells, minutes: number): SeriesCells => ({
  ...series,
  cells: new Map([...series.cells].map(([minute, cell]) => [minute + minutes, cell] as const)),
});

function sumOf(series: SeriesCells): SeriesCells {
  let sum: MetricCell | undefined;
  for (const cell of series.cells.values()) sum = mergeCells(sum, cell);
  return { ...series, cells: new Map(sum === undefined ? [] : [[0, sum]]) };
}
