import { bandAt, learnThreshold } from "../../shared/alerts/dynamic-threshold.js";
import { drawFrom } from "../../shared/testing/random-draw.js";
import {
  addScores,
  dynamicThreshold,
  f1Of,
  judge,
  medianDeviation,
  noScore,
  precisionOf,
  recallOf,
  threeSigma,
  type Method,
  type Score,
} from "./alert-judge.js";
import type { BenchRow } from "./bench-row.js";
import { makeSeries, type Family } from "./labelled-series.js";
import { families } from "./series-families.js";
import { unseenFamilies } from "./unseen-families.js";

/** Each family is judged on so many series. */
const seriesPerFamily = 8;
/** Not the seeds that the method was developed on, which were small. */
const firstSeed = 1_000_003;
const mostFalseAlertsPerWeek = 1;
const learnBudgetMs = 50;
const bandBudgetUs = 5;

/** How well dynamic thresholds tell incidents from noise, against two plain rules on the same history; and how fast. */
export function benchDynamicThreshold(): Promise<readonly BenchRow[]> {
  const known = compare(families);
  const unseen = compare(unseenFamilies);
  return Promise.resolve([
    ...known.rows,
    ...verdicts("all families", known.totals),
    ...unseen.rows.map((row) => ({ ...row, name: `unseen: ${row.name}` })),
    ...verdicts("unseen families", unseen.totals),
    ...speed(),
  ]);
}

/** Scores of a family or of several: Medium, High, Low, three sigma, median deviation. */
const methods: readonly Method[] = [dynamicThreshold, threeSigma, medianDeviation];
const noScores: readonly Score[] = methods.flatMap(({ rules }) => rules).map(() => noScore);
const sum = (a: readonly Score[], b: readonly Score[]) =>
  a.map((score, place) => addScores(score, b[place] ?? noScore));

function compare(of: readonly Family[]): { readonly rows: readonly BenchRow[]; readonly totals: readonly Score[] } {
  let totals = noScores;
  const rows: BenchRow[] = [];
  for (const family of of) {
    let scores = noScores;
    for (let seed = firstSeed; seed < firstSeed + seriesPerFamily; seed++) {
      const series = makeSeries(family, seed);
      scores = sum(
        scores,
        methods.flatMap((method) => judge(method, series, family.historyDays)),
      );
    }
    totals = sum(totals, scores);
    const [own = noScore, , , ...others] = scores;
    const best = Math.max(...others.map(f1Of));
    const value = f1Of(own);
    rows.push({ name: `F1, ${family.name}`, value, unit: "", budget: `≥ ${best.toFixed(2)}`, pass: value >= best });
    rows.push(falseAlerts(`false alerts, ${family.name}`, own));
  }
  return { rows, totals };
}

function falseAlerts(name: string, score: Score): BenchRow {
  const value = score.falseAlerts / score.weeks;
  return { name, value, unit: "/week", budget: `≤ ${mostFalseAlertsPerWeek}`, pass: value <= mostFalseAlertsPerWeek };
}

function verdicts(of: string, totals: readonly Score[]): readonly BenchRow[] {
  const [own = noScore, high = noScore, low = noScore, sigma = noScore, deviation = noScore] = totals;
  const best = Math.max(f1Of(sigma), f1Of(deviation));
  const figures = (name: string, score: Score): readonly BenchRow[] => [
    { name: `${of}, ${name}: F1`, value: f1Of(score), unit: "", budget: "", pass: undefined },
    { name: `${of}, ${name}: precision`, value: precisionOf(score), unit: "", budget: "", pass: undefined },
    { name: `${of}, ${name}: recall`, value: recallOf(score), unit: "", budget: "", pass: undefined },
    { ...falseAlerts(`${of}, ${name}: false alerts`, score), budget: "", pass: undefined },
  ];
  return [
    { name: `${of}: F1`, value: f1Of(own), unit: "", budget: `> ${best.toFixed(2)}`, pass: f1Of(own) > best },
    falseAlerts(`${of}: false alerts`, own),
    ...figures("Medium", own),
    ...figures("High", high),
    ...figures("Low", low),
    ...figures("three sigma", sigma),
    ...figures("median deviation", deviation),
  ];
}

/** Learning and asking, processor time of this process. */
function speed(): readonly BenchRow[] {
  const rows: BenchRow[] = [];
  for (const stepMinutes of [1, 5, 60]) {
    const draw = drawFrom(1);
    const values = Float64Array.from(
      { length: (10 * 1440) / stepMinutes },
      (_, index) => 100 + 30 * Math.sin((2 * Math.PI * index * stepMinutes) / 1440) + 5 * draw.normal(),
    );
    const history = { firstMinute: 0, stepMinutes, values };
    const value = microsecondsOf(30, () => learnThreshold(history)) / 1000;
    const name = `learning 10 days of ${stepMinutes}-minute windows`;
    rows.push({ name, value, unit: "ms", budget: `≤ ${learnBudgetMs}`, pass: value <= learnBudgetMs });
    const learned = learnThreshold(history);
    if (learned.kind === "learning" || stepMinutes !== 5) continue;
    let minute = 14_400;
    const band = microsecondsOf(100_000, () => bandAt(learned.model, minute++, "Medium"));
    rows.push({ name: "a band", value: band, unit: "µs", budget: `≤ ${bandBudgetUs}`, pass: band <= bandBudgetUs });
    const bytes = JSON.stringify(learned.model).length;
    rows.push({ name: "a model as JSON", value: bytes, unit: "bytes", budget: "", pass: undefined });
  }
  return rows;
}

function microsecondsOf(times: number, work: () => unknown): number {
  for (let time = 0; time < times / 5; time++) work();
  const before = process.cpuUsage();
  for (let time = 0; time < times; time++) work();
  return process.cpuUsage(before).user / times;
}
