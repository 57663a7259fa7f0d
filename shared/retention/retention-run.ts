import { services, type Service } from "../storage-analytics/log-entry.js";
import type { DailyRuns } from "../stores/daily-runs/daily-runs.js";

/** Pieces of the day's retention of an account, in their order. */
export type RetentionTask =
  | { readonly kind: "logs"; readonly service: Service }
  /** What is kept about logs that are gone, after them. */
  | { readonly kind: "readings"; readonly service: Service }
  | { readonly kind: "rows" | "ledgers" | "metrics" | "dead-letters" };

export const retentionTasks: readonly RetentionTask[] = [
  ...services.map((service) => ({ kind: "logs", service }) as const),
  ...services.map((service) => ({ kind: "readings", service }) as const),
  { kind: "rows" },
  { kind: "ledgers" },
  { kind: "metrics" },
  { kind: "dead-letters" },
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
  /** Blobs with letters. */
  readonly deadLetters: number;
}

export const nothingRemoved: Removed = {
  logBlobs: 0,
  logBytes: 0,
  metricsRows: 0,
  readings: 0,
  ledgers: 0,
  metrics: 0,
  deadLetters: 0,
};

/** @param a as it was kept, by an earlier version perhaps, which counted less */
export function addRemoved(a: Partial<Removed>, b: Partial<Removed>): Removed {
  const names = Object.keys(nothingRemoved) as (keyof Removed)[];
  return Object.fromEntries(names.map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)])) as Record<
    keyof Removed,
    number
  >;
}

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
