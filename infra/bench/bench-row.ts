/** One measured figure. */
export interface BenchRow {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** In words, such as `≤ 5000`; empty where a figure is only reported. */
  readonly budget: string;
  readonly pass: boolean | undefined;
}
