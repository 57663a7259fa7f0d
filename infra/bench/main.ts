import { reportMeasurements } from "./report.js";

/** `npm run bench [-- --json] [-- NAME…]` */
await reportMeasurements(
  {
    start: async () => (await import("./start.js")).benchStart(),
    latency: async () => (await import("./request-to-logs.js")).benchRequestToLogs(),
  },
  process.argv.slice(2),
);
