import { expect, test } from "vitest";

import type { DailyRun } from "../stores/daily-runs/daily-runs.js";
import { planDailyRun } from "./daily-plan.js";

const at = (text: string): Date => new Date(`2026-01-${text}Z`);
const begun: DailyRun<null> = {
  day: "2026-01-08",
  began: at("08T10:00:20"),
  at: at("08T10:00:20"),
  sent: 1,
  sentAt: at("08T10:00:20"),
  work: null,
};
const late = { ...begun, at: at("08T23:50:00"), sentAt: at("08T23:59:00") };

test.each<{ title: string; run?: DailyRun<null>; done?: boolean; now: string; kind: string; reason: string }>([
  { title: "work that was never done", now: "08T10:00:00", kind: "begin", reason: "never-done" },
  { title: "a run that was just begun", run: begun, now: "08T10:05:19", kind: "wait", reason: "under-way" },
  { title: "one that stands still", run: begun, now: "08T10:05:20", kind: "send", reason: "stands-still" },
  { title: "one sent twice", run: { ...begun, sent: 2 }, now: "08T10:05:20", kind: "wait", reason: "under-way" },
  { title: "one sent in vain", run: { ...begun, sent: 50 }, now: "08T16:00:20", kind: "send", reason: "stands-still" },
  { title: "one that goes on past midnight", run: late, now: "09T00:00:20", kind: "wait", reason: "under-way" },
  { title: "one that stood still at midnight", run: begun, now: "09T00:00:20", kind: "begin", reason: "gave-up" },
  { title: "one of today", run: begun, done: true, now: "08T23:59:00", kind: "wait", reason: "done" },
  { title: "one of yesterday", run: begun, done: true, now: "09T00:00:20", kind: "begin", reason: "new-day" },
  // the service's clock is asked before anything begins
  { title: "one of tomorrow", run: begun, done: true, now: "07T10:00:00", kind: "begin", reason: "new-day" },
  { title: "one that began in a future", run: begun, now: "08T09:50:00", kind: "send", reason: "stands-still" },
])("$title: $kind, $reason", ({ run, done = false, now, kind, reason }) => {
  expect(planDailyRun(run, done, at(now))).toEqual({ kind, reason });
});
