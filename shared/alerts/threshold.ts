import { type Aggregation, type Dimensions } from "../metrics/metric-cell.js";

export const sensitivities = ["Low", "Medium", "High"] as const;
export type Sensitivity = (typeof sensitivities)[number];

/** One series as a dynamic threshold knows it: what is measured, and how it is put into points. */
export interface ThresholdSeries {
  /** ARM id of the resource, as the caller wrote it. */
  readonly resourceId: string;
  readonly metricNamespace: string;
  readonly metricName: string;
  /** The series' own dimension values; names and values compare without case. */
  readonly dimensions: Dimensions;
  readonly aggregation: Aggregation;
  /** Minutes that one point covers: the rule's `windowSize`. */
  readonly windowMinutes: number;
  readonly sensitivity: Sensitivity;
  /** Milliseconds since the epoch; what was measured before is not to be learned from. */
  readonly ignoreDataBefore?: number;
}

/** What is usual for a point. Either bound may be infinite, which means that nothing is unusual on that side. */
export type Band =
  | { readonly kind: "band"; readonly lower: number; readonly upper: number }
  /** Too little is known: nothing fires. The reason is a sentence for people. */
  | { readonly kind: "learning"; readonly reason: string };

/**
 * Where an evaluation gets the bounds of dynamic criteria from. Answers are of the past alone: the band of a point does
 * not depend on the point or on what came after it, so that a backtest sees what an evaluation would have seen.
 */
export interface DynamicThresholds {
  /** @param minute since the epoch: the one in which the point begins; the point covers `windowMinutes` from there */
  bandAt(series: ThresholdSeries, minute: number): Band;
}

/** For rules without dynamic criteria, and until a series has a learned band. */
export const noDynamicThresholds: DynamicThresholds = {
  bandAt: () => ({ kind: "learning", reason: "No history has been learned for this series yet." }),
};
