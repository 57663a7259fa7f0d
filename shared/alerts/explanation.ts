import { seriesOfResource, type AlertSeries } from "./alert-series.js";
import { advanceState, markTold, type Advance, type AlertState } from "./alert-state.js";
import { backtestLookback, type ResourceHistory } from "./backtest.js";
import { evaluateSeries, maxSeriesPerRule, type SeriesEvaluation } from "./evaluation.js";
import { explainEvaluation } from "./evaluation-reason.js";
import { minuteCells } from "./minute-cells.js";
import { type RuleConditions } from "./rule-conditions.js";
import { type DynamicThresholds } from "./threshold.js";

/** Evaluations before the one that is explained that are done again, to know the state that it found. */
export const replayedEvaluations = 60;

/** One evaluation of one series, with what it made of the state. */
export interface SeriesExplanation {
  readonly series: AlertSeries;
  readonly evaluation: SeriesEvaluation;
  /** undefined: there was none. */
  readonly before: AlertState | undefined;
  readonly after: AlertState;
  readonly decision: Advance["reason"];
  /** Values, thresholds and verdict in a sentence for each condition. */
  readonly reason: string;
}

/** Minutes of data before a window's end that its explanation needs. */
export const explanationLookback = (conditions: RuleConditions): number =>
  replayedEvaluations * conditions.frequencyMinutes + backtestLookback(conditions);

/**
 * Explains one evaluation: it and those before it are done again over the data as it is now, from a state that knows
 * nothing.
 * @param windowEnd minute since the epoch
 * @param resources data by the minute from `explanationLookback` before on
 */
export function explainWindow(
  conditions: RuleConditions,
  windowEnd: number,
  resources: readonly ResourceHistory[],
  thresholds: DynamicThresholds,
): readonly SeriesExplanation[] {
  const from = windowEnd - explanationLookback(conditions);
  const all = resources.flatMap(({ resourceId, criteria }) => {
    const cells = criteria.map((series) => series.map((each) => minuteCells(each, from, windowEnd)));
    return seriesOfResource(conditions, { resourceId, criteria: cells }, []);
  });
  return all.slice(0, maxSeriesPerRule).map((each) => {
    let before: AlertState | undefined;
    for (let step = replayedEvaluations; step > 0; step -= 1) {
      const end = windowEnd - step * conditions.frequencyMinutes;
      const evaluation = evaluateSeries(conditions, end, each, thresholds);
      const { state, transitions } = advanceState(conditions, before, evaluation, false, end * 60_000);
      before = markTold(state, transitions);
    }
    const evaluation = evaluateSeries(conditions, windowEnd, each, thresholds);
    const { state, transitions, reason } = advanceState(conditions, before, evaluation, false, windowEnd * 60_000);
    return {
      ...{ series: each.series, evaluation, before, after: markTold(state, transitions), decision: reason },
      reason: explainEvaluation(evaluation),
    };
  });
}
