import { describe, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";

import { readAlertText } from "../testing/alert-samples.js";
import { maxNotationMinutes, parseSeriesNotation } from "./series-notation.js";
import { runRuleTests } from "./rule-test.js";

describe("series in short", () => {
  test.each([
    { text: "5", values: [5] },
    { text: " 5x3  -1.5 ", values: [5, 5, 5, -1.5] },
    { text: "1+2x4", values: [1, 3, 5, 7] },
    { text: "9-3x4", values: [9, 6, 3, 0] },
    { text: "-2+0.5x3", values: [-2, -1.5, -1] },
    { text: "1 _ 2 _x2", values: [1, undefined, 2, undefined, undefined] },
    { text: "5x0", values: [] },
    { text: "", values: [] },
  ])("'$text' is $values", ({ text, values }) => {
    expect(parseSeriesNotation(text)).toEqual({ kind: "values", values });
  });
  test.each([
    "x",
    "5x",
    "1+2",
    "1+x3",
    "NaN",
    "_+1x2",
    "1e9",
    `1x${maxNotationMinutes + 1}`,
    `1x${maxNotationMinutes} 1`,
  ])("'%s' is none", (text) => {
    expect(parseSeriesNotation(text).kind).toBe("invalid");
  });
});

const file = parseYaml(readAlertText("rule-tests/too-many-requests.yaml")) as {
  readonly rules: Readonly<Record<string, unknown>>;
  readonly tests: readonly Readonly<Record<string, unknown>>[];
};
const changed = (changes: Readonly<Record<string, unknown>>) => ({
  ...file,
  tests: [{ ...file.tests[0], ...changes }],
});

test("the example passes", () => {
  expect(runRuleTests(file)).toEqual({
    kind: "results",
    results: file.tests.map(({ name }) => ({ test: name, failures: [] })),
  });
});

test.each([
  {
    what: "a series that fires unexpectedly",
    expected: { at: "PT11M", fired: [] },
    failure:
      /^PT11M: resourceId=.*&ApiName=GetBlob is fired\. Total of Transactions \(ApiName=GetBlob\) from 2026-01-01T00:06:00Z to 2026-01-01T00:11:00Z is 220, which is greater than 100\.$/,
  },
  {
    what: "a series that doesn't fire",
    expected: { at: "PT10M", fired: [{ apiname: "getblob" }] },
    failure: /GetBlob is not fired\. .* is 25, which is not greater than 100\.$/,
  },
  {
    what: "a series that isn't there",
    expected: { at: "PT10M", fired: [{ ApiName: "ListBlobs" }] },
    failure: /there is no series \{"ApiName":"ListBlobs"\}/,
  },
  {
    what: "a series of another resource",
    expected: { at: "PT11M", fired: [{ ApiName: "GetBlob", resource: "/other" }] },
    failure: /GetBlob is fired/,
  },
])("a failure says why: $what", ({ expected, failure }) => {
  const outcome = runRuleTests(changed({ expect: [expected] }));
  expect(outcome.kind === "results" && outcome.results[0]?.failures.join("\n")).toMatch(failure);
});

test("dynamic rules are tested against the band that the test gives", () => {
  const rules = {
    unusual: {
      properties: {
        ...{
          severity: 3,
          enabled: true,
          scopes: ["/subscriptions/s/resourceGroups/g/providers/p.q/t/a"],
          evaluationFrequency: "PT5M",
          windowSize: "PT5M",
        },
        criteria: {
          "odata.type": "Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria",
          allOf: [
            {
              ...{
                criterionType: "DynamicThresholdCriterion",
                name: "c",
                metricName: "m",
                timeAggregation: "Average",
                operator: "GreaterThan",
              },
              ...{
                alertSensitivity: "High",
                failingPeriods: { numberOfEvaluationPeriods: 2, minFailingPeriodsToAlert: 2 },
              },
            },
          ],
        },
      },
    },
  };
  const of = (band: object) => ({
    rules,
    tests: [
      {
        name: "t",
        rule: "unusual",
        series: [{ metric: "m", values: "1x5 9x10" }],
        ...band,
        expect: [
          { at: "PT10M", fired: [] },
          { at: "PT15M", fired: [{}] },
        ],
      },
    ],
  });
  expect(runRuleTests(of({ band: { lower: 0, upper: 5 } }))).toEqual({
    kind: "results",
    results: [{ test: "t", failures: [] }],
  });
  const learning = runRuleTests(of({}));
  expect(learning.kind === "results" && learning.results[0]?.failures).toEqual([
    expect.stringContaining("The test gives no band."),
  ]);
});

test.each([
  { sent: undefined, message: "must be of type object" },
  { sent: { rules: {}, tests: [] }, message: "rules must NOT have fewer than 1" },
  { sent: changed({ rule: "other" }), message: "tests[0].rule 'other' is none of too many requests." },
  { sent: changed({ expected: [] }), message: "tests[0] must NOT have additional properties" },
  {
    sent: changed({ expect: [{ at: "soon", fired: [] }] }),
    message: "tests[0].expect[0].at must be an ISO 8601 duration",
  },
  {
    sent: changed({ series: [{ metric: "m", values: "1 2 x" }] }),
    message: "tests[0].series[0].values: 'x' is neither",
  },
  {
    sent: { ...file, rules: { "too many requests": { properties: {} } } },
    message: "rules.too many requests: properties.severity is required.",
  },
  { sent: { ...file, rules: { "too many requests": 1 } }, message: "must be a JSON object" },
])("a file that is wrong is refused: $message", ({ sent, message }) => {
  const outcome = runRuleTests(sent);
  expect(outcome.kind === "invalid" && outcome.message).toContain(message);
});
