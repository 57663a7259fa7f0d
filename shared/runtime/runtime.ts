import { randomUUID } from "node:crypto";

import { deliverQueue } from "../actions/delivery-work.js";
import { announcing } from "../alerting/announced-watermarks.js";
import { evaluateAlertsQueue } from "../alerting/evaluation-work.js";
import type { AnalyticsLimitStores } from "../analytics-limit/check-limit.js";
import { permitReader } from "../analytics-limit/permit-reader.js";
import { openDoor, type Door } from "../access/door.js";
import type { CapacityRuns } from "../capacity/capacity-run.js";
import { countCapacityQueue } from "../capacity/capacity-work.js";
import type { CapacityPlannerStores } from "../capacity/plan-capacity-counts.js";
import { LogCounter } from "../log-counting/log-counter.js";
import { AppUsage, GatewayUsage } from "../metric-roll-up/own-usage.js";
import { OpenLedgers } from "../metric-roll-up/open-ledgers.js";
import type { PublishingStores } from "../metric-roll-up/publication.js";
import { PublicationPlanner, type PlannedAccount } from "../metric-roll-up/publication-planner.js";
import { publishMetricsQueue } from "../metric-roll-up/publication-work.js";
import { servicesOfAccount } from "../metrics/storage-metrics.js";
import { KnownReadings } from "../request-logs/known-readings.js";
import { LogPlanner, type PlannerStores } from "../request-logs/log-planner.js";
import { readLogsQueue } from "../request-logs/log-work.js";
import type { RetentionRuns } from "../retention/retention-run.js";
import type { RetentionPlannerStores } from "../retention/plan-retention.js";
import type { RetentionStores } from "../retention/remove-expired.js";
import { removeExpiredQueue } from "../retention/retention-work.js";
import { accountContentsOf } from "../stores/account-contents/account-contents.azure.js";
import type { AccountContents } from "../stores/account-contents/account-contents.js";
import { analyticsPermitsIn } from "../stores/analytics-permits/analytics-permits.azure.js";
import type { AnalyticsPermits } from "../stores/analytics-permits/analytics-permits.js";
import { analyticsSettingsOf } from "../stores/analytics-settings/analytics-settings.azure.js";
import type { AnalyticsSettingsOfAccount } from "../stores/analytics-settings/analytics-settings.js";
import { apiKeysIn, apiKeysTable } from "../stores/api-keys/api-keys.azure.js";
import type { ApiKeys } from "../stores/api-keys/api-keys.js";
import { dailyRunsIn, dailyRunsTable } from "../stores/daily-runs/daily-runs.azure.js";
import { deadLettersIn } from "../stores/dead-letters/dead-letters.azure.js";
import type { DeadLetters } from "../stores/dead-letters/dead-letters.js";
import { services, type Service } from "../storage-analytics/log-entry.js";
import { OwnUsageMeter } from "../storage-analytics/system-usage.js";
import { dueHoursIn, dueHoursTable } from "../stores/due-hours/due-hours.azure.js";
import type { DueHours } from "../stores/due-hours/due-hours.js";
import { gatewayMarksIn } from "../stores/gateway-marks/gateway-marks.azure.js";
import { logBlobsIn } from "../stores/log-blobs/log-blobs.azure.js";
import type { LogBlobs, RemovableLogBlobs } from "../stores/log-blobs/log-blobs.js";
import { logHoursIn, logHoursTable } from "../stores/log-hours/log-hours.azure.js";
import { logReadingsIn, logReadingsTable } from "../stores/log-readings/log-readings.azure.js";
import { logSweepsIn, logSweepsTable } from "../stores/log-sweeps/log-sweeps.azure.js";
import { metricStoreIn } from "../stores/metrics/metric-store.azure.js";
import type { MetricStore, MetricTarget } from "../stores/metrics/metric-store.js";
import { withStorageAccounts } from "../stores/metrics/storage-account-metrics.js";
import { whilePermitted } from "../stores/metrics-tables/permitted-tables.js";
import { meterWrites } from "../stores/metrics-tables/meter-writes.js";
import { metricsTablesIn } from "../stores/metrics-tables/metrics-tables.azure.js";
import type { MetricsTables } from "../stores/metrics-tables/metrics-tables.js";
import { publicationMarksIn, publicationMarksTable } from "../stores/publication-marks/publication-marks.azure.js";
import type { PublicationMarks } from "../stores/publication-marks/publication-marks.js";
import { rollUpLedgersIn } from "../stores/roll-up-ledgers/roll-up-ledgers.azure.js";
import { serviceTimeOf } from "../stores/service-clock/service-clock.azure.js";
import { usageSamplesIn, usageSamplesTable } from "../stores/usage-samples/usage-samples.azure.js";
import { workQueueIn } from "../stores/work-queue/work-queue.azure.js";
import type { WorkQueue } from "../stores/work-queue/work-queue.js";
import { openAlerting, type Alerting } from "./alerting.js";
import type { Connection } from "./connection.js";
import { readSettings, type MonitoredAccount, type Settings } from "./settings.js";
import { openStorage, type StorageClients } from "./storage-clients.js";

