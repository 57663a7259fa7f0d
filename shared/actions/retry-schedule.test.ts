import { describe, expect, test } from "vitest";
import { parseRetryAfter } from "./delivery-outcome.js";
import { decideNextStep, longestRetryAfterSeconds } from "./retry-schedule.js";

const now = new Date("2026-11-24T12:00:00Z");
const away = { kind: "retry", reason: "status 503" } as const;

test("attempts are 5, 20, 5, 40 and 5 seconds apart, and after the sixth it is given up", () => {
  const steps = [1, 2, 3, 4, 5, 6].map((attempt) => decideNextStep(away, attempt, now));
  expect(steps.map((step) => (step.kind === "wait" ? step.seconds : step))).toEqual([
    ...[5, 20, 5, 40, 5],
    { kind: "given-up", reason: "status 503, 6 times" },
  ]);
});

test("what was delivered or rejected is over", () => {
  expect(decideNextStep({ kind: "delivered", detail: "status 200" }, 1, now)).toEqual({
    ...{ kind: "done", detail: "status 200" },
  });
  expect(decideNextStep({ kind: "rejected", reason: "status 404" }, 1, now)).toEqual({
    ...{ kind: "given-up", reason: "status 404" },
  });
});

describe("Retry-After", () => {
  test.each([
    { header: "30", seconds: 30 },
    { header: " 30 ", seconds: 30 },
    { header: "1", seconds: 5 },
    { header: "0", seconds: 5 },
    { header: "999999999", seconds: longestRetryAfterSeconds },
    { header: "Tue, 24 Nov 2026 12:01:00 GMT", seconds: 60 },
    { header: "Tue, 24 Nov 2026 11:00:00 GMT", seconds: 5 },
    { header: "Tue, 24 Nov 2066 12:01:00 GMT", seconds: longestRetryAfterSeconds },
    { header: "soon", seconds: 5 },
    { header: "-1", seconds: 5 },
    { header: "1e3", seconds: 5 },
    { header: undefined, seconds: 5 },
  ])("$header: the next attempt is $seconds s later", ({ header, seconds }) => {
    const step = decideNextStep({ ...away, retryAfter: parseRetryAfter(header) }, 1, now);
    expect(step).toEqual({ kind: "wait", seconds, reason: "status 503" });
  });
});
