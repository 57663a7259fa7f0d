/** How long one message works before the next one goes on. Milliseconds. */
export const turnMs = 20_000;

export interface RunPosition {
  readonly day: string;
  /** Grows with all that is kept of a run. */
  readonly step: number;
}

export type TurnDecision =
  | { readonly go: true; readonly reason: "next" }
  /** Another message, or instance, is further, or has begun a newer day's run. */
  | { readonly go: false; readonly reason: "superseded" }
  /** There is no such run: its row was removed, or the message is not from Vigil. */
  | { readonly go: false; readonly reason: "lost" };

/** Whether a message may go on with a run: where it was sent from must be where the kept run stands. */
export function decideTurn(message: RunPosition, kept: RunPosition | undefined): TurnDecision {
  if (kept === undefined || kept.day < message.day) return { go: false, reason: "lost" };
  if (kept.day > message.day || message.step < kept.step) return { go: false, reason: "superseded" };
  return message.step === kept.step ? { go: true, reason: "next" } : { go: false, reason: "lost" };
}
