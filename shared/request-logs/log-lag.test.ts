import { expect, test } from "vitest";

import { logLag } from "./log-lag.js";

const now = new Date("2026-01-31T10:00:00Z");
const mark = (flushedUpTo: string) => ({ flushedUpTo, buffered: 0, lost: 0, ownRequests: 0, ownBytes: 0 });

test.each([
  { title: "a gateway says it", given: mark("2026-01-31T09:59:55.500Z"), seconds: 5, source: "gateway" },
  {
    title: "a gateway that is gone falls behind",
    given: mark("2026-01-31T09:00:00Z"),
    seconds: 3_600,
    source: "gateway",
  },
  {
    title: "a gateway whose clock is ahead has none",
    given: mark("2026-01-31T10:00:07Z"),
    seconds: 0,
    source: "gateway",
  },
  { title: "without a gateway the setting says it", given: undefined, seconds: 900, source: "lateness" },
])("$title", ({ given, seconds, source }) => {
  expect(logLag(given, 900_000, now)).toMatchObject({ seconds, source });
});