/** Stores of Vigil's own state. */
export interface StateStores extends PlannerStores {
  /** All work queues. */
  readonly queues: readonly WorkQueue[];
  readonly publications: WorkQueue;
  readonly evaluations: WorkQueue;
  readonly deliverQueue: WorkQueue;
  readonly ledgers: OpenLedgers;
  readonly due: DueHours;
  readonly published: PublicationMarks;
  readonly gatewayUsage: GatewayUsage;
  readonly appUsage: AppUsage;
  readonly deadLetters: DeadLetters;
  readonly apiKeys: ApiKeys;
  readonly permits: AnalyticsPermits;
  readonly capacityRuns: CapacityRuns;
  readonly retentionRuns: RetentionRuns;
  /** The requests of a storage account are those of its services together. */
  readonly metrics: MetricStore;
  readonly clients: StorageClients;
}

/** Stores of one monitored account. */
export interface AccountStores {
  readonly logBlobs: RemovableLogBlobs;
  readonly analyticsSettings: AnalyticsSettingsOfAccount;
  readonly metricsTables: MetricsTables;
  /** Of what this process writes into these tables. */
  readonly ownUsage: OwnUsageMeter;
  readonly contents: AccountContents;
  /** The service's clock, which does not jump when the one of this machine does. */
  serviceTime(): Promise<Date>;
}

/** What handlers work with: settings, clock and stores. Stores are opened at first use and kept. */
export interface Runtime {
  readonly settings: Settings;
  readonly clock: () => Date;
  /** The one way into every HTTP function. */
  readonly door: Door;
  /** The configured account of that name, whatever its case: Azure has no two that differ in it alone. */
  account(name: string): MonitoredAccount | undefined;
  state(): Promise<StateStores>;
  storesOf(account: MonitoredAccount): Promise<AccountStores>;
  logPlanner(): Promise<LogPlanner>;
  publicationPlanner(): Promise<PublicationPlanner>;
  /** What publishing the metrics of an account takes. */
  publishing(account: MonitoredAccount): Promise<PublishingStores>;
  readonly logCounter: LogCounter;
  capacity(): Promise<CapacityPlannerStores & Pick<StateStores, "metrics">>;
  retention(): Promise<RetentionPlannerStores>;
  analyticsLimit(): Promise<AnalyticsLimitStores>;
  /** Rules, alerts and who is told of them. */
  alerting(): Promise<Alerting>;
  /** What retention of an account takes. */
  retentionOf(account: MonitoredAccount): Promise<RetentionStores>;
}

/** Names of the configured accounts, as messages have them. */
export const accountNames = ({ settings }: Runtime): ReadonlySet<string> =>
  new Set(settings.accounts.map(({ name }) => name));

/** Resource ids of the configured accounts. */
export const accountIds = ({ settings }: Runtime): readonly string[] =>
  settings.accounts.map(({ resourceId }) => resourceId);

/** The account of a message, whose name was found among the configured ones. */
export function accountNamed(runtime: Runtime, name: string): MonitoredAccount {
  const account = runtime.account(name);
  if (account === undefined) throw new Error(`account ${name} is not in VIGIL_ACCOUNTS`);
  return account;
}

/**
 * Wires the app.
 * @param environment `process.env`
 * @throws WrongSetting
 */
