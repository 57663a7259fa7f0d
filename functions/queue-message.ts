import type { DeadLetters } from "../shared/stores/dead-letters/dead-letters.js";
import type { ParsedMessage } from "../shared/stores/work-queue/work-message.js";

/**
 * Takes the work out of a message. One that can't be worked on is kept with the reason and thrown: the host delivers it
 * again and, at the end, moves it to the poison queue, whole.
 */
export async function acceptMessage<Work>(
  deadLetters: DeadLetters,
  queue: string,
  message: unknown,
  parsed: ParsedMessage<Work>,
): Promise<Work> {
  if (parsed.kind === "work") return parsed.work;
  await deadLetters.message({ queue, reason: parsed.reason, message });
  throw new Error(`a message of ${queue} can't be worked on: ${parsed.reason}`);
}
