import type { TimerHandler } from "@azure/functions";

import { planRetentionRuns } from "../shared/retention/plan-retention.js";
import { accountNames, type Runtime } from "../shared/runtime/runtime.js";

/** Begins the day's retention of each account, and keeps it going. */
export const planRetention =
  (runtime: Runtime): TimerHandler =>
  async (_timer, context) => {
    const sent = await planRetentionRuns(accountNames(runtime), await runtime.retention(), runtime.clock());
    if (sent > 0) context.log(`retention of ${sent} accounts goes on`);
  };
