const resourceVersions = ["2018-01-01", "2019-07-01", "2021-05-01", "2023-10-01", "2024-02-01"];

/** Versions of the metrics API that clients send, oldest first, with the type that messages name. Source: reference §0, §6. */
export const metricsApiVersions = {
  metrics: { type: "Microsoft.Insights/metrics", versions: resourceVersions },
  metricDefinitions: { type: "Microsoft.Insights/metricDefinitions", versions: resourceVersions },
  metricNamespaces: {
    type: "Microsoft.Insights/metricNamespaces",
    versions: ["2017-12-01-preview", ...resourceVersions],
  },
  /** At the scope of a subscription. */
  subscriptionMetrics: {
    type: "Microsoft.Insights/metrics",
    versions: ["2021-05-01", "2023-10-01", "2024-02-01"],
  },
  getBatch: { type: "metrics:getBatch", versions: ["2023-10-01", "2024-02-01"] },
} as const satisfies Readonly<Record<string, { readonly type: string; readonly versions: readonly string[] }>>;
export type MetricsApi = keyof typeof metricsApiVersions;
