import type { TableServiceClient } from "@azure/data-tables";
import type { BlobServiceClient } from "@azure/storage-blob";
import type { QueueServiceClient } from "@azure/storage-queue";

import type { Service } from "../../storage-analytics/log-entry.js";
import type {
  AnalyticsSettings,
  AnalyticsSettingsOfAccount,
  MetricsSettings,
  RetentionDays,
} from "./analytics-settings.js";

export interface ServiceClients {
  readonly blobs: BlobServiceClient;
  readonly queues: QueueServiceClient;
  readonly tables: TableServiceClient;
}

interface Retention {
  readonly enabled: boolean;
  readonly days?: number;
}
interface Metrics {
  readonly enabled: boolean;
  readonly includeAPIs?: boolean;
  readonly retentionPolicy?: Retention;
}
interface Logging {
  readonly version: string;
  readonly read: boolean;
  readonly write: boolean;
  readonly delete?: boolean;
  readonly deleteProperty?: boolean;
  readonly retentionPolicy?: Retention;
}

/** Answers of the three clients in one form: each has its own name for the logging settings. */
interface ServiceProperties {
  readonly logging: Logging | undefined;
  readonly hourMetrics?: Metrics;
  readonly minuteMetrics?: Metrics;
}

const properties: Record<Service, (clients: ServiceClients, signal?: AbortSignal) => Promise<ServiceProperties>> = {
  blob: async ({ blobs }, abortSignal) => {
    const answer = await blobs.getProperties(abortSignal && { abortSignal });
    return { ...answer, logging: answer.blobAnalyticsLogging };
  },
  queue: async ({ queues }, abortSignal) => {
    const answer = await queues.getProperties(abortSignal && { abortSignal });
    return { ...answer, logging: answer.queueAnalyticsLogging };
  },
  table: async ({ tables }, abortSignal) => {
    const answer = await tables.getProperties(abortSignal && { abortSignal });
    return { ...answer, logging: answer.logging };
  },
};

// a policy that is off may still carry days: they mean nothing
const retention = (policy: Retention | undefined): RetentionDays =>
  policy?.enabled === true ? policy.days : undefined;

const metrics = (given: Metrics | undefined): MetricsSettings => ({
  enabled: given?.enabled ?? false,
  includeApis: given?.includeAPIs ?? false,
  retentionDays: retention(given?.retentionPolicy),
});

const convert = ({ logging, hourMetrics, minuteMetrics }: ServiceProperties): AnalyticsSettings => ({
  logging: {
    version: logging?.version ?? "1.0",
    read: logging?.read ?? false,
    write: logging?.write ?? false,
    delete: logging?.delete ?? logging?.deleteProperty ?? false,
    retentionDays: retention(logging?.retentionPolicy),
  },
  hourMetrics: metrics(hourMetrics),
  minuteMetrics: metrics(minuteMetrics),
});

/** Settings as Get Service Properties of each service answers them. */
export const analyticsSettingsOf = (clients: ServiceClients): AnalyticsSettingsOfAccount => ({
  read: async (service, signal) => {
    try {
      return convert(await properties[service](clients, signal));
    } catch (error) {
      throw new Error(`reading the analytics settings of the ${service} service`, { cause: error });
    }
  },
});
