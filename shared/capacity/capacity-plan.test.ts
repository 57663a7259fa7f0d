import { expect, test } from "vitest";

import { noItemsCounted } from "../storage-analytics/item-count.js";
import type { CapacityRun } from "../stores/capacity-runs/capacity-runs.js";
import { planCapacity } from "./capacity-plan.js";

const at = (text: string): Date => new Date(`2026-01-${text}Z`);
const hourOf = (time: Date): number => Math.floor(time.getTime() / 3_600_000);
const begun: CapacityRun = {
  service: "table",
  day: "2026-01-08",
  began: at("08T10:00:20"),
  at: at("08T10:00:20"),
  sent: 1,
  sentAt: at("08T10:00:20"),
  publishedHour: undefined,
  progress: noItemsCounted,
};
const counted: CapacityRun = {
  ...begun,
  progress: { ...noItemsCounted, step: 1, holdersListed: true },
  publishedHour: hourOf(at("08T10:00:20")),
};

test.each<{ title: string; run?: CapacityRun; now: string; kind: string; reason: string }>([
  { title: "an account that was never counted", now: "08T10:00:00", kind: "begin", reason: "never-counted" },
  { title: "a count that was just begun", run: begun, now: "08T10:05:19", kind: "wait", reason: "counting" },
  { title: "one that stands still", run: begun, now: "08T10:05:20", kind: "send", reason: "stands-still" },
  {
    title: "one that was sent for twice",
    run: { ...begun, sent: 2 },
    now: "08T10:05:20",
    kind: "wait",
    reason: "counting",
  },
  {
    title: "one that is sent for in vain",
    run: { ...begun, sent: 50 },
    now: "08T16:00:20",
    kind: "send",
    reason: "stands-still",
  },
  {
    title: "one that runs past midnight",
    run: { ...begun, at: at("08T23:50:00"), sentAt: at("08T23:59:00") },
    now: "09T00:00:20",
    kind: "wait",
    reason: "counting",
  },
  { title: "one that stood still at midnight", run: begun, now: "09T00:00:20", kind: "begin", reason: "gave-up" },
  {
    title: "one that is counted and was not published",
    run: { ...counted, publishedHour: undefined },
    now: "08T10:06:00",
    kind: "send",
    reason: "stands-still",
  },
  { title: "one of today", run: counted, now: "08T10:59:00", kind: "wait", reason: "up-to-date" },
  { title: "one of today, in the next hour", run: counted, now: "08T11:00:20", kind: "send", reason: "publish-hour" },
  {
    title: "one whose message of this hour is on its way",
    run: { ...counted, sent: 2, sentAt: at("08T11:00:20") },
    now: "08T11:01:20",
    kind: "wait",
    reason: "counting",
  },
  { title: "one of yesterday", run: counted, now: "09T00:00:20", kind: "begin", reason: "new-day" },
  // the service's clock is asked before anything begins
  { title: "one of tomorrow: the clock went back", run: counted, now: "07T10:00:00", kind: "begin", reason: "new-day" },
  { title: "one that began in a future", run: begun, now: "08T09:50:00", kind: "send", reason: "stands-still" },
])("$title: $kind, $reason", ({ run, now, kind, reason }) => {
  expect(planCapacity(run, at(now))).toEqual({ kind, reason });
});
