import { reportMeasurements } from "../bench/report.js";

/** `npm run soak [-- NAME…]`: what takes minutes of real time. */
await reportMeasurements(
  {
    largeTransfer: async () => (await import("./large-transfer.js")).soakLargeTransfer(),
    kills: async () => (await import("./kills.js")).soakKills(),
    deliveries: async () => (await import("./deliveries.js")).soakDeliveries(),
    capacityKills: async () => (await import("./capacity-kills.js")).soakCapacityKills(),
    outage: async () => (await import("./outage.js")).soakOutage(),
    steadyLoad: async () => (await import("./steady-load.js")).soakSteadyLoad(),
  },
  process.argv.slice(2),
);
