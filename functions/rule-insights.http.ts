import { conditionsOf, type RuleConditions } from "../shared/alerts/rule-conditions.js";
import { backtest, backtestLookback } from "../shared/alerts/backtest.js";
import { backtestBody, explanationBody } from "../shared/alerts/insight-bodies.js";
import { explainWindow, explanationLookback } from "../shared/alerts/explanation.js";
import { metricAlertType, putMetricAlert, type MetricAlertRule } from "../shared/alerts/metric-alert-rule.js";
import { metricAlertApiVersions } from "../shared/alerts/metric-alert-schema.js";
import { noDynamicThresholds, type DynamicThresholds } from "../shared/alerts/threshold.js";
import { learnAll, thresholdsOf } from "../shared/alerting/learned-thresholds.js";
import { completenessOf, readHistories, resourcesOfRule } from "../shared/alerting/rule-data.js";
import { armError, type ArmError } from "../shared/arm/arm-error.js";
import { formatResourceId } from "../shared/arm/resource-id.js";
import { ownResourceOfPath } from "../shared/arm/resource-path.js";
import { answerVersioned } from "../shared/http/alert-parameters.js";
import { refuseAny, type Answer, type Answers, type Call, type Ending } from "../shared/http/answer.js";
import { readJsonBody } from "../shared/http/json-body.js";
import { minuteOf, parseInstant, parseTimeSpan } from "../shared/metrics/time-grain.js";
import type { Runtime } from "../shared/runtime/runtime.js";
import type { Alerting } from "../shared/runtime/alerting.js";
import { notFound } from "./configured-resources.js";

const versioned = { type: metricAlertType, versions: metricAlertApiVersions };
/** A backtest without a time span: the last day. Minutes. */
const defaultBacktestMinutes = 1_440;
/** Days that a backtest may cover. */
const maxBacktestDays = 93;

/** What Azure doesn't tell of a rule: why it decided as it did, and what it would have done. */
export const ruleInsightAnswers = (runtime: Runtime): Answers => ({
  explainMetricAlert: explain(runtime),
  backtestMetricAlert: runBacktest(runtime),
});

type Subject =
  | {
      readonly kind: "subject";
      readonly rule: MetricAlertRule;
      readonly conditions: RuleConditions;
      readonly resources: readonly string[];
    }
  | { readonly kind: "ending"; readonly ending: Ending };

async function subjectOf(alerting: Alerting, rule: MetricAlertRule): Promise<Subject> {
  const conditions = conditionsOf(rule);
  if (conditions.kind === "not-evaluated") return { kind: "ending", ending: armError("BadRequest", conditions.reason) };
  return { kind: "subject", rule, conditions, resources: await resourcesOfRule(rule, alerting) };
}

const explain = (runtime: Runtime): Answer =>
  answerVersioned(versioned, async (call, parameters) => {
    const alerting = await runtime.alerting();
    const id = ownResourceOfPath(call.path);
    const kept = (await alerting.rules.find(formatResourceId(id)))?.resource;
    if (kept === undefined) return notFound(versioned, id);
    const subject = await subjectOf(alerting, kept);
    if (subject.kind === "ending") return subject.ending;
    const { rule, conditions, resources } = subject;
    // whoever sees values may read what they are of
    const refusal = refuseAny(call, resources, "read");
    if (refusal !== undefined) return refusal;
    const state = (await alerting.states.read(rule.id))?.state;
    const now = runtime.clock();
    const wanted = parameters.get("at");
    const at = wanted === undefined ? undefined : parseInstant(wanted);
    if (wanted !== undefined && at === undefined)
      return armError("BadRequest", "The parameter 'at' should be an ISO 8601 time.", "at");
    const complete = await completenessOf(
      conditions,
      resources,
      (each) => alerting.metrics.watermark(each),
      now.getTime(),
    );
    const windowEnd = at === undefined ? (state?.lastWindowEnd ?? complete) : minuteOf(at);
    if (windowEnd === undefined)
      return armError("BadRequest", "Nothing can be explained yet: no minute of the rule's data is complete.");
    const histories = await readHistories(
      alerting,
      conditions,
      resources,
      windowEnd - explanationLookback(conditions),
      windowEnd,
    );
    const thresholds = await thresholdsFor(alerting, conditions, resources, windowEnd);
    const explained = explainWindow(conditions, windowEnd, histories, thresholds);
    const isComplete = complete !== undefined && windowEnd <= complete;
    return { status: 200, jsonBody: explanationBody(rule, windowEnd, isComplete, explained, state) };
  });

