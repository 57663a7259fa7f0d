import { foldId, isSameResource, parseResourceId } from "../arm/resource-id.js";
import { SeriesCollector } from "../metrics/series-query.js";
import { parseDuration, parseInstant } from "../metrics/time-grain.js";
import { describeSeries, seriesOfResource, type AlertSeries } from "./alert-series.js";
import { advanceState, type AlertState } from "./alert-state.js";
import { backtestLookback } from "./backtest.js";
import { evaluateSeries } from "./evaluation.js";
import { explainEvaluation } from "./evaluation-reason.js";
import { putMetricAlert } from "./metric-alert-rule.js";
import { minuteCells } from "./minute-cells.js";
import { isMembers } from "./resource-body.js";
import { documentReader, texts, type DocumentSchema } from "./resource-document.js";
import { conditionsOf, type RuleConditions } from "./rule-conditions.js";
import { parseSeriesNotation } from "./series-notation.js";
import { type DynamicThresholds } from "./threshold.js";

/** Tests of rules as people write them in YAML or JSON: README.md shows one. */
export interface RuleTestFile {
  /** Rules as they are put, by the name that tests use. */
  readonly rules: Readonly<Record<string, unknown>>;
  readonly tests: readonly RuleTest[];
}

interface RuleTest {
  readonly name: string;
  readonly rule: string;
  /** When the series begin; default 2026-01-01T00:00:00Z. */
  readonly start?: string;
  readonly series: readonly {
    readonly metric: string;
    /** Default: the rule's first scope. */
    readonly resource?: string;
    readonly dimensions?: Readonly<Record<string, string>>;
    /** In the notation of `series-notation.ts`. */
    readonly values: string;
  }[];
  /** What is usual, for dynamic criteria; without it they are still learning. */
  readonly band?: { readonly lower: number; readonly upper: number };
  readonly expect: readonly {
    /** Time since the start, as an ISO 8601 duration; windows that end then or before count. */
    readonly at: string;
    /** Exactly these series are fired: their dimension values; `resource` besides where there are several. */
    readonly fired: readonly Readonly<Record<string, string>>[];
  }[];
}

export interface RuleTestResult {
  readonly test: string;
  /** None: the test has passed. Sentences, each with what the last evaluation found. */
  readonly failures: readonly string[];
}

export type RuleTestOutcome =
  | { readonly kind: "results"; readonly results: readonly RuleTestResult[] }
  | { readonly kind: "invalid"; readonly message: string };

const maxTests = 1_000;
const schema: DocumentSchema = {
  type: "object",
  required: ["rules", "tests"],
  additionalProperties: false,
  properties: {
    rules: { type: "object", minProperties: 1 },
    tests: {
      type: "array",
      minItems: 1,
      maxItems: maxTests,
      items: {
        type: "object",
        required: ["name", "rule", "series", "expect"],
        additionalProperties: false,
        properties: {
          name: { type: "string", minLength: 1 },
          rule: { type: "string" },
          start: { type: "string", instant: true },
          series: {
            type: "array",
            items: {
              type: "object",
              required: ["metric", "values"],
              additionalProperties: false,
              properties: {
                metric: { type: "string" },
                resource: { type: "string" },
                dimensions: texts,
                values: { type: "string" },
              },
            },
          },
          band: {
            type: "object",
            required: ["lower", "upper"],
            additionalProperties: false,
            properties: { lower: { type: "number" }, upper: { type: "number" } },
          },
          expect: {
            type: "array",
            minItems: 1,
            items: {
              type: "object",
              required: ["at", "fired"],
              additionalProperties: false,
              properties: { at: { type: "string", durations: "any" }, fired: { type: "array", items: texts } },
            },
          },
        },
      },
    },
  },
};

const read = documentReader<RuleTestFile>(schema);
const minuteMs = 60_000;
const defaultStart = "2026-01-01T00:00:00Z";
const testedRule = "/subscriptions/tests/resourceGroups/tests/providers/Microsoft.Insights/metricAlerts";

/**
 * Runs the tests of a file: the same evaluation and state as live, over the series that the tests give. Windows end at the
 * start of the test and then as often as the rule is evaluated.
 * @param file parsed YAML or JSON, from outside
 * @returns what passed and failed, or what is wrong with the file, with the path of it
 */
export function runRuleTests(file: unknown): RuleTestOutcome {
  const outcome = read(file);
  if (outcome.kind === "arm-error") return { kind: "invalid", message: outcome.message };
  const { rules, tests } = outcome.document;
  const results: RuleTestResult[] = [];
  for (const [index, test] of tests.entries()) {
    const path = `tests[${index}]`;
    const conditions = readRule(rules, test, path);
    if (conditions.kind === "invalid") return conditions;
    const prepared = prepare(test, conditions, path);
    if (prepared.kind === "invalid") return prepared;
    results.push({ test: test.name, failures: failuresOf(test, conditions, prepared) });
  }
  return { kind: "results", results };
}

type Invalid = { readonly kind: "invalid"; readonly message: string };
const invalid = (path: string, message: string): Invalid => ({ kind: "invalid", message: `${path} ${message}` });

