import type { Learning, ThresholdModel } from "../../alerts/dynamic-threshold.js";

/** What was learned of one series, or why nothing could be. */
export interface SeriesModel {
  readonly key: string;
  readonly model: ThresholdModel | Learning;
}

/** What was learned of the series of a rule in one hour. */
export interface RuleModels {
  /** Hour since the epoch in which it was learned. */
  readonly hour: number;
  /** What the rule watched then: models of another rule are none of this one. */
  readonly watch: string;
  readonly series: readonly SeriesModel[];
}

/** Models of the series of rules with dynamic thresholds, so that every evaluation of an hour uses the same ones. */
export interface ThresholdModels {
  read(ruleId: string): Promise<RuleModels | undefined>;
  /** Replaces what is there. The same history gives the same models, so it doesn't matter who is last. */
  save(ruleId: string, models: RuleModels): Promise<void>;
}
