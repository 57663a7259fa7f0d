import type { TimerHandler } from "@azure/functions";

import { planCapacityCounts } from "../shared/capacity/plan-capacity-counts.js";
import { accountNames, type Runtime } from "../shared/runtime/runtime.js";

/** Begins the day's count of what each account holds, at first start as well, and keeps it going. */
export const planCapacity =
  (runtime: Runtime): TimerHandler =>
  async (_timer, context) => {
    const sent = await planCapacityCounts(accountNames(runtime), await runtime.capacity(), runtime.clock());
    if (sent > 0) context.log(`${sent} counts of capacity go on`);
  };
