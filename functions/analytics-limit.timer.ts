import type { TimerHandler } from "@azure/functions";

import { checkAnalyticsLimit } from "../shared/analytics-limit/check-limit.js";
import { accountNames, type Runtime } from "../shared/runtime/runtime.js";

/** Stops analytics' writing into accounts that hold as much of it as they may, and lets it go on when there is space. */
export const checkLimit =
  (runtime: Runtime): TimerHandler =>
  async (_timer, context) => {
    const { analyticsLimitBytes: limit } = runtime.settings;
    const stores = await runtime.analyticsLimit();
    for (const account of accountNames(runtime)) {
      const { changed, write, bytes, reason } = await checkAnalyticsLimit(account, stores, limit, runtime.clock());
      if (!changed) continue;
      const says = `analytics of ${account} takes ${bytes} of ${limit} bytes (${reason})`;
      if (write) context.log(`${says}: writing goes on`);
      else context.warn(`${says}: nothing more is written until there is space`);
    }
  };
