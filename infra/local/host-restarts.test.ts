import { expect, test } from "vitest";
import { errorWindowMs, HostRestarts } from "./host-restarts.js";

test.each([
  { name: "one end and a second are followed by a restart, a third is not", at: [0, 1, 2], may: [true, true, false] },
  {
    name: "what lies 30 minutes back no longer counts",
    at: [0, 1, errorWindowMs, errorWindowMs + 1, errorWindowMs + 2],
    may: [true, true, true, true, false],
  },
])("$name", ({ at, may }) => {
  const restarts = new HostRestarts();
  expect(at.map((now) => restarts.mayRestart(now))).toEqual(may);
});
