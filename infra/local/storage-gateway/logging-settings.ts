import { type Service } from "../../../shared/storage-analytics/log-entry.js";
import { type LoggingSettings, logVersionOf } from "./logging-policy.js";
import {
  openBlobService,
  openQueueService,
  openTableService,
  type StorageAccount,
  type StorageEndpoints,
} from "./storage-clients.js";

/** Milliseconds between two looks at a service's properties: a change made past the gateway is seen within 5 s. */
export const settingsPollMs = 4_000;

/** `Logging` as the SDKs of blob and queue give it back; that of table says `delete`. */
interface AnalyticsLogging {
  readonly version?: string | undefined;
  readonly deleteProperty?: boolean | undefined;
  readonly read?: boolean | undefined;
  readonly write?: boolean | undefined;
}

export type ReadLoggingSettings = (signal: AbortSignal) => Promise<LoggingSettings>;

/** Reads the logging settings of one service from its properties; throws when storage does not answer. */
export function loggingSettingsOf(
  endpoints: StorageEndpoints,
  account: StorageAccount,
  service: Service,
): ReadLoggingSettings {
  const read = readers[service](endpoints, account);
  return async (abortSignal) => {
    try {
      const logging = await read(abortSignal);
      return {
        version: logVersionOf(service, logging?.version),
        read: logging?.read ?? false,
        write: logging?.write ?? false,
        delete: logging?.deleteProperty ?? false,
      };
    } catch (error) {
      throw new Error(`reading the ${service} service properties of ${account.name}`, { cause: error });
    }
  };
}

type Reader = (abortSignal: AbortSignal) => Promise<AnalyticsLogging | undefined>;

const readers: Readonly<Record<Service, (endpoints: StorageEndpoints, account: StorageAccount) => Reader>> = {
  blob: (endpoints, account) => {
    const client = openBlobService(endpoints, account);
    return async (abortSignal) => (await client.getProperties({ abortSignal })).blobAnalyticsLogging;
  },
  queue: (endpoints, account) => {
    const client = openQueueService(endpoints, account);
    return async (abortSignal) => (await client.getProperties({ abortSignal })).queueAnalyticsLogging;
  },
  table: (endpoints, account) => {
    const client = openTableService(endpoints, account);
    return async (abortSignal) => {
      const { logging } = await client.getProperties({ abortSignal });
      return logging === undefined ? undefined : { ...logging, deleteProperty: logging.delete };
    };
  },
};
