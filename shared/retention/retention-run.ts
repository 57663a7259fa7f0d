import { services, type Service } from "../storage-analytics/log-entry.js";
import type { DailyRuns } from "../stores/daily-runs/daily-runs.js";

/** Pieces of the day's retention of an account, in their order. */
export type RetentionTask =
  | { readonly kind: "logs"; readonly service: Service }
  /** What is kept about logs that are gone, after them. */
  | { readonly kind: "readings"; readonly service: Service }
  | { readonly kind: "rows" | "ledgers" | "metrics" };

export const retentionTasks: readonly RetentionTask[] = [
  ...services.map((service) => ({ kind: "logs", service }) as const),
  ...services.map((service) => ({ kind: "readings", service }) as const),
  { kind: "rows" },
  { kind: "ledgers" },
  { kind: "metrics" },
];

/** What was deleted. */
export interface Removed {
  readonly logBlobs: number;
  /** Of these. */
  readonly logBytes: number;
  /** Rows of the `$Metrics…` tables. */
  readonly metricsRows: number;
  /** Rows about log blobs and their counts. */
  readonly readings: number;
  readonly ledgers: number;
  /** Blobs of the metric store. */
  readonly metrics: number;
}

export const nothingRemoved: Removed = {
  logBlobs: 0,
  logBytes: 0,
  metricsRows: 0,
  readings: 0,
  ledgers: 0,
  metrics: 0,
};

export const addRemoved = (a: Removed, b: Partial<Removed>): Removed => ({
  logBlobs: a.logBlobs + (b.logBlobs ?? 0),
  logBytes: a.logBytes + (b.logBytes ?? 0),
  metricsRows: a.metricsRows + (b.metricsRows ?? 0),
  readings: a.readings + (b.readings ?? 0),
  ledgers: a.ledgers + (b.ledgers ?? 0),
  metrics: a.metrics + (b.metrics ?? 0),
});

/** How far the day's retention of an account has come. */
export interface RetentionProgress {
  /** Turns so far. */
  readonly step: number;
  /** Index of the task that is next; their number: it is done. */
  readonly task: number;
  /** Where the next page of log blobs begins; absent: at the start. */
  readonly marker?: string;
  readonly removed: Removed;
  /** Log blobs that are due and stay for now, by service: not read yet, or their deletion was refused. */
  readonly kept: Readonly<Partial<Record<Service, number>>>;
  /** Code of the last refusal to delete a log blob. */
  readonly refusal?: string;
}
export type RetentionRuns = DailyRuns<RetentionProgress>;

export const newRetention: RetentionProgress = { step: 0, task: 0, removed: nothingRemoved, kept: {} };

export const isRetained = ({ task }: RetentionProgress): boolean => task >= retentionTasks.length;