/** Learned of the history before, as an evaluation would have learned it in that hour. */
async function thresholdsFor(
  alerting: Alerting,
  conditions: RuleConditions,
  resources: readonly string[],
  minute: number,
): Promise<DynamicThresholds> {
  if (conditions.criteria.every(({ kind }) => kind === "static")) return noDynamicThresholds;
  return thresholdsOf(await learnAll(alerting, conditions, resources, Math.floor(minute / 60) * 60));
}

const runBacktest = (runtime: Runtime): Answer =>
  answerVersioned(versioned, async (call, parameters) => {
    const body = await readJsonBody(call.request);
    if (body.kind === "arm-error") return body;
    const alerting = await runtime.alerting();
    const now = runtime.clock().getTime();
    const found = await ruleOf(alerting, call, body.value, now);
    if (found.kind === "ending") return found.ending;
    const subject = await subjectOf(alerting, found.rule);
    if (subject.kind === "ending") return subject.ending;
    const { rule, conditions, resources } = subject;
    // whoever sees values may read what they are of
    const refusal = refuseAny(call, resources, "read");
    if (refusal !== undefined) return refusal;
    const range = readRange(parameters.get("timespan"), now);
    if (range.kind === "arm-error") return range;
    const { from, to } = range;
    const histories = await readHistories(alerting, conditions, resources, from - backtestLookback(conditions), to);
    const thresholds = await thresholdsFor(alerting, conditions, resources, from);
    const result = backtest(conditions, from, to, histories, thresholds);
    return result.kind === "too-large"
      ? armError("BadRequest", result.reason, "timespan")
      : { status: 200, jsonBody: backtestBody(rule, result, to) };
  });

type FoundRule =
  { readonly kind: "rule"; readonly rule: MetricAlertRule } | { readonly kind: "ending"; readonly ending: Ending };

/** The rule of the body, which is not saved, or the one that the path names. */
async function ruleOf(alerting: Alerting, call: Call, body: unknown, now: number): Promise<FoundRule> {
  const id = ownResourceOfPath(call.path);
  if (body !== undefined) {
    const outcome = putMetricAlert(id, body, undefined, now);
    return outcome.kind === "arm-error" ? { kind: "ending", ending: outcome } : outcome;
  }
  const kept = (await alerting.rules.find(formatResourceId(id)))?.resource;
  return kept === undefined ? { kind: "ending", ending: notFound(versioned, id) } : { kind: "rule", rule: kept };
}

function readRange(
  text: string | undefined,
  now: number,
): { readonly kind: "range"; readonly from: number; readonly to: number } | ArmError {
  if (text === undefined || text === "") {
    return { kind: "range", from: minuteOf(now) - defaultBacktestMinutes, to: minuteOf(now) };
  }
  const span = parseTimeSpan(text, now);
  if (span === undefined) {
    return armError(
      "BadRequest",
      "The parameter 'timespan' should be start/end as ISO 8601 times, or a duration.",
      "timespan",
    );
  }
  const [from, to] = [minuteOf(span.from), minuteOf(Math.min(span.to, now))];
  return to - from > maxBacktestDays * 1_440
    ? armError("BadRequest", `The parameter 'timespan' covers more than ${maxBacktestDays} days.`, "timespan")
    : { kind: "range", from, to };
}
