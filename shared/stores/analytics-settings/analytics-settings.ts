import type { Service } from "../../storage-analytics/log-entry.js";

/** Days after which analytics data is deleted; undefined: never. */
export type RetentionDays = number | undefined;

export interface MetricsSettings {
  readonly enabled: boolean;
  readonly includeApis: boolean;
  readonly retentionDays: RetentionDays;
}

/** What Get Service Properties says about logging and metrics of one service. */
export interface AnalyticsSettings {
  readonly logging: {
    readonly version: string;
    readonly read: boolean;
    readonly write: boolean;
    readonly delete: boolean;
    readonly retentionDays: RetentionDays;
  };
  readonly hourMetrics: MetricsSettings;
  readonly minuteMetrics: MetricsSettings;
}

/** Storage Analytics settings of one account: who is logged, which metrics there are, how long both are kept. */
export interface AnalyticsSettingsOfAccount {
  read(service: Service, signal?: AbortSignal): Promise<AnalyticsSettings>;
}
