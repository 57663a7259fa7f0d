import { expect, test } from "vitest";
import { createPreciseClock, maxDriftMs, preciseNow } from "./precise-clock.js";

const origin = Date.UTC(2026, 10, 24);

/** A clock whose two sources a test moves. */
function scene() {
  const sources = { wall: origin, steady: 0 };
  const now = createPreciseClock(
    () => sources.wall,
    () => sources.steady,
    origin,
  );
  const pass = (ms: number): void => {
    sources.wall += ms;
    sources.steady += ms;
  };
  return { sources, now, pass };
}

test("it has fractions of a millisecond, which the wall clock has not", () => {
  const { sources, now } = scene();
  sources.steady = 1.25;
  sources.wall = origin + 1;
  expect(now() - origin).toBe(1.25);
});

test("a wall clock that is nudged does not make it jump", () => {
  const { sources, now, pass } = scene();
  pass(10_000);
  sources.wall -= maxDriftMs;
  expect(now() - origin).toBe(10_000);
});

test("it is right after the machine has slept, and goes on from there", () => {
  const { sources, now, pass } = scene();
  pass(1_000);
  now();
  sources.wall += 8 * 3_600_000;
  expect(now()).toBe(sources.wall);
  pass(0.5);
  expect(now()).toBe(sources.wall);
});

test("it follows a clock that somebody sets back", () => {
  const { sources, now } = scene();
  sources.wall -= 3_600_000;
  expect(now()).toBe(sources.wall);
});

test("the gateway's own agrees with the wall clock", () => {
  expect(Math.abs(preciseNow() - Date.now())).toBeLessThanOrEqual(maxDriftMs + 50);
});
