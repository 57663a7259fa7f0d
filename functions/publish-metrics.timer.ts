import type { TimerHandler } from "@azure/functions";

import type { Runtime } from "../shared/runtime/runtime.js";

/** Finds out how far the metrics of each service are complete, and plans the publication of what is due. */
export const planPublications =
  (runtime: Runtime): TimerHandler =>
  async () => {
    const planner = await runtime.publicationPlanner();
    await planner.plan(runtime.clock());
  };
