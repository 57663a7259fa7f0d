import { describe, expect, test } from "vitest";

import type { ListedLogBlob } from "../stores/log-blobs/log-blobs.js";
import { newestFirst, spanPrefixes } from "./log-listing.js";
import { timeLogBlob } from "./log-walk.js";

const hourMs = 3_600_000;
const time = (text: string): number => Date.parse(`2026-${text}:00Z`);

describe("the hours of a range are listed newest first, whole days at once", () => {
  test.each([
    { title: "one hour", from: "01-31T08:00", to: "01-31T09:00", prefixes: [["blob/2026/01/31/0800/"]] },
    {
      title: "three hours over midnight",
      from: "01-31T22:00",
      to: "02-01T01:00",
      prefixes: [["blob/2026/01/31/2200/", "blob/2026/01/31/2300/", "blob/2026/02/01/0000/"]],
    },
    {
      title: "some hours: the newest ones one by one, few others, too",
      from: "01-31T05:00",
      to: "01-31T10:00",
      prefixes: [
        ["blob/2026/01/31/0700/", "blob/2026/01/31/0800/", "blob/2026/01/31/0900/"],
        ["blob/2026/01/31/0500/", "blob/2026/01/31/0600/"],
      ],
    },
    {
      title: "days",
      from: "01-29T23:00",
      to: "01-31T03:00",
      prefixes: [
        ["blob/2026/01/31/0000/", "blob/2026/01/31/0100/", "blob/2026/01/31/0200/"],
        ["blob/2026/01/30/"],
        ["blob/2026/01/29/2300/"],
      ],
    },
  ])("$title", ({ from, to, prefixes }) => {
    const spans = [...newestFirst(time(from), time(to))];
    expect(spans.map(({ start, end }) => spanPrefixes("blob", start, end))).toEqual(prefixes);
  });

  test("the spans of a year touch without a gap and end at its first hour", () => {
    const spans = [...newestFirst(Date.UTC(2025, 0), Date.UTC(2026, 0))];
    expect(spans.length).toBe(366);
    expect(spans.at(-1)).toEqual({ start: Date.UTC(2025, 0), end: Date.UTC(2025, 0, 2) });
    expect(spans.every(({ end }, index) => index === 0 || end === spans[index - 1]?.start)).toBe(true);
  });
});

describe("the times that a blob can hold", () => {
  const blob: ListedLogBlob = {
    name: "blob/2026/01/31/0800/000000.log",
    parsed: { service: "blob", hour: new Date(time("01-31T08:00")), counter: 0 },
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
      latest: time("01-31T08:00") + hourMs,
    });
  });
});