function readRule(
  rules: RuleTestFile["rules"],
  test: RuleTest,
  path: string,
): (RuleConditions & { readonly scope: string }) | Invalid {
  const body = Object.hasOwn(rules, test.rule) ? rules[test.rule] : undefined;
  if (body === undefined) return invalid(`${path}.rule`, `'${test.rule}' is none of ${Object.keys(rules).join(", ")}.`);
  const id = parseResourceId(`${testedRule}/tested`);
  if (id === undefined) throw new Error(`testing rules: ${testedRule} is no resource id`);
  const start = parseInstant(test.start ?? defaultStart) ?? 0;
  const outcome = putMetricAlert(id, isMembers(body) ? { location: "global", ...body } : body, undefined, start);
  if (outcome.kind === "arm-error") return invalid(`rules.${test.rule}:`, outcome.message);
  const conditions = conditionsOf(outcome.rule);
  if (conditions.kind === "not-evaluated") return invalid(`rules.${test.rule}:`, conditions.reason);
  return { ...conditions, scope: outcome.rule.properties.scopes[0] ?? "" };
}

interface Prepared {
  readonly kind: "prepared";
  readonly start: number;
  readonly sources: ReturnType<typeof seriesOfResource>;
}

/** Brings the series of a test into the form in which the metric store would answer them. */
function prepare(
  test: RuleTest,
  conditions: RuleConditions & { readonly scope: string },
  path: string,
): Prepared | Invalid {
  const start = (parseInstant(test.start ?? defaultStart) ?? 0) / minuteMs;
  const resources = new Map(test.series.map(({ resource = conditions.scope }) => [foldId(resource), resource]));
  const given: {
    readonly resource: string;
    readonly metric: string;
    readonly dimensions: Readonly<Record<string, string>>;
    readonly values: readonly (number | undefined)[];
  }[] = [];
  for (const [index, { metric, resource = conditions.scope, dimensions = {}, values }] of test.series.entries()) {
    const parsed = parseSeriesNotation(values);
    if (parsed.kind === "invalid") return invalid(`${path}.series[${index}].values:`, parsed.message);
    given.push({ resource, metric, dimensions, values: parsed.values });
  }
  const to =
    start + Math.max(1, ...test.expect.map(({ at }) => minutesOf(at)), ...given.map(({ values }) => values.length));
  const from = start - backtestLookback(conditions);
  const sources = [...resources.values()].flatMap((resourceId) => {
    const criteria = conditions.criteria.map(({ metricName, filter, splitBy }) => {
      const collector = new SeriesCollector({ metrics: [metricName], filter, splitBy, from, to, grain: 1 });
      for (const { resource, metric, dimensions, values } of given) {
        if (!isSameResource(resource, resourceId)) continue;
        const cells = new Map(
          values.flatMap((value, minute) =>
            value === undefined ? [] : [[start + minute, { sum: value, count: 1, min: value, max: value }] as const],
          ),
        );
        collector.add({ metric, dimensions, gauge: false, cells });
      }
      return collector.series().map((each) => minuteCells(each, from, to));
    });
    return seriesOfResource(conditions, { resourceId, criteria }, []);
  });
  return { kind: "prepared", start, sources };
}

const minutesOf = (duration: string): number => Math.floor((parseDuration(duration) ?? 0) / minuteMs);

function failuresOf(test: RuleTest, conditions: RuleConditions, { start, sources }: Prepared): readonly string[] {
  const { band } = test;
  const thresholds: DynamicThresholds = {
    bandAt: () =>
      band === undefined ? { kind: "learning", reason: "The test gives no band." } : { kind: "band", ...band },
  };
  return test.expect.flatMap(({ at, fired }) => {
    const found = sources.map((source) => {
      let state: AlertState | undefined;
      let reason = "Nothing was evaluated.";
      for (let end = start; end <= start + minutesOf(at); end += conditions.frequencyMinutes) {
        const evaluation = evaluateSeries(conditions, end, source, thresholds);
        state = advanceState(conditions, state, evaluation, false, end * minuteMs).state;
        reason = explainEvaluation(evaluation);
      }
      return { source, isFired: state?.condition === "Fired", reason };
    });
    const wrong = found
      .filter(({ source, isFired }) => isFired !== fired.some((each) => isMeant(each, source.series)))
      .map(
        ({ source, isFired, reason }) =>
          `${at}: ${describeSeries(source.series)} is ${isFired ? "" : "not "}fired. ${reason}`,
      );
    const unknown = fired
      .filter((each) => !sources.some(({ series }) => isMeant(each, series)))
      .map((each) => `${at}: there is no series ${JSON.stringify(each)}.`);
    return [...wrong, ...unknown];
  });
}

/** Whether an expectation is about a series: all its dimensions, and its resource if that is named. */
function isMeant(expected: Readonly<Record<string, string>>, { resourceId, dimensions }: AlertSeries): boolean {
  const { resource, ...values } = expected;
  if (resource !== undefined && !isSameResource(resource, resourceId)) return false;
  const wanted = new Map(Object.entries(values).map(([name, value]) => [name.toLowerCase(), value.toLowerCase()]));
  return (
    wanted.size === dimensions.length &&
    dimensions.every(({ name, value }) => wanted.get(name.toLowerCase()) === value.toLowerCase())
  );
}
