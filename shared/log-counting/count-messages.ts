import { type Service } from "../storage-analytics/log-entry.js";
import { type PackedRollUp } from "../storage-analytics/log-roll-up.js";
import { type CountedRequests } from "../storage-analytics/request-counts.js";

/** What is asked of a thread. Logs are numbered by who asks; several may be under way on one thread. */
export type CountRequest =
  | {
      readonly kind: "count";
      readonly log: number;
      /** That the log is rolled up for; undefined: it is counted only. */
      readonly service: Service | undefined;
      /** Whole lines, but perhaps for the last of the log. Given back with the answer. */
      readonly buffer: ArrayBuffer;
      readonly length: number;
      /** Bytes of the log before them. */
      readonly offset: number;
    }
  | { readonly kind: "finish" | "forget"; readonly log: number };

export interface CountedPiece {
  readonly kind: "piece";
  readonly buffer: ArrayBuffer;
  readonly offset: number;
  readonly lineCount: number;
  /**
   * Three numbers for each rejected line: its number (from 1), its first byte and its length, all within the piece.
   * Why it was rejected is found again by reading it: a log of nothing but bad lines must not fill the memory.
   */
  readonly rejected: Uint32Array;
}

export type CountReply =
  | CountedPiece
  | { readonly kind: "finished"; readonly counted: CountedRequests; readonly rollUp: PackedRollUp | undefined }
  | { readonly kind: "forgotten" }
  /** The thread is gone, and with it what it had counted. */
  | { readonly kind: "ended"; readonly error: Error };
