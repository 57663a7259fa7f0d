import { expect, test } from "vitest";
import { parseDemoOptions } from "./demo-options.js";

const defaults = { port: 7071, storagePort: 10000, steps: 400, seed: 1, data: ".vigil", metrics: true };

test.each([
  { args: [], changes: {} },
  { args: ["--port", "17071", "--storage-port", "11000"], changes: { port: 17071, storagePort: 11000 } },
  { args: ["--steps", "5000", "--seed=7"], changes: { steps: 5000, seed: 7 } },
  { args: ["--data", "elsewhere", "--no-metrics"], changes: { data: "elsewhere", metrics: false } },
])("$args", ({ args, changes }) => {
  expect(parseDemoOptions(args)).toEqual({ kind: "options", options: { ...defaults, ...changes } });
});

test.each([["--help"], ["-h"]])("%s asks for help", (flag) => {
  expect(parseDemoOptions([flag])).toEqual({ kind: "help" });
});

test.each([
  { args: ["--prot", "1"], says: "--prot" },
  { args: ["--port", "many"], says: "--port must be a whole number from 1 to 65535, instead got many" },
  { args: ["--storage-port", "65534"], says: "--storage-port must be a whole number from 1 to 65533" },
  { args: ["--steps", "0"], says: "--steps must be a whole number from 1 to 1000000, instead got 0" },
  { args: ["--seed", "1.5"], says: "--seed must be a whole number" },
  { args: ["more"], says: "more" },
])("$args is refused with what it should be", ({ args, says }) => {
  const parsed = parseDemoOptions(args);
  expect(parsed.kind === "invalid" ? parsed.message : parsed).toContain(says);
});
