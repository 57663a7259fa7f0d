import type { TimerHandler } from "@azure/functions";

import type { Runtime } from "../shared/runtime/runtime.js";

/** Finds log blobs that were not read yet and plans messages for them. */
export const planLogBlobs =
  (runtime: Runtime): TimerHandler =>
  async (_timer, context) => {
    const planner = await runtime.logPlanner();
    const { looked, sent } = await planner.plan(runtime.clock());
    if (sent > 0) context.log(`${sent} of ${looked} log blobs are to be read`);
  };
