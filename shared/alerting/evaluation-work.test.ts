import { describe, expect, test } from "vitest";

import { maxRulesPerMessage, parseEvaluationMessage, shardRules } from "./evaluation-work.js";

describe("a message", () => {
  test.each([
    { work: { kind: "plan" } },
    { work: { kind: "plan", resourceId: "/subscriptions/s" } },
    { work: { kind: "evaluate", rules: ["/r"] } },
    { work: { kind: "evaluate", rules: ["/r"], late: { from: 1, to: 2 } } },
  ])("$work is work", ({ work }) => {
    expect(parseEvaluationMessage({ work })).toEqual({ kind: "work", work });
  });

  test.each([
    { title: "text", message: "hello", reason: /must be object/ },
    { title: "no work", message: {}, reason: /'work'/ },
    { title: "unknown work", message: { work: { kind: "other" } }, reason: /kind/ },
    { title: "no rules", message: { work: { kind: "evaluate" } }, reason: /lacks rules/ },
    { title: "an empty list", message: { work: { kind: "evaluate", rules: [] } }, reason: /rules/ },
    {
      title: "times that are none",
      message: { work: { kind: "evaluate", rules: ["/r"], late: { from: 1 } } },
      reason: /late/,
    },
  ])("$title is rejected with a reason", ({ message, reason }) => {
    const read = parseEvaluationMessage(message);
    expect(read.kind === "rejected" && read.reason).toMatch(reason);
  });
});

test("rules are cut into messages that a queue takes", () => {
  expect(shardRules([])).toEqual([]);
  const rules = Array.from({ length: 120 }, (_, index) => `/${index}`);
  const shards = shardRules(rules).map((work) => (work.kind === "evaluate" ? work.rules : []));
  expect(shards.map(({ length }) => length)).toEqual([maxRulesPerMessage, maxRulesPerMessage, 20]);
  expect(shards.flat()).toEqual(rules);
  const long = Array.from({ length: 40 }, (_, index) => `/${"ü".repeat(1_000)}${index}`);
  for (const work of shardRules(long)) expect(Buffer.byteLength(JSON.stringify({ work }))).toBeLessThan(48 * 1_024);
});
