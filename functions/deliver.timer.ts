import type { TimerHandler } from "@azure/functions";

import { resendStalled } from "../shared/actions/deliver.js";
import { alertRetentionMs } from "../shared/alerts/alert-record.js";
import type { Runtime } from "../shared/runtime/runtime.js";

/** Deliveries that are looked at, and alerts and deliveries that are removed, in one run. */
const perRun = 1_000;

/** Asks again for attempts whose message was never sent: whoever had to send it ended before. */
export const resendDeliveries =
  (runtime: Runtime): TimerHandler =>
  async (_, context) => {
    const resent = await resendStalled(await runtime.alerting(), runtime.clock(), perRun);
    if (resent > 0) context.warn(`${resent} deliveries stood still and were asked for again`);
  };

/** Removes alerts and deliveries that nobody can see any more. */
export const removeOldAlerts =
  (runtime: Runtime): TimerHandler =>
  async (_, context) => {
    const { alerts, deliveries } = await runtime.alerting();
    const before = new Date(runtime.clock().getTime() - alertRetentionMs);
    const removed = {
      alerts: await alerts.removeBefore(before, perRun),
      deliveries: await deliveries.removeBefore(before, perRun),
    };
    if (removed.alerts + removed.deliveries > 0)
      context.log(`${removed.alerts} alerts and ${removed.deliveries} deliveries removed`);
  };
