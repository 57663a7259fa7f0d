import { expect, test } from "vitest";

import { metricsRows } from "./metrics-row.js";
import { systemCell, usageBetween } from "./system-usage.js";

const at = Date.parse("2026-01-01T12:00:59Z");

test.each([
  { title: "the first sample counts whole", before: undefined, after: [5, 500], delta: [5, 500] },
  { title: "later ones by what was added", before: [5, 500], after: [7, 900], delta: [2, 400] },
  { title: "a writer that was started again counts from 0", before: [5, 500], after: [1, 90], delta: [1, 90] },
  { title: "nothing is nothing", before: [5, 500], after: [5, 500], delta: [0, 0] },
])("$title", ({ before, after, delta }) => {
  const usage = ([requests = 0, bytes = 0]: number[]) => ({ requests, bytes });
  expect(usageBetween(before && usage(before), usage(after))).toEqual(usage(delta));
});

test("what analytics did is the row system;All of its minute", () => {
  const cell = systemCell({ requests: 1, bytes: 100 }, { requests: 3, bytes: 700, at });
  if (cell === undefined) throw new Error("there is a cell");
  expect(cell.minute).toBe(Math.floor(at / 60_000));
  const [user, system] = metricsRows("20260101T1200", [cell], false);
  expect(user?.columns.TotalRequests).toBe(0);
  expect([
    system?.rowKey,
    system?.columns.TotalRequests,
    system?.columns.Success,
    system?.columns.TotalIngress,
  ]).toEqual(["system;All", 2, 2, 600]);
  expect(system?.columns.Availability).toBe(100);
});

test("without requests there is no cell", () => {
  expect(systemCell({ requests: 1, bytes: 1 }, { requests: 1, bytes: 1, at })).toBeUndefined();
});
