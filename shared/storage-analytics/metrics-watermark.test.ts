import { expect, test } from "vitest";

import { decideWatermark, type LogProgress } from "./metrics-watermark.js";

const minute = (minutes: number): number => Date.UTC(2026, 0, 1, 12) + minutes * 60_000;
const since = (time: number): number => time / 60_000;
const now = minute(0) + 12_000;

test.each<{ title: string; progress: Partial<LogProgress>; last?: number; at?: number; reason: string }>([
  { title: "a gateway that flushed 2 s ago", progress: { flushedUpTo: now - 2_000 }, at: 0, reason: "gateway" },
  {
    title: "a gateway that stopped flushing",
    progress: { flushedUpTo: minute(-7) + 59_999 },
    at: -7,
    reason: "gateway",
  },
  { title: "no gateway", progress: {}, at: -15, reason: "lateness" },
  {
    title: "a blob that waits",
    progress: { flushedUpTo: now, oldestUnread: minute(-3) + 1 },
    at: -3,
    reason: "unread-blobs",
  },
  { title: "a blob that is newer than what counts", progress: { oldestUnread: now }, at: -15, reason: "lateness" },
  { title: "the same minute again", progress: { flushedUpTo: now }, last: 0, reason: "behind" },
  {
    title: "a late blob of an old minute",
    progress: { flushedUpTo: now, oldestUnread: minute(-90) },
    last: -1,
    reason: "behind",
  },
  {
    title: "a blob that waits and does not say what it holds, before there is any watermark",
    progress: { flushedUpTo: now, oldestUnread: Number.NEGATIVE_INFINITY },
    reason: "behind",
  },
  { title: "a mark from the future", progress: { flushedUpTo: minute(90) }, reason: "clock-went-back" },
])("$title: $reason", ({ progress, last, at, reason }) => {
  const known = { now, flushedUpTo: undefined, latenessMs: 15 * 60_000, oldestUnread: undefined, ...progress };
  const decision = decideWatermark(known, last === undefined ? undefined : since(minute(last)));
  expect(decision).toEqual(
    at === undefined ? { advance: false, reason } : { advance: true, minute: since(minute(at)), reason },
  );
});