export function startRuntime(
  environment: Readonly<Record<string, string | undefined>>,
  clock: () => Date = () => new Date(),
): Runtime {
  const settings = readSettings(environment);
  const accounts = new Map(settings.accounts.map((account) => [account.name, account]));
  const limits = { answerMs: settings.storageTimeoutMs, progressMs: settings.storageTimeoutMs };
  const clients = keyedOnce(
    (connection: Connection) => connection.name,
    (connection) => openStorage(connection, limits),
  );
  const storesOf = keyedOnce(
    (account: MonitoredAccount) => account.name,
    async ({ name, connection }): Promise<AccountStores> => {
      const opened = await clients(connection);
      const ownUsage = new OwnUsageMeter();
      return {
        logBlobs: logBlobsIn(opened.blobs),
        analyticsSettings: analyticsSettingsOf(opened),
        metricsTables: whilePermitted(
          metricsTablesIn((name) => meterWrites(opened.table(name), ownUsage)),
          permitReader((await state()).permits, name, () => performance.now()),
        ),
        ownUsage,
        contents: accountContentsOf(opened),
        serviceTime: () => serviceTimeOf(opened.blobs),
      };
    },
  );
  const storesNamed = (name: string): Promise<AccountStores> => {
    const account = accounts.get(name);
    if (account === undefined) throw new Error(`account ${name} is not in VIGIL_ACCOUNTS`);
    return storesOf(account);
  };
  const logBlobs = async (name: string): Promise<LogBlobs> => (await storesNamed(name)).logBlobs;
  const state = once(async (): Promise<StateStores> => {
    const opened = await clients(settings.state);
    const queue = workQueueIn(opened.queues, readLogsQueue);
    const publications = workQueueIn(opened.queues, publishMetricsQueue);
    const evaluations = workQueueIn(opened.queues, evaluateAlertsQueue);
    const deliveries = workQueueIn(opened.queues, deliverQueue);
    const ledgers = new OpenLedgers(rollUpLedgersIn(opened.blobs));
    return {
      clients: opened,
      readings: logReadingsIn(opened.table(logReadingsTable)),
      hours: logHoursIn(opened.table(logHoursTable)),
      sweeps: logSweepsIn(opened.table(logSweepsTable)),
      marks: gatewayMarksIn(opened.blobs),
      queue,
      publications,
      evaluations,
      deliverQueue: deliveries,
      queues: [
        queue,
        publications,
        ...[countCapacityQueue, removeExpiredQueue].map((name) => workQueueIn(opened.queues, name)),
        evaluations,
        deliveries,
      ],
      ledgers,
      gatewayUsage: new GatewayUsage(usageSamplesIn(opened.table(usageSamplesTable)), ledgers),
      appUsage: new AppUsage(ledgers, randomUUID()),
      due: dueHoursIn(opened.table(dueHoursTable)),
      published: publicationMarksIn(opened.table(publicationMarksTable)),
      deadLetters: deadLettersIn(opened.blobs),
      permits: analyticsPermitsIn(opened.blobs),
      capacityRuns: dailyRunsIn(opened.table(dailyRunsTable), "capacity"),
      retentionRuns: dailyRunsIn(opened.table(dailyRunsTable), "retention"),
      apiKeys: apiKeysIn(opened.table(apiKeysTable)),
      metrics: announcing(withStorageAccounts(metricStoreIn(opened.blobs, clock)), evaluations),
      logBlobs,
    };
  });
  const retention = once(async (): Promise<RetentionPlannerStores> => {
    const { clients: opened, retentionRuns } = await state();
    return {
      runs: retentionRuns,
      queue: workQueueIn(opened.queues, removeExpiredQueue),
      serviceTime: async (name) => await (await storesNamed(name)).serviceTime(),
    };
  });
  const known = new KnownReadings();
  return {
    settings,
    clock,
    door: openDoor({
      auth: settings.auth,
      access: settings.access,
      resources: { accounts: settings.accounts },
      findApiKey: async (id) => (await state()).apiKeys.find(id),
      clock,
    }),
    account: (name) => accounts.get(name.toLowerCase()),
    state,
    storesOf,
    logCounter: new LogCounter(),
    analyticsLimit: once(async () => {
      const { clients: opened, ...own } = await state();
      return { ...own, ledgerStore: rollUpLedgersIn(opened.blobs) };
    }),
    alerting: once(async () => openAlerting(await state(), settings, clock)),
    retention,
    retentionOf: async (account) => {
      const [own, { clients: opened, ...others }, theirs] = await Promise.all([
        retention(),
        state(),
        storesOf(account),
      ]);
      return { ...others, ...own, ...theirs, ledgers: rollUpLedgersIn(opened.blobs) };
    },
    capacity: once(async () => {
      const { clients: opened, metrics, capacityRuns } = await state();
      return {
        metrics,
        runs: capacityRuns,
        queue: workQueueIn(opened.queues, countCapacityQueue),
        serviceTime: async (name) => await (await storesNamed(name)).serviceTime(),
      };
    }),
    logPlanner: once(async () => new LogPlanner([...accounts.keys()], await state(), known)),
    publicationPlanner: once(
      async () =>
        new PublicationPlanner(
          [...accounts.values()].map(plannedAccount),
          await state(),
          settings.logLatenessMs,
          known,
        ),
    ),
    publishing: async (account) => {
      const [own, { metricsTables: tables, ...ofAccount }] = await Promise.all([state(), storesOf(account)]);
      return { ...own, ...ofAccount, tables, target: (service) => targetOf(account, service) };
    },
  };
}

/** Where the metrics of a service are kept. */
export function targetOf({ resourceId }: MonitoredAccount, service: Service): MetricTarget {
  const target = servicesOfAccount(resourceId)[services.indexOf(service)];
  if (target === undefined) throw new Error(`the ${service} service has no metrics`);
  return target;
}

const plannedAccount = (account: MonitoredAccount): PlannedAccount => ({
  name: account.name,
  target: (service) => targetOf(account, service),
});

/** Does it at the first call only; a failure is not kept. */
function once<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return () => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
}

function keyedOnce<K, T>(keyOf: (key: K) => string, open: (key: K) => Promise<T>): (key: K) => Promise<T> {
  const opened = new Map<string, () => Promise<T>>();
  return (key) => {
    const name = keyOf(key);
    let found = opened.get(name);
    if (found === undefined) opened.set(name, (found = once(() => open(key))));
    return found();
  };
}
