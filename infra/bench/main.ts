import { reportMeasurements } from "./report.js";

/** `npm run bench [-- --json] [-- NAME…]` */
await reportMeasurements(
  {
    start: async () => (await import("./start.js")).benchStart(),
    parse: async () => (await import("./parse-logs.js")).benchParseLogs(),
    gateway: async () => (await import("./gateway.js")).benchGateway(),
    latency: async () => (await import("./request-to-logs.js")).benchRequestToLogs(),
    "metrics-api": async () => (await import("./metrics-api.js")).benchMetricsApi(),
    "metrics-latency": async () => (await import("./metrics-latency.js")).benchMetricsLatency(),
    "roll-up": async () => (await import("./roll-up.js")).benchRollUp(),
    "alert-tick": async () => (await import("./alert-tick.js")).benchAlertTick(),
    "alert-latency": async () => (await import("./alert-latency.js")).benchAlertLatency(),
    threshold: async () => (await import("./dynamic-threshold.js")).benchDynamicThreshold(),
    "store-size": async () => (await import("./store-size.js")).benchStoreSize(),
    capacity: async () => (await import("./capacity.js")).benchCapacity(),
    kql: async () => (await import("./kql.js")).benchKql(),
    "kql-execution": async () => (await import("./kql-execution.js")).benchKqlExecution(),
    page: async () => (await import("./requests-page.js")).benchRequestsPage(),
  },
  process.argv.slice(2),
);
