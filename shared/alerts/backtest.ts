import { type MetricSeries } from "../metrics/series-query.js";
import { seriesOfResource, type AlertSeries, type SeriesOfRule } from "./alert-series.js";
import { advanceState, markTold, type AlertState, type Transition } from "./alert-state.js";
import { evaluateSeries, maxSeriesPerRule, type CriterionEvaluation } from "./evaluation.js";
import { explainEvaluation } from "./evaluation-reason.js";
import { minuteCells } from "./minute-cells.js";
import { lookbackOf, type RuleConditions } from "./rule-conditions.js";
import { type DynamicThresholds } from "./threshold.js";

/** Evaluations of one backtest: 30 days of 100 series by the minute, about. */
export const maxBacktestEvaluations = 5_000_000;
/** Alerts that a backtest lists. */
export const maxBacktestAlerts = 10_000;

/** Metrics of one resource by the minute: the series that each criterion selects, split as the rule says. */
export interface ResourceHistory {
  readonly resourceId: string;
  readonly criteria: readonly (readonly MetricSeries[])[];
}

/** An alert that a rule would have fired. Times in milliseconds since the epoch: ends of the windows. */
export interface BacktestAlert {
  readonly series: AlertSeries;
  readonly alertId: string;
  readonly firedAt: number;
  /** Why, as a sentence. */
  readonly reason: string;
  /** Undefined: it was still fired at the end, or never resolves. */
  readonly resolvedAt?: number;
  readonly resolvedReason?: string;
}

/** What was compared, for charts: one value per evaluation. NaN where there is none. */
export interface BacktestSeries {
  readonly series: AlertSeries;
  readonly criteria: readonly {
    readonly name: string;
    readonly values: Float64Array;
    /** Of dynamic criteria; static ones have one threshold. */
    readonly lower?: Float64Array;
    readonly upper?: Float64Array;
  }[];
}

export type Backtest =
  | {
      readonly kind: "backtest";
      /** Minutes since the epoch: ends of the first window and of each further one. */
      readonly firstWindowEnd: number;
      readonly stepMinutes: number;
      readonly alerts: readonly BacktestAlert[];
      /** Alerts beyond `maxBacktestAlerts`. */
      readonly alertsLeftOut: number;
      readonly series: readonly BacktestSeries[];
      /** Series beyond the limit of a rule. */
      readonly seriesLeftOut: number;
    }
  | { readonly kind: "too-large"; readonly reason: string };

/** Minutes of history before a backtest begins that its first window needs. */
export const backtestLookback = ({ criteria, windowMinutes }: RuleConditions): number =>
  Math.max(...criteria.map((each) => lookbackOf(each, windowMinutes)));

/**
 * What a rule would have done: the evaluation and the state of every window, as they are live, with a clock that shows
 * the end of the window. Whether the rule is enabled doesn't matter.
 * @param from minute since the epoch: the first window ends here; data from `backtestLookback` before it is needed
 * @param to the last window ends here at the latest
 */
export function backtest(
  conditions: RuleConditions,
  from: number,
  to: number,
  resources: readonly ResourceHistory[],
  thresholds: DynamicThresholds,
): Backtest {
  const dataFrom = from - backtestLookback(conditions);
  const all = resources.flatMap(({ resourceId, criteria }) => {
    const cells = criteria.map((series) => series.map((each) => minuteCells(each, dataFrom, to)));
    return seriesOfResource(conditions, { resourceId, criteria: cells }, []);
  });
  const tested = all.slice(0, maxSeriesPerRule);
  const steps = Math.max(0, Math.floor((to - from) / conditions.frequencyMinutes) + 1);
  if (steps * tested.length > maxBacktestEvaluations) {
    const reason = `${tested.length} series over ${steps} windows are ${steps * tested.length} evaluations; the limit is ${maxBacktestEvaluations}. Ask for a shorter time span or fewer series.`;
    return { kind: "too-large", reason };
  }
  const found = tested.map((each) => backtestSeries(conditions, from, steps, each, thresholds));
  const alerts = found.flatMap((each) => each.alerts).sort((left, right) => left.fired.firedAt - right.fired.firedAt);
  return {
    kind: "backtest",
    firstWindowEnd: from,
    stepMinutes: conditions.frequencyMinutes,
    alerts: alerts.slice(0, maxBacktestAlerts).map(describe),
    alertsLeftOut: Math.max(0, alerts.length - maxBacktestAlerts),
    series: found.map(({ series }) => series),
    seriesLeftOut: all.length - tested.length,
  };
}

function backtestSeries(
  conditions: RuleConditions,
  from: number,
  steps: number,
  source: SeriesOfRule,
  thresholds: DynamicThresholds,
): { readonly alerts: readonly Fired[]; readonly series: BacktestSeries } {
  const alerts: Fired[] = [];
  const lines = conditions.criteria.map(({ name, kind }) => ({
    name,
    values: new Float64Array(steps).fill(Number.NaN),
    ...(kind === "dynamic" && {
      lower: new Float64Array(steps).fill(Number.NaN),
      upper: new Float64Array(steps).fill(Number.NaN),
    }),
  }));
  let state: AlertState | undefined;
  for (let step = 0; step < steps; step += 1) {
    const windowEnd = from + step * conditions.frequencyMinutes;
    const evaluation = evaluateSeries(conditions, windowEnd, source, thresholds);
    const advance = advanceState(conditions, state, evaluation, false, windowEnd * 60_000);
    for (const transition of advance.transitions) note(alerts, source.series, transition);
    state = markTold(advance.state, advance.transitions);
    for (const [index, line] of lines.entries()) draw(line, step, evaluation.criteria[index]);
  }
  return { alerts, series: { series: source.series, criteria: lines } };
}

type Told = Extract<Transition, { readonly evaluation: unknown }>;

/** An alert by its transitions; sentences are made only of those that are listed. */
interface Fired {
  readonly series: AlertSeries;
  readonly fired: Told;
  readonly resolved?: Told;
}

function note(alerts: Fired[], series: AlertSeries, transition: Transition): void {
  if (!("evaluation" in transition)) return;
  if (transition.kind === "fired") {
    alerts.push({ series, fired: transition });
    return;
  }
  const last = alerts.pop();
  if (last === undefined) throw new Error("backtesting a rule: an alert resolved that never fired");
  alerts.push({ ...last, resolved: transition });
}

function describe({ series, fired, resolved }: Fired): BacktestAlert {
  const { alertId, firedAt } = fired;
  const alert = { series, alertId, firedAt, reason: explainEvaluation(fired.evaluation) };
  if (resolved?.kind !== "resolved") return alert;
  return { ...alert, resolvedAt: resolved.resolvedAt, resolvedReason: explainEvaluation(resolved.evaluation) };
}

interface Line {
  readonly values: Float64Array;
  readonly lower?: Float64Array;
  readonly upper?: Float64Array;
}

function draw({ values, lower, upper }: Line, step: number, found: CriterionEvaluation | undefined): void {
  if (found?.value !== undefined) values[step] = found.value;
  if (found?.threshold.kind !== "band" || lower === undefined || upper === undefined) return;
  lower[step] = found.threshold.lower;
  upper[step] = found.threshold.upper;
}
