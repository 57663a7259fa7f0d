import { describe, expect, test } from "vitest";

import { createLog, describeError, type Level, lowestLevel } from "./log.js";

describe("log levels (functions-host.md §10.1)", () => {
  const configured: Record<string, Level> = {
    default: "warning",
    Function: "information",
    "Function.noisy": "error",
    "Function.noisy.User": "debug",
    Host: "none",
  };
  test.each([
    ["Other", "warning"],
    ["Function.a", "information"],
    ["function.NOISY", "error"],
    ["Function.noisy.User", "debug"],
    ["Host.Startup", "none"],
  ])("%s shows %s and above", (category, level) => {
    expect(lowestLevel(configured, category)).toBe(level);
  });
  test("without a configuration it is information", () => {
    expect(lowestLevel({}, "Any")).toBe("information");
  });
});

test("lines hold time, level, category and message, and leave together", async () => {
  const written: string[] = [];
  const log = createLog({
    levels: { Quiet: "none" },
    colour: false,
    write: (text) => written.push(text),
    now: () => new Date("2026-01-01T00:00:00Z"),
  });
  log("information", "Host.Startup", "one");
  log("debug", "Host.Startup", "too little");
  log("critical", "Quiet", "silenced");
  log("error", "Function.a", "two");
  await new Promise((done) => setImmediate(done));
  expect(written).toEqual([
    "2026-01-01T00:00:00.000Z info Host.Startup: one\n2026-01-01T00:00:00.000Z fail Function.a: two\n",
  ]);
});

test("colour is only there when asked for", () => {
  const written: string[] = [];
  const log = createLog({ levels: {}, colour: true, write: (text) => written.push(text), now: () => new Date(0) });
  log("error", "A", "red");
  log.flush();
  expect(written[0]).toMatch(/^\u001b\[31m.*red\u001b\[0m\n$/);
});

test("an error is told with its causes", () => {
  const text = describeError(new Error("outer", { cause: new Error("inner", { cause: "text" }) }));
  expect(text).toMatch(/^Error: outer[^]*caused by: Error: inner[^]*caused by: text$/);
});
