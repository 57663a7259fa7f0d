import { expect, test } from "vitest";

import { formatAnalyticsPermit, parseAnalyticsPermit, type AnalyticsPermit } from "./analytics-permit.js";

const permit: AnalyticsPermit = { write: false, since: "2026-01-08T10:00:00.000Z" };

test.each([permit, { ...permit, write: true, missingFrom: 490_000 }])("%j is read as it was written", (each) => {
  expect(parseAnalyticsPermit(JSON.parse(formatAnalyticsPermit(each)))).toEqual(each);
});

test.each([
  undefined,
  null,
  "no",
  {},
  { ...permit, write: "false" },
  { ...permit, since: "now" },
  { ...permit, missingFrom: -1 },
])("%j is no permit", (value) => {
  expect(parseAnalyticsPermit(value)).toBeUndefined();
});
