import type { LogBlobState } from "../stores/log-readings/log-readings.js";

const minuteMs = 60_000;
/** A message that was not worked on after this time is taken for lost; each further one gets twice as long. */
export const lostAfterMs = 2 * minuteMs;
/** The longest that a blob which can't be read waits for its next try. */
export const maxLostAfterMs = 6 * 60 * minuteMs;

export type PlanDecision =
  | { readonly send: true; readonly reason: "new" | "changed" | "lost" | "back" }
  | { readonly send: false; readonly reason: "read" | "waiting" };

/**
 * Decides whether a listed log blob needs a message.
 *
 * A blob whose message waits gets no second one, but messages get lost (a cleared queue) or fail to the end (storage
 * that was away for minutes), and then the blob must come again; at growing intervals, because it may fail for ever.
 * @param etag of the listed blob
 * @param state what is known of it; undefined: nothing
 */
export function decidePlan(etag: string, state: LogBlobState | undefined, now: Date): PlanDecision {
  if (state === undefined) return { send: true, reason: "new" };
  if (state.etag !== etag) return { send: true, reason: "changed" };
  switch (state.kind) {
    case "read":
      return { send: false, reason: "read" };
    case "gone":
      return { send: true, reason: "back" };
    case "planned": {
      const patience = Math.min(lostAfterMs * 2 ** (state.times - 1), maxLostAfterMs);
      const lost = now.getTime() - state.at.getTime() >= patience;
      return lost ? { send: true, reason: "lost" } : { send: false, reason: "waiting" };
    }
    default:
      throw new Error(`planning a log blob: unknown state ${JSON.stringify(state satisfies never)}`);
  }
}
