/** Versions of the metrics API that clients send, by type, oldest first. Source: reference §0, §6. */
export const metricsApiVersions = {
  metrics: ["2018-01-01", "2019-07-01", "2021-05-01", "2023-10-01", "2024-02-01"],
  metricDefinitions: ["2018-01-01", "2019-07-01", "2021-05-01", "2023-10-01", "2024-02-01"],
  metricNamespaces: ["2017-12-01-preview", "2018-01-01", "2021-05-01", "2023-10-01", "2024-02-01"],
  /** At the scope of a subscription. */
  subscriptionMetrics: ["2021-05-01", "2023-10-01", "2024-02-01"],
  getBatch: ["2023-10-01", "2024-02-01"],
} as const;
export type MetricsApi = keyof typeof metricsApiVersions;
