import { type Schedule } from "./schedule.js";
import { formatStatus, type ScheduleStatus } from "./schedule-status.js";

/** `TimerInfo` as the host sends it (§7.5).
 * @param status state before this run; undefined without a monitor
 */
export function timerInfo(schedule: Schedule, status: ScheduleStatus | undefined, isPastDue: boolean): string {
  return JSON.stringify({
    Schedule: { AdjustForDST: schedule.kind === "cron" },
    ScheduleStatus: status === undefined ? null : formatStatus(status),
    IsPastDue: isPastDue,
  });
}
