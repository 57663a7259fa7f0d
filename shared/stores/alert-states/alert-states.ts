import type { AlertState } from "../../alerts/alert-state.js";
import type { MetricAlertRule } from "../../alerts/metric-alert-rule.js";

/** What is remembered of the evaluations of one rule. */
export interface RuleState {
  /** The rule as it was last evaluated: what it fired is resolved in its name when it is changed or gone. */
  readonly rule: MetricAlertRule;
  /** End of the last window that was evaluated, in minutes since the epoch; undefined: none was. */
  readonly lastWindowEnd: number | undefined;
  readonly series: readonly AlertState[];
  /** Series that were too many to be evaluated. */
  readonly leftOut: number;
  /** Evaluations in the last one's place that never happened: Vigil was down or behind. */
  readonly skipped?: { readonly count: number; readonly from: number; readonly to: number };
}

export interface KeptState {
  readonly state: RuleState;
  readonly etag: string;
}

/** As much of a state as planning takes. */
export interface StateSummary {
  readonly ruleId: string;
  readonly etag: string;
  readonly lastWindowEnd: number | undefined;
}

/** The states of alert rules, all series of a rule together: one write moves them all, or none. */
export interface AlertStates {
  read(ruleId: string): Promise<KeptState | undefined>;

  /**
   * Replaces what was read. Of two who read the same, one wins; to write again what one has written is no conflict.
   * @param etag of what is replaced; undefined: nothing is there
   * @returns undefined: somebody else was faster
   */
  save(ruleId: string, state: RuleState, etag: string | undefined): Promise<KeptState | undefined>;

  /** @returns whether it is gone; not if somebody else has changed it */
  remove(ruleId: string, etag: string): Promise<boolean>;

  /** All, in no order; states themselves are not read. */
  list(): Promise<readonly StateSummary[]>;
}
