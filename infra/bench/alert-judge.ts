import { bandAt, learnThreshold } from "../../shared/alerts/dynamic-threshold.js";
import { meanMagnitude, median } from "../../shared/alerts/order-statistics.js";
import { minutesPerDay, minutesPerHour, minutesPerWeek } from "../../shared/alerts/timed-samples.js";
import { type LabelledSeries, type Span } from "./labelled-series.js";

export interface Limits {
  readonly lower: number;
  readonly upper: number;
}

/** A way to tell normal from abnormal, by one or several rules that share what they learn. */
export interface Method {
  readonly rules: readonly string[];
  /**
   * @param history whose last value is the last known one
   * @returns limits of each rule for a minute after that
   */
  readonly learn: (
    history: Float64Array,
    firstMinute: number,
    stepMinutes: number,
  ) => (minute: number) => readonly Limits[];
}

const compared = ["Medium", "High", "Low"] as const;

export const dynamicThreshold: Method = {
  rules: compared,
  learn: (values, firstMinute, stepMinutes) => {
    const learned = learnThreshold({ firstMinute, stepMinutes, values });
    if (learned.kind === "learning") throw new Error(`judging after ten days of history: ${learned.reason}`);
    return (minute) => compared.map((sensitivity) => bandAt(learned.model, minute, sensitivity));
  },
};

/** Mean ± three standard deviations of the same history. */
export const threeSigma: Method = {
  rules: ["three sigma"],
  learn: (history) => {
    let [count, sum, squares] = [0, 0, 0];
    for (const value of history) if (Number.isFinite(value)) [count, sum] = [count + 1, sum + value];
    const mean = sum / count;
    for (const value of history) if (Number.isFinite(value)) squares += (value - mean) ** 2;
    const reach = 3 * Math.sqrt(squares / count);
    return () => [{ lower: mean - reach, upper: mean + reach }];
  },
};

/**
 * Median ± three standard deviations estimated by the median absolute deviation of the same history; where that is
 * zero by the mean absolute deviation, as Iglewicz and Hoaglin (1993) advise.
 */
export const medianDeviation: Method = {
  rules: ["median deviation"],
  learn: (history) => {
    const middle = median(history);
    const deviations = history.map((value) => Math.abs(value - middle));
    const half = 1.4826 * median(deviations);
    const reach = 3 * (half > 0 ? half : 1.2533 * meanMagnitude(deviations));
    return () => [{ lower: middle - reach, upper: middle + reach }];
  },
};

/** What became of a rule over one or many series. */
export interface Score {
  readonly found: number;
  readonly missed: number;
  readonly rightAlerts: number;
  readonly falseAlerts: number;
  readonly weeks: number;
}

export const noScore: Score = { found: 0, missed: 0, rightAlerts: 0, falseAlerts: 0, weeks: 0 };

export const addScores = (a: Score, b: Score): Score => ({
  found: a.found + b.found,
  missed: a.missed + b.missed,
  rightAlerts: a.rightAlerts + b.rightAlerts,
  falseAlerts: a.falseAlerts + b.falseAlerts,
  weeks: a.weeks + b.weeks,
});

export const recallOf = ({ found, missed }: Score): number => (found + missed === 0 ? 1 : found / (found + missed));
export const precisionOf = ({ rightAlerts, falseAlerts }: Score): number =>
  rightAlerts + falseAlerts === 0 ? 0 : rightAlerts / (rightAlerts + falseAlerts);
export function f1Of(score: Score): number {
  const [precision, recall] = [precisionOf(score), recallOf(score)];
  return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
}

/** Methods learn anew after so many hours; in operation it is one. */
const learnEveryHours = 6;
/** An alert resolves after so many healthy windows. */
const healthyToResolve = 3;
/** An alert may start so much after the end of an incident and still tell of it, in minutes. */
const lateMinutes = 30;

/**
 * Plays a series to a method as in operation: it learns every few hours from the history before, a rule alerts on the
 * first window beyond its limits, and resolves after three within them. An incident is found if an alert starts in it;
 * an alert that starts anywhere else is false.
 *
 * @returns one score per rule of the method
 */
export function judge(method: Method, series: LabelledSeries, historyDays: number): readonly Score[] {
  const { values, stepMinutes, firstMinute, judgedFrom } = series;
  const kept = Math.round((historyDays * minutesPerDay) / stepMinutes);
  const relearn = Math.max(1, Math.round((learnEveryHours * minutesPerHour) / stepMinutes));
  const rules = method.rules.map(() => ({ starts: new Array<number>(), firing: false, healthy: 0 }));
  let limitsAt: (minute: number) => readonly Limits[] = () => [];
  for (let index = judgedFrom; index < values.length; index++) {
    if ((index - judgedFrom) % relearn === 0) {
      const from = Math.max(0, index - kept);
      limitsAt = method.learn(values.subarray(from, index), firstMinute + from * stepMinutes, stepMinutes);
    }
    const value = values[index] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    const limits = limitsAt(firstMinute + index * stepMinutes);
    for (const [place, rule] of rules.entries()) {
      const { lower, upper } = limits[place] ?? { lower: Number.NaN, upper: Number.NaN };
      if (value < lower || value > upper) {
        if (!rule.firing) rule.starts.push(index);
        [rule.firing, rule.healthy] = [true, 0];
      } else if (rule.firing && ++rule.healthy >= healthyToResolve) rule.firing = false;
    }
  }
  return rules.map(({ starts }) => scoreOf(series, starts));
}

function scoreOf(
  { values, stepMinutes, judgedFrom, incidents, exempt }: LabelledSeries,
  starts: readonly number[],
): Score {
  const late = Math.ceil(lateMinutes / stepMinutes);
  const within = (index: number, { from, to }: Span) => index >= from && index <= to + late;
  const judged = incidents.filter(
    ({ from, to }) => from >= judgedFrom && !exempt.some((span) => from <= span.to && to >= span.from),
  );
  const found = judged.filter((span) => starts.some((index) => within(index, span))).length;
  const right = starts.filter((index) => incidents.some((span) => within(index, span)));
  const wrong = starts.filter(
    (index) => !right.includes(index) && !exempt.some((span) => index >= span.from && index <= span.to),
  );
  const weeks = ((values.length - judgedFrom) * stepMinutes) / minutesPerWeek;
  return { found, missed: judged.length - found, rightAlerts: right.length, falseAlerts: wrong.length, weeks };
}
