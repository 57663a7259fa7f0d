import { app } from "@azure/functions";

app.timer("clock", {
  schedule: "%SCHEDULE%",
  runOnStartup: process.env.RUN_ON_STARTUP === "true",
  ...(process.env.USE_MONITOR === undefined ? {} : { useMonitor: process.env.USE_MONITOR === "true" }),
  handler: async (timer, context) => {
    context.log(`fired ${JSON.stringify({ timer, at: Date.now(), metadata: context.triggerMetadata ?? null })}`);
    if (process.env.RUN_MS !== undefined) await new Promise((resolve) => setTimeout(resolve, Number(process.env.RUN_MS)));
    if (process.env.FAIL === "true") throw new Error("the timer failed");
  },
});
