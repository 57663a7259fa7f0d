import { describe, expect, test } from "vitest";

import type { ListedLogBlob } from "../stores/log-blobs/log-blobs.js";
import { timeLogBlob, walkSpans } from "./log-walk.js";

const time = (text: string): Date => new Date(`2026-${text}:00Z`);

describe("the hours of a range are listed newest first, whole days at once", () => {
  test.each([
    {
      title: "within an hour: that and the next",
      from: "01-31T08:10",
      to: "01-31T08:20",
      prefixes: [["blob/2026/01/31/0800/", "blob/2026/01/31/0900/"]],
    },
    {
      title: "a whole hour, whose end belongs to the next",
      from: "01-31T08:00",
      to: "01-31T09:00",
      prefixes: [["blob/2026/01/31/0800/", "blob/2026/01/31/0900/"]],
    },
    {
      title: "over midnight",
      from: "01-31T22:00",
      to: "01-31T23:30",
      prefixes: [["blob/2026/01/31/2200/", "blob/2026/01/31/2300/", "blob/2026/02/01/0000/"]],
    },
    {
      title: "some hours: the newest one by one, few others, too",
      from: "01-31T05:30",
      to: "01-31T08:30",
      prefixes: [
        ["blob/2026/01/31/0700/", "blob/2026/01/31/0800/", "blob/2026/01/31/0900/"],
        ["blob/2026/01/31/0500/", "blob/2026/01/31/0600/"],
      ],
    },
    {
      title: "days",
      from: "01-29T23:30",
      to: "01-31T01:30",
      prefixes: [
        ["blob/2026/01/31/0000/", "blob/2026/01/31/0100/", "blob/2026/01/31/0200/"],
        ["blob/2026/01/30/"],
        ["blob/2026/01/29/2300/"],
      ],
    },
  ])("$title", ({ from, to, prefixes }) => {
    expect([...walkSpans("blob", time(from), time(to))].map((span) => span.prefixes)).toEqual(prefixes);
  });

  test("the spans of a year touch without a gap and end at its first hour", () => {
    const spans = [...walkSpans("blob", new Date("2025-01-01T00:30:00Z"), new Date("2026-01-01T00:00:00Z"))];
    expect(spans.length).toBe(366);
    expect(spans.at(-1)).toEqual({ prefixes: ["blob/2025/01/01/"], since: Date.UTC(2025, 0, 1) });
    const days = spans.slice(1).map(({ since }) => since);
    expect(days.every((since, index) => index === 0 || (days[index - 1] ?? 0) - since === 24 * 3_600_000)).toBe(true);
  });
});

describe("the times that a blob can hold", () => {
  const blob: ListedLogBlob = {
    name: "blob/2026/01/31/0800/000000.log",
    parsed: { service: "blob", hour: time("01-31T08:00"), counter: 0 },
    etag: "1",
    size: 1,
    metadata: undefined,
  };
  test("are those of its metadata, whose seconds are rounded down", () => {
    const metadata = {
      logTypes: ["read"],
      startTime: new Date("2026-01-31T07:59:59Z"),
      endTime: new Date("2026-01-31T08:00:04Z"),
      version: "1.0",
    } as const;
    expect(timeLogBlob({ ...blob, metadata })).toMatchObject({
      earliest: Date.parse("2026-01-31T07:59:59Z"),
      latest: Date.parse("2026-01-31T08:00:05Z"),
    });
  });
  test("are everything up to the end of its hour, without metadata", () => {
    expect(timeLogBlob(blob)).toMatchObject({
      earliest: Number.NEGATIVE_INFINITY,
      latest: time("01-31T09:00").getTime(),
    });
  });
});
